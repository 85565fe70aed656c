package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CertificateMessage;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.Fingerprint;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the hellos and certificates of many connections have in common, worked out and held once: most come from
/// the same few programs and hosts. Bounded; what is full begins anew.
public final class InternedFacts {
    private static final int MOST = 1024;
    /// What is longer is not remembered.
    private static final int LONGEST = 4096;
    private static final int CHAINS_SHIFT = 8;

    /// @param ja3 see [Fingerprint#ja3]
    /// @param ja4 see [Fingerprint#ja4]
    /// @param version name of the highest version on offer
    /// @param suites cipher suites on offer, signals left out
    /// @param hello as it was said, of the parts of an earlier one where they are the same
    record Client(String ja3, String ja4, String version, int suites, ClientHello hello) {}

    /// @param ja3s see [Fingerprint#ja3s]
    /// @param hello as it was said, of the parts of an earlier one where they are the same
    record Server(String ja3s, ServerHello hello) {}

    private record Chain(byte[] body, boolean tls13, Decoded<CertificateMessage> message) {}

    private final Map<Bytes, Client> clients = new HashMap<>();
    private final Map<Bytes, Server> servers = new HashMap<>();
    private final Map<Bytes, Decoded<CertificateFacts>> certificates = new HashMap<>();
    private final Chain[] chains = new Chain[1 << CHAINS_SHIFT]; // each in the place of its hash

    Client client(ClientHello hello) {
        Bytes key = key(hello.legacyVersion(), hello.cipherSuites(), hello.extensions(), true);
        Client known = clients.get(key);
        if (known == null) {
            known = new Client(Fingerprint.ja3(hello).value(), Fingerprint.ja4(hello).value(), hello.highestVersion().name(),
                    hello.offeredSuites().size(), hello);
            remember(clients, key, known, key.all.length + length(hello.extensions()));
            return known;
        }
        ClientHello like = known.hello;
        return new Client(known.ja3, known.ja4, known.version, known.suites, new ClientHello(hello.legacyVersion(), hello.random(),
                hello.sessionId(), like.cipherSuites(),
                like.compressionMethods().equals(hello.compressionMethods()) ? like.compressionMethods() : hello.compressionMethods(),
                alike(hello.extensions(), like.extensions())));
    }

    Server server(ServerHello hello) {
        Bytes key = key(hello.legacyVersion(), List.of(hello.cipherSuite()), hello.extensions(), false);
        Server known = servers.get(key);
        if (known == null) {
            known = new Server(Fingerprint.ja3s(hello).value(), hello);
            remember(servers, key, known, key.all.length + length(hello.extensions()));
            return known;
        }
        return new Server(known.ja3s, new ServerHello(hello.legacyVersion(), hello.random(), hello.sessionId(), hello.cipherSuite(),
                hello.compressionMethod(), alike(hello.extensions(), known.hello.extensions())));
    }

    /// `extensions`, with those of `like` in their places where the bytes are the same; both have the same types.
    private static List<Extension> alike(List<Extension> extensions, List<Extension> like) {
        Extension[] shared = new Extension[extensions.size()];
        boolean all = true;
        for (int i = 0; i < shared.length; i++) {
            boolean same = Arrays.equals(extensions.get(i).data(), like.get(i).data());
            shared[i] = (same ? like : extensions).get(i);
            all &= same;
        }
        return all ? like : List.of(shared);
    }

    /// [CertificateMessage#decode]: a server sends the same message every time.
    Decoded<CertificateMessage> certificates(byte[] bytes, int offset, int length, boolean tls13) {
        int hash = length;
        for (int i = Math.max(0, length - 16); i < length; i++) {
            hash = 31 * hash + bytes[offset + i]; // a signature stands there
        }
        int place = hash * 0x9E3779B9 >>> 32 - CHAINS_SHIFT;
        Chain known = chains[place];
        if (known != null && known.tls13 == tls13 && Arrays.equals(known.body, 0, known.body.length, bytes, offset, offset + length)) {
            return known.message;
        }
        Decoded<CertificateMessage> decoded = CertificateMessage.decode(bytes, offset, length, tls13);
        if (length <= LONGEST && decoded instanceof Decoded.Complete<CertificateMessage>) {
            chains[place] = new Chain(Arrays.copyOfRange(bytes, offset, offset + length), tls13, decoded);
        }
        return decoded;
    }

    Decoded<CertificateFacts> certificate(byte[] der) {
        Bytes key = new Bytes(der);
        Decoded<CertificateFacts> known = certificates.get(key);
        if (known == null) {
            known = CertificateFacts.of(der);
            remember(certificates, key, known, der.length);
        }
        return known;
    }

    private static <T> void remember(Map<Bytes, T> all, Bytes key, T value, int length) {
        if (all.size() == MOST) {
            all.clear();
        }
        if (length <= LONGEST) {
            all.put(key, value);
        }
    }

    private static int length(List<Extension> extensions) {
        int length = 0;
        for (int i = 0; i < extensions.size(); i++) {
            length += extensions.get(i).data().length;
        }
        return length;
    }

    /// All of a hello that its fingerprints are made of. Keys, names and tickets differ every time and are left out.
    private static Bytes key(int version, List<Integer> suites, List<Extension> extensions, boolean contents) {
        int length = 2 + 2 * suites.size() + 2 + 4 * extensions.size();
        for (int i = 0; i < extensions.size(); i++) {
            length += contents && counts(extensions.get(i).type()) ? extensions.get(i).data().length : 0;
        }
        byte[] key = new byte[length];
        int at = u16(key, 0, version);
        at = u16(key, at, suites.size());
        for (int i = 0; i < suites.size(); i++) {
            at = u16(key, at, suites.get(i));
        }
        for (int i = 0; i < extensions.size(); i++) {
            Extension extension = extensions.get(i);
            int counted = contents && counts(extension.type()) ? extension.data().length : 0;
            at = u16(key, at, extension.type());
            at = u16(key, at, counted);
            System.arraycopy(extension.data(), 0, key, at, counted);
            at += counted;
        }
        return new Bytes(key);
    }

    private static boolean counts(int type) {
        return type == Extension.SUPPORTED_GROUPS || type == Extension.EC_POINT_FORMATS || type == Extension.SIGNATURE_ALGORITHMS
                || type == Extension.ALPN || type == Extension.SUPPORTED_VERSIONS;
    }

    private static int u16(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 8);
        to[at + 1] = (byte) value;
        return at + 2;
    }

    /// Bytes that are equal to the same bytes.
    private record Bytes(byte[] all) {
        @Override
        public int hashCode() {
            return Arrays.hashCode(all);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes(var others) && Arrays.equals(all, others);
        }
    }
}

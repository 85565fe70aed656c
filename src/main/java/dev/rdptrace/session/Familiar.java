package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.Fingerprint;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the hellos and certificates of many connections have in common, worked out once: most come from the same few
/// programs and hosts. Bounded; what is full begins anew.
public final class Familiar {
    private static final int MOST = 1024;
    /// What is longer is not remembered.
    private static final int LONGEST = 4096;

    /// @param ja3 see [Fingerprint#ja3]
    /// @param ja4 see [Fingerprint#ja4]
    /// @param version name of the highest version on offer
    /// @param suites cipher suites on offer, signals left out
    record Client(String ja3, String ja4, String version, int suites) {}

    private final Map<Bytes, Client> clients = new HashMap<>();
    private final Map<Bytes, String> servers = new HashMap<>();
    private final Map<Bytes, Decoded<CertificateFacts>> certificates = new HashMap<>();

    Client client(ClientHello hello) {
        Bytes key = key(hello.legacyVersion(), hello.cipherSuites(), hello.extensions(), true);
        Client known = clients.get(key);
        if (known == null) {
            known = new Client(Fingerprint.ja3(hello).value(), Fingerprint.ja4(hello).value(), hello.highestVersion().name(), hello.offeredSuites().size());
            remember(clients, key, known);
        }
        return known;
    }

    /// Its JA3S.
    String server(ServerHello hello) {
        Bytes key = key(hello.legacyVersion(), List.of(hello.cipherSuite()), hello.extensions(), false);
        String known = servers.get(key);
        if (known == null) {
            known = Fingerprint.ja3s(hello).value();
            remember(servers, key, known);
        }
        return known;
    }

    Decoded<CertificateFacts> certificate(byte[] der) {
        Bytes key = new Bytes(der);
        Decoded<CertificateFacts> known = certificates.get(key);
        if (known == null) {
            known = CertificateFacts.of(der);
            remember(certificates, key, known);
        }
        return known;
    }

    private static <T> void remember(Map<Bytes, T> all, Bytes key, T value) {
        if (all.size() == MOST) {
            all.clear();
        }
        if (key.all.length <= LONGEST) {
            all.put(key, value);
        }
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

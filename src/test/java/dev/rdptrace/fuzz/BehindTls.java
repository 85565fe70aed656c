package dev.rdptrace.fuzz;

import static dev.rdptrace.testkit.InnerBytes.aad;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.RDSAAD;
import static dev.rdptrace.testkit.WindowsPeers.RDSTLS;
import static dev.rdptrace.testkit.WindowsPeers.SSL;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.ScriptedGateway;
import dev.rdptrace.testkit.ScriptedGateway.Transport;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What two ends say to each other inside TLS, as bytes that may be changed: they are sealed afterwards, for real, under
/// secrets that the analysis has. So a change reaches what reads the plaintext and is not stopped by a seal that does not open.
///
/// The first byte says which TLS and which protocol was agreed on ([#GATEWAY]: none, to an RD Gateway). Messages follow: whose it is,
/// on which connection or whether it is an alert, two octets of length, the plaintext of one record.
final class BehindTls {
    private static final int TLS13 = 1;
    private static final int SERVER = 1;
    private static final int SECOND = 2;
    private static final int ALERT = 4;
    private static final int[] PROTOCOLS = {SSL, HYBRID, RDSTLS, HYBRID_EX, RDSAAD};
    private static final int GATEWAY = PROTOCOLS.length;
    private static final Set<Endpoint> GATEWAYS = Set.of(new Endpoint(0, 0xffff0a140005L, 443));
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=CA", "230601000000Z", "330601000000Z", 2048);

    private BehindTls() {}

    static Analysis analyze(byte[] input) {
        int how = input.length == 0 ? 0 : input[0] & 0xff;
        Suite suite = (how & TLS13) == 0 ? Suite.GCM : Suite.TLS13;
        int protocol = (how >> 1) % (GATEWAY + 1);
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        List<KnownTls> connections = new ArrayList<>();
        connections.add(connection(capture, suite, protocol, 0));
        int at = 1;
        while (at + 3 <= input.length) {
            int length = Math.min((input[at + 1] & 0xff) << 8 | input[at + 2] & 0xff, input.length - at - 3);
            byte[] plain = Arrays.copyOfRange(input, at + 3, at + 3 + length);
            if ((input[at] & SECOND) != 0 && protocol == GATEWAY && connections.size() == 1) {
                connections.add(connection(capture, suite, protocol, 1));
            }
            KnownTls tls = (input[at] & SECOND) == 0 ? connections.getFirst() : connections.getLast();
            boolean client = (input[at] & SERVER) == 0;
            if ((input[at] & ALERT) != 0 && length >= 2) {
                tls.alert(client, plain[0], plain[1]);
            } else if (client) {
                tls.client(plain);
            } else {
                tls.server(plain);
            }
            at += 3 + length;
        }
        KeyLog keys = new KeyLog();
        for (KnownTls tls : connections) {
            keys.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
            tls.dialogue().serverFin().clientFin();
        }
        return Tape.analyze(capture.tape().source(), new Analyzer.Options(Set.of(), GATEWAYS, true, Optional.of(new Secrets(keys))));
    }

    private static KnownTls connection(CaptureBuilder capture, Suite suite, int protocol, int number) {
        int port = protocol == GATEWAY ? 443 : 3389;
        WindowsPeers peers = new WindowsPeers(capture,
                capture.tcp(WindowsPeers.CLIENT, 50123 + number, WindowsPeers.SERVER, port), suite);
        if (protocol == GATEWAY) {
            peers.tcp();
        } else {
            peers.negotiated(SSL | HYBRID | RDSTLS | HYBRID_EX | RDSAAD, PROTOCOLS[protocol]);
        }
        return new KnownTls(peers.dialogue(), suite, 7 + number).handshake(CERTIFICATE);
    }

    // ---- where it begins ----

    /// Sessions and refusals of the samples with keys, logons of other kinds, tunnels of every transport.
    static List<byte[]> seeds() {
        List<byte[]> all = new ArrayList<>();
        for (String sample : List.of("success-nla-tls13-keys", "nla-account-locked-out", "nla-logon-failure-tls12")) {
            for (int protocol : new int[] {HYBRID, HYBRID_EX, SSL}) {
                ByteArrayOutputStream input = begin(protocol, sample.contains("tls13"));
                // Without a logon before, the session begins at once.
                SaidInTls.of(sample).stream().filter(said -> protocol != SSL || said.plain()[0] != 0x30)
                        .forEach(said -> add(input, said.byClient() ? 0 : SERVER, said.plain()));
                if (input.size() > 1) {
                    all.add(input.toByteArray());
                }
            }
        }
        all.add(inTurn(HYBRID, InnerBytes.tsRequest(6, InnerBytes.negoTokens(InnerBytes.ntlmNegotiate())),
                InnerBytes.tsRequest(6, InnerBytes.negoTokens(InnerBytes.ntlmChallenge("CONTOSO", "HOST5", 0))),
                InnerBytes.tsRequest(6, InnerBytes.negoTokens(InnerBytes.ntlmAuthenticate("CONTOSO", "alice", "PC7")),
                        InnerBytes.pubKeyAuth(48),
                        InnerBytes.clientNonce()),
                InnerBytes.tsRequest(6, InnerBytes.errorCode(0xC0000234))));
        all.add(inTurn(HYBRID,
                InnerBytes.tsRequest(6, InnerBytes.negoTokens(InnerBytes.spnegoApRequest("CONTOSO.COM", "TERMSRV", "host5"))),
                InnerBytes.tsRequest(6, InnerBytes.negoTokens(
                        InnerBytes.spnegoError(2, 37, "20231114221320Z", "CONTOSO.COM", "TERMSRV", "host5")))));
        all.add(inTurn(RDSTLS, new byte[0], InnerBytes.rdstlsCapabilities(), InnerBytes.rdstlsPassword("alice", "CONTOSO"),
                InnerBytes.rdstlsResponse(5)));
        all.add(inTurn(RDSAAD, aad("{\"ts_nonce\":\"abc\"}\0"), aad("{\"ts_nonce\":\"abc\"}\0"),
                aad("{\"rdp_assertion\":\"eyJ.eyJ.abc\"}\0"),
                aad("{\"authentication_result\":-2147024891}\0")));
        for (Transport transport : Transport.values()) {
            for (int error : new int[] {0, 0x59dd}) {
                all.add(tunnel(transport, error));
            }
        }
        return all;
    }

    private static byte[] tunnel(Transport transport, int error) {
        ScriptedGateway gateway = new ScriptedGateway(new CaptureBuilder(), transport, Optional.empty(), 443).open().tunnel(0)
                .authorization(0).channel(error);
        if (error == 0) {
            gateway.say(true, CaptureBuilder.connectionRequest(new byte[0], SSL | HYBRID)).say(false,
                    CaptureBuilder.connectionConfirm(3, 5));
        }
        ByteArrayOutputStream input = begin(0, error != 0);
        for (Tape.Shot shot : gateway.end(false).tape().shots()) {
            byte[] frame = shot.bytes();
            byte[] payload = Seeds.payload(frame);
            boolean server = frame[34] == 443 >> 8 && frame[35] == (byte) 443;
            int second = frame[server ? 37 : 35] == (byte) 50124 ? SECOND : 0;
            if (payload.length > 0) {
                add(input, second | (server ? SERVER : 0), payload);
            }
        }
        return input.toByteArray();
    }

    private static byte[] inTurn(int protocol, byte[]... clientThenServer) {
        ByteArrayOutputStream input = begin(protocol, true);
        for (int i = 0; i < clientThenServer.length; i++) {
            if (clientThenServer[i].length > 0) {
                add(input, i % 2 == 0 ? 0 : SERVER, clientThenServer[i]);
            }
        }
        return input.toByteArray();
    }

    /// @param protocol 0 for a gateway
    private static ByteArrayOutputStream begin(int protocol, boolean tls13) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        int place = 0;
        while (place < GATEWAY && PROTOCOLS[place] != protocol) {
            place++;
        }
        input.write(place << 1 | (tls13 ? TLS13 : 0));
        return input;
    }

    private static void add(ByteArrayOutputStream input, int flags, byte[] plain) {
        input.write(flags);
        input.write(plain.length >> 8);
        input.write(plain.length);
        input.writeBytes(plain);
    }
}

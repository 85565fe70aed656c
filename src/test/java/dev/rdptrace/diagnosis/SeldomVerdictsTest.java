package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.InnerBytes.attachRefused;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshake;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshakeResponse;
import static dev.rdptrace.testkit.InnerBytes.joinRefused;
import static dev.rdptrace.testkit.InnerBytes.licenseError;
import static dev.rdptrace.testkit.InnerBytes.setErrorInfo;
import static dev.rdptrace.testkit.InnerBytes.tunnelCreate;
import static dev.rdptrace.testkit.InnerBytes.tunnelResponse;
import static dev.rdptrace.testkit.InnerBytes.ultimatum;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Verdicts that hardly any recording shows: what servers say inside the connection, which keys open, and transport that fails in
/// ways a laboratory rarely does. Each beside what it nearly is.
class SeldomVerdictsTest {
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);
    private static final int IO_CHANNEL = 1003;
    private static final Endpoint GATEWAY = new Endpoint(0, 0xffff0a140005L, 443);
    private static final List<SaidInTls> SESSION = SaidInTls.of("success-nla-tls13-keys");

    /// A capture with the secrets that open it, if it needs any.
    record Recorded(Tape tape, Optional<Secrets> keys) {
        Analysis analyze() {
            return Tape.analyze(tape.source(), new Analyzer.Options(Set.of(), Set.of(GATEWAY), false, keys));
        }
    }

    /// Verdict by name of the dialogue; behind a `/` stands which.
    static final Map<String, Recorded> DIALOGUES = new LinkedHashMap<>();

    static {
        inside();
        gateway();
        negotiation();
        transport();
    }

    /// Warnings by name of the dialogue; a `!` says that it must not be given.
    static final Map<String, Recorded> WARNED = new LinkedHashMap<>();

    static {
        warnings();
    }

    // ---- inside TLS ----

    private static void inside() {
        Map.of(6, "errinfo-6-out-of-memory", 7, "errinfo-7-server-denied", 9, "errinfo-9-insufficient-privileges",
                0xa, "errinfo-10-fresh-creds", 0x408, "errinfo-broker", 0x101, "license-no-server", 0x10a, "license-refused-client", 0x106,
                "license-timeout", 0x10c9,
                "errinfo-other").forEach((code, id) -> DIALOGUES.put(id + "/Set Error Info " + code, toldBeforeSession(code)));
        Map.of(0x10da, "confirm-active-rejected", 0x1191, "std-security-decrypt-failed")
                .forEach((code, id) -> DIALOGUES.put(id + "/Set Error Info " + code, toldBeforeSession(code)));
        Map.of(3, "errinfo-3-4-time-limit", 5, "errinfo-5-replaced", 0x10, "errinfo-session-crash", 0x19, "errinfo-shutdown", 0xb,
                "session-ended-by-server").forEach((code, id) -> DIALOGUES.put(id + "/Set Error Info " + code, toldInSession(code)));
        DIALOGUES.put("license-no-server/no licence server", licensing(licenseError(false, IO_CHANNEL, 6, 1), false));
        DIALOGUES.put("license-refused-client/bad client", licensing(licenseError(false, IO_CHANNEL, 8, 1), false));
        DIALOGUES.put("license-client-refuses-server-cert/by the client", licensing(licenseError(true, IO_CHANNEL, 2, 1), true));
        Predicate<SaidInTls> connectResponse = said -> !said.byClient() && tag(said) == 0x7f;
        Predicate<SaidInTls> attachConfirm = said -> !said.byClient() && (tag(said) & 0xfc) == 0x2c;
        Predicate<SaidInTls> joinConfirm = said -> !said.byClient() && (tag(said) & 0xfc) == 0x3c;
        DIALOGUES.put("mcs-connect-response-refused/result 14", closed(upTo(connectResponse, SeldomVerdictsTest::refused)));
        DIALOGUES.put("mcs-closed/at the Connect-Response", closed(upTo(connectResponse, plain -> plain)));
        DIALOGUES.put("mcs-attach-user-failed/result 8", closed(upTo(attachConfirm, _ -> attachRefused(8))));
        DIALOGUES.put("mcs-join-failed/result 2", closed(upTo(joinConfirm, _ -> joinRefused(2, 1007))));
        DIALOGUES.put("mcs-join-stall/joined", closed(upTo(joinConfirm, plain -> plain)));
        DIALOGUES.put("confirm-active-rejected/close", closed(upTo(SeldomVerdictsTest::isConfirmActive, plain -> plain)));
        DIALOGUES.put("demand-active-missing/close", closed(upTo(said -> !said.byClient() && pduType(said) == 0x80, plain -> plain)));
    }

    private interface Changed {
        byte[] of(byte[] plain);
    }

    private static int tag(SaidInTls said) {
        return said.plain().length > 8 && said.plain()[0] == 3 ? said.plain()[7] & 0xff : 0;
    }

    /// The first byte behind the header of T.125 of what the user says: the security header's flags, or the low byte of a share's length.
    private static int pduType(SaidInTls said) {
        byte[] plain = said.plain();
        return tag(said) != 0x64 && tag(said) != 0x68 ? 0 : plain[(plain[13] & 0x80) != 0 ? 15 : 14] & 0xff;
    }

    private static boolean isConfirmActive(SaidInTls said) {
        return said.byClient() && tag(said) == 0x64 && said.plain().length > 100 && said.plain()[17] == 0x13;
    }

    private static byte[] refused(byte[] connectResponse) {
        byte[] plain = connectResponse.clone();
        for (int at = 7; at < 20; at++) {
            if (plain[at] == 0x0a && plain[at + 1] == 1) {
                plain[at + 2] = 14;
                return plain;
            }
        }
        throw new IllegalStateException("no result");
    }

    /// A recorded session up to the first message of a kind, which may be changed.
    private static KnownTls upTo(Predicate<SaidInTls> last, Changed change) {
        return upTo(SSL | HYBRID, last, change);
    }

    private static KnownTls upTo(int requested, Predicate<SaidInTls> last, Changed change) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389), Suite.TLS13);
        peers.negotiated(requested, HYBRID);
        KnownTls tls = new KnownTls(peers.dialogue(), Suite.TLS13, 1).handshake(CERTIFICATE);
        for (SaidInTls said : SESSION) {
            boolean ends = last.test(said);
            byte[] plain = ends ? change.of(said.plain()) : said.plain();
            if (said.byClient()) {
                tls.client(plain);
            } else {
                tls.server(plain);
            }
            if (ends) {
                return tls;
            }
        }
        throw new IllegalStateException("it was never said");
    }

    private static KnownTls upToClientInfo() {
        return upTo(said -> said.byClient() && tag(said) == 0x64 && said.plain().length > 300, plain -> plain);
    }

    private static Recorded toldBeforeSession(int code) {
        return closed(upToClientInfo().server(setErrorInfo(IO_CHANNEL, code)).server(ultimatum(1)));
    }

    private static Recorded toldInSession(int code) {
        return closed(upTo(said -> said == beforeEnd(), plain -> plain).server(setErrorInfo(IO_CHANNEL, code)).server(ultimatum(1)));
    }

    private static SaidInTls beforeEnd() {
        return SESSION.stream().takeWhile(said -> said.plain().length != 9 || tag(said) != 0x21).toList().getLast();
    }

    private static Recorded licensing(byte[] error, boolean fromClient) {
        return closed(fromClient ? upToClientInfo().client(error) : upToClientInfo().server(error));
    }

    private static Recorded closed(KnownTls tls) {
        tls.dialogue().serverFin().clientFin();
        KeyLog log = new KeyLog();
        log.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return new Recorded(tls.dialogue().end().tape(), Optional.of(new Secrets(log)));
    }

    // ---- gateway ----

    private static void gateway() {
        Map.of(403, "rdg-403", 404, "rdg-404", 503, "rdg-5xx", 200, "rdg-websocket-stripped", 302, "rdg-refused")
                .forEach((status, id) -> DIALOGUES.put(id + "/HTTP " + status,
                        closed(atGateway().server(text("HTTP/1.1 " + status + " Said\r\nContent-Length: 0\r\n\r\n")))));
        Map.of(0x800759ee, "rdg-no-certificate", 0x800759e6, "rdg-max-connections")
                .forEach((code, id) -> DIALOGUES.put(id + "/refused", closed(
                        atGateway().server(text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
                                .inWebSocket(gatewayHandshake(), gatewayHandshakeResponse(0), tunnelCreate(), tunnelResponse(code)))));
    }

    private static byte[] text(String words) {
        return words.getBytes(StandardCharsets.US_ASCII);
    }

    private static KnownTls atGateway() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM);
        peers.tcp();
        return new KnownTls(peers.dialogue(), Suite.GCM, 7).handshake(CERTIFICATE)
                .client(text("RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\n"
                        + "Host: gw.contoso.com\r\nRDG-Connection-Id: {7d6f}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Key: AAAA\r\n\r\n"));
    }

    // ---- negotiation ----

    private static void negotiation() {
        DIALOGUES.put("restricted-admin-unsupported/not offered", asked(1, 0));
        DIALOGUES.put("x224-client-close-after-cc/Restricted Admin is offered", asked(1, 8));
        DIALOGUES.put("remote-guard-unsupported/not offered", asked(2, 8));
        DIALOGUES.put("x224-client-close-after-cc/Remote Credential Guard is offered", asked(2, 0x10));
        Dialogue greeting = fresh();
        greeting.open().server("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII)).clientFin().serverFin();
        DIALOGUES.put("non-rdp-traffic-3389/a greeting", plain(greeting));
        for (boolean again : List.of(true, false)) {
            WindowsPeers peers = WindowsPeers.with(Suite.TLS13).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).clientHello();
            peers.dialogue().server(retry(peers.serverHello())).client(WindowsPeers.hello(Suite.TLS13, 0));
            if (again) {
                peers.dialogue().serverReset();
                DIALOGUES.put("tls13-hrr-loop/reset at the second hello", plain(peers.dialogue()));
            } else {
                peers.serverFlight().dialogue().clientReset();
                DIALOGUES.put("tls-client-rejects-cert/answered at the second hello", plain(peers.dialogue()));
            }
        }
    }

    private static Dialogue fresh() {
        return new CaptureBuilder().stepMicros(500).tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389);
    }

    private static Recorded plain(Dialogue dialogue) {
        return new Recorded(dialogue.end().tape(), Optional.empty());
    }

    /// [MS-RDPBCGR] 2.2.1.1.1 and 2.2.1.2.1: flags of the request and of the response; then the client leaves.
    private static Recorded asked(int wanted, int offered) {
        byte[] request = CaptureBuilder.connectionRequest("Cookie: mstshash=al\r\n".getBytes(StandardCharsets.US_ASCII), SSL | HYBRID);
        request[request.length - 7] = (byte) wanted;
        byte[] confirm = CaptureBuilder.connectionConfirm(2, HYBRID);
        confirm[12] = (byte) offered;
        Dialogue dialogue = fresh();
        return plain(dialogue.open().client(request).server(confirm).clientReset());
    }

    /// RFC 8446 4.1.3: a ServerHello with this random asks for another key share.
    private static byte[] retry(byte[] serverHello) {
        byte[] hello = serverHello.clone();
        byte[] random = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
        System.arraycopy(random, 0, hello, 5 + 4 + 2, random.length);
        return hello;
    }

    // ---- warnings ----

    private static void warnings() {
        WARNED.put("tls-cert-weak/RSA of 1024 bits", withCertificate("CN=HOST5", "CN=HOST5", 1024, "host5"));
        WARNED.put("!tls-cert-weak/RSA of 2048 bits", withCertificate("CN=HOST5", "CN=HOST5", 2048, "host5"));
        WARNED.put("tls-cert-name-mismatch/another host", withCertificate("CN=HOST5", "CN=HOST5", 2048, "host6"));
        WARNED.put("!tls-cert-name-mismatch/this host", withCertificate("CN=HOST5", "CN=HOST5", 2048, "host5"));
        WARNED.put("tls-interception/a product", withCertificate("CN=HOST5", "CN=FortiGate CA", 2048, "host5"));
        WARNED.put("!tls-interception/an office", withCertificate("CN=HOST5", "CN=Contoso CA", 2048, "host5"));
        for (String routing : List.of("Cookie: msts=3640205228.15629.0000\r\nCookie: mstshash=al\r\n", "Cookie: mstshash=al\r\n")) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM).tcp().request(routing, SSL | HYBRID);
            peers.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID)).serverReset();
            WARNED.put((routing.contains("msts=") ? "" : "!") + "routing-token-and-cookie/" + routing.length(), plain(peers.dialogue()));
        }
        WARNED.put("ms-t120-probe/in the list", closed(upTo(said -> tag(said) == 0x7f, SeldomVerdictsTest::probing)));
        WARNED.put("!ms-t120-probe/not in it", closed(upTo(said -> tag(said) == 0x7f, plain -> plain)));
        for (int requested : new int[] {SSL | HYBRID | HYBRID_EX, SSL | HYBRID}) {
            WARNED.put(requested == (SSL | HYBRID) ? "!negotiation-altered/as the server says" : "negotiation-altered/less than was asked",
                    closed(upTo(requested, said -> !said.byClient() && tag(said) == 0x7f, plain -> plain)));
        }
        for (int minor = 2; minor <= 3; minor++) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(SSL | HYBRID, HYBRID).clientHello();
            byte[] hello = peers.serverHello();
            hello[10] = (byte) minor;
            WARNED.put((minor == 2 ? "" : "!") + "tls-legacy-server-only/1." + (minor - 1),
                    plain(peers.dialogue().server(hello).serverReset()));
        }
        for (int overtaken : new int[] {3, 2}) {
            Dialogue dialogue = fresh().open().client(CaptureBuilder.connectionRequest(text("Cookie: mstshash=al\r\n"), SSL | HYBRID))
                    .server(CaptureBuilder.connectionConfirm(2, HYBRID));
            byte[] hello = WindowsPeers.hello(Suite.TLS13, 0);
            int part = hello.length / (2 * overtaken);
            for (int i = 0; i < overtaken; i++) {
                byte[] one = Arrays.copyOfRange(hello, 2 * i * part, (2 * i + 1) * part);
                byte[] two = Arrays.copyOfRange(hello, (2 * i + 1) * part, i + 1 == overtaken ? hello.length : (2 * i + 2) * part);
                dialogue.raw(true, CaptureBuilder.ACK, part, two).raw(true, CaptureBuilder.ACK, 0, one).client()
                        .skip(one.length + two.length);
                dialogue.serverAck();
            }
            WARNED.put((overtaken > 2 ? "" : "!") + "tcp-reordering/" + overtaken, plain(dialogue.serverReset()));
        }
    }

    private static Recorded withCertificate(String subject, String issuer, int bits, String host) {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).certificate(CertificateBytes.of(subject, issuer, "230601000000Z",
                "330601000000Z", bits))
                .negotiated(SSL | HYBRID, HYBRID).tlsFor(host).ntlm();
        return plain(peers.dialogue().serverReset());
    }

    /// A channel of the Connect-Initial with another name.
    private static byte[] probing(byte[] connectInitial) {
        byte[] plain = connectInitial.clone();
        for (int at = 0; at + 8 < plain.length; at++) {
            if (new String(plain, at, 5, StandardCharsets.US_ASCII).equals("rdpsn") || new String(plain, at, 5, StandardCharsets.US_ASCII)
                    .equals("rdpdr")) {
                System.arraycopy(text("MS_T120\0"), 0, plain, at, 8);
                return plain;
            }
        }
        throw new IllegalStateException("no such channel");
    }

    @TestFactory
    Stream<DynamicTest> eachWarningIsGivenWhereItIsDue() {
        return WARNED.entrySet().stream().map(entry -> dynamicTest(entry.getKey(), () -> {
            String id = entry.getKey().substring(0, entry.getKey().indexOf('/'));
            Set<String> given = new TreeSet<>();
            entry.getValue().analyze().incidents().forEach(i -> i.attempts().forEach(a -> a.warnings().forEach(w -> given.add(w.id()))));
            if (id.startsWith("!")) {
                assertThat(given).doesNotContain(id.substring(1));
            } else {
                assertThat(given).contains(id);
            }
        }));
    }

    // ---- transport ----

    private static void transport() {
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], SSL | HYBRID);
        DIALOGUES.put("tcp-cr-blackhole/no acknowledgement", repeated(fresh().open(), request, false));
        DIALOGUES.put("tcp-accept-then-silence/acknowledged", repeated(fresh().open(), request, true));

        byte[] hello = WindowsPeers.hello(Suite.TLS13, 1400);
        byte[] end = Arrays.copyOfRange(hello, 1460, hello.length);
        for (boolean lost : List.of(true, false)) {
            Dialogue dialogue = WindowsPeers.with(Suite.TLS13).negotiated(SSL | HYBRID, HYBRID).dialogue();
            dialogue.client(Arrays.copyOf(hello, 1460));
            DIALOGUES.put(lost ? "tls-large-clienthello-lost/its end" : "tls-ch-no-answer/all of it came", repeated(dialogue, end, !lost));
        }
        for (int mtu : new int[] {1300, 1500}) {
            Dialogue dialogue = WindowsPeers.with(Suite.TLS13).negotiated(SSL | HYBRID, HYBRID).dialogue();
            dialogue.raw(true, CaptureBuilder.ACK, 0, Arrays.copyOf(hello, 1460)).end().tooBig("10.0.0.1", dialogue, 1500, mtu);
            DIALOGUES.put(mtu < 1500 ? "pmtud-icmp-ignored/sent again as large" : "tcp-path-death/it would pass",
                    repeated(dialogue, Arrays.copyOf(hello, 1460), false));
        }
        for (int millis : new int[] {2500, 1500}) {
            Dialogue busy = fresh().open();
            busy.clientOnly(request).window(false, 0).end().pauseMillis(millis);
            busy.window(false, 0).window(false, 500).end().pauseMillis(5000);
            busy.clientAck();
            DIALOGUES.put(millis > 2000 ? "tcp-zero-window-server/for long" : "tcp-accept-then-silence/its window was closed for a moment",
                    plain(busy));

            WindowsPeers up = WindowsPeers.with(Suite.GCM).negotiated(SSL | HYBRID, HYBRID).tls().ntlm().accepted().connect().join(6)
                    .session().graphics(20);
            up.dialogue().window(true, 0).end().pauseMillis(millis);
            up.dialogue().window(true, 500);
            up.graphics(3);
            DIALOGUES.put(millis > 2000 ? "tcp-zero-window-client/for long"
                    : "session-established/the client's window was closed for a moment",
                    plain(up.dialogue()));
        }
    }

    /// A segment and its repetitions; the acknowledgement comes with the last if at all.
    private static Recorded repeated(Dialogue dialogue, byte[] segment, boolean acknowledged) {
        dialogue.raw(true, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, segment);
        for (int i = 0; i < 4; i++) {
            dialogue.end().pauseMillis(500L << i);
            dialogue.raw(true, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, segment);
        }
        if (acknowledged) {
            dialogue.client().skip(segment.length);
            dialogue.serverAck().end().pauseMillis(9000);
            dialogue.clientAck();
        }
        return plain(dialogue);
    }

    @TestFactory
    Stream<DynamicTest> eachIsFound() {
        return DIALOGUES.entrySet().stream().map(entry -> dynamicTest(entry.getKey(), () -> {
            List<String> verdicts = new ArrayList<>();
            entry.getValue().analyze().incidents().forEach(i -> verdicts.add(i.verdict().id() + ": " + i.verdict().says()));
            assertThat(verdicts).hasSize(1);
            assertThat(verdicts.getFirst()).startsWith(entry.getKey().substring(0, entry.getKey().indexOf('/')) + ": ");
        }));
    }
}

package dev.rdptrace.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.ScriptedGateway;
import dev.rdptrace.testkit.ScriptedGateway.Transport;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a gateway says, each beside what it nearly says.
class GatewayNearMissTest {
    private static final String OUT =
            "RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: gw\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    private static final String SIGNED_IN = OUT + "Authorization: Basic YTpi\r\n\r\n";
    private static final String ASKS = answer("401 Unauthorized\r\nWWW-Authenticate: Negotiate");
    private static final String SWITCHES = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    /// Found and missed by dialogues of these tests.
    private static final Map<String, Set<String>> ELSEWHERE = Map.of(
            "session.ScriptedGatewayTest", Set.of("rdg-websocket-stripped", "rdg-in-channel-dead", "rdg-refused"),
            "session.OpenedDialoguesTest", Set.of("rdg-inner-nla-failed"),
            "diagnosis.LogonBySizeTest", Set.of("rdg-no-answer"),
            "diagnosis.CompanyTest", Set.of("rdg-idle-cut", "rdg-unreachable"),
            "diagnosis.GatewayOverUdpTest", Set.of("rdg-udp-3391-blocked", "udp-tunnel-rejected"),
            "diagnosis.UdpAloneTest", Set.of("udp-blocked", "udp-port-check"),
            "diagnosis.OverUdpTest", Set.of("udp-syn-mtu", "udp-synack-lost", "udp-tls-failed", "udp-keepalive-death", "udp-data-stall",
                    "udp-version-fallback"));

    private static String answer(String status) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n";
    }

    /// @param found what the client and the gateway say in turn
    /// @param near the same, nearly
    record Status(String id, String[] found, String[] near) {
        @Override
        public String toString() {
            return id;
        }
    }

    /// What is answered at first is no end where the client comes again and gets its tunnel.
    static Stream<Status> statuses() {
        return Stream.of(
                new Status("rdg-401-loop", new String[] {OUT + "\r\n", ASKS, SIGNED_IN, ASKS},
                        new String[] {OUT + "\r\n", ASKS, SIGNED_IN, SWITCHES}),
                again("rdg-403", "403 Forbidden"), again("rdg-404", "404 Not Found"), again("rdg-5xx", "503 Service Unavailable"),
                again("rdg-407", "407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate"));
    }

    private static Status again(String id, String status) {
        return new Status(id, new String[] {OUT + "\r\n", answer(status)},
                new String[] {OUT + "\r\n", answer(status), SIGNED_IN, SWITCHES});
    }

    @ParameterizedTest
    @MethodSource
    void statuses(Status status) {
        assertThat(said(status.found, false)).isEqualTo(status.id);
        assertThat(said(status.near, true)).isNotEqualTo(status.id).doesNotStartWith("rdg-4");
    }

    private static String said(String[] clientThenGateway, boolean tunnel) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 80).open();
        for (int i = 0; i < clientThenGateway.length; i += 2) {
            dialogue.client(clientThenGateway[i].getBytes(US_ASCII)).server(clientThenGateway[i + 1].getBytes(US_ASCII));
        }
        if (tunnel) {
            dialogue.client(InnerBytes.webSocket(true, InnerBytes.gatewayHandshake()))
                    .server(InnerBytes.webSocket(false, InnerBytes.gatewayHandshakeResponse(0)));
        }
        dialogue.clientFin().serverFin();
        return only(capture.tape());
    }

    private static String only(Tape tape) {
        assertThat(tape.analyze().incidents()).hasSize(1);
        return tape.analyze().incidents().getFirst().verdict().id();
    }

    /// A refusal with the code that it is known by, and the same answer with success or with a code that only fails.
    enum Code {
        RDG_CAP_DENIED(0x800759db, code -> gateway -> gateway.open().tunnel(0).authorization(code)),
        RDG_RAP_DENIED(0x800759da, code -> gateway -> gateway.open().tunnel(0).authorization(0).channel(code)),
        RDG_TARGET_UNREACHABLE(0x800759dd, code -> gateway -> gateway.open().tunnel(0).authorization(0).channel(code)),
        RDG_MAX_CONNECTIONS(0x800759e6, code -> gateway -> gateway.open().tunnel(code)),
        RDG_QUARANTINE_OR_COOKIE(0x800759f8, code -> gateway -> gateway.open().tunnel(code)),
        RDG_NO_CERTIFICATE(0x800759ee, code -> gateway -> gateway.open().tunnel(code)),
        RDG_SESSION_TIMEOUT(0x59f6, code -> gateway -> gateway.ready().close(code));

        private static final int INTERNAL_ERROR = 0x800759d8;
        private static final int GRACEFUL = 0x4ca;
        private final int code;
        private final Answer answer;

        private interface Answer {
            UnaryOperator<ScriptedGateway> with(int code);
        }

        Code(int code, Answer answer) {
            this.code = code;
            this.answer = answer;
        }

        String id() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }

        String judged(Transport transport, int given) throws IOException {
            ScriptedGateway gateway = new ScriptedGateway(new CaptureBuilder().stepMicros(500), transport, Optional.empty(), 80);
            return Analyzer.analyze(answer.with(given).apply(gateway).end(false).tape().source(), Analyzer.Options.NONE, () -> false)
                    .incidents().getFirst()
                    .verdict().id();
        }
    }

    @ParameterizedTest
    @EnumSource
    void codes(Code code) throws IOException {
        for (Transport transport : Transport.values()) {
            assertThat(code.judged(transport, code.code)).isEqualTo(code.id());
            assertThat(code.judged(transport, Code.INTERNAL_ERROR)).isEqualTo("rdg-refused");
            assertThat(code.judged(transport, code == Code.RDG_SESSION_TIMEOUT ? Code.GRACEFUL : 0)).isNotEqualTo(code.id());
        }
    }

    /// TLS that comes up does not fail, whatever is said in it.
    @Test
    void tls() {
        assertThat(warned(false)).contains("rdg-tls-failed");
        assertThat(warned(true)).doesNotContain("rdg-tls-failed");
    }

    private static Stream<String> warned(boolean up) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.GCM).tcp();
        if (up) {
            peers.tlsFor("rdgw.contoso.com").up(413).down(308);
        } else {
            peers.clientHelloFor("rdgw.contoso.com");
        }
        peers.dialogue().serverReset();
        Incident incident =
                Tape.analyze(peers.tape().source(), new Analyzer.Options(Set.of(), Set.of(new Endpoint(0, 0xffff0a140005L, 443)), false))
                        .incidents().getFirst();
        return incident.warnings().stream().map(warning -> warning.id());
    }

    @Test
    void everyDiagnosisOfGatewaysAndUdpHasANearMiss() {
        Set<String> have = new TreeSet<>(Set.of("rdg-tls-failed"));
        statuses().forEach(status -> have.add(status.id));
        Stream.of(Code.values()).forEach(code -> have.add(code.id()));
        ELSEWHERE.values().forEach(have::addAll);
        assertThat(Catalog.ids().stream().filter(id -> id.startsWith("rdg-") || id.startsWith("udp-")).toList())
                .isEqualTo(have.stream().toList());
        ELSEWHERE.keySet()
                .forEach(test -> assertThat(GatewayNearMissTest.class.getResource("/dev/rdptrace/" + test.replace('.', '/') + ".class"))
                        .isNotNull());
    }
}

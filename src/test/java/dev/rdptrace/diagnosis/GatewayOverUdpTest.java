package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.IcmpBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.SideTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The side channel of a gateway over UDP 3391, [MS-TSGU] 1.3.3 and 2.2.11: DTLS, and in it who asks for the host.
class GatewayOverUdpTest {
    private static final String GATEWAY = "203.0.113.9";
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=rdgw", "CN=rdgw", "230601000000Z", "330601000000Z", 2048);
    /// 2.2.11.3: port 3389, a cookie of four bytes, not lossy, 1232 bytes both ways.
    private static final String CONNECT = "0100 1400 3d0d 0400 00000000 10000000 d004d004 deadbeef";
    private static final String HELLO = "16 feff 0000 000000000000 0010 01 000004 0000 000000 000004 feff0000";

    private final CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
    private final WindowsPeers peers = new WindowsPeers(capture, capture.tcp(CLIENT, 50_123, GATEWAY, 443), Suite.GCM);
    private final KeyLog keys = new KeyLog();

    private void send(boolean fromClient, byte[] datagram) {
        capture.udp(fromClient ? CLIENT : GATEWAY, fromClient ? 50_300 : 3391, fromClient ? GATEWAY : CLIENT, fromClient ? 3391 : 50_300,
                datagram);
    }

    private GatewayOverUdpTest begun() {
        peers.tcp().tlsFor("rdgw.contoso.com").up(480).down(260);
        return this;
    }

    /// DTLS with the gateway, then the client's packet and the answer to it.
    private GatewayOverUdpTest channel(String answer) {
        begun();
        KnownTls dtls =
                KnownTls.overDatagrams(this::send, 9).handshake(CERTIFICATE).client(bytes(CONNECT), bytes(CONNECT)).server(bytes(answer));
        keys.add(dtls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private Analysis analysis() throws IOException {
        peers.dialogue().clientFin();
        Endpoint gateway = new Endpoint(0, 0xffff_cb00_7109L, 443);
        return Analyzer.analyze(capture.tape().source(),
                new Analyzer.Options(Set.of(), Set.of(gateway), false, Optional.of(new Secrets(keys))), () -> false);
    }

    private static List<Warning> warnings(Analysis analysis) {
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst().warnings().stream().filter(w -> w.id().startsWith("udp-") || w.id().startsWith("rdg-udp"))
                .toList();
    }

    @Test
    void theGatewayRefusesTheChannel() throws IOException {
        Analysis analysis = channel("0200 0c00 0000000000000000 db590780").analysis();
        assertThat(warnings(analysis)).extracting(Warning::id).containsExactly("udp-tunnel-rejected");
        assertThat(warnings(analysis).getFirst().says()).contains("the gateway refused the UDP channel with 0x800759DB");
        SideTransport udp = analysis.incidents().getFirst().overUdp().getFirst();
        assertThat(udp.isGatewayChannel()).isTrue();
        assertThat(warnings(analysis).getFirst().frames()).containsExactly(udp.tunnel().asked().frame(), udp.tunnel().answered().frame());
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        assertThat(json.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " "))
                .contains("\"ofGateway\" : true", "\"requestId\" : null, \"result\" : \"0x800759DB\"")
                .doesNotContain("deadbeef");
        assertThat(TextReport.text(analysis.report("test"), new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC)))
                .contains("DTLS of a gateway's side channel", "channel to the host: 0x800759DB");
    }

    @Test
    void theGatewayAgrees() throws IOException {
        Analysis analysis = channel("0200 0c00 0000000000000000 00000000").analysis();
        assertThat(warnings(analysis)).isEmpty();
        assertThat(analysis.incidents().getFirst().overUdp().getFirst().tunnel().answered().seen()).isTrue();
    }

    @Test
    void whatCannotBeReadIsNoRefusal() throws IOException {
        channel("0200 0c00 0000000000000000 db590780");
        assertThat(warnings(Analyzer.analyze(capture.tape().source(),
                new Analyzer.Options(Set.of(), Set.of(new Endpoint(0, 0xffff_cb00_7109L, 443)), false),
                () -> false))).isEmpty();
    }

    @Test
    void theGatewayEndsTheDtlsHandshake() throws IOException {
        begun().send(true, bytes(HELLO));
        send(false, bytes("15 feff 0000 000000000001 0002 02 28"));
        List<Warning> warnings = warnings(analysis());
        assertThat(warnings).extracting(Warning::id).containsExactly("udp-tls-failed");
        assertThat(warnings.getFirst().says()).contains("DTLS with the gateway over UDP 3391 fails", "the server sent alert 40");
    }

    @Test
    void nothingAnswers() throws IOException {
        begun();
        for (int i = 0; i < 4; i++) {
            send(true, bytes(HELLO));
            peers.pause(1000);
        }
        assertThat(warnings(analysis())).extracting(Warning::id).containsExactly("rdg-udp-3391-blocked");
    }

    /// 2.2.11.9, behind the ClientHello.
    @Test
    void theCorrelationIdStandsInTheClear() throws IOException {
        begun().send(true, bytes(HELLO + " 00000000 aa1d e4b9cf69ab692042ad5974d0868d0000 1daa 1a00"));
        assertThat(analysis().companions().sideTransports().getFirst().offer().correlationId())
                .isEqualTo("e4b9cf69ab692042ad5974d0868d0000");
    }

    // ---- without the TCP connection ----

    private static final String SERVER_HELLO = "16 feff 0000 000000000001 0010 02 000004 0001 000000 000004 feff0000";
    private static final String DATA = "17 feff 0001 000000000001 0004 aabbccdd";

    private GatewayOverUdpTest hellos(int times, int millis) {
        for (int i = 0; i < times; i++) {
            send(true, bytes(HELLO));
            peers.pause(millis);
        }
        return this;
    }

    private GatewayOverUdpTest gateway(String datagram) {
        send(false, bytes(datagram));
        return this;
    }

    private Finding alone(String id, Outcome outcome, Culprit side) {
        capture.tcp("192.168.1.77", 4, "192.168.1.78", 80).syn(); // the capture goes on
        Analysis analysis =
                Tape.analyze(capture.tape().source(), new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(keys))));
        assertThat(analysis.incidents()).hasSize(1);
        Incident incident = analysis.incidents().getFirst();
        assertThat(incident.server().toString()).isEqualTo(GATEWAY + ":3391");
        assertThat(incident.headline().fitness()).extracting(Fitness::id).containsExactly("udp-alone");
        Finding verdict = incident.verdict();
        assertThat(verdict.id()).isEqualTo(id);
        assertThat(verdict.outcome()).isEqualTo(outcome);
        assertThat(verdict.side()).isEqualTo(side);
        assertThat(verdict.frames()).isNotEmpty();
        return verdict;
    }

    @Test
    void aloneAndNothingAnswers() {
        assertThat(hellos(4, 1000).alone("rdg-udp-3391-blocked", Outcome.FAILED, Culprit.UNKNOWN).says()).contains("4 ClientHellos in 3 s",
                "not a datagram back");
    }

    @Test
    void aloneAndTheGatewayOrARouterRefuses() {
        hellos(1, 10);
        capture.frame(1, IcmpBytes.unreachable(GATEWAY, 3, CLIENT, 50_300, GATEWAY, 3391));
        Finding verdict = alone("rdg-udp-3391-blocked", Outcome.FAILED, Culprit.GATEWAY);
        assertThat(verdict.says()).contains("the gateway itself", "port unreachable");
        assertThat(verdict.confidence()).isEqualTo(Confidence.SEEN);
    }

    @Test
    void aloneAndARouterForbidsIt() {
        hellos(2, 500);
        capture.frame(1, IcmpBytes.unreachable("192.0.2.254", 13, CLIENT, 50_300, GATEWAY, 3391));
        assertThat(Identity.shown(alone("rdg-udp-3391-blocked", Outcome.FAILED, Culprit.PATH).says())).contains("192.0.2.254",
                "prohibited");
    }

    @Test
    void aloneAndDtlsFails() {
        hellos(1, 10).gateway("15 feff 0000 000000000001 0002 02 28");
        assertThat(alone("udp-tls-failed", Outcome.FAILED, Culprit.GATEWAY).says()).contains("the gateway sent alert 40");
    }

    @Test
    void aloneAndTheHelloIsAnsweredByHalf() {
        hellos(1, 10).gateway("16 feff 0000 000000000000 0010 03 000004 0000 000000 000004 feff0000").hellos(4, 1000);
        assertThat(alone("udp-tls-failed", Outcome.FAILED, Culprit.UNKNOWN).says()).contains("no ServerHello");
    }

    @Test
    void aloneAndRefusedInside() {
        KnownTls dtls = KnownTls.overDatagrams(this::send, 9).handshake(CERTIFICATE).client(bytes(CONNECT), bytes(CONNECT))
                .server(bytes("0200 0c00 0000000000000000 db590780"));
        keys.add(dtls.keyLog().getBytes(StandardCharsets.US_ASCII));
        assertThat(alone("udp-tunnel-rejected", Outcome.FAILED, Culprit.GATEWAY).says())
                .contains("the gateway refused the UDP channel with 0x800759DB");
    }

    @Test
    void aloneAndItGoesThrough() {
        hellos(1, 10).gateway(SERVER_HELLO);
        for (int i = 0; i < 5; i++) {
            send(true, bytes(DATA));
            gateway(DATA);
        }
        assertThat(alone("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN).says()).contains("came up", "its TCP connection",
                "is encrypted");
    }

    @Test
    void aloneAndOneDirectionOnly() {
        hellos(2, 1500);
        for (int i = 0; i < 5; i++) {
            send(true, bytes(DATA));
        }
        assertThat(alone("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN).says()).contains("as if it had been answered");
    }

    @Test
    void aloneAndTooEarly() {
        hellos(2, 400).alone("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN);
    }

    @Test
    void aloneAndOneHelloIsACheck() {
        hellos(1, 20_000).alone("udp-port-check", Outcome.PROBE, Culprit.NONE);
    }

    /// Another protocol on that port, and DTLS on another.
    @Test
    void noOtherUdpIsTheSideChannel() {
        send(true, bytes("0001 0000 2112a442 000102030405060708090a0b"));
        send(true, bytes(DATA));
        gateway(DATA);
        for (int i = 0; i < 5; i++) {
            capture.udp(CLIENT, 50_301, GATEWAY, 4433, bytes(HELLO));
            peers.pause(1000);
        }
        assertThat(capture.tape().analyze().incidents()).isEmpty();
    }
}

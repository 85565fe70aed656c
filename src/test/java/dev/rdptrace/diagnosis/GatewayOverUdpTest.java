package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.KnownTls;
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
        capture.udp(fromClient ? CLIENT : GATEWAY, fromClient ? 50_300 : 3391, fromClient ? GATEWAY : CLIENT, fromClient ? 3391 : 50_300, datagram);
    }

    private GatewayOverUdpTest begun() {
        peers.tcp().tlsFor("rdgw.contoso.com").up(480).down(260);
        return this;
    }

    /// DTLS with the gateway, then the client's packet and the answer to it.
    private GatewayOverUdpTest channel(String answer) {
        begun();
        KnownTls dtls = KnownTls.overDatagrams(this::send, 9).handshake(CERTIFICATE).client(bytes(CONNECT), bytes(CONNECT)).server(bytes(answer));
        keys.add(dtls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private Analysis analysis() throws IOException {
        peers.dialogue().clientFin();
        Endpoint gateway = new Endpoint(0, 0xffff_cb00_7109L, 443);
        return Analyzer.analyze(capture.tape().source(), new Analyzer.Options(Set.of(), Set.of(gateway), false, Optional.of(new Secrets(keys))), () -> false);
    }

    private static List<Warning> warnings(Analysis analysis) {
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst().warnings().stream().filter(w -> w.id().startsWith("udp-") || w.id().startsWith("rdg-udp")).toList();
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
        assertThat(json.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ")).contains("\"ofGateway\" : true", "\"requestId\" : null, \"result\" : \"0x800759DB\"")
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
        assertThat(warnings(Analyzer.analyze(capture.tape().source(), new Analyzer.Options(Set.of(), Set.of(new Endpoint(0, 0xffff_cb00_7109L, 443)), false),
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
        assertThat(analysis().companions().sideTransports().getFirst().offer().correlationId()).isEqualTo("e4b9cf69ab692042ad5974d0868d0000");
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Phase;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The console of a virtual machine: a preconnection PDU ([MS-RDPEPS] 2.2.1), then TLS without a negotiation ([MS-RDPBCGR] 5.4.2.2).
class ConsoleTest {
    private static final String MACHINE = "b32e28e-2117-4d7c-866e-021fb94316d9";

    private static WindowsPeers peers(Suite suite, int port) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        return new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, port), suite).tcp();
    }

    private static byte[] version1(int id) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(16).putInt(0).putInt(1).putInt(id).array();
    }

    private static byte[] version2(String machine) {
        byte[] name = (machine + "\0").getBytes(StandardCharsets.UTF_16LE);
        return ByteBuffer.allocate(18 + name.length).order(ByteOrder.LITTLE_ENDIAN).putInt(18 + name.length).putInt(0).putInt(2).putInt(0)
                .putShort((short) (name.length / 2)).put(name).array();
    }

    private static WindowsPeers asking(Suite suite, int port) {
        WindowsPeers peers = peers(suite, port);
        peers.dialogue().client(version2(MACHINE));
        return peers;
    }

    private static Incident first(WindowsPeers peers) {
        List<Incident> incidents = peers.tape().analyze().incidents();
        assertThat(incidents).hasSize(1);
        return incidents.getFirst();
    }

    private static List<String> story(Incident incident) {
        return incident.headline().attempt().events().stream().map(EventText::says).toList();
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, names = {"GCM", "CBC_SHA384", "TLS13"})
    void aSessionWithTheConsole(Suite suite) {
        Incident incident = first(asking(suite, 2179).tls().ntlm().accepted().connect().join(7).session().graphics(20));
        assertThat(incident.outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(story(incident)).anyMatch(says -> says.equals("preconnection PDU for \"" + MACHINE + "\""))
                .noneMatch(says -> says.contains("first bytes"));
    }

    @ParameterizedTest
    @ValueSource(ints = {2179, 3389, 40000})
    void aRefusedLogonWhereverThePduComes(int port) {
        WindowsPeers peers = asking(Suite.GCM, port).tls().ntlm().down(36);
        peers.dialogue().serverFin().clientFin();
        Incident incident = first(peers);
        assertThat(incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(incident.verdict().phase()).isEqualTo(Phase.CREDSSP);
        assertThat(incident.verdict().side()).isEqualTo(Culprit.SERVER);
    }

    @Test
    void aRefusedLogonWithoutThePdu() {
        WindowsPeers peers = peers(Suite.GCM, 2179).tls().ntlm().down(36);
        peers.dialogue().serverFin().clientFin();
        Incident incident = first(peers);
        assertThat(incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(incident.verdict().phase()).isEqualTo(Phase.CREDSSP);
    }

    @Test
    void theHostEndsItAfterClientInfo() {
        WindowsPeers peers = asking(Suite.GCM, 2179).tls().ntlm().accepted().connect().join(7).up(340).down(34, 36, 9);
        peers.dialogue().serverFin().clientFin();
        Incident incident = first(peers);
        assertThat(incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(incident.verdict().phase()).isGreaterThanOrEqualTo(Phase.INFO);
    }

    @Test
    void aCertificateThatIsNotTrusted() {
        WindowsPeers peers = asking(Suite.GCM, 2179).clientHello().serverFlight().clearAlert(true, 48);
        peers.dialogue().clientFin();
        Incident incident = first(peers);
        assertThat(incident.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(incident.verdict().phase()).isEqualTo(Phase.TLS);
        assertThat(incident.verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    @Test
    void theHostHasNoSuchMachine() {
        WindowsPeers peers = asking(Suite.GCM, 2179).clientHello();
        peers.dialogue().serverReset();
        Incident hello = first(peers);
        assertThat(hello.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(hello.verdict().side()).isEqualTo(Culprit.SERVER);
        assertThat(hello.verdict().phase()).isEqualTo(Phase.TLS);
        WindowsPeers before = asking(Suite.GCM, 2179).pause(20);
        before.dialogue().serverFin().clientFin();
        Incident pdu = first(before);
        assertThat(pdu.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(pdu.verdict().id()).isEqualTo("preconnection-refused");
        assertThat(pdu.verdict().side()).isEqualTo(Culprit.SERVER);
        assertThat(pdu.verdict().says()).contains(MACHINE);
    }

    @Test
    void aPduBeforeANegotiation() {
        WindowsPeers peers = peers(Suite.GCM, 3389);
        peers.dialogue().client(version1(15));
        peers.request(SSL);
        peers.dialogue().server(CaptureBuilder.connectionConfirm(3, 5)).clientFin().serverFin();
        Incident incident = first(peers);
        assertThat(incident.verdict().id()).startsWith("x224-neg-failure-5");
        assertThat(story(incident)).contains("preconnection PDU for source 15");
    }

    @Test
    void theBytesMayComeOneByOne() {
        WindowsPeers peers = peers(Suite.GCM, 3389);
        for (byte one : version2(MACHINE)) {
            peers.dialogue().client(new byte[] {one});
        }
        peers.tls().ntlm().down(36);
        peers.dialogue().serverFin().clientFin();
        Incident incident = first(peers);
        assertThat(incident.verdict().phase()).isEqualTo(Phase.CREDSSP);
    }

    @Test
    void theConsolesPortDoesNotAnswer() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 2179), Suite.GCM).knock().pause(5000);
        capture.tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        assertThat(first(peers).verdict().id()).isEqualTo("tcp-syn-no-response");
    }

    // ---- what it is not ----

    @Test
    void tlsWithoutThePduOnRdpsPortIsStillNoRdp() {
        WindowsPeers peers = peers(Suite.GCM, 3389).tls().up(200).down(400);
        peers.dialogue().clientFin().serverFin();
        assertThat(first(peers).outcome()).isEqualTo(Outcome.NOT_RDP);
    }

    @Test
    void otherProtocolsOnTheConsolesPortAreNobodysBusiness() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        capture.tcp(CLIENT, 50123, SERVER, 2179).open().client("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                .server("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).clientFin().serverFin();
        // The port of a client, from which it speaks to a web server.
        WindowsPeers web = new WindowsPeers(capture, capture.tcp(CLIENT, 2179, SERVER, 443), Suite.GCM).tcp().tls().up(200).down(4000);
        web.dialogue().clientFin().serverFin();
        assertThat(capture.tape().analyze().incidents()).isEmpty();
    }

    @Test
    void whatOnlyBeginsLikeThePduIsNone() {
        for (byte[] almost : List.of(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(16).putInt(1).putInt(1).array(),
                ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN).putInt(40).putInt(0).putInt(3).array(),
                ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN).putInt(41).putInt(0).putInt(2).array())) {
            WindowsPeers peers = peers(Suite.GCM, 40000);
            peers.dialogue().client(almost).server(Arrays.copyOf(almost, 20)).clientFin().serverFin();
            assertThat(peers.tape().analyze().incidents()).isEmpty();
        }
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.IcmpBytes;
import dev.rdptrace.timeline.Phase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RDP over UDP whose TCP connection is not in the capture: found, and what nearly looks the same.
class UdpAloneTest {
    private static final int PORT = 50_200;
    private static final String ROUTER = "192.0.2.254";
    private static final String CLIENT_HELLO = "01020304 0400 0008 0a0b0c0d 0a0b0c0d 16 0303 0010 01 00000c 0303";
    private static final String SERVER_HELLO = "01020304 0400 0008 0a0b0c0d 0a0b0c0d 16 0303 0010 02 00000c 0303";
    private static final String DATA = "01020304 0400 0008 0a0b0c0d 0a0b0c0d 17 0303 0004 aabbccdd";

    private final CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
    private int server = 3389;

    /// [MS-RDPEUDP] 2.2.2.1
    private static byte[] syn(int flags) {
        return ByteBuffer.allocate(1232).putInt((flags & 4) == 0 ? -1 : 77).putShort((short) 64).putShort((short) (flags | 0x1001))
                .putInt(77)
                .putShort((short) 1232).putShort((short) 1232).putShort((short) 1).putShort((short) 2).array();
    }

    private UdpAloneTest at(int port) {
        server = port;
        return this;
    }

    private UdpAloneTest ask() {
        return up(syn(0));
    }

    private UdpAloneTest ask(int times) {
        for (int i = 0; i < times; i++) {
            ask().pause(500);
        }
        return this;
    }

    private UdpAloneTest answer() {
        capture.udp(SERVER, server, CLIENT, PORT, syn(4));
        return this;
    }

    private UdpAloneTest up(byte[] datagram) {
        capture.udp(CLIENT, PORT, SERVER, server, datagram);
        return this;
    }

    private UdpAloneTest client(String hex) {
        return up(bytes(hex));
    }

    private UdpAloneTest server(String hex) {
        capture.udp(SERVER, server, CLIENT, PORT, bytes(hex));
        return this;
    }

    private UdpAloneTest pause(long millis) {
        capture.pauseMillis(millis);
        return this;
    }

    /// The capture goes on with something else.
    private UdpAloneTest later(long millis) {
        pause(millis);
        capture.tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        return this;
    }

    /// RFC 792, quoting the client's last datagram.
    private UdpAloneTest icmp(String from, int code) {
        capture.frame(1, IcmpBytes.unreachable(from, code, CLIENT, PORT, SERVER, server));
        return this;
    }

    private Incident incident() {
        List<Incident> incidents = capture.tape().analyze().incidents();
        assertThat(incidents).hasSize(1);
        Incident incident = incidents.getFirst();
        assertThat(incident.verdict().phase()).isEqualTo(Phase.UDP);
        assertThat(incident.headline().attempt().overUdp()).isTrue();
        assertThat(incident.client().address()).isEqualTo(CLIENT);
        assertThat(incident.server().toString()).isEqualTo(SERVER + ":" + server);
        return incident;
    }

    private Finding found(String id, Outcome outcome, Culprit side) {
        Finding verdict = incident().verdict();
        assertThat(verdict.id()).isEqualTo(id);
        assertThat(verdict.outcome()).isEqualTo(outcome);
        assertThat(verdict.side()).isEqualTo(side);
        assertThat(verdict.frames()).isNotEmpty();
        return verdict;
    }

    @ParameterizedTest
    @ValueSource(ints = {3389, 40_000})
    void synsThatNobodyAnswers(int port) {
        at(port).ask(5);
        Finding verdict = found("udp-blocked", Outcome.FAILED, Culprit.UNKNOWN);
        assertThat(verdict.says()).contains("5 SYNs in 2", "not a datagram back");
        assertThat(verdict.frames()).containsExactly(1L, 5L);
    }

    @Test
    void theServerItselfSaysThatNothingListens() {
        ask().icmp(SERVER, 3);
        Finding verdict = found("udp-blocked", Outcome.FAILED, Culprit.SERVER);
        assertThat(verdict.says()).contains("the server itself", "port unreachable");
        assertThat(verdict.how()).isEqualTo(Closing.ICMP);
        assertThat(verdict.frames()).containsExactly(1L, 2L);
    }

    @Test
    void aRouterForbidsIt() {
        ask().icmp(ROUTER, 13).pause(500).ask(2);
        assertThat(found("udp-blocked", Outcome.FAILED, Culprit.PATH).says()).contains(ROUTER, "administratively prohibited");
    }

    @Test
    void aRouterMissesTheHost() {
        ask().icmp(ROUTER, 1);
        assertThat(found("udp-blocked", Outcome.FAILED, Culprit.UNKNOWN).confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
    }

    @Test
    void aSynThatDoesNotFit() {
        ask().icmp(ROUTER, 4).pause(500).ask(2);
        found("udp-syn-mtu", Outcome.FAILED, Culprit.PATH);
    }

    @Test
    void answersThatDoNotArrive() {
        for (int i = 0; i < 3; i++) {
            ask().answer().pause(3000);
        }
        ask();
        found("udp-synack-lost", Outcome.FAILED, Culprit.PATH);
    }

    @Test
    void aHelloThatIsNotAnswered() {
        ask().answer();
        for (int i = 0; i < 4; i++) {
            client(CLIENT_HELLO).pause(500);
        }
        found("udp-tls-failed", Outcome.FAILED, Culprit.UNKNOWN);
    }

    @Test
    void oneThatComesUpIsNoFailure() {
        ask().answer().client(CLIENT_HELLO).server(SERVER_HELLO).client(DATA).server(DATA).client(DATA);
        found("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN);
    }

    @Test
    void oneDirectionAloneProvesNoSilence() {
        ask().client(CLIENT_HELLO).client(DATA).client(DATA).ask(3);
        found("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN);
    }

    @Test
    void theCaptureEndsTooEarly() {
        ask(2);
        found("undetermined", Outcome.UNDETERMINED, Culprit.UNKNOWN);
    }

    @Test
    void checksOfThePort() {
        ask().later(20_000);
        found("udp-port-check", Outcome.PROBE, Culprit.NONE);
    }

    @Test
    void anEmptyDatagramThatIsRefused() {
        up(new byte[0]).icmp(SERVER, 3);
        assertThat(found("udp-port-check", Outcome.PROBE, Culprit.NONE).says()).contains("port unreachable");
    }

    @Test
    void twoTransportsOfOneTry() {
        ask(3);
        for (int i = 0; i < 3; i++) {
            capture.udp(CLIENT, PORT + 1, SERVER, 3389, syn(0x200));
        }
        Incident incident = incident();
        assertThat(incident.attempts()).hasSize(2);
        assertThat(incident.attempts()).extracting(d -> d.attempt().stream()).containsExactly(0, 1);
    }

    @Test
    void streamsAreCountedAsWiresharkDoes() throws IOException {
        capture.udp(CLIENT, 5000, "192.0.2.53", 53, bytes("0001 0100 0001 0000 0000 0000 00 0001 0001"));
        capture.udp("192.0.2.53", 53, CLIENT, 5000, bytes("0001 8183 0001 0000 0000 0000 00 0001 0001"));
        capture.udp(CLIENT, 5001, "192.0.2.53", 123, new byte[48]);
        ask(3);
        assertThat(incident().headline().attempt().stream()).isEqualTo(2);
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(capture.tape().analyze().report("0"), json);
        assertThat(json.toString(StandardCharsets.UTF_8)).contains("\"transport\" : \"udp\"", "\"stream\" : 2");
    }

    @Test
    void whoListensIsToldWhenTheClientGivesUp() throws IOException {
        List<Incident> told = new ArrayList<>();
        RunningAnalysis stream = new RunningAnalysis(Analyzer.Options.NONE, 0, told::add);
        ask(5).later(5000);
        try (PacketSource source = capture.tape().source()) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                stream.accept(frame);
            }
        }
        assertThat(told).extracting(incident -> incident.verdict().id()).containsExactly("udp-blocked");
        stream.finish();
        assertThat(told).hasSize(1);
        assertThat(stream.report(new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of())).incidents()).hasSize(1);
    }

    /// Who listens for weeks hears of more of them than anybody can keep in mind.
    @Test
    void clientsAreToldOfHoweverManyCameBefore() {
        long[] told = new long[1];
        RunningAnalysis stream = new RunningAnalysis(Analyzer.Options.NONE, 0, incident -> told[0]++);
        byte[] datagram = new CaptureBuilder().udp("10.0.0.0", PORT, SERVER, 3389, syn(0)).tape().shots().getFirst().bytes();
        Frame frame = new Frame();
        long nanos = 1_700_000_000_000_000_000L;
        int clients = 0;
        for (int round = 0; round < 280; round++) {
            for (int i = 0; i < 240; i++) {
                ByteBuffer.wrap(datagram).putInt(26, 0x0a00_0000 | clients++); // the source
                frame.set(datagram, 0, datagram.length, datagram.length, clients, nanos, 1, 0);
                stream.accept(frame);
            }
            for (long seconds : round % 50 == 0 ? new long[] {5, 310} : new long[] {310}) {
                nanos += seconds * 1_000_000_000L;
                stream.tick(nanos);
            }
            assertThat(told[0]).as("told once each").isEqualTo(clients);
        }
    }

    // ---- what it is not ----

    @Test
    void otherDatagramsAreNobodysBusiness() {
        up(new byte[1200]).up(bytes("ffffffff 0040 0001 00000001 0001 0001")).up(bytes("ffffffff"))
                .up(bytes("16 feff 0000 000000000000 0000"));
        capture.udp(CLIENT, 5060, SERVER, 3389, new byte[0]); // and nothing came back
        capture.udp("192.0.2.53", 53, CLIENT, 3389, new byte[0]).udp("192.0.2.53", 53, CLIENT, 3389, new byte[0]);
        at(40_000).up(new byte[0]).up(new byte[0]).icmp(SERVER, 3);
        assertThat(capture.tape().analyze().incidents()).isEmpty();
    }

    @Test
    void besideItsTcpItIsAWarningWhateverThePort() {
        for (int port : new int[] {3389, 40_000}) {
            CaptureBuilder both = new CaptureBuilder().stepMicros(500);
            both.tcp(CLIENT, 50_123, SERVER, port).open().client(CaptureBuilder.connectionRequest(new byte[0], 1))
                    .server(CaptureBuilder.connectionConfirm(2, 1));
            for (int i = 0; i < 4; i++) {
                both.udp(CLIENT, PORT, SERVER, port, syn(0)).pauseMillis(500);
            }
            both.tcp(CLIENT, 50_124, SERVER, port).open().client(CaptureBuilder.connectionRequest(new byte[0], 1));
            List<Incident> incidents = both.tape().analyze().incidents();
            assertThat(incidents).noneMatch(incident -> incident.headline().attempt().overUdp());
        }
    }
}

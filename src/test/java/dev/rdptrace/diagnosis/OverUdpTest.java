package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.SideTransport;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said of the UDP beside a session that is up over TCP: found, and what nearly looks the same.
class OverUdpTest {
    private static final int PORT = 50_200;
    private static final String SERVER_HELLO = " 16 0303 0010 02 00000c 0303";
    private static final String CLIENT_HELLO = " 16 0303 0010 01 00000c 0303";

    private int sent;
    private final WindowsPeers peers =
            WindowsPeers.with(Suite.GCM).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().ntlm().accepted().down(4)
                    .connect().join(7).session().graphics(20);

    // ---- datagrams, [MS-RDPEUDP] 2.2.2.1 and [MS-RDPEUDP2] 2.2.1 ----

    private static byte[] syn(int flags, int version) {
        return ByteBuffer.allocate(1232).putInt((flags & 4) == 0 ? -1 : 77).putShort((short) 64).putShort((short) (flags | 0x1001))
                .putInt(77)
                .putShort((short) 1232).putShort((short) 1232).putShort((short) 1).putShort((short) version).array();
    }

    private OverUdpTest ask(int version) {
        peers.capture().udp(CLIENT, PORT, SERVER, 3389, syn(0, version));
        return this;
    }

    private OverUdpTest answer(int version) {
        peers.capture().udp(SERVER, 3389, CLIENT, PORT, syn(4, version));
        return this;
    }

    private OverUdpTest client(String hex) {
        peers.capture().udp(CLIENT, PORT, SERVER, 3389, bytes(hex));
        return this;
    }

    private OverUdpTest server(String hex) {
        peers.capture().udp(SERVER, 3389, CLIENT, PORT, bytes(hex));
        return this;
    }

    private OverUdpTest pause(long millis) {
        peers.pause(millis);
        return this;
    }

    /// A source packet of the first version.
    private String first(String data) {
        return "01020304 0400 0008 %08x %1$08x ".formatted(0x0a0b0c0d + sent++) + data;
    }

    /// A data packet of the second version.
    private String second(String data) {
        return "%02x 14c0 6400 %02x00 e0 00 ".formatted(1 + sent, 0x64 + sent++) + data;
    }

    private OverUdpTest up(int version) {
        ask(version).answer(version);
        boolean newer = version == 0x0101;
        client(newer ? second(CLIENT_HELLO) : first(CLIENT_HELLO)).server(newer ? second(SERVER_HELLO) : first(SERVER_HELLO));
        return client(newer ? second("17 0303 0004 aabbccdd") : first("17 0303 0004 aabbccdd"));
    }

    private Incident incident() {
        peers.pause(100).graphics(2).dialogue().clientFin();
        return peers.tape().analyze().incidents().getFirst();
    }

    private List<Warning> warnings() {
        Incident incident = incident();
        assertThat(incident.outcome()).isEqualTo(Outcome.ESTABLISHED);
        return incident.warnings().stream().filter(w -> w.id().startsWith("udp-")).toList();
    }

    private void warnsOnly(String id, String... says) {
        List<Warning> found = warnings();
        assertThat(found).extracting(Warning::id).containsExactly(id);
        assertThat(found.getFirst().says()).contains(says);
    }

    /// Loss and round trip of the road beside TCP, in numbers.
    @Test
    void theFactsOfBothRoadsStandBesideEachOther() throws Exception {
        up(2).client(first("17 0303 0004 aabbccdd"));
        sent--;
        client(first("17 0303 0004 aabbccdd"));
        peers.pause(100).graphics(2).dialogue().clientFin();
        Analysis analysis = peers.tape().analyze();
        SideTransport udp = analysis.incidents().getFirst().overUdp().getFirst();
        assertThat(udp.rttNanos()).isPositive();
        assertThat(udp.fromClient().carrying()).isEqualTo(4);
        assertThat(udp.fromClient().repeats()).isEqualTo(1);
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        assertThat(json.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ")).contains("\"overUdp\" : [",
                "\"version\" : \"2\", \"rttMillis\" : 0.5",
                "\"fromClient\" : { \"datagrams\" : 4, \"carrying\" : 4, \"repeats\" : 1");
        assertThat(TextReport.text(analysis.report("test"), new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC)))
                .contains("TCP:", "UDP:", "version 2, round trip 0.5 ms", "1 sent again (25 %)");
    }

    @Test
    void aSynThatWasSentAgainTellsNoRoundTrip() {
        ask(2).pause(1000).up(2);
        assertThat(incident().overUdp().getFirst().rttNanos()).isEqualTo(-1);
    }

    /// The way to the server takes 20 ms there and back, the way to the client 5.
    @ParameterizedTest
    @ValueSource(ints = {2, 0x0101})
    void bothPartsOfTheWayMakeTheRoundTrip(int version) {
        boolean newer = version == 0x0101;
        ask(version).pause(30).answer(version).pause(10);
        client(newer ? second(CLIENT_HELLO) : first(CLIENT_HELLO)).pause(20);
        server(newer ? "33 05c0 6400 1122 e0 00 00 0a00 0100" + SERVER_HELLO
                : "0a0b0c0d 0400 000c 0000 0000 00000051 00000051" + SERVER_HELLO);
        pause(5).client(newer ? "33 05c0 0a00 1122 e0 00 00 6500 0200 17 0303 0004 aabbccdd"
                : "00000051 0400 000c 0000 0000 0a0b0c0e 0a0b0c0e 17 0303 0004 aabbccdd");
        SideTransport udp = incident().overUdp().getFirst();
        assertThat(udp.security().serverHello().seen()).isTrue();
        assertThat(udp.fromClient().ackNanos()).isBetween(20_000_000L, 21_000_000L);
        assertThat(udp.fromServer().ackNanos()).isBetween(5_000_000L, 6_000_000L);
        assertThat(udp.roundTripNanos()).isBetween(25_000_000L, 27_000_000L);
    }

    /// [MS-RDPEUDP2] 3.1.5.7: the base of a vector is what has not come.
    @Test
    void aVectorThatBeginsWithItDoesNotAcknowledgeIt() {
        ask(0x0101).answer(0x0101).client(second(CLIENT_HELLO)).pause(3).server("00 08c0 6400 01 06 e0").pause(7)
                .server("00 08c0 6500 01 06 e0");
        assertThat(incident().overUdp().getFirst().fromClient().ackNanos()).isBetween(10_000_000L, 12_000_000L);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 0x0101})
    void numbersThatNeverComeWereLostBefore(int version) {
        up(version);
        sent += 5;
        client(version == 2 ? first("17 0303 0004 aabbccdd") : second("17 0303 0004 aabbccdd"));
        client(version == 2 ? first("17 0303 0004 aabbccdd") : second("17 0303 0004 aabbccdd"));
        assertThat(incident().overUdp().getFirst().fromClient().unseen()).isEqualTo(6); // and the number that the server has taken in between
    }

    @Test
    void whatTheRoadThatIsLeftIsLikeIsSaid() {
        for (int i = 0; i < 3; i++) {
            ask(2).answer(2).pause(3000);
        }
        warnsOnly("udp-synack-lost", "the session runs over TCP, with a round trip of 39 ms and 0 % of the packets sent again");
    }

    // ---- the first packet ----

    @Test
    void aFirstPacketThatDoesNotFit() {
        ask(2);
        tooBig(1200);
        pause(3000).ask(2).pause(3000).ask(2);
        warnsOnly("udp-syn-mtu", "1232 bytes", "carries 1200", "runs over TCP");
    }

    @Test
    void aFirstPacketThatDoesNotFitTheFirstTime() {
        ask(2);
        tooBig(1200);
        up(2);
        assertThat(warnings()).isEmpty();
    }

    /// RFC 1191 4, quoting the SYN.
    private void tooBig(int mtu) {
        byte[] client = address(CLIENT);
        byte[] server = address(SERVER);
        ByteBuffer packet = ByteBuffer.allocate(14 + 20 + 8 + 20 + 8);
        packet.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        packet.putShort((short) 0x4500).putShort((short) 56).putInt(0).put((byte) 64).put((byte) 1).putShort((short) 0)
                .put(address("192.0.2.254"))
                .put(client);
        packet.put((byte) 3).put((byte) 4).putShort((short) 0).putShort((short) 0).putShort((short) mtu);
        packet.putShort((short) 0x4500).putShort((short) 1260).putInt(0x0001_4000).put((byte) 127).put((byte) 17).putShort((short) 0)
                .put(client)
                .put(server).putShort((short) PORT).putShort((short) 3389).putShort((short) 1240).putShort((short) 0);
        peers.capture().frame(1, packet.array());
    }

    private static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    @Test
    void answersThatDoNotArrive() {
        for (int i = 0; i < 3; i++) {
            ask(2).answer(2).pause(3000);
        }
        warnsOnly("udp-synack-lost", "3 times", "went on asking");
    }

    @Test
    void anAnswerThatWasRepeatedOnceAndArrived() {
        ask(2).answer(2).pause(500).ask(2).answer(2).answer(2);
        client(first(CLIENT_HELLO)).server(first(SERVER_HELLO)).client(first("17 0303 0004 aabbccdd"));
        assertThat(warnings()).isEmpty();
    }

    // ---- its security ----

    @Test
    void aHelloThatNobodyAnswers() {
        ask(0x0101).answer(0x0101).client(second(CLIENT_HELLO)).server("00 01c0 6400 1122 e0 00 00").pause(1100)
                .client(second(CLIENT_HELLO)).pause(2000)
                .client(second(CLIENT_HELLO)).server("00 01c0 6400 1122 e0 00 00");
        warnsOnly("udp-tls-failed", "3 times in 3.1", "no ServerHello");
    }

    @Test
    void aHelloThatIsRefused() {
        ask(2).answer(2).client(first(CLIENT_HELLO)).server(first("15 0303 0002 02 46"));
        warnsOnly("udp-tls-failed", "the server sent alert 70");
    }

    @Test
    void aHelloThatIsRepeatedAndAnswered() {
        ask(2).answer(2).client(first(CLIENT_HELLO)).pause(1100).client(first(CLIENT_HELLO)).server(first(SERVER_HELLO));
        assertThat(warnings()).isEmpty();
    }

    @Test
    void aHelloWhoseAnswerTheCaptureMissed() {
        ask(2).answer(2).client(first(CLIENT_HELLO)).pause(1100).client(first(CLIENT_HELLO));
        for (int i = 0; i < 10; i++) {
            pause(1000).client(first("17 0303 0004 aabbccdd")).server(first("17 0303 0004 aabbccdd"));
        }
        assertThat(warnings()).isEmpty();
    }

    // ---- a session over it ----

    @Test
    void aTransportThatDiesInOneDirection() {
        up(2);
        for (int i = 0; i < 13; i++) {
            pause(5000).client(first("17 0303 0004 aabbccdd"));
            peers.graphics(1);
        }
        warnsOnly("udp-keepalive-death", "nothing came from the server for 65.5 s", "the client sent 14 packets");
    }

    @Test
    void aNewerTransportIsGivenUpSooner() {
        up(0x0101);
        for (int i = 0; i < 4; i++) {
            pause(5000).server(second("17 0303 0004 aabbccdd"));
            peers.graphics(1);
        }
        peers.up(60);
        warnsOnly("udp-keepalive-death", "nothing came from the client for 20.1 s", "the server sent 4 packets");
    }

    @Test
    void bothFallSilentWhereTheHostIsAsleepOrThePathIsDown() {
        up(2).pause(70_000);
        assertThat(warnings()).isEmpty();
    }

    @Test
    void oneThatAnswersNowAndThenIsNotDead() {
        up(2);
        for (int i = 0; i < 26; i++) {
            pause(5000).client(first("17 0303 0004 aabbccdd"));
            if (i % 8 == 7) {
                server(first("17 0303 0004 aabbccdd"));
            }
            peers.graphics(1);
        }
        assertThat(warnings()).isEmpty();
    }

    // ---- data that does not arrive ----

    /// The source packet with this number, of `bytes` bytes of data, from the server.
    private OverUdpTest large(int number, int bytes) {
        return server("01020304 0400 0008 0a0c00%02x 0a0c00%1$02x".formatted(number) + "17" + "5a".repeat(bytes - 1));
    }

    private OverUdpTest sentAgain(int times, long everyMillis) {
        up(2).large(0x51, 1100).large(0x52, 1200);
        for (int i = 0; i < times; i++) {
            pause(everyMillis).large(0x52, 1200).client(first("17 0303 0004 aabbccdd"));
            peers.graphics(1);
        }
        return this;
    }

    @Test
    void dataThatIsSentAgainAndAgain() {
        sentAgain(4, 400);
        warnsOnly("udp-data-stall", "the server sent the same 1200 bytes 5 times in 1.3", "TCP worked both ways");
    }

    @Test
    void dataOfTheNewerVersionThatIsSentAgainAndAgainUnderNewNumbers() {
        up(0x0101);
        for (int i = 0; i < 5; i++) {
            pause(400).server("20 04c0 %02x00 0700 e0".formatted(0x70 + i) + "17" + "5a".repeat(900))
                    .client(second("17 0303 0004 aabbccdd"));
            peers.graphics(1);
        }
        warnsOnly("udp-data-stall", "the server sent the same 902 bytes 5 times in 1.3");
    }

    @Test
    void dataThatArrivesAtLast() {
        sentAgain(2, 400);
        assertThat(warnings()).isEmpty();
    }

    @Test
    void copiesInTheCaptureAreNoRepeats() {
        sentAgain(4, 1);
        assertThat(warnings()).isEmpty();
    }

    @Test
    void thePathStandsStillAltogether() {
        up(2).large(0x52, 1200);
        for (int i = 0; i < 5; i++) {
            pause(400).large(0x52, 1200);
        }
        assertThat(warnings()).as("nobody answers over UDP").isEmpty();
    }

    // ---- version ----

    @Test
    void anOlderVersionThanTheClientOffered() {
        ask(0x0101).answer(2).client(first(CLIENT_HELLO)).server(first(SERVER_HELLO)).client(first("17 0303 0004 aabbccdd"));
        warnsOnly("udp-version-fallback", "offered version 3", "settled on 2");
    }

    @Test
    void theVersionThatTheClientOffered() {
        for (int version : new int[] {1, 2, 0x0101}) {
            OverUdpTest fresh = new OverUdpTest();
            assertThat(fresh.up(version).warnings()).as("version %s", version).isEmpty();
        }
    }

    // ---- without TCP ----

    @Test
    void recordedTransportsAreFollowed() throws Exception {
        assertThat(recorded("zeek__rdpeudp-handshake-success.pcap").isUp()).isTrue();
        SideTransport newer = recorded("zeek__rdpeudp2-handshake-success.pcap");
        assertThat(newer.isUp()).isTrue();
        assertThat(newer.synAck().version()).isEqualTo(0x0101);
        SideTransport failed = recorded("zeek__rdpeudp-handshake-fail.pcap");
        assertThat(failed.synAck().first().seen()).isFalse();
        assertThat(failed.syn().times()).isEqualTo(3);
    }

    private static SideTransport recorded(String name) throws Exception {
        Path file = Lab.captures().resolve("public/rdp").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), "no " + file);
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            Analysis analysis = Analyzer.analyze(source, Analyzer.Options.NONE, () -> false);
            assertThat(analysis.incidents()).hasSize(1);
            assertThat(analysis.report("0").fitness())
                    .anyMatch(f -> f.id().equals("udp-alone") && f.says().contains("is not in the capture"));
            return analysis.companions().sideTransports().getFirst();
        }
    }
}

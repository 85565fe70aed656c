package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Following;
import dev.rdptrace.testkit.SilentListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    private static final int REMEMBERED = 16;

    /// However many have come before.
    @Test
    void aCopyOfOneOfTheLastSixteenPacketsIsKnown() throws IOException {
        List<byte[]> packets = packets(40);
        for (int sent = 1; sent <= packets.size(); sent++) {
            for (int back = 1; back <= Math.min(sent, 20); back++) {
                List<byte[]> all = new ArrayList<>(packets.subList(0, sent));
                all.add(packets.get(sent - back));
                assertThat(duplicates(all)).as(back + " back after " + sent).isEqualTo(back <= REMEMBERED ? 1 : 0);
            }
        }
    }

    /// Where nobody asked for the port, the opening is handed on when the request comes.
    @Test
    void anOpeningIsTheSameOnEveryPort() throws IOException {
        for (String client : List.of("10.1.0.5", "10.1.9.5", "2001:db8::5")) {
            String server = client.contains(":") ? "2001:db8::4" : "10.1.7.9";
            TcpFacts named = attempt(opening(client, server, 3389)).tcp();
            Attempt other = attempt(opening(client, server, 13389));
            assertThat(other.tcp()).isEqualTo(named);
            assertThat(named.rttNanos()).isEqualTo(2_000_000);
            assertThat(named.server().habits().mss()).isEqualTo(1300);
            assertThat(other.steps()).containsKeys(Step.SYN, Step.SYN_ACK, Step.ESTABLISHED);
        }
    }

    /// SYN cookies and balancers without a memory choose a new number each time; the one that is acknowledged counts.
    @Test
    void theNumberThatIsAcknowledgedCountsOnEveryPort() {
        for (int port : new int[] {3389, 13389}) {
            for (boolean first : new boolean[] {false, true}) {
                TcpFacts facts = attempt(answeredTwice(port, first, 128)).tcp();
                assertThat(facts.server().loss().holeBytes() + facts.server().loss().unseenAcknowledged()).as(port + " " + first).isZero();
                assertThat(facts.server().payloadBytes()).isEqualTo(19);
                assertThat(facts.synAckVariants()).isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void anotherHopLimitMakesAnotherHost() {
        assertThat(attempt(answeredTwice(3389, true, 64)).tcp().synAckVariants()).isEqualTo(2);
    }

    @Test
    void aResetThatSaysWhyIsQuoted() {
        assertThat(Identity.shown(reset("No available pool member\r\n").verdict().says()))
                .endsWith("; the reset itself says \"No available pool member\"");
        assertThat(reset("").verdict().says()).doesNotContain("says");
        assertThat(reset("\0\1\2\3\4\5").verdict().says()).doesNotContain("says");
        assertThat(reset("No\u001b[31m member").verdict().says()).doesNotContain("says");
    }

    private static Incident reset(String text) {
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389).open().client(CaptureBuilder.connectionRequest(new byte[0], 3))
                .raw(false, Packet.ACK | CaptureBuilder.RST, 0, text.getBytes(StandardCharsets.US_ASCII));
        return capture.tape().analyze().incidents().getFirst();
    }

    private static CaptureBuilder answeredTwice(int port, boolean firstCounts, int hopLimit) {
        CaptureBuilder capture = new CaptureBuilder();
        CaptureBuilder.Dialogue peers = capture.tcp("10.1.0.5", 50_000, "10.1.7.9", port);
        peers.syn().synAck();
        if (firstCounts && port != 3389) {
            peers.clientAck(); // before the second, which an unfollowed flow forgets the first for
        }
        capture.pauseMillis(1000);
        peers.synAgain().server().next(0x7111_0000).hopLimit(hopLimit);
        peers.synAck().server().hopLimit(128).next(firstCounts ? 0x7000_0001 : 0x7111_0001);
        peers.clientAck().client(CaptureBuilder.connectionRequest(new byte[0], 3)).server(CaptureBuilder.connectionConfirm(2, 1))
                .serverFin();
        return capture;
    }

    private static Attempt attempt(CaptureBuilder capture) {
        return capture.tape().analyze().incidents().getFirst().attempts().getFirst().attempt();
    }

    private static CaptureBuilder opening(String client, String server, int port) {
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp(client, 50_000, server, port).mss(1300).open().clientOnly(CaptureBuilder.connectionRequest(new byte[0], 3))
                .serverReset();
        return capture;
    }

    private static List<byte[]> packets(int number) throws IOException {
        CaptureBuilder capture = new CaptureBuilder();
        CaptureBuilder.Dialogue client = capture.tcp("10.1.0.5", 50_000, "10.1.7.9", 3389);
        for (int i = 0; i < number; i++) {
            client.raw(true, Packet.ACK, i, new byte[] {3});
        }
        List<byte[]> packets = new ArrayList<>();
        Frame frame = new Frame();
        try (PacketSource source = capture.tape().source()) {
            while (source.next(frame)) {
                packets.add(Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length()));
            }
        }
        return packets;
    }

    private static int duplicates(List<byte[]> packets) {
        List<Connection> followed = new ArrayList<>();
        Connections connections = new Connections(Following.rdp(connection -> {
            followed.add(connection);
            return new SilentListener() {
                @Override
                public void onBytes(Side from) {
                    connection.bytes(from).take(connection.bytes(from).available());
                }
            };
        }));
        Packet packet = new Packet();
        Frame frame = new Frame();
        long number = 0;
        for (byte[] bytes : packets) {
            frame.set(bytes, 0, bytes.length, bytes.length, ++number, number * 1000, 1, 0);
            assertThat(packet.wrap(frame)).isEqualTo(Verdict.TCP);
            connections.accept(packet, frame.number(), frame.nanos());
        }
        return followed.getFirst().facts().client().traffic().duplicates();
    }
}

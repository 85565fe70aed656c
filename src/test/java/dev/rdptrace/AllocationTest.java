package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.timeline.SideTransport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A packet that is no business of ours costs no allocation, on the whole way from the file to the flow table.
class AllocationTest {
    private static final int SYN = 0x02;
    private static final int FIN = 0x11;
    private static final int PUSH = 0x18;
    private static final int ACK = 0x10;
    private static final byte[] REQUEST = HexFormat.of().parseHex("0300000b06e00000000000"); // TPKT; X.224 Connection Request
    private static final byte[] CONFIRM = HexFormat.of().parseHex("0300000b06d00000123400"); // TPKT; X.224 Connection Confirm
    private static final byte[] HELLO = HexFormat.of().parseHex("16030100050100000100");
    private static final byte[] GREETING = "SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FLOWS = 81_000;
    /// Behind the last growth of the tables before the end.
    private static final int WARM_FLOWS = 73_000;

    private final ByteBuffer file = ByteBuffer.allocate(56 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private int frames;

    @Test
    void flowsThatAreNotRdpCostNothing() throws Exception {
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
        // RDP on the port that all others use, so that every first packet asks whether its server has spoken RDP.
        segment(0, 50_000, 443, true, SYN, 0, new byte[0]);
        segment(0, 50_000, 443, false, SYN | ACK, 0, new byte[0]);
        segment(0, 50_000, 443, true, PUSH, 1, REQUEST);
        segment(0, 50_000, 443, false, PUSH, 1, CONFIRM);
        int begin = 0;
        for (int flow = 1; flow <= FLOWS; flow++) {
            if (flow == WARM_FLOWS) {
                begin = frames;
            }
            int port = 10_000 + flow % 50_000;
            int server = flow % 5 == 0 ? 443 : 8000 + flow % 7;
            segment(flow, port, server, true, SYN, 0, new byte[0]);
            segment(flow, port, server, false, SYN | ACK, 0, new byte[0]);
            segment(flow, port, server, true, ACK, 1, new byte[0]);
            segment(flow, port, server, true, PUSH, 1, HELLO);
            segment(flow, port, server, false, PUSH, 1, HELLO);
            segment(flow, port, server, true, FIN, 1 + HELLO.length, new byte[0]);
        }
        try (Meter meter =
                new Meter(Captures.open(List.of("-"), new ByteArrayInputStream(file.array(), 0, file.position())), begin, frames)) {
            Analysis analysis = Analyzer.analyze(meter, Analyzer.Options.NONE, () -> false);
            assertThat(analysis.frames()).isEqualTo(frames);
            assertThat(analysis.streams()).isEqualTo(FLOWS + 1);
            assertThat(analysis.incidents().size()).isEqualTo(1);
            assertThat(frames - begin).isGreaterThan(40_000);
            assertThat(meter.allocated).isLessThan(4096);
        }
    }

    /// Shells, mail and files greet before their clients speak, and stay open for hours.
    @Test
    void serversThatGreetOnOtherPortsCostNothingWhereManyAreOpen() throws Exception {
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
        int begin = 0;
        for (int flow = 1; flow <= FLOWS; flow++) {
            if (flow == WARM_FLOWS) {
                begin = frames;
            }
            int port = 10_000 + flow % 50_000;
            segment(flow, port, 22, true, SYN, 0, new byte[0]);
            segment(flow, port, 22, false, SYN | ACK, 0, new byte[0]);
            segment(flow, port, 22, true, ACK, 1, new byte[0]);
            segment(flow, port, 22, false, PUSH, 1, GREETING);
        }
        try (Meter meter =
                new Meter(Captures.open(List.of("-"), new ByteArrayInputStream(file.array(), 0, file.position())), begin, frames)) {
            Analysis analysis = Analyzer.analyze(meter, Analyzer.Options.NONE, () -> false);
            assertThat(analysis.frames()).isEqualTo(frames);
            assertThat(analysis.streams()).isEqualTo(FLOWS);
            assertThat(analysis.incidents()).isEmpty();
            assertThat(meter.allocated).isLessThan(4096);
        }
    }

    /// A session may send gigabytes that way. Data, acknowledgements with holes, what is sent again and what repairs, in either format.
    @ParameterizedTest
    @ValueSource(ints = {2, 0x0101})
    void datagramsOfASessionCostNothing(int version) throws Exception {
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
        // [MS-RDPEUDP] 2.2.2.1, 2.2.2.5 and 2.2.2.9: a SYN, and the answer to it.
        for (boolean answer : new boolean[] {false, true}) {
            datagram(!answer,
                    ByteBuffer.allocate(64).putInt(answer ? 77 : -1).putShort((short) 64).putShort((short) (answer ? 0x1005 : 0x1001))
                            .putInt(77)
                            .putShort((short) 1232).putShort((short) 1232).putShort((short) 1).putShort((short) version).array());
        }
        int begin = 1000;
        while (frames < 60_000) {
            int number = frames / 3 - (frames % 30 == 0 ? 5 : 0);
            datagram(frames % 3 == 0, version == 2 ? first(number, frames % 7 == 0) : second(number));
        }
        try (Meter meter =
                new Meter(Captures.open(List.of("-"), new ByteArrayInputStream(file.array(), 0, file.position())), begin, frames)) {
            Analysis analysis = Analyzer.analyze(meter, Analyzer.Options.NONE, () -> false);
            SideTransport udp = analysis.companions().sideTransports().getFirst();
            assertThat(udp.synAck().version()).isEqualTo(version);
            assertThat(udp.fromServer().sent()).isGreaterThan(30_000);
            assertThat(udp.fromServer().holes()).isGreaterThan(30_000);
            assertThat(udp.fromServer().repeats()).isGreaterThan(100);
            assertThat(udp.fromServer().ackNanos()).isGreaterThan(0);
            assertThat(meter.allocated).isLessThan(4096);
        }
    }

    /// [MS-RDPEUDP] 2.2.2.1, a vector of two elements of which one reports two as missing, then 2.2.2.4 or 2.2.2.2.
    private static byte[] first(int number, boolean repairs) {
        return ByteBuffer.allocate(400).putInt(number).putShort((short) 64).putShort((short) (repairs ? 0x1c : 0x0c)).putShort((short) 2)
                .put((byte) 0x05).put((byte) 0xc2).putInt(number).putInt(number).array();
    }

    /// [MS-RDPEUDP2] 2.2.1: a vector that reports one as missing, and data.
    private static byte[] second(int number) {
        byte[] packet =
                ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0xe0).putShort((short) 0xc00c).putShort((short) number)
                        .putShort((short) (number - 1)).put((byte) 1).put((byte) 0x2).putShort((short) number).array();
        byte prefix = packet[0];
        packet[0] = packet[7];
        packet[7] = prefix;
        return packet;
    }

    private void datagram(boolean fromClient, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + 20 + 8 + payload.length);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800).putShort((short) 0x4500);
        frame.putShort((short) (28 + payload.length)).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0);
        frame.putInt(fromClient ? 0x0a000001 : 0x0a000002).putInt(fromClient ? 0x0a000002 : 0x0a000001);
        frame.putShort((short) (fromClient ? 50_000 : 3389)).putShort((short) (fromClient ? 3389 : 50_000));
        frame.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
        frames++;
        file.putInt(frames / 1000).putInt(frames % 1000 * 1000).putInt(frame.position()).putInt(frame.position());
        file.put(frame.array(), 0, frame.position());
    }

    /// One frame; every third flow is tagged, every second is IPv6, and both bring the other kinds of frames along.
    private void segment(int flow, int port, int serverPort, boolean fromClient, int flags, int sequence, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + 4 + 40 + 20 + payload.length);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        if (flow % 3 == 0) {
            frame.putShort((short) 0x8100).putShort((short) 5);
        }
        if (flow % 2 == 1) {
            frame.putShort((short) 0x86dd).putInt(0x60000000).putShort((short) (20 + payload.length)).put((byte) 6).put((byte) 64);
            frame.putLong(0x20010db8_00000000L).putLong(fromClient ? flow : 0x1_0000_0000L);
            frame.putLong(0x20010db8_00000000L).putLong(fromClient ? 0x1_0000_0000L : flow);
        } else {
            int server = flow == 0 ? 0xc0000202 : 0xc0000201; // another host: one that speaks RDP is followed from the SYN on
            frame.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (40 + payload.length)).putInt(0).put((byte) 64)
                    .put((byte) 6);
            frame.putShort((short) 0).putInt(fromClient ? 0x0a000000 + flow : server).putInt(fromClient ? server : 0x0a000000 + flow);
        }
        frame.putShort((short) (fromClient ? port : serverPort)).putShort((short) (fromClient ? serverPort : port));
        frame.putInt(1000 + sequence).putInt(1001).putShort((short) (0x5000 | flags)).putShort((short) 1024).putInt(0).put(payload);
        frames++;
        file.putInt(frames / 1000).putInt(frames % 1000 * 1000).putInt(frame.position()).putInt(frame.position());
        file.put(frame.array(), 0, frame.position());
    }

    /// Reads what its thread allocates between two frames.
    private static final class Meter implements PacketSource {
        private final PacketSource source;
        private final int begin;
        private final int end;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private int count;
        private long before;
        long allocated = -1;

        Meter(PacketSource source, int begin, int end) {
            this.source = source;
            this.begin = begin;
            this.end = end;
        }

        @Override
        public boolean next(Frame frame) throws IOException {
            if (count == begin) {
                before = threads.getCurrentThreadAllocatedBytes();
            } else if (count == end) {
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            count++;
            return source.next(frame);
        }

        @Override
        public CaptureFacts facts() {
            return source.facts();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}

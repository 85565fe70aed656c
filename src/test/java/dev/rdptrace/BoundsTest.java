package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Thorough;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Floods end in counts, not in an exhausted heap. The tests run with 1 GB; each of these must leave room in it.
class BoundsTest {
    /// Everything twenty-five times as often.
    private static final int SCALE = Thorough.THOROUGH ? 25 : 1;
    private static final int SYN = CaptureBuilder.SYN;
    private static final int ACK = CaptureBuilder.ACK;
    private static final int PSH = CaptureBuilder.PSH;
    private static final int CLIENT = 0x0a00_0001;
    private static final int SERVER = 0x0a01_0002;

    /// Writes packet `number`, and answers whether there is one.
    private interface Flood {
        void packet(long number, Segment segment);
    }

    /// One reused IPv4 packet with a TCP segment, link type 101.
    private static final class Segment {
        private final byte[] bytes = new byte[40 + 1460];
        private int length;

        void set(int source, int sourcePort, int destination, int destinationPort, int sequence, int acknowledgement, int flags,
                byte... payload) {
            length = 40 + payload.length;
            bytes[0] = 0x45;
            put16(2, length);
            put16(4, sequence);
            bytes[8] = 64;
            bytes[9] = 6;
            put32(12, source);
            put32(16, destination);
            put16(20, sourcePort);
            put16(22, destinationPort);
            put32(24, sequence);
            put32(28, acknowledgement);
            bytes[32] = 0x50;
            bytes[33] = (byte) flags;
            put16(34, 1000);
            System.arraycopy(payload, 0, bytes, 40, payload.length);
        }

        private void put16(int at, int value) {
            bytes[at] = (byte) (value >> 8);
            bytes[at + 1] = (byte) value;
        }

        private void put32(int at, int value) {
            put16(at, value >>> 16);
            put16(at + 2, value);
        }
    }

    private static Analysis analyze(long packets, long stepNanos, Flood flood) {
        Segment segment = new Segment();
        return Tape.analyze(new PacketSource() {
            private long number;

            @Override
            public boolean next(Frame frame) {
                if (number == packets) {
                    return false;
                }
                flood.packet(number++, segment);
                frame.set(segment.bytes, 0, segment.length, segment.length, number, 1_700_000_000_000_000_000L + number * stepNanos, 101,
                        0);
                return true;
            }

            @Override
            public CaptureFacts facts() {
                return new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of());
            }

            @Override
            public void close() {
                // nothing is open
            }
        });
    }

    @Test
    void synFloodFromForgedAddresses() {
        Analysis analysis = analyze(40_000L * SCALE, 10_000, (number, segment) -> segment.set((int) (number * 0x9E3779B1L),
                1024 + (int) (number % 60_000), SERVER, 3389, (int) number, 0, SYN));
        assertThat(analysis.frames()).isEqualTo(40_000L * SCALE);
        assertThat(analysis.evicted()).as("connections given up").isPositive();
        roomIsLeft(analysis);
    }

    @Test
    void portScanOfANetwork() {
        // 65,536 hosts, a refusal for each port, the first of which is 3389
        int ports = SCALE;
        Analysis analysis = analyze((long) ports << 17, 1_000, (number, segment) -> {
            int probe = (int) (number >> 1);
            int host = 0x0a02_0000 | probe / ports;
            int port = 3389 + probe % ports;
            if ((number & 1) == 0) {
                segment.set(CLIENT, 40_000 + (probe & 0xfff), host, port, probe, 0, SYN);
            } else {
                segment.set(host, port, CLIENT, 40_000 + (probe & 0xfff), 0, probe + 1, CaptureBuilder.RST | ACK);
            }
        });
        assertThat(analysis.streams()).isEqualTo(ports << 16);
        roomIsLeft(analysis);
    }

    @Test
    void halfOpenHandshakes() {
        Analysis analysis = analyze(80_000L * SCALE, 5_000, (number, segment) -> {
            int one = (int) (number >> 1);
            int client = 0x0b00_0000 + one / 50_000;
            int port = 1024 + one % 50_000;
            if ((number & 1) == 0) {
                segment.set(client, port, SERVER, 3389, one, 0, SYN);
            } else {
                segment.set(SERVER, 3389, client, port, one * 3, one + 1, SYN | ACK);
            }
        });
        assertThat(analysis.streams()).isEqualTo(40_000 * SCALE);
        assertThat(analysis.evicted()).isPositive();
        roomIsLeft(analysis);
    }

    @Test
    void flowsThatAreNobodysBusiness() {
        Analysis analysis =
                analyze(2_000_000, 1_000, (number, segment) -> segment.set(0x0c00_0000 + (int) number, 2000, SERVER, 8080, 1, 0, SYN));
        assertThat(analysis.incidents()).isEmpty();
        assertThat(analysis.forgotten()).as("flows forgotten").isPositive();
        roomIsLeft(analysis);
    }

    @Test
    void endlessTinySegments() {
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], 1);
        Analysis analysis = analyze(100_000L * SCALE, 10_000, (number, segment) -> segment.set(CLIENT, 5000, SERVER, 3389, (int) number, 1,
                ACK | PSH, number < request.length ? request[(int) number] : 3));
        assertThat(analysis.incidents()).hasSize(1);
        roomIsLeft(analysis);
    }

    @Test
    void tinySegmentsEverySecondOfThemMissing() {
        Analysis analysis = analyze(100_000L * SCALE, 10_000,
                (number, segment) -> segment.set(CLIENT, 5000, SERVER, 3389, (int) number * 2, 1, ACK | PSH, (byte) 3));
        assertThat(analysis.incidents()).hasSize(1);
        roomIsLeft(analysis);
    }

    @Test
    void hugeTpktsThatNeverEnd() {
        byte[] part = new byte[1460];
        byte[] head = {3, 0, (byte) 0xff, (byte) 0xff, 2, (byte) 0xf0, (byte) 0x80};
        System.arraycopy(head, 0, part, 0, head.length);
        byte[] rest = new byte[1460];
        int connections = 4_000 * SCALE;
        Analysis analysis = analyze(connections * 40L, 1_000, (number, segment) -> {
            int one = (int) (number % connections);
            int round = (int) (number / connections);
            segment.set(0x0b00_0000 + one, 5000, SERVER, 3389, round * 1460, 1, ACK, round == 0 ? part : rest);
        });
        roomIsLeft(analysis);
    }

    @Test
    void storageAheadOfAHoleThatNeverCloses() {
        int connections = 2_000 * SCALE;
        byte[] rest = new byte[1460];
        Analysis analysis = analyze(connections * 60L, 1_000, (number, segment) -> {
            int one = (int) (number % connections);
            int round = (int) (number / connections);
            segment.set(0x0b00_0000 + one, 5000, SERVER, 3389, round == 0 ? 0 : round * 1460, 1, round == 0 ? SYN : ACK,
                    round < 1 ? new byte[0] : rest);
        });
        roomIsLeft(analysis);
    }

    @Test
    void acknowledgementStorm() {
        Analysis analysis = analyze(200_000L * SCALE, 10_000, (number, segment) -> {
            if ((number & 1) == 0) {
                segment.set(CLIENT, 5000, SERVER, 3389, 100, 200 + (int) (number >> 4), ACK);
            } else {
                segment.set(SERVER, 3389, CLIENT, 5000, 200, 100, ACK);
            }
        });
        assertThat(analysis.incidents()).hasSize(1);
        roomIsLeft(analysis);
    }

    @Test
    void oneConnectionBegunAnewForEver() {
        Analysis analysis =
                analyze(10_000L * SCALE, 1_000_000, (number, segment) -> segment.set(CLIENT, 5000, SERVER, 3389, (int) number * 7, 0, SYN));
        assertThat(analysis.streams()).isEqualTo(10_000 * SCALE);
        roomIsLeft(analysis);
    }

    @Test
    void aFloodDrivesOutNoSession() {
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], 1);
        Analysis analysis = analyze(25_000, 10_000, (number, segment) -> {
            if (number < 1) {
                segment.set(CLIENT, 5000, SERVER, 3389, 100, 0, SYN);
            } else if (number < 2) {
                segment.set(CLIENT, 5000, SERVER, 3389, 101, 1, ACK | PSH, request);
            } else if (number < 24_999) {
                segment.set((int) (number * 0x9E3779B1L), 1024 + (int) (number % 60_000), SERVER, 3389, (int) number, 0, SYN);
            } else {
                segment.set(SERVER, 3389, CLIENT, 5000, 1, 101 + request.length, ACK | PSH, CaptureBuilder.connectionConfirm(3, 5));
            }
        });
        assertThat(analysis.incidents())
                .anySatisfy(incident -> assertThat(incident.verdict().id()).isEqualTo("x224-neg-failure-5-nla-required"));
    }

    private static void roomIsLeft(Analysis analysis) {
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        long used = runtime.totalMemory() - runtime.freeMemory();
        assertThat(used).as("bytes held with the result").isLessThan(400L << 20);
        assertThat(analysis.incidents().stream().mapToLong(i -> i.attempts().size()).sum()).isNotNegative();
    }
}

package dev.rdptrace.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.KeptRecording;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is kept of files is as much as is needed, and hardly more.
class KeptPacketsTest {
    private static final int SYN = 2;
    private static final int FIN = 1;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int CLIENT = 50_123;
    private static final int OTHERS = 3_000;
    private static final int FLOOD = 25_000;

    @TempDir Path folder;

    private final ByteArrayOutputStream pcap = new ByteArrayOutputStream();
    private long micros = 1_700_000_000_000_000L;

    private void segment(int client, int port, boolean fromClient, int flags, int sequence, int acknowledgement, int length) {
        ByteBuffer frame = ByteBuffer.allocate(54 + length);
        frame.putLong(0x0200000000020200L).putInt(1).putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (40 + length));
        frame.putInt(0x00014000).putInt(0x40060000).putInt(fromClient ? 0x0a000001 : 0x0a000002).putInt(fromClient ? 0x0a000002
                : 0x0a000001);
        frame.putShort((short) (fromClient ? client : port)).putShort((short) (fromClient ? port : client)).putInt(sequence)
                .putInt(acknowledgement).putShort((short) (0x5000 | flags)).putShort((short) 8192).putInt(0);
        pcap.writeBytes(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt((int) (micros / 1_000_000)).putInt((int) (micros
                % 1_000_000)).putInt(54 + length).putInt(54 + length).array());
        pcap.writeBytes(frame.array());
        micros += 20;
    }

    private Path file() throws IOException {
        ByteBuffer head = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4)
                .putLong(0).putInt(65535).putInt(1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.array());
        all.writeBytes(pcap.toByteArray());
        return Files.write(folder.resolve("whole.pcap"), all.toByteArray());
    }

    /// Answers how many bytes were kept of the ring's files.
    private long judgedAlike(int count) throws IOException {
        List<String> ring = Ring.cut(file(), folder.resolve("ring" + count), "x", count);
        KeptRing kept = KeptRing.of(ring);
        KeptRecording.Result result = kept.judge(List.of());
        assertThat(result.judged()).as("%s %s", result.whole(), result.missing()).isTrue();
        assertThat(KeptRing.report(result.analysis())).isEqualTo(KeptRing.alone(ring));
        return kept.blocks().stream().mapToLong(block -> block.bytes().length).sum();
    }

    private void download(int client) {
        segment(client, 80, true, SYN, 7, 0, 0);
        segment(client, 80, false, SYN | ACK, 9, 8, 0);
        segment(client, 80, true, ACK, 8, 10, 100);
        for (int i = 0; i < OTHERS; i++) {
            segment(client, 80, false, ACK, 10 + 1000 * i, 108, 1000);
        }
    }

    /// Connections that were closed are looked through once in a thousand segments, and where a file begins nobody knows which.
    @Test
    void theLastAcknowledgementBehindThousandsOfOtherPacketsStillCounts() throws IOException {
        segment(CLIENT, 3389, true, SYN, 100, 0, 0);
        segment(CLIENT, 3389, false, SYN | ACK, 200, 101, 0);
        segment(CLIENT, 3389, true, ACK, 101, 201, 0);
        segment(CLIENT, 3389, true, FIN | ACK, 101, 201, 0);
        segment(CLIENT, 3389, false, FIN | ACK, 201, 102, 0);
        download(40_000);
        segment(CLIENT, 3389, true, ACK, 102, 202, 0);
        for (int files : new int[] {1, 2, 5}) {
            assertThat(judgedAlike(files)).isPositive();
        }
    }

    @Test
    void ofADownloadHardlyAnythingIsKept() throws IOException {
        download(40_000);
        assertThat(judgedAlike(1)).isLessThan(OTHERS * 1000L / 100);
    }

    /// More handshakes than are followed at a time, of which some go on behind all of them.
    @Test
    void ofAFloodAPacketIsKeptInAFewBytes() throws IOException {
        for (int i = 0; i < FLOOD; i++) {
            int sequence = i * 0x9e3779b9;
            segment(1024 + i, 3389, true, SYN, sequence, 0, 0);
            segment(1024 + i, 3389, false, SYN | ACK, sequence ^ 0x5bd1e995, sequence + 1, 0);
            segment(1024 + i, 3389, true, ACK, sequence + 1, (sequence ^ 0x5bd1e995) + 1, 0);
        }
        for (int i = 0; i < FLOOD; i += 100) {
            int sequence = i * 0x9e3779b9;
            segment(1024 + i, 3389, false, RST | ACK, (sequence ^ 0x5bd1e995) + 1, sequence + 1, 0);
        }
        for (int files : new int[] {1, 2}) {
            assertThat(judgedAlike(files)).isLessThan(FLOOD * 3 * 8L);
        }
    }
}

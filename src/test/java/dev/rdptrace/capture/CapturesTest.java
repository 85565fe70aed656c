package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rdptrace.bytes.Identity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapturesTest {
    private static final byte[] PACKET = {1, 2, 3, 4, 5};
    private static final byte[] OTHER = {9, 8, 7, 6, 5, 4, 3, 2};

    @TempDir Path folder;

    private record Seen(long number, long nanos, int length, int wireLength, int linkType, int link, int firstByte) {}

    private record Read(List<Seen> frames, CaptureFacts facts) {
        CaptureFacts.FileFacts file() {
            return facts.files().getFirst();
        }
    }

    private static Read read(byte[] file) throws IOException {
        return read(List.of("-"), new ByteArrayInputStream(file));
    }

    private static Read read(List<String> paths, InputStream stdin) throws IOException {
        List<Seen> frames = new ArrayList<>();
        try (PacketSource source = Captures.open(paths, stdin)) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                frames.add(new Seen(frame.number(), frame.nanos(), frame.length(), frame.wireLength(), frame.linkType(),
                        frame.interfaceIndex(), frame.length() > 0 ? frame.bytes()[frame.offset()] : -1));
            }
            return new Read(frames, source.facts());
        }
    }

    private String file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes).toString();
    }

    @Test
    void pcapInBothOrdersAndResolutions() throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Read micros = read(new Blocks(order).pcap(0xa1b2c3d4L, 1).record(10, 5, PACKET).record(11, 6, new byte[0]).bytes());
            assertThat(micros.frames).containsExactly(
                    new Seen(1, 10_000_005_000L, 5, 5, 1, 0, 1), new Seen(2, 11_000_006_000L, 0, 0, 1, 0, -1));
            assertThat(micros.file().format()).isEqualTo("pcap");
            assertThat(micros.file().truncated()).isNull();
            assertThat(micros.file().firstNanos()).isEqualTo(10_000_005_000L);
            assertThat(micros.file().lastNanos()).isEqualTo(11_000_006_000L);
            Read nanos = read(new Blocks(order).pcap(0xa1b23c4dL, 113).record(10, 5, PACKET).bytes());
            assertThat(nanos.frames).containsExactly(new Seen(1, 10_000_000_005L, 5, 5, 113, 0, 1));
            assertThat(nanos.file().format()).isEqualTo("pcap-ns");
        }
    }

    @Test
    void longerRecordHeadersAreFoundOut() throws IOException {
        Blocks modified = Blocks.little().pcap(0xa1b2cd34L, 1);
        Blocks nokia = Blocks.little().pcap(0xa1b2c3d4L, 1);
        for (int i = 0; i < 3; i++) {
            modified.ints(1000 + i, 0, 5, 5, 1, 0).raw(PACKET);
            nokia.ints(1000 + i, 0, 5, 5, 0x01020304).raw(PACKET);
        }
        for (Blocks file : List.of(modified, nokia)) {
            assertThat(read(file.bytes()).frames).extracting(Seen::firstByte).containsExactly(1, 1, 1);
        }
    }

    @Test
    void upperBitsOfTheLinkTypeAreTheFrameCheckSequences() throws IOException {
        assertThat(read(Blocks.little().pcap(0xa1b2c3d4L, 0x24000001).record(1, 0, PACKET).bytes()).frames)
                .extracting(Seen::linkType).containsExactly(1);
    }

    @Test
    void absurdRecordLengthIsDamageNotMemory() throws IOException {
        Read read = read(Blocks.little().pcap(0xa1b2c3d4L, 1).record(1, 0, PACKET).ints(2, 0, 0x7fffffff, 0x7fffffff).bytes());
        assertThat(read.frames).hasSize(1);
        assertThat(read.file().truncated()).isEqualTo("is damaged at byte 45: a packet of 2147483647 bytes, after 1 packet");
    }

    @Test
    void truncatedTailSaysWhatAndWhere() throws IOException {
        byte[] whole = Blocks.little().pcap(0xa1b2c3d4L, 1).record(1, 0, PACKET).record(2, 0, OTHER).bytes();
        Read read = read(java.util.Arrays.copyOf(whole, whole.length - 3));
        assertThat(read.frames).hasSize(1);
        assertThat(read.file().truncated()).isEqualTo("ends inside a packet at byte 45: 21 of 24 bytes are there, after 1 packet");
    }

    private static byte[] sections() {
        Blocks big = Blocks.big();
        Blocks little = Blocks.little();
        little.section(new byte[0])
                .link(1, 0, Lab.concat(little.option(2, Blocks.ascii("eth0")), little.option(11, Blocks.ascii("\0tcp"))))
                .link(101, 4, Lab.concat(little.option(9, new byte[] {9}), little.option(14, little.inner().ints(100, 0).bytes())))
                .block(0x0bad, little.inner().ints(32473, 1, 2).bytes())
                .enhanced(1, 7, PACKET, new byte[0])
                .block(0x12345678, new byte[20])
                .block(9, Blocks.ascii("MESSAGE=hi\n"))
                .block(10, little.inner().ints(0x544c534b, 6).raw(Blocks.ascii("SECRET")).bytes())
                .block(4,
                        little.inner().shorts(1, 9).raw(new byte[] {(byte) 192, 0, 2, 1}).raw(Blocks.ascii("host\0")).raw(new byte[3])
                                .shorts(0, 0).bytes())
                .block(5, little.inner().ints(0, 0, 0).raw(little.option(4, little.inner().ints(50, 0).bytes()))
                        .raw(little.option(5, little.inner().ints(2, 0).bytes())).raw(little.option(7, little.inner().ints(1, 0).bytes()))
                        .bytes());
        big.section(new byte[0])
                .link(113, 4, big.option(9, new byte[] {(byte) 0x8a}))
                .enhanced(0, 3L * 1024 + 512, OTHER, new byte[0])
                .block(3, big.inner().ints(8).raw(OTHER).bytes())
                .block(2, big.inner().shorts(0, 5).ints(0, 1024, 5, 60).raw(PACKET).bytes());
        return Lab.concat(little.bytes(), big.bytes());
    }

    @Test
    void sectionsKeepTheirOrderInterfacesAndClocks() throws IOException {
        Read read = read(sections());
        assertThat(read.frames).containsExactly(
                new Seen(1, Frame.NO_TIME, 0, 8, -1, -1, -1),
                new Seen(2, 100_000_000_007L, 5, 5, 101, 1, 1),
                new Seen(3, Frame.NO_TIME, 0, 12, -1, -1, -1),
                new Seen(4, 3_500_000_000L, 8, 8, 113, 2, 9),
                new Seen(5, Frame.NO_TIME, 4, 8, 113, 2, 9),
                new Seen(6, 1_000_000_000L, 5, 60, 113, 2, 1));
        assertThat(read.facts.interfaces()).containsExactly(
                new CaptureFacts.InterfaceFacts(1, "eth0", 0, "tcp", 50, 3, "-", 0),
                new CaptureFacts.InterfaceFacts(101, "", 4, "", -1, -1, "-", 0),
                new CaptureFacts.InterfaceFacts(113, "", 4, "", -1, -1, "-", 1));
        assertThat(read.facts.secrets()).singleElement().isEqualTo(Blocks.ascii("SECRET"));
        assertThat(read.facts.names()).containsExactly(new CaptureFacts.Name("192.0.2.1", "host"));
    }

    @Test
    void resolutionsOfEveryKind() {
        assertThat(PcapngReader.nanos(1_500_000, 6, 0)).isEqualTo(1_500_000_000L);
        assertThat(PcapngReader.nanos(1_500_000, 6, -1)).isEqualTo(500_000_000L);
        assertThat(PcapngReader.nanos(3, 0, 0)).isEqualTo(3_000_000_000L);
        assertThat(PcapngReader.nanos(1_234_567_890_123L, 12, 0)).isEqualTo(1_234_567_890L);
        assertThat(PcapngReader.nanos(-1L, 19, 0)).isEqualTo(1_844_674_407L);
        assertThat(PcapngReader.nanos(3L << 31, 0x80 | 32, 0)).isEqualTo(1_500_000_000L);
        assertThat(PcapngReader.nanos(1L << 62, 0x80 | 63, 0)).isEqualTo(500_000_000L);
        assertThat(PcapngReader.nanos(5, 0x80, 0)).isEqualTo(5_000_000_000L);
        for (int resolution = 0; resolution < 256; resolution++) {
            for (long time : new long[] {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1795418506990498182L}) {
                assertThat(PcapngReader.nanos(time, resolution, Long.MIN_VALUE)).isNotNull();
                PcapngReader.nanos(time, resolution, Long.MAX_VALUE);
            }
        }
    }

    @Test
    void filesAreMergedByTimeAndEqualTimesKeepFileOrder() throws IOException {
        String first =
                file("b.pcap", Blocks.little().pcap(0xa1b2c3d4L, 1).record(1, 0, PACKET).record(3, 0, PACKET).record(2, 0, PACKET).bytes());
        String second =
                file("a.pcap", Blocks.big().pcap(0xa1b23c4dL, 101).record(1, 0, OTHER).record(2, 5, OTHER).record(9, 0, OTHER).bytes());
        Read read = read(List.of(first, second), null);
        assertThat(read.frames).extracting(Seen::number).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(read.frames).extracting(Seen::linkType).containsExactly(1, 101, 101, 1, 1, 101);
        assertThat(read.facts.files()).extracting(CaptureFacts.FileFacts::packets).containsExactly(3L, 3L);
    }

    @Test
    void foldersAndPatternsStandForTheirCapturesInTimeOrder() throws IOException {
        file("a.pcap", Blocks.little().pcap(0xa1b2c3d4L, 1).record(5, 0, PACKET).bytes());
        file("b.pcap", Blocks.little().pcap(0xa1b2c3d4L, 1).record(3, 0, OTHER).bytes());
        file("notes.txt", Blocks.ascii("these are only notes about the captures"));
        for (String name : List.of(folder.toString(), folder + "/*", folder + "/*.pcap")) {
            Read read = read(List.of(name), null);
            assertThat(read.frames).as(name).extracting(Seen::firstByte).containsExactly(9, 1);
            assertThat(read.facts.files()).extracting(CaptureFacts.FileFacts::path)
                    .containsExactly(folder.resolve("b.pcap").toString(), folder.resolve("a.pcap").toString());
        }
        assertThat(read(List.of(folder.toString()), null).facts.notes()).singleElement().asString().contains("notes.txt");
    }

    @Test
    void rotatedFilesAreOpenedOneAtATime() throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            names.add(
                    file("ring" + i, Blocks.little().pcap(0xa1b2c3d4L, 1).record(10 * i, 0, PACKET).record(10 * i + 9, 0, PACKET).bytes()));
        }
        try (PacketSource source = Captures.open(names, null)) {
            Frame frame = new Frame();
            for (int i = 0; i < 10; i++) {
                assertThat(source.next(frame)).isTrue();
                assertThat(frame.number()).isEqualTo(i + 1);
                assertThat(source.facts().files()).hasSize(i / 2 + 1);
            }
            assertThat(source.next(frame)).isFalse();
        }
    }

    @Test
    void aPipeDeliversAFrameAsSoonAsItIsComplete() throws Exception {
        for (boolean ng : List.of(false, true)) {
            byte[] start = ng ? Blocks.little().section(new byte[0]).link(1, 0, new byte[0]).bytes()
                    : Blocks.little().pcap(0xa1b2c3d4L, 1).bytes();
            byte[] next = ng ? Blocks.little().enhanced(0, 1, PACKET, new byte[0]).bytes() : Blocks.little().record(1, 0, PACKET).bytes();
            try (PipedInputStream in = new PipedInputStream(1 << 16); PipedOutputStream out = new PipedOutputStream(in)) {
                out.write(start);
                out.write(next);
                try (PacketSource source = Captures.open(List.of("-"), in)) {
                    Frame frame = new Frame();
                    // Written and read by one thread: if the reader wanted a byte more than the frame, it would hang.
                    for (int i = 0; i < 20; i++) {
                        assertThat(source.next(frame)).isTrue();
                        out.write(next);
                    }
                }
            }
        }
    }

    @Test
    void whatCannotBeReadIsNamedInOneLine() throws IOException {
        String missing = folder.resolve("none.pcap").toString();
        assertThatThrownBy(() -> read(List.of(missing), null)).isInstanceOf(CaptureException.class)
                .hasMessage(missing + ": there is no such file");
        String empty = file("empty.pcap", new byte[0]);
        assertThatThrownBy(() -> read(List.of(empty), null)).isInstanceOf(CaptureException.class)
                .hasMessage(empty + ": is empty, not even a file header was written");
        String text = file("a.txt", Blocks.ascii("Hello, this is text"));
        assertThatThrownBy(() -> read(List.of(text), null)).isInstanceOf(CaptureException.class)
                .hasMessageContaining("is not a capture file").hasMessageContaining("48 65 6c 6c");
        String trace = file("net.etl", Blocks.ascii("any bytes in here"));
        assertThatThrownBy(() -> read(List.of(trace), null)).isInstanceOf(CaptureException.class)
                .hasMessageContaining("pktmon etl2pcap " + trace + " --out ");
        assertThatThrownBy(() -> read(List.of(folder + "/*.nothing"), null)).isInstanceOf(CaptureException.class);
        assertThatThrownBy(() -> read(List.of(), null)).isInstanceOf(CaptureException.class);
    }

    @Test
    void aTimeThatRunsBackIsNoted() throws IOException {
        Read read = read(Blocks.little().pcap(0xa1b2c3d4L, 1).record(10, 0, PACKET).record(5, 0, PACKET).bytes());
        assertThat(read.facts.notes()).extracting(Identity::shown).containsExactly("-: the time runs back by 5000 ms at packet 2");
        assertThat(read.file().firstNanos()).isEqualTo(5_000_000_000L);
        assertThat(read.file().lastNanos()).isEqualTo(10_000_000_000L);
    }

    @Test
    void aHeaderWithoutPacketsIsACapture() throws IOException {
        assertThat(read(Blocks.little().pcap(0xa1b2c3d4L, 1).bytes()).frames).isEmpty();
        assertThat(read(Blocks.big().section(new byte[0]).bytes()).frames).isEmpty();
    }

    /// A live capture from a pipe is read by one thread and judged by another.
    @Test
    void whatIsKnownMayBeAskedWhileAnotherThreadReads() throws Exception {
        Blocks blocks = Blocks.little();
        byte[] name = Blocks.little().option(2, "eth0".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (int i = 0; i < 5000; i++) {
            blocks.section(new byte[0]).link(1, 65535, name).enhanced(0, i, PACKET, new byte[0]);
        }
        try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(blocks.bytes()))) {
            Thread reading = Thread.ofPlatform().start(() -> passOver(source));
            CaptureFacts before = source.facts();
            while (reading.isAlive()) {
                CaptureFacts now = source.facts();
                assertThat(now.interfaces()).hasSizeGreaterThanOrEqualTo(before.interfaces().size())
                        .allMatch(one -> one.name().equals("eth0"));
                before = now;
            }
            reading.join();
            assertThat(source.facts().interfaces()).hasSize(5000);
        }
    }

    private static void passOver(PacketSource source) {
        try {
            Frame frame = new Frame();
            while (source.next(frame)) {
                assertThat(frame.interfaceIndex()).isNotNegative();
            }
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @Test
    void noPrefixAndNoMutationThrowsAnythingElse() {
        List<byte[]> files = List.of(sections(),
                Blocks.big().pcap(0xa1b2c3d4L, 1).record(1, 0, PACKET).record(2, 0, OTHER).bytes(),
                Blocks.little().pcap(0xa1b2cd34L, 1).ints(1, 0, 5, 5, 1, 0).raw(PACKET).ints(2, 0, 5, 5, 1, 0).raw(PACKET).bytes());
        SplittableRandom random = new SplittableRandom(7);
        for (byte[] file : files) {
            for (int length = 0; length < file.length; length++) {
                Lab.drain(java.util.Arrays.copyOf(file, length));
            }
            for (int i = 0; i < 600; i++) {
                byte[] mutated = file.clone();
                for (int k = 1 + random.nextInt(4); k > 0; k--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
                }
                Lab.drain(mutated);
            }
        }
    }
}

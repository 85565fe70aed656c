package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatsTest {
    @TempDir Path folder;

    private static byte[] capture(int packets) {
        Blocks file = Blocks.little().pcap(0xa1b2c3d4L, 1);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < packets; i++) {
            byte[] packet = new byte[60 + random.nextInt(1000)];
            Arrays.fill(packet, (byte) i);
            packet[random.nextInt(packet.length)] = (byte) random.nextInt();
            file.record(1_700_000_000L + i, i, packet);
        }
        return file.bytes();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /// A stream that gives one byte to three at a time, as a slow pipe does.
    private static InputStream slow(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + pos % 3));
            }

            @Override
            public synchronized int available() {
                return 0;
            }
        };
    }

    private static CaptureFacts.FileFacts read(InputStream in) throws IOException {
        try (PacketSource source = Captures.open(List.of("-"), in)) {
            Frame frame = new Frame();
            long number = 0;
            while (source.next(frame)) {
                assertThat(frame.number()).isEqualTo(++number);
            }
            return source.facts().files().getFirst();
        }
    }

    private void packsAndReads(String tool, String suffix, String... options) throws Exception {
        Lab.needsTool(tool);
        byte[] capture = capture(300);
        Path head = Files.write(folder.resolve("head"), Arrays.copyOf(capture, 50_001));
        Path tail = Files.write(folder.resolve("tail"), Arrays.copyOfRange(capture, 50_001, capture.length));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.writeBytes(Lab.run(tool, "-c", head.toString()).out());
        String[] command = new String[options.length + 3];
        command[0] = tool;
        System.arraycopy(options, 0, command, 1, options.length);
        command[options.length + 1] = "-c";
        command[options.length + 2] = tail.toString();
        packed.writeBytes(Lab.run(command).out());
        for (InputStream in : List.of(new ByteArrayInputStream(packed.toByteArray()), slow(packed.toByteArray()))) {
            CaptureFacts.FileFacts facts = read(in);
            assertThat(facts.packets()).isEqualTo(300);
            assertThat(facts.truncated()).isNull();
            assertThat(facts.format()).isEqualTo("pcap" + suffix);
        }
        byte[] cut = Arrays.copyOf(packed.toByteArray(), packed.size() - 40);
        CaptureFacts.FileFacts facts = read(new ByteArrayInputStream(cut));
        assertThat(facts.packets()).isLessThan(300);
        assertThat(facts.truncated()).isNotNull();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 150; i++) {
            byte[] mutated = packed.toByteArray();
            for (int k = 0; k < 3; k++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            Lab.drain(i % 3 == 0 ? Arrays.copyOf(mutated, random.nextInt(mutated.length)) : mutated);
        }
    }

    @Test
    void gzipOfSeveralMembers() throws Exception {
        packsAndReads("gzip", ".gz", "-9");
    }

    @Test
    void zstdOfSeveralFrames() throws Exception {
        packsAndReads("zstd", ".zst", "-q", "-19");
    }

    /// pzstd begins every frame with a skippable one; the seekable format ends with one (RFC 8878 3.1.2).
    @Test
    void skippableFramesOfZstdAreSkipped() throws Exception {
        Lab.needsTool("zstd");
        byte[] capture = capture(40);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int half = 0; half < 2; half++) {
            Path part = Files.write(folder.resolve("part"), Arrays.copyOfRange(capture, half * 9000, half == 0 ? 9000 : capture.length));
            packed.writeBytes(Blocks.little().ints(0x184d2a50 + half, 4, 77).bytes());
            packed.writeBytes(Lab.run("zstd", "-q", half == 0 ? "--no-check" : "--check", "-c", part.toString()).out());
        }
        packed.writeBytes(Blocks.little().ints(0x184d2a5e, 12).raw(new byte[12]).bytes());
        for (InputStream in : List.of(new ByteArrayInputStream(packed.toByteArray()), slow(packed.toByteArray()))) {
            CaptureFacts.FileFacts facts = read(in);
            assertThat(facts.packets()).isEqualTo(40);
            assertThat(facts.truncated()).isNull();
        }
        for (int length = 0; length < packed.size(); length += 7) {
            Lab.drain(Arrays.copyOf(packed.toByteArray(), length));
        }
    }

    @Test
    void whatIsPackedOtherwiseIsToBeUnpackedFirst() {
        byte[] tar = new byte[512];
        System.arraycopy(Blocks.ascii("ustar"), 0, tar, 257, 5);
        for (byte[] file : List.of(Blocks.ascii("BZh91AY&SY....."), Blocks.big().ints(0x504b0304).raw(new byte[30]).bytes(), tar)) {
            assertThatThrownBy(() -> read(new ByteArrayInputStream(file))).isInstanceOf(CaptureException.class)
                    .hasMessageEndingWith("unpack it first");
        }
    }

    @Test
    void lz4OfSeveralFramesWithDependentBlocks() throws Exception {
        packsAndReads("lz4", ".lz4", "-q", "-BD", "-B4", "-9");
    }

    @Test
    void xzOfSeveralStreams() throws Exception {
        packsAndReads("xz", ".xz", "-e");
    }

    @Test
    void aFlushedMemberIsDeliveredBeforeTheNextComes() throws Exception {
        Lab.needsTool("lz4");
        byte[] first = capture(2);
        Path file = Files.write(folder.resolve("first"), first);
        for (byte[] packed : List.of(gzip(first), Lab.run("lz4", "-q", "-c", file.toString()).out())) {
            InputStream then = new InputStream() {
                @Override
                public int read() {
                    throw new AssertionError("asked for more than the first two packets need");
                }
            };
            InputStream in = new java.io.SequenceInputStream(new ByteArrayInputStream(packed), then);
            try (PacketSource source = Captures.open(List.of("-"), in)) {
                Frame frame = new Frame();
                assertThat(source.next(frame)).isTrue();
                assertThat(source.next(frame)).isTrue();
            }
        }
    }

    @Test
    void aBombIsNotFollowed() throws IOException {
        byte[] zeros = new byte[1 << 20];
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(Blocks.little().section(new byte[0]).bytes());
            for (int i = 0; i < 20; i++) {
                // Unknown blocks of eight megabytes of nothing.
                gzip.write(Blocks.little().ints(0x777, 12 + (8 << 20)).bytes());
                for (int k = 0; k < 8; k++) {
                    gzip.write(zeros);
                }
                gzip.write(Blocks.little().ints(12 + (8 << 20)).bytes());
            }
        }
        assertThat(read(new ByteArrayInputStream(packed.toByteArray())).truncated()).contains("decompression bomb");
    }

    @Test
    void snoop() throws IOException {
        byte[] file = Blocks.big().raw(Blocks.ascii("snoop\0\0\0")).ints(2, 4)
                .ints(100, 5, 32, 7, 10, 20).raw(new byte[] {1, 2, 3, 4, 5, 0, 0, 0}).bytes();
        try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(file))) {
            Frame frame = new Frame();
            assertThat(source.next(frame)).isTrue();
            assertThat(frame.nanos()).isEqualTo(10_000_020_000L);
            assertThat(frame.wireLength()).isEqualTo(100);
            assertThat(frame.length()).isEqualTo(5);
            assertThat(frame.linkType()).isEqualTo(1);
            assertThat(source.next(frame)).isFalse();
            assertThat(source.facts().interfaces().getFirst().dropped()).isEqualTo(7);
            assertThat(source.facts().files().getFirst().format()).isEqualTo("snoop");
        }
    }

    @Test
    void networkMonitorFramesLieWhereTheTableSays() throws IOException {
        for (int first : new int[] {72, 128}) {
            Path file = Files.write(folder.resolve(first + ".cap"), netmon(first, 9, 1, 1, 0xffff, 1));
            try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
                assertThat(read(source)).containsExactly("1 20", "1 20", "-1 20", "1 20");
                assertThat(source.facts().notes()).anyMatch(note -> note.contains("1 frame is a note of Network Monitor's"));
                assertThat(source.facts().files().getFirst().truncated()).isNull();
            }
        }
    }

    @Test
    void networkMonitorFramesAreFoundInAPipeAsWell() throws IOException {
        for (int first : new int[] {72, 128}) {
            for (byte[] file : List.of(netmon(first, 0, 1, 1), gzip(netmon(first, 0, 1, 1)))) {
                try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(file))) {
                    assertThat(read(source)).as("from byte " + first).containsExactly("1 20", "1 20");
                }
            }
        }
    }

    /// The table was never written: the capture was broken off.
    @Test
    void aNetworkMonitorFileWithoutItsTableGivesWhatItHas() throws IOException {
        byte[] whole = netmon(72, 0, 1, 1, 1);
        Path file = Files.write(folder.resolve("cut.cap"), Arrays.copyOf(whole, whole.length - 4 * 3 - 30));
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            assertThat(read(source)).containsExactly("1 20", "1 20");
            assertThat(source.facts().files().getFirst().truncated()).contains("ends inside a frame");
        }
    }

    /// Version 2.3: a frame of twenty bytes for each network, the first at a byte, `gap` bytes before each other one.
    private static byte[] netmon(int first, int gap, int... networks) {
        int record = 16 + 20 + 15;
        int end = first + networks.length * record + (networks.length - 1) * gap;
        Blocks file = Blocks.little().raw(Blocks.ascii("GMBU")).raw(new byte[] {3, 2}).shorts(1, 2026, 11, 1, 23, 10, 0, 0, 0)
                .ints(end, 4 * networks.length).raw(new byte[first - 32]);
        Blocks table = Blocks.little();
        for (int i = 0; i < networks.length; i++) {
            byte[] filler = new byte[i == 0 ? 0 : gap];
            Arrays.fill(filler, (byte) 0x77);
            file.raw(filler).ints(0, 0, 20, 20).raw(new byte[20]).shorts(networks[i]).ints(0).raw(new byte[9]);
            table.ints(first + i * (record + gap));
        }
        return file.raw(table.bytes()).bytes();
    }

    private static List<String> read(PacketSource source) throws IOException {
        List<String> frames = new ArrayList<>();
        for (Frame frame = new Frame(); source.next(frame);) {
            frames.add(frame.linkType() + " " + frame.length());
        }
        return frames;
    }

    @Test
    void theLinkTypesThatAreReadHaveTheRegistrysNames() {
        assertThat(IntStream.of(0, 1, 6, 9, 10, 14, 50, 51, 104, 105, 276).mapToObj(LinkType::name))
                .containsExactly("NULL", "ETHERNET", "IEEE802_5",
                        "PPP", "FDDI", "RAW", "PPP_HDLC", "PPP_ETHER", "C_HDLC", "IEEE802_11", "LINUX_SLL2");
        assertThat(LinkType.name(147)).isEqualTo("LINKTYPE_147");
    }

    @Test
    void everyFormatThatWiresharkWritesSaysTheSame() throws Exception {
        Lab.needsTool("editcap");
        Lab.needsTool("tshark");
        Path original = Files.write(folder.resolve("a.pcap"), capture(20));
        for (String format : List.of("nsecpcap", "modpcap", "nokiapcap", "pcapng", "snoop", "netmon1", "netmon2")) {
            String copy = folder.resolve("a." + format).toString();
            Lab.run("editcap", "-F", format, original.toString(), copy);
            String expected =
                    Lab.run("tshark", "-n", "-r", copy, "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.len")
                            .text();
            assertThat(Lab.list(copy)).as(format).isEqualTo(expected);
        }
    }

    @Test
    void noPrefixAndNoMutationOfTheOthersThrows() throws IOException {
        byte[] snoop = Blocks.big().raw(Blocks.ascii("snoop\0\0\0")).ints(2, 4)
                .ints(100, 5, 32, 7, 10, 20).raw(new byte[8]).ints(100, 5, 32, 7, 10, 20).raw(new byte[8]).bytes();
        byte[] netmon = Blocks.little().raw(Blocks.ascii("GMBU")).raw(new byte[] {3, 2}).shorts(1, 2026, 11, 1, 23, 10, 0, 0, 0)
                .ints(128 + 2 * 36, 8).raw(new byte[96]).ints(0, 0, 5, 5).raw(new byte[20]).ints(0, 0, 5, 5).raw(new byte[20])
                .ints(128, 164).bytes();
        SplittableRandom random = new SplittableRandom(9);
        for (byte[] file : List.of(snoop, netmon, gzip(netmon))) {
            for (int length = 0; length < file.length; length++) {
                Lab.drain(Arrays.copyOf(file, length));
            }
            for (int i = 0; i < 400; i++) {
                byte[] mutated = file.clone();
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                Lab.drain(mutated);
            }
        }
    }
}

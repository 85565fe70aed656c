package dev.rdptrace.redact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.DerivedSource;
import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.net.Packet;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.ScriptedWebGateway;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Tape.Shot;
import java.util.HexFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a copy to be passed on says, and what it does not.
class RedactionTest {
    private static final Path BESIDE = Path.of(System.getProperty("rdptrace.captures", "../shared/captures"));
    private static final byte[] WORD = "Canary7Q".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] WIDE = "Canary7Q".getBytes(StandardCharsets.UTF_16LE);
    private static final int SHORTEST = 5;

    static List<Path> samples() {
        return captures(Path.of("samples"), 1);
    }

    /// Some of each kind, where they lie beside the project.
    static List<Path> manyCaptures() {
        List<Path> all = new ArrayList<>(samples());
        all.addAll(captures(BESIDE.resolve("public/rdp"), 1));
        for (String folder : List.of("kinds", "lab", "lab2", "public/robustness", "public/tls")) {
            all.addAll(captures(BESIDE.resolve(folder), 40));
        }
        return all;
    }

    private static List<Path> captures(Path folder, int oneIn) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.filter(file -> file.toString().matches(".*\\.pcap(ng)?")).sorted().toList();
            return java.util.stream.IntStream.range(0, all.size()).filter(i -> i % oneIn == 0).mapToObj(all::get).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theVerdictIsTheSame(Path file) {
        Tape before = Tape.read(file);
        assertThat(verdicts(copy(before).analyze())).isEqualTo(verdicts(before.analyze()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void timesLengthsAndHeadersStay(Path file) {
        Tape before = Tape.read(file);
        Tape after = copy(before);
        assertThat(after.size()).isEqualTo(before.size());
        for (int i = 0; i < before.size(); i++) {
            Shot one = before.shots().get(i);
            Shot other = after.shots().get(i);
            assertThat(List.of(other.wireLength(), other.nanos(), other.linkType())).as("frame %d", i + 1)
                    .isEqualTo(List.of(one.wireLength(), one.nanos(), one.linkType()));
            assertThat(headers(other)).as("frame %d", i + 1).isEqualTo(headers(one));
        }
    }

    private static List<Object> headers(Shot shot) {
        Packet packet = packet(shot);
        boolean tcp = packet.protocol() == 6 && packet.payloadOffset() > 0;
        return Arrays.asList(packet.protocol(), packet.hopLimit(), packet.identification(), packet.ipLength(), packet.sourcePort(),
                packet.destinationPort(), packet.payloadLength(), tcp ? packet.sequence() : 0, tcp ? packet.acknowledgement() : 0,
                packet.flags(), packet.mss(), packet.timestamps() ? packet.timestampValue() : 0, packet.icmpType(), packet.icmpCode(),
                packet.icmpMtu(), packet.quotedSourcePort(), packet.quotedSequence(), packet.quotedLength());
    }

    private static Packet packet(Shot shot) {
        Packet packet = new Packet();
        Frame frame = new Frame();
        frame.set(shot.bytes(), 0, shot.bytes().length, shot.wireLength(), 1, shot.nanos(), shot.linkType(), 0);
        packet.wrap(frame);
        return packet;
    }

    /// Whatever the copy does not show may be anything: so a word is put there, everywhere, and none of it may come through.
    @ParameterizedTest
    @MethodSource("manyCaptures")
    void nothingThatIsNotShownComesThrough(Path file) {
        Tape before = Tape.read(file);
        Tape after = copy(before);
        for (byte[] word : List.of(WORD, WIDE)) {
            List<Shot> planted = new ArrayList<>();
            int words = 0;
            for (int i = 0; i < before.size(); i++) {
                byte[] bytes = before.shots().get(i).bytes().clone();
                words += plant(bytes, after.shots().get(i).bytes(), packet(before.shots().get(i)).payloadOffset(), word);
                planted.add(before.shots().get(i).with(bytes));
            }
            String text = new String(write(new Tape(planted)), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
            String sought = new String(word, 0, SHORTEST, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
            int at = text.indexOf(sought);
            assertThat(at < 0 ? "" : text.substring(Math.max(0, at - 40), Math.min(text.length(), at + 40)))
                    .as("%d words planted", words).isEmpty();
        }
    }

    /// Writes the word over what was changed.
    private static int plant(byte[] bytes, byte[] copy, int from, byte[] word) {
        int words = 0;
        for (int at = from; at < bytes.length;) {
            int end = at;
            while (end < bytes.length && (end >= copy.length || bytes[end] != copy[end] || bytes[end] == 0 && end > at)) {
                end++;
            }
            if (end - at >= SHORTEST) {
                for (int i = at; i < end; i++) {
                    bytes[i] = word[(i - at) % word.length];
                }
                words++;
            }
            at = end + 1;
        }
        return words;
    }

    @ParameterizedTest
    @MethodSource("manyCaptures")
    void aSecondTimeChangesNothing(Path file) {
        byte[] once = write(Tape.read(file));
        assertThat(Arrays.mismatch(write(read(once)), once)).isEqualTo(-1);
    }

    /// A header that ends too early is none any more where what says so is emptied: GRE (RFC 2890 2) that says it has a key, and ARP.
    @Test
    void aSecondTimeChangesNothingOfWhatIsBroken() {
        String ethernet = "5254004f322f525400b036fb";
        for (String packet : List.of("08004500001a401900004 02f0000c0000201c0000202 20000800 0000",
                "0806 0001080006040001 0000000000 01020304")) {
            CaptureBuilder builder = new CaptureBuilder().frame(1, HexFormat.of().parseHex((ethernet + packet).replace(" ", "")));
            byte[] once = write(builder.tape());
            assertThat(Arrays.mismatch(write(read(once)), once)).as(packet).isEqualTo(-1);
        }
    }

    /// RFC 791 3.2, RFC 7348: only the whole datagram tells that there is a tunnel in it.
    @Test
    void aTunnelInFragmentsIsOneInTheCopyToo() {
        byte[] datagram = hex("c000 12b5 004e 0000  0800 0000 0000 0100  525400000002 525400000001 0800",
                "4500 0030 0000 0000 4006 66b6 0a000001 0a000002  c001 0d3d 00000001 00000001 5018 ffff 0000 0000  616c696365626f62");
        CaptureBuilder builder = new CaptureBuilder();
        for (int at = 0; at < datagram.length; at += 32) {
            int end = Math.min(datagram.length, at + 32);
            builder.frame(1, ByteBuffer.allocate(34 + end - at).put(hex("525400000012 525400000011 0800 4500"))
                    .putShort((short) (20 + end - at)).putShort((short) 7).putShort((short) (at / 8 | (end < datagram.length ? 0x2000 : 0)))
                    .put(hex("4011 0000 0a090001 0a090002")).put(datagram, at, end - at).array());
        }
        byte[] once = write(builder.tape());
        assertThat(Arrays.mismatch(write(read(once)), once)).isEqualTo(-1);
        assertThat(HexFormat.of().formatHex(once)).as("headers stay").contains("0800000000000100", "c0010d3d0000000100000001")
                .as("addresses, contents").doesNotContain("0a0000010a000002", "616c696365");
    }

    private static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
    }

    /// Packets are taken in the order of their times and written in that of their numbers.
    @Test
    void networksAreDescribedBeforeTheirFirstPacketInWhateverOrderItWasTaken() throws IOException {
        Tape tape = Tape.read(Path.of("samples/port-closed/capture.pcapng"));
        List<String> blocks = blocks(write(new Networks(tape.source()), false));
        assertThat(blocks).startsWith("a0d0d0a", "1", "1", "6 of 1", "1", "6 of 2", "6 of 0");
        assertThat(blocks(write(Analyzer.sorted(new Networks(tape.source())), false))).isEqualTo(blocks);
    }

    private static List<String> blocks(byte[] pcapng) {
        ByteBuffer in = ByteBuffer.wrap(pcapng).order(ByteOrder.LITTLE_ENDIAN);
        List<String> all = new ArrayList<>();
        for (int at = 0; at < pcapng.length; at += in.getInt(at + 4)) {
            all.add(Integer.toHexString(in.getInt(at)) + (in.getInt(at) == 6 ? " of " + in.getInt(at + 8) : ""));
        }
        return all;
    }

    /// Every packet from the next of three networks, the later ones at earlier times.
    private static final class Networks extends DerivedSource {
        Networks(PacketSource source) {
            super(source);
        }

        @Override
        public CaptureFacts facts() {
            CaptureFacts all = super.facts();
            List<CaptureFacts.InterfaceFacts> three =
                    Stream.of("a", "b", "c").map(name -> new CaptureFacts.InterfaceFacts(1, name, 0, "", -1, -1)).toList();
            return new CaptureFacts(all.files(), three, all.secrets(), all.names(), all.notes());
        }

        @Override
        public boolean next(Frame frame) throws IOException {
            boolean more = source.next(frame);
            int network = (int) frame.number() % 3;
            frame.set(frame.bytes(), frame.offset(), frame.length(), frame.wireLength(), frame.number(), frame.nanos() / (1 + network),
                    frame.linkType(), network);
            return more;
        }
    }

    /// T.124 8.7: without its identifier others see no RDP behind it, and take ciphertext for what it is not.
    @Test
    void whatSaysThatTheRestIsOfRdpStays() {
        assertThat(HexFormat.of().formatHex(write(Tape.read(Path.of("samples/success-standard-rdp-security/capture.pcapng")))))
                .contains("000500147c0001");
    }

    /// [MS-RDPBCGR] 2.2.8.1.1.2.1: of any channel, so that zeros in place of ciphertext are not read as its messages.
    @Test
    void whatIsEncryptedSaysSoInTheCopyToo() {
        Tape tape = new Tape(Tape.read(Path.of("samples/success-standard-rdp-security/capture.pcapng")).shots().stream()
                .map(shot -> new Shot(
                        hex(HexFormat.of().formatHex(shot.bytes()).replaceFirst("(02f08064....)03eb(7080300808)", "$103ec$2")),
                        shot.wireLength(), shot.nanos(), shot.linkType()))
                .toList());
        assertThat(encrypted(copy(tape))).isEqualTo(encrypted(tape)).contains("03eb 0808", "03ec 0808");
    }

    /// Channel and flags of what was sent behind the logon, T.125 11.32 and 11.33.
    private static List<String> encrypted(Tape tape) {
        return tape.shots().stream().flatMap(shot -> Pattern.compile("02f0806[48]....(....)70(?:8...|[0-7].)(..08)0000")
                .matcher(HexFormat.of().formatHex(shot.bytes())).results()).map(found -> found.group(1) + " " + found.group(2)).toList();
    }

    /// As a packet in a block that is no packet's, before the first interface.
    @Test
    void aFrameOfNoNetworkTakesNoNetworksPlace() throws IOException {
        byte[] once = write(new OneMore(Tape.read(Path.of("samples/port-closed/capture.pcapng")).source()), false);
        Tape copy = read(once);
        assertThat(copy.shots().getFirst().linkType()).isEqualTo(65535);
        assertThat(copy.shots().subList(1, copy.shots().size())).allMatch(shot -> shot.linkType() == 1 && shot.bytes().length > 0);
        assertThat(Arrays.mismatch(write(source(once), false), once)).isEqualTo(-1);
    }

    private static final class OneMore extends DerivedSource {
        private boolean told;

        OneMore(PacketSource source) {
            super(source);
        }

        @Override
        public CaptureFacts facts() {
            CaptureFacts all = super.facts();
            return told ? all : new CaptureFacts(all.files(), List.of(), all.secrets(), all.names(), all.notes());
        }

        @Override
        public boolean next(Frame frame) throws IOException {
            if (!told) {
                frame.set(new byte[24], 0, 24, 24, 1, 0, 65535, -1);
                return told = true;
            }
            boolean more = source.next(frame);
            frame.set(frame.bytes(), frame.offset(), frame.length(), frame.wireLength(), frame.number() + 1, frame.nanos(),
                    frame.linkType(), frame.interfaceIndex());
            return more;
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void checksumsAreRight(Path file) {
        for (Shot shot : copy(Tape.read(file)).shots()) {
            byte[] b = shot.bytes();
            if (b.length > 34 && b[12] == 8 && b[13] == 0 && b[14] == 0x45) {
                assertThat(sum(b, 14, 34)).isEqualTo(0xffff);
                int end = 14 + u16(b, 16);
                if (b[23] == 6 && (u16(b, 20) & 0x3fff) == 0) {
                    byte[] pseudo = Arrays.copyOf(Arrays.copyOfRange(b, 26, 34), 12 + end - 34);
                    pseudo[9] = 6;
                    pseudo[10] = (byte) (end - 34 >> 8);
                    pseudo[11] = (byte) (end - 34);
                    System.arraycopy(b, 34, pseudo, 12, Math.min(b.length, end) - 34);
                    assertThat(sum(pseudo, 0, pseudo.length)).isEqualTo(0xffff);
                }
            }
        }
    }

    private static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xff) << ((i - from & 1) == 0 ? 8 : 0);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }

    @Test
    void oneNameIsOneNameEverywhere() {
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp("192.0.2.10", 50000, "198.51.100.20", 3389).open()
                .client(CaptureBuilder.connectionRequest("Cookie: mstshash=Meier\r\n".getBytes(StandardCharsets.US_ASCII), 3)).clientFin();
        capture.tcp("192.0.2.10", 50001, "198.51.100.20", 3389).open()
                .client(CaptureBuilder.connectionRequest("Cookie: mstshash=meier\r\n".getBytes(StandardCharsets.US_ASCII), 3)).clientFin();
        List<String> cookies = copy(capture.tape()).analyze().incidents().stream().flatMap(one -> one.attempts().stream())
                .map(one -> one.attempt().x224().request().orElseThrow().cookieName()).distinct().toList();
        assertThat(cookies).hasSize(1).doesNotContain("Meier", "meier");
        assertThat(cookies.getFirst()).hasSize(5);
    }

    @Test
    void secretsAreDroppedUnlessTheyAreWanted() throws IOException {
        byte[] secrets = Files.readAllBytes(Path.of("samples/success-nla-tls13-keys/keys.log"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Recording recording = new Recording(out, "test", "");
        recording.network(new InterfaceFacts(1, "", 0, "", -1, -1));
        recording.secrets(secrets);
        for (Shot shot : Tape.read(Path.of("samples/success-nla-tls13-keys/capture.pcapng")).shots()) {
            recording.packet(0, shot.nanos(), shot.bytes(), 0, shot.bytes().length, shot.wireLength(), List.of());
        }
        byte[] capture = out.toByteArray();
        byte[] without = write(source(capture), false);
        byte[] with = write(source(capture), true);
        assertThat(new String(without, StandardCharsets.ISO_8859_1)).doesNotContain("CLIENT_", "SERVER_");
        assertThat(Tape.analyze(source(with)).capture().secrets()).containsExactly(secrets);
        assertThat(opened(with)).isEqualTo(opened(capture)).contains(true);
        assertThat(opened(without)).doesNotContain(true);
    }

    /// Whether messages of RDP were read inside TLS.
    private static List<Boolean> opened(byte[] capture) throws IOException {
        return Tape.analyze(source(capture)).incidents().stream().map(one -> one.headline().attempt().inner().decrypted()).toList();
    }

    @Test
    void whateverTheBytesAreItEnds() {
        Random random = new Random(11);
        for (Path file : samples()) {
            Tape tape = Tape.read(file);
            assertThat(copy(broken(tape, random)).size()).isEqualTo(tape.size());
        }
    }

    private static Tape broken(Tape tape, Random random) {
        return tape.map(shot -> {
            byte[] bytes = shot.bytes().clone();
            for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            return random.nextInt(8) == 0 ? shot.cut(random.nextInt(bytes.length + 1)) : shot.with(bytes);
        });
    }

    /// A field that is named and that nobody reads would be a mistake in its name.
    @Test
    void everyFieldThatIsNamedIsReadSomewhere() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/rdptrace/wire"))) {
            for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
                sources.append(Files.readString(file));
            }
        }
        assertThat(Fields.named()).allSatisfy(name -> assertThat(sources).contains("\"" + name + "\""));
    }

    @Test
    void whatAWebGatewayIsToldIsNotPassedOn() {
        Tape tape = new ScriptedWebGateway(3389)
                .opened("/jet/rdp?token=" + ScriptedWebGateway.TOKEN, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
                .client(ScriptedWebGateway.request("host", ScriptedWebGateway.REQUEST)).server(ScriptedWebGateway.refusal(1, 403))
                .end(false);
        assertThat(new String(write(tape), StandardCharsets.ISO_8859_1)).contains("GET")
                .doesNotContain(ScriptedWebGateway.TOKEN.substring(0, 8));
    }

    // ---- the kit ----

    private static List<String> verdicts(Analysis analysis) {
        return analysis.incidents().stream().map(incident -> incident.verdict().id() + " " + incident.verdict().phase() + " "
                + incident.verdict().side() + " " + incident.verdict().frames()).sorted().toList();
    }

    private static Tape copy(Tape tape) {
        return read(write(tape));
    }

    private static byte[] write(Tape tape) {
        return write(tape.source(), false);
    }

    private static byte[] write(PacketSource source, boolean keepSecrets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (source) {
            assertThat(new Redaction(Set.of(), keepSecrets).write(source, out, "test", () -> false)).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static Tape read(byte[] bytes) {
        List<Shot> shots = new ArrayList<>();
        try (PacketSource source = source(bytes)) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                shots.add(new Shot(Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length()), frame.wireLength(),
                        frame.nanos(), frame.linkType()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Tape(shots);
    }

    private static PacketSource source(byte[] bytes) throws IOException {
        return Captures.open(List.of("-"), new ByteArrayInputStream(bytes));
    }
}

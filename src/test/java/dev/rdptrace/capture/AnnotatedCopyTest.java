package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Thorough;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnotatedCopyTest {
    private static final Comments COMMENTS = comments("first ü", "rdptrace: second");

    @TempDir Path folder;

    /// On the first frame, and where there are any one on the second.
    private static Comments comments(String... onTheFirst) {
        Comments comments = new Comments();
        for (String text : onTheFirst) {
            comments.add(1, text);
            comments.add(2, "on two");
        }
        return comments;
    }

    private static byte[] copy(Comments comments, String section, String... inputs) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AnnotatedCopy.write(List.of(inputs), out, comments, section, false, AnnotatedCopy.ALL);
        return out.toByteArray();
    }

    private String file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes).toString();
    }

    /// Everything about the frames that a copy must keep. A Simple Packet Block that had to become an Enhanced one has the time zero.
    private static List<String> frames(String... inputs) throws IOException {
        List<String> frames = new ArrayList<>();
        try (PacketSource source = Captures.open(List.of(inputs), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                int link = frame.interfaceIndex();
                frames.add(frame.number() + " " + (frame.nanos() == Frame.NO_TIME ? 0 : frame.nanos()) + " " + frame.wireLength()
                        + " " + frame.linkType() + " " + link
                        + " " + HexFormat.of().formatHex(frame.bytes(), frame.offset(), frame.offset() + frame.length()));
            }
        }
        return frames;
    }

    @Test
    void withoutCommentsPcapngIsCopiedByteForByte() throws IOException {
        for (Path path : Lab.files("public/robustness").stream().filter(path -> path.toString().contains("hadrielk")).toList()) {
            if (path.toString().endsWith(".pcap")) {
                continue;
            }
            byte[] original = Files.readAllBytes(path);
            assertThat(copy(comments(), null, path.toString())).as(path.toString()).isEqualTo(original);
        }
    }

    @Test
    void onlyTheCommentedBlocksChange() throws IOException {
        Blocks blocks = Blocks.big();
        byte[] before = blocks.section(new byte[0]).link(1, 0, new byte[0]).bytes();
        byte[] packet = Blocks.big().enhanced(0, 5, new byte[] {1, 2, 3}, new byte[0]).bytes();
        byte[] after = Blocks.big().block(0x777, new byte[] {1, 2, 3, 4}).bytes();
        String file = file("a.pcapng", Lab.concat(before, packet, after));
        byte[] expected = Lab.concat(before, Blocks.big().enhanced(0, 5, new byte[] {1, 2, 3},
                Lab.concat(blocks.option(1, Blocks.ascii("rdptrace: hello")), blocks.inner().shorts(0, 0).bytes())).bytes(), after);
        byte[] copy = copy(comments("hello"), null, file);
        assertThat(HexFormat.of().formatHex(copy)).isEqualTo(HexFormat.of().formatHex(expected));
        assertThat(copy(comments("rdptrace: hello"), null, file("b.pcapng", copy))).isEqualTo(copy);
    }

    @Test
    void aSectionLengthThatWasSaidIsTakenBack() throws IOException {
        byte[] file = Lab.concat(Blocks.little().section(new byte[0]).bytes(),
                Blocks.little().link(1, 0, new byte[0]).enhanced(0, 1, new byte[4], new byte[0]).bytes());
        file[16] = 20;
        Arrays.fill(file, 17, 24, (byte) 0);
        byte[] copy = copy(comments(), "about all", file("a.pcapng", file));
        assertThat(Arrays.copyOfRange(copy, 16, 24)).containsOnly(0xff);
        assertThat(new String(copy, java.nio.charset.StandardCharsets.ISO_8859_1)).contains("rdptrace: about all");
    }

    @Test
    void blocksThatCannotCarryACommentAreUpgraded() throws IOException {
        byte[] file = Blocks.big().section(new byte[0]).link(1, 4, new byte[0])
                .block(3, Blocks.big().ints(8).raw(new byte[] {1, 2, 3, 4}).bytes())
                .block(2, Blocks.big().shorts(0, 5).ints(0, 1024, 5, 60).raw(new byte[] {1, 2, 3, 4, 5, 0, 0, 0})
                        .raw(Blocks.big().option(2, new byte[] {0, 0, 0, 1})).bytes())
                .bytes();
        String original = file("a.pcapng", file);
        byte[] copy = copy(COMMENTS, "s", original);
        String copied = file("b.pcapng", copy);
        assertThat(frames(copied)).isEqualTo(frames(original));
        assertThat(copy(COMMENTS, "s", copied)).isEqualTo(copy);
    }

    @Test
    void severalInputsBecomeOneSection() throws IOException {
        byte[] little = Blocks.little().section(new byte[0]).link(1, 0, Blocks.little().option(9, new byte[] {9}))
                .enhanced(0, 1_000_000_000L, new byte[] {1}, Blocks.little().option(2, new byte[] {1, 0, 0, 0})).bytes();
        byte[] big = Blocks.big().section(new byte[0]).link(113, 0, Blocks.big().option(14, Blocks.big().ints(0, 1).bytes()))
                .enhanced(0, 500_000L, new byte[] {2, 3}, Blocks.big().option(2, new byte[] {0, 0, 0, 1}))
                .block(10, Blocks.big().ints(0x544c534b, 4).raw(Blocks.ascii("KEYS")).bytes())
                .block(5, Blocks.big().ints(0, 0, 0).raw(Blocks.big().option(4, Blocks.big().ints(0, 7).bytes())).bytes()).bytes();
        byte[] pcap = Blocks.little().pcap(0xa1b2c3d4L, 101).record(1, 700_000, new byte[] {5}).bytes();
        String[] inputs = {file("l.pcapng", little), file("b.pcapng", big), file("c.pcap", pcap)};
        byte[] copy = copy(COMMENTS, "merged", inputs);
        String copied = file("m.pcapng", copy);
        assertThat(frames(copied)).isEqualTo(frames(inputs));
        try (PacketSource source = Captures.open(List.of(copied), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                assertThat(frame.number()).isPositive();
            }
            assertThat(source.facts().secrets()).singleElement().isEqualTo(Blocks.ascii("KEYS"));
            assertThat(source.facts().interfaces()).extracting(CaptureFacts.InterfaceFacts::received).containsExactly(-1L, 7L, -1L);
        }
        assertThat(copy(COMMENTS, "merged", copied)).isEqualTo(copy);
    }

    /// tshark's view of originals and copies; a sample, because each look takes tenths of a second.
    @Test
    void wiresharkSeesTheSamePacketsAndTheComments() throws Exception {
        Lab.needsTool("tshark");
        List<Path> all = Lab.files("public/rdp", "public/robustness", "public/tls", "lab");
        int step = Thorough.oneIn(97);
        List<String> wrong = new ArrayList<>();
        int compared = 0;
        for (int i = 0; i < all.size(); i++) {
            Path path = all.get(i);
            if (i % step != 0 && !path.toString().matches(".*(J01_formats|hadrielk.*(be.*test10|le.*test20|be.*test0[01]6)).*")) {
                continue;
            }
            String original = path.toString();
            Lab.Run before = look(original, path.toString().contains("pcapng"));
            byte[] copy;
            try {
                copy = copy(COMMENTS, "whole", original);
            } catch (CaptureException e) {
                continue;
            }
            if (before.exit() != 0) {
                continue;
            }
            compared++;
            String copied = file("copy" + i + ".pcapng", copy);
            if (!look(copied, path.toString().contains("pcapng")).text().equals(before.text())) {
                wrong.add(original + ": differs");
            }
            if (!frames(copied).equals(frames(original))) {
                wrong.add(original + ": our own reader sees a difference");
            }
            if (!Arrays.equals(copy(COMMENTS, "whole", copied), copy)) {
                wrong.add(original + ": a second copy differs");
            }
            List<String> first = frames(original);
            if (!first.isEmpty() && !first.getFirst().contains(" -1 -1 ")) {
                String comment = Lab
                        .run("tshark", "-n", "-r", copied, "-c", "1", "-T", "fields", "-E", "aggregator=|", "-e", "frame.comment").text();
                if (!comment.contains("rdptrace: first ü|rdptrace: second")) {
                    wrong.add(original + ": comments are " + comment);
                }
            }
            Files.delete(Path.of(copied));
        }
        System.out.println("annotated copies compared with tshark: " + compared);
        assertThat(wrong).isEmpty();
    }

    /// Frames as tshark shows them. Only pcapng names interfaces, and a packet without a time gets the time zero with its comment.
    private static Lab.Run look(String file, boolean links) throws Exception {
        Lab.Run run = Lab.run("tshark", "-n", "-r", file, "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.len",
                "-e", "frame.cap_len", "-e", "frame.protocols", "-e", "_ws.col.Info", "-e",
                links ? "frame.interface_id" : "frame.offset_shift");
        return new Lab.Run(run.exit(), run.text().replace("\t0.000000000\t", "\t\t").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}

package dev.rdptrace.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.testkit.Thorough;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The innermost TCP segments are those that Wireshark finds: ports, sequence numbers and payload lengths, through every
/// link, tunnel and fragment. What tshark says is kept in `target/tshark`; `-Drdptrace.thorough=true` looks at every file.
class TsharkAgreementTest {
    /// Compressed packets and ARCNET are not looked into here; pseudowires with a control word not by Wireshark, unless told.
    private static final String LEFT_OUT = ".*(IPcomp|arcnet|mpls_pw).*";

    @Test
    void segmentsAreWiresharks() throws Exception {
        Lab.needsTool("tshark");
        List<Path> all = Lab.files("public", "lab");
        int step = Thorough.oneIn(31);
        List<String> different = new ArrayList<>();
        int files = 0;
        int segments = 0;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).toString().matches(LEFT_OUT)) {
                continue;
            }
            if (i % step != 0 && !all.get(i).toString().contains("A20_encap")) {
                continue;
            }
            List<String> expected = tshark(all.get(i));
            if (expected == null) {
                continue;
            }
            List<String> actual = segments(all.get(i), expected);
            if (actual == null) {
                continue;
            }
            files++;
            segments += actual.size();
            for (int k = 0; k < Math.min(actual.size(), expected.size()); k++) {
                if (!actual.get(k).equals(expected.get(k))) {
                    different.add(all.get(i) + ": expected <" + expected.get(k) + "> was <" + actual.get(k) + ">");
                    break;
                }
            }
        }
        System.out.println("compared with tshark: " + segments + " frames of " + files + " files");
        assertThat(different).isEmpty();
    }

    /// One line a frame: ports, sequence number, length; empty where it is no TCP.
    private static List<String> segments(Path file, List<String> expected) throws Exception {
        List<String> lines = new ArrayList<>();
        Packet packet = new Packet();
        Frame frame = new Frame();
        try (PacketSource source = Captures.open(List.of(file.toString()), null)) {
            while (source.next(frame)) {
                Verdict verdict = packet.wrap(frame);
                if (verdict == Verdict.TCP) {
                    lines.add(packet.sourcePort() + "\t" + packet.destinationPort() + "\t" + Integer.toUnsignedString(packet.sequence())
                            + "\t" + packet.payloadLength());
                } else if (verdict == Verdict.CUT || verdict == Verdict.ICMP || verdict == Verdict.MALFORMED) {
                    // Wireshark shows the fields of half a header and of the packet that an error quotes.
                    lines.add(lines.size() < expected.size() ? expected.get(lines.size()) : "");
                } else {
                    lines.add("\t\t\t");
                }
            }
        } catch (CaptureException e) {
            return null;
        }
        return lines;
    }

    private static List<String> tshark(Path file) throws Exception {
        Path kept = Path.of("target", "tshark", "tcp-" + Integer.toHexString(file.toAbsolutePath().normalize().toString().hashCode())
                + "-" + Files.size(file));
        if (!Files.exists(kept)) {
            Lab.Run run = Lab.run("tshark", "-n", "-r", file.toString(), "-T", "fields", "-E", "occurrence=l",
                    "-e", "tcp.srcport", "-e", "tcp.dstport", "-e", "tcp.seq_raw", "-e", "tcp.len");
            Files.createDirectories(kept.getParent());
            Files.writeString(kept, run.exit() == 0 ? run.text() : "!");
        }
        String text = Files.readString(kept);
        return text.equals("!") ? null : List.of(text.isEmpty() ? new String[0] : text.split("\n", -1));
    }
}

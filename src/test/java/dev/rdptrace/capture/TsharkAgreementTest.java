package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Thorough;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Frame numbers, times and lengths are those of Wireshark, for every capture that it reads without complaint.
///
/// What tshark says is kept in `target/tshark`, because starting it takes longer than reading. A full run takes minutes,
/// so one capture in so many stands for the others unless `-Drdptrace.thorough=true`.
class TsharkAgreementTest {
    @Test
    void numbersTimesAndLengthsAreWiresharks() throws Exception {
        Lab.needsTool("tshark");
        List<Path> all = Lab.files("public", "lab");
        List<Path> files = new ArrayList<>();
        int step = Thorough.oneIn(24);
        for (int i = 0; i < all.size(); i++) {
            if (i % step == 0 || all.get(i).toString().matches(".*(hadrielk|J01_formats|Nokia|modified|zeek.*gz).*")) {
                files.add(all.get(i));
            }
        }
        int compared = 0;
        List<String> different = new ArrayList<>();
        for (Path file : files) {
            String expected = tshark(file);
            if (expected == null) {
                continue;
            }
            compared++;
            String actual;
            try {
                actual = Lab.list(file.toString());
            } catch (CaptureException e) {
                actual = e.getMessage();
            }
            if (!actual.equals(expected)) {
                different.add(file + ": " + firstDifference(expected, actual));
            }
        }
        System.out.println("compared with tshark: " + compared + " of " + files.size());
        assertThat(different).isEmpty();
    }

    private static String firstDifference(String expected, String actual) {
        String[] a = expected.split("\n");
        String[] b = actual.split("\n");
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            if (!a[i].equals(b[i])) {
                return "expected <" + a[i] + "> was <" + b[i] + ">";
            }
        }
        return a.length + " frames expected, " + b.length + " read";
    }

    /// `null` where tshark itself gives up; that the reader survives it is another test's business.
    private static String tshark(Path file) throws Exception {
        Path kept = Path.of("target", "tshark", Integer.toHexString(file.toAbsolutePath().normalize().toString().hashCode())
                + "-" + Files.size(file));
        if (!Files.exists(kept)) {
            Lab.Run run = Lab.run("tshark", "-n", "-r", file.toString(), "-T", "fields",
                    "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.len");
            Files.createDirectories(kept.getParent());
            Files.writeString(kept, run.exit() == 0 ? run.text() : "!");
        }
        String text = Files.readString(kept);
        return text.equals("!") ? null : text;
    }
}

package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// How much somebody has to read who only wants to know: over the samples, and over every third capture beside the project.
class ScreensTest {
    private static final Path BESIDE = Path.of(System.getProperty("rdptrace.captures", "../shared/captures"));
    private static final int SCREEN = 30;
    private static final int LINE = 110;

    @Test
    void theAnswerIsShortAndComesFirst() throws IOException {
        List<String> tall = new ArrayList<>();
        List<String> wide = new ArrayList<>();
        List<String> hidden = new ArrayList<>();
        int screens = 0;
        for (Path file : files()) {
            Report report = Analyzer.analyze(() -> Captures.open(List.of(file.toString()), InputStream.nullInputStream()),
                    Analyzer.Options.NONE, () -> false).report("0");
            if (report.incidents().isEmpty()) {
                continue;
            }
            screens++;
            String text = TextReport.text(report, Style.PLAIN);
            Incident first = report.incidents().getFirst();
            String headline = Wording.mark(first.outcome()) + Wording.loud(first.outcome()) + "  "
                    + Wording.point(Disguise.NONE.shown(Wording.says(first.verdict())));
            assertThat(text.replaceAll("\n +", " ")).as("%s", file).startsWith(headline);
            assertThat(headline.chars().filter(c -> c == '(').count()).as("%s: %s", file, headline)
                    .isEqualTo(headline.chars().filter(c -> c == ')').count());
            assertThat(text).as("%s", file).doesNotContainPattern("[\\s(]-[\\d.]+ (ms|s|min|h|bytes)\\b");
            if (first.outcome().isTrouble()) {
                List<Long> shown = LadderRow.of(first, false).stream().filter(LadderRow::deciding).map(LadderRow::frame).toList();
                first.verdict().frames().stream().filter(frame -> !shown.contains(frame))
                        .forEach(frame -> hidden.add(file + " #" + frame + ": " + first.verdict().id()));
            }
            if (text.lines().count() > SCREEN) {
                tall.add(file + ": " + text.lines().count());
            }
            if (headline.length() > LINE) {
                wide.add(file + ": " + headline);
            }
        }
        assertThat(screens).isGreaterThan(50);
        assertThat(tall).as("of %d", screens).hasSizeLessThanOrEqualTo(screens / 20);
        assertThat(wide).isEmpty();
        assertThat(hidden).as("what decided is in the picture").isEmpty();
    }

    private static List<Path> files() throws IOException {
        List<Path> all = new ArrayList<>(Samples.all().stream().map(sample -> sample.resolve("capture.pcapng")).toList());
        for (String folder : List.of("lab", "lab2", "kinds", "public/rdp")) {
            if (Files.isDirectory(BESIDE.resolve(folder))) {
                try (Stream<Path> walk = Files.walk(BESIDE.resolve(folder))) {
                    List<Path> some = walk.filter(file -> file.getFileName().toString().matches(".*\\.pcap(ng)?")
                            && (folder.startsWith("public") || file.getFileName().toString().startsWith("client"))).sorted().toList();
                    IntStream.range(0, some.size()).filter(i -> i % 3 == 0).forEach(i -> all.add(some.get(i)));
                }
            }
        }
        return all;
    }

    /// In Wireshark's own words: all of them, and no other.
    @Test
    void theFilterShowsThePacketsThatDecided() throws IOException, InterruptedException {
        assumeTrue(Stream.of("/usr/bin/tshark", "/usr/local/bin/tshark").map(Path::of).anyMatch(Files::isExecutable), "no tshark here");
        List<Path> failing =
                Samples.all().stream().filter(sample -> Samples.report(sample).incidents().getFirst().outcome().isTrouble()).toList();
        for (int i = 0; i < failing.size(); i += 8) {
            Incident worst = Samples.report(failing.get(i)).incidents().getFirst();
            Process tshark = new ProcessBuilder("tshark", "-n", "-r", failing.get(i).resolve("capture.pcapng").toString(), "-Y",
                    Wording.decidingFilter(worst), "-T", "fields", "-e", "frame.number")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String shown = new String(tshark.getInputStream().readAllBytes()).strip();
            assertThat(tshark.waitFor()).isZero();
            assertThat(Arrays.asList(shown.split("\n"))).as("%s", failing.get(i))
                    .isEqualTo(worst.verdict().frames().stream().map(String::valueOf).collect(Collectors.toList()));
        }
    }
}

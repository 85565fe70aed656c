package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Comments;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.Samples;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Comments stand where Wireshark finds them.
class AnnotatedCaptureTest {
    @TempDir private Path folder;

    @Test
    void theDecidingFramesCarryTheVerdict() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            Report report = Samples.report(sample);
            Comments comments = AnnotatedCapture.comments(report);
            report.incidents().forEach(incident -> incident.verdict().frames()
                    .forEach(frame -> assertThat(comments.on(frame)).anyMatch(comment -> comment.startsWith("VERDICT"))));
        });
    }

    @Test
    void milestonesAreNamed() {
        assertThat(AnnotatedCapture.comments(Samples.report(Path.of("reset-on-clienthello"))).on(8))
                .contains("RDP: Connection Confirm, selects HYBRID");
    }

    @Test
    void theSummaryHasEveryVerdict() {
        assertThat(AnnotatedCapture.summary(Samples.report(Path.of("port-closed"))))
                .startsWith("192.0.2.10 -> 198.51.100.20:3389: FAILED in the TCP connection");
    }

    @Test
    void tsharkReadsTheCommentsAndTheFilters() throws Exception {
        Lab.needsTool("tshark");
        Report report = Samples.report(Path.of("forged-reset"));
        Path copy = folder.resolve("copy.pcapng");
        write(report, "samples/forged-reset/capture.pcapng", copy);
        String verdict = tshark(copy, "frame.comment contains \"VERDICT\"");
        assertThat(verdict.lines().map(Long::parseLong)).containsExactlyElementsOf(report.incidents().getFirst().verdict().frames());
    }

    @Test
    void wiresharkUnderstandsEveryFilterThatIsOffered() throws Exception {
        Lab.needsTool("tshark");
        Set<String> filters = new LinkedHashSet<>();
        Samples.all().forEach(sample -> Samples.report(sample).incidents().forEach(incident -> {
            filters.add(Wording.filter(incident));
            filters.add(Wording.decidingFilter(incident).isEmpty() ? Wording.filter(incident) : Wording.decidingFilter(incident));
        }));
        assertThat(filters).isNotEmpty();
        Path capture = Path.of("samples/forged-reset/capture.pcapng");
        // One filter of all of them is understood only if each is.
        tshark(capture, "(" + String.join(") || (", filters) + ")");
    }

    @Test
    void theFilterShowsTheFramesThatDecidedAndNoOther() throws Exception {
        Lab.needsTool("tshark");
        for (String sample : List.of("pmtu-black-hole", "nla-wrong-password", "tls-version-mismatch", "port-closed")) {
            Incident incident = Samples.report(Path.of(sample)).incidents().getFirst();
            assertThat(tshark(Path.of("samples", sample, "capture.pcapng"), Wording.decidingFilter(incident)).lines().map(Long::parseLong))
                    .as(sample)
                    .isNotEmpty().containsExactlyElementsOf(incident.verdict().frames());
        }
    }

    private static void write(Report report, String input, Path copy) throws IOException {
        try (OutputStream out = Files.newOutputStream(copy)) {
            AnnotatedCapture.write(report, List.of(input), out, false);
        }
    }

    private static String tshark(Path file, String filter) throws Exception {
        Lab.Run run = Lab.run("tshark", "-r", file.toString(), "-Y", filter, "-T", "fields", "-e", "frame.number");
        assertThat(run.exit()).as(filter).isZero();
        return new String(run.out(), StandardCharsets.UTF_8);
    }
}

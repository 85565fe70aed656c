package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.report.Report;
import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A page on more tries than it tells whole.
class KeptTriesTest {
    private static final Report CONNECTED = many("success-nla-tls12", 150);
    private static final Report FAILED = many("nla-required", 150);
    private static final Report FAILED_LATER = many("pmtu-black-hole", 100);

    @Test
    void theWorstAreToldWholeInWhateverOrderTheyCame() throws IOException {
        for (List<Report> order : List.of(List.of(CONNECTED, FAILED_LATER, FAILED), List.of(FAILED, FAILED_LATER, CONNECTED))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (KeptTries kept = new KeptTries(true)) {
                for (Report report : order) {
                    kept.add(report);
                }
                kept.write(out);
            }
            String[] articles = out.toString(StandardCharsets.UTF_8).split("<article ", -1);
            assertThat(articles).hasSize(201);
            assertThat(List.of(articles).subList(1, 201))
                    .allMatch(article -> article.contains("class=\"bad\"") && article.contains("<h3>Do first</h3>"));
            assertThat(articles[150]).contains("insists on Network Level Authentication");
            assertThat(articles[151]).doesNotContain("insists on Network Level Authentication");
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("<th scope=\"row\">400</th>");
        }
    }

    /// Its packets need not be read again.
    @Test
    void aRecordingOfWhichNothingIsToldWholeIsNotWanted() throws IOException {
        try (KeptTries kept = new KeptTries(true)) {
            assertThat(kept.takes(FAILED_LATER)).isTrue();
            assertThat(kept.takes(CONNECTED)).as("nothing went wrong").isFalse();
            kept.add(FAILED);
            kept.add(FAILED);
            assertThat(kept.takes(FAILED_LATER)).isFalse();
        }
    }

    private static Report many(String sample, int times) {
        Report one = Samples.tape(sample).analyze().report("0");
        return new Report("0", one.capture(), List.of(), Map.of(), Collections.nCopies(times, one.incidents().getFirst()));
    }
}

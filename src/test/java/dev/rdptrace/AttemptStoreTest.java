package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Few attempts are judged from memory, many from a file. Which of both it was changes neither what is one try nor what is said of it.
class AttemptStoreTest {
    @TestFactory
    Stream<DynamicTest> manyAttemptsAreGroupedAndJudgedAsFewAre() throws IOException {
        List<Path> captures = new ArrayList<>(Samples.names().stream().map(Samples::file).toList());
        if (Files.isDirectory(Path.of("../shared/captures"))) {
            captures.addAll(Lab.files("lab", "lab2", "kinds").stream().filter(file -> !file.toString().contains("server")).toList());
        }
        return captures.stream().map(file -> DynamicTest.dynamicTest(file.toString(), () -> {
            List<Attempt> attempts;
            try {
                attempts = attempts(file);
            } catch (CaptureException unreadable) {
                return;
            }
            assertThat(judged(attempts, 0)).isEqualTo(judged(attempts, AttemptStore.HELD));
        }));
    }

    private static List<Attempt> attempts(Path file) throws IOException {
        return Analyzer.analyze(() -> Captures.open(List.of(file.toString()), InputStream.nullInputStream()), Analyzer.Options.NONE, () -> false)
                .incidents().stream().flatMap(incident -> incident.attempts().stream())
                .map(JudgedAttempt::attempt).sorted(Comparator.comparingLong(attempt -> attempt.last().nanos())).toList();
    }

    private static List<String> judged(List<Attempt> attempts, int held) {
        AttemptStore store = new AttemptStore(held);
        attempts.forEach(store::add);
        long end = attempts.stream().mapToLong(attempt -> attempt.last().nanos()).max().orElse(0);
        return store.judge(end, new long[] {end}, false, Companions.NONE, List.of()).stream()
                .map(AttemptStoreTest::told).toList();
    }

    private static String told(Incident incident) {
        return incident.verdict() + " of " + incident.attempts().stream().map(judged -> judged.attempt().stream()).toList();
    }
}

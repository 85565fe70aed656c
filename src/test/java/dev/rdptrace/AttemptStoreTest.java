package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
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
import org.junit.jupiter.api.Test;
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
            assertThat(judged(attempts, 0, 1)).isEqualTo(judged(attempts, AttemptStore.HELD, 1));
        }));
    }

    @Test
    void severalThatJudgeAtATimeSayWhatOneSays() {
        List<Attempt> attempts = new ArrayList<>();
        for (String sample : Samples.names()) {
            int network = attempts.size();
            Tape elsewhere = Samples.tape(sample).map(shot -> inNetwork(network, shot));
            elsewhere.analyze().incidents().forEach(incident -> incident.attempts().forEach(one -> attempts.add(one.attempt())));
        }
        List<String> alone = judged(attempts, 0, 1);
        assertThat(alone).hasSizeGreaterThan(25);
        for (int round = 0; round < 5; round++) {
            assertThat(judged(attempts, 0, 8)).isEqualTo(alone);
        }
    }

    /// Where IPv4 lies in Ethernet, the third byte of both addresses says in which network they are.
    private static Tape.Shot inNetwork(int network, Tape.Shot shot) {
        byte[] bytes = shot.bytes().clone();
        if (shot.linkType() == 1 && bytes.length > 34 && bytes[12] == 8 && bytes[13] == 0) {
            bytes[28] = (byte) network;
            bytes[32] = (byte) network;
        }
        return shot.with(bytes);
    }

    private static List<Attempt> attempts(Path file) throws IOException {
        return Analyzer
                .analyze(() -> Captures.open(List.of(file.toString()), InputStream.nullInputStream()), Analyzer.Options.NONE, () -> false)
                .incidents().stream().flatMap(incident -> incident.attempts().stream())
                .map(JudgedAttempt::attempt).sorted(Comparator.comparingLong(attempt -> attempt.last().nanos())).toList();
    }

    private static List<String> judged(List<Attempt> attempts, int held, int judges) {
        AttemptStore store = new AttemptStore(held, judges);
        attempts.forEach(store::add);
        long end = attempts.stream().mapToLong(attempt -> attempt.last().nanos()).max().orElse(0);
        return store.judge(end, new long[] {end}, false, Companions.NONE, List.of()).stream()
                .map(AttemptStoreTest::told).toList();
    }

    private static String told(Incident incident) {
        return incident.verdict() + " of " + incident.attempts().stream().map(judged -> judged.attempt().stream()).toList();
    }
}

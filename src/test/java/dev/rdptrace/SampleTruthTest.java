package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Whoever made a sample knows what broke in it and wrote that down: the last paragraph of its `about.md`.
class SampleTruthTest {
    /// `Right answer: outcome `failed` or `not-rdp`, phase `x224`, side `server`.`
    private static final Pattern ANSWER = Pattern.compile("Right answer:(.*?)\\.\\s*$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern FIELD = Pattern.compile("(outcome|phase|side|id) ((?:`[^`]+`(?: or |, )?)+)");
    private static final Pattern VALUE = Pattern.compile("`([^`]+)`");

    @TestFactory
    Stream<DynamicTest> everySampleIsJudgedAsItsMakerSays() {
        return Samples.all().stream().map(sample -> dynamicTest(sample.getFileName().toString(), () -> judge(sample)));
    }

    private static void judge(Path sample) throws IOException {
        Map<String, List<String>> truth = truth(Files.readString(sample.resolve("about.md")));
        assertThat(truth).as("about.md states outcome, phase and side").containsKeys("outcome", "phase", "side");
        List<Incident> incidents = Samples.report(sample).incidents();
        assertThat(incidents).as("incidents").isNotEmpty();
        Finding verdict = incidents.getFirst().verdict();
        Map<String, String> judged = Map.of("outcome", verdict.outcome().toString(), "phase", verdict.phase().toString(),
                "side", verdict.side().toString(), "id", verdict.id());
        if (verdict.outcome() == Outcome.UNDETERMINED) {
            // A verdict that cannot tell says nothing of phase and side; that it may not tell is for the maker to say.
            truth.keySet().retainAll(Set.of("outcome"));
        }
        truth.forEach((field, right) -> assertThat(right).as("%s of %s; the verdict was %s: %s", field,
                sample.getFileName(), verdict.id(), verdict.says()).contains(judged.get(field)));
    }

    private static Map<String, List<String>> truth(String about) {
        Map<String, List<String>> truth = new TreeMap<>();
        Matcher answer = ANSWER.matcher(about);
        if (answer.find()) {
            Matcher field = FIELD.matcher(answer.group(1).replaceAll("\\s+", " "));
            while (field.find()) {
                truth.put(field.group(1), VALUE.matcher(field.group(2)).results().map(value -> value.group(1)).toList());
            }
        }
        return truth;
    }
}

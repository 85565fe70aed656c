package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Samples;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `explain` tells the signature's sides and phases, a report those of the finding: they must not contradict each other.
class PagesAndRulesTest {
    @Test
    void aSignatureNamesEveryPhaseAndSideThatItsRuleFinds() {
        Set<String> wrong = new TreeSet<>();
        Stream.concat(Samples.all().stream().flatMap(sample -> Samples.report(sample).incidents().stream()),
                VerdictsTest.SHOWN.stream().flatMap(shown -> Stream.concat(Stream.of(shown.tape()), shown.nearMisses().values().stream()))
                        .distinct().flatMap(tape -> tape.analyze().incidents().stream()))
                .flatMap(incident -> Stream.concat(Stream.of(incident.verdict()), incident.attempts().stream().map(JudgedAttempt::verdict)))
                .filter(finding -> !finding.id().equals("undetermined"))
                .forEach(finding -> check(finding, wrong));
        assertThat(wrong).isEmpty();
    }

    private static void check(Finding finding, Set<String> wrong) {
        if (!finding.signature().shows(finding.phase())) {
            wrong.add(finding.id() + " stands in phase " + finding.signature().phaseWords() + ", found in " + finding.phase());
        }
        if (!finding.signature().sides().contains(finding.side())) {
            wrong.add(finding.id() + " is by " + finding.signature().sideWords() + ", found by " + finding.side());
        }
    }
}

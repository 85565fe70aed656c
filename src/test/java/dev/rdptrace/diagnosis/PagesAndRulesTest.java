package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.testkit.Samples;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `explain` tells the page's side and phase, a report those of the rule: they must not contradict each other.
class PagesAndRulesTest {
    @Test
    void aPageNamesEveryPhaseAndSideThatItsRuleFinds() {
        Set<String> wrong = new TreeSet<>();
        Stream.concat(Samples.all().stream().flatMap(sample -> Samples.report(sample).incidents().stream()),
                VerdictsTest.SHOWN.stream().flatMap(shown -> Stream.concat(Stream.of(shown.tape()), shown.nearMisses().values().stream()))
                        .distinct().flatMap(tape -> tape.analyze().incidents().stream()))
                .flatMap(incident -> Stream.concat(Stream.of(incident.verdict()), incident.attempts().stream().map(Diagnosis::verdict)))
                .filter(finding -> !finding.id().equals("undetermined"))
                .forEach(finding -> check(finding, wrong));
        assertThat(wrong).isEmpty();
    }

    private static void check(Finding finding, Set<String> wrong) {
        Page page = Pages.of(finding.id());
        if (!page.shows(finding.phase().toString())) {
            wrong.add(finding.id() + ": the page says phase " + page.phase() + ", the rule " + finding.phase());
        }
        if (!page.sides().contains(finding.side().toString())) {
            wrong.add(finding.id() + ": the page says side " + page.side() + ", the rule " + finding.side());
        }
    }
}

package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What stands first is said by weights and by what a rule outranks, never by its place in a list.
class RankingTest {
    /// Every attempt of the samples and of the dialogues.
    private static List<JudgedAttempt> all() {
        return Stream.concat(Samples.all().stream().flatMap(sample -> Samples.report(sample).incidents().stream()),
                VerdictsTest.SHOWN.stream().flatMap(shown -> Stream.concat(Stream.of(shown.tape()), shown.nearMisses().values().stream()))
                        .distinct().map(Tape::analyze).flatMap(analysis -> analysis.incidents().stream()))
                .flatMap(incident -> incident.attempts().stream()).toList();
    }

    @Test
    void noTwoFindingsOfOneKindOfEvidenceAreLeftWithoutARank() {
        Set<String> undecided = new TreeSet<>();
        for (JudgedAttempt d : all()) {
            d.runnersUp().stream().filter(other -> other.because().contains("nothing in the capture tells"))
                    .forEach(other -> undecided.add(d.verdict().id() + " or " + other.id()));
        }
        assertThat(undecided).isEmpty();
    }

    @Test
    void inAnyOrderTheSameRulesFindTheSame() {
        Random random = new Random(14);
        List<Ranked> found = new ArrayList<>();
        for (JudgedAttempt d : all()) {
            found.clear();
            Case c = new Case(d.attempt(), new Surroundings(List.of(d.attempt()), Long.MAX_VALUE));
            for (Rule<Case> rule : Rules.ATTEMPT) {
                if (rule.check().apply(c) instanceof Answer.Found(var finding)) {
                    found.add(new Ranked(rule, finding));
                }
            }
            List<Signature> once = Ranked.inOrder(found).stream().map(one -> one.finding().signature()).toList();
            Collections.shuffle(found, random);
            assertThat(Ranked.inOrder(found).stream().map(one -> one.finding().signature()).toList()).isEqualTo(once);
        }
    }
}

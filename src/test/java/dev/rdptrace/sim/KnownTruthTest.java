package dev.rdptrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Thorough;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Whom the program blames, where who did it is known: runs with the seeds from 0 on, and ten times as many of them with
/// `-Drdptrace.thorough=true`.
class KnownTruthTest {
    private static final int RUNS = 20_000 / Thorough.oneIn(10);
    /// Part of the runs in which an inferred culprit may be the wrong one: what the capture holds fits the other one as well.
    private static final double MISTAKEN = 0.015;

    @Test
    void noCulpritThatIsCalledSeenIsTheWrongOneAndFewThatAreSuggested() {
        Survey survey = Survey.of(0, RUNS);
        assertThat(survey.wrongSeen()).as(survey.toString()).isZero();
        assertThat(survey.hidden()).as(survey.toString()).isLessThanOrEqualTo(RUNS / 1000);
        assertThat(survey.wrongSuggested()).as(survey.toString()).isLessThan((int) (RUNS * MISTAKEN));
    }

    @Test
    void whatIsNotBrokenGoesThrough() {
        assertThat(LongStream.range(0, 300).filter(seed -> Plan.of(seed).culprit() == Plan.Culprit.NONE && Plan.of(seed).loss() == 0)
                .mapToObj(Run::of)).hasSizeGreaterThan(20).allSatisfy(run -> assertThat(run.what()).as("seed " + run.seed()).isEqualTo("NONE whole"));
    }

    @Test
    void aSeedGivesTheSamePacketsEachTime() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(Pcap.of(Run.of(seed).tape())).isEqualTo(Pcap.of(Run.of(seed).tape()));
        }
    }
}

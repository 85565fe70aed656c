package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.testkit.Elsewhere;
import dev.rdptrace.testkit.Elsewhere.Place;
import dev.rdptrace.testkit.Tape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The same story told elsewhere has the same end: verdict, side and who closed do not depend on where the capture was
/// taken, on the family of addresses, on ports, or on what the stacks of both sides look like.
class VariationsTest {

    @TestFactory
    Stream<DynamicTest> whereItWasCapturedChangesNothing() {
        return Elsewhere.all().stream().map(place -> DynamicTest.dynamicTest(place.name(), () -> {
            List<String> wrong = new ArrayList<>();
            for (VerdictsTest.Shown shown : VerdictsTest.SHOWN) {
                String here = told(shown.tape());
                String there = told(place.move().apply(shown.tape()));
                if (!here.equals(there) && !excused(place, shown)) {
                    wrong.add(shown.id() + ": " + here + " became " + there);
                }
            }
            assertThat(wrong.stream().distinct()).isEmpty();
        }));
    }

    private static boolean excused(Place place, VerdictsTest.Shown shown) {
        return false;
    }

    private static String told(Tape tape) throws IOException {
        Analysis analysis = Analyzer.analyze(tape.source(), new Analyzer.Options(Set.of(33_890, 8443), Set.of(), false), () -> false);
        return analysis.incidents().stream().filter(i -> i.server().port() != 80)
                .map(i -> i.verdict().id() + " " + i.outcome() + " " + i.verdict().phase() + " " + i.verdict().side() + " " + i.verdict().closedBy()).findFirst()
                .orElse("nothing");
    }
}

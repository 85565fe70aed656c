package dev.rdptrace;

import dev.rdptrace.testkit.Recut;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Saying;
import dev.rdptrace.testkit.Tape;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// TCP promises bytes, not segments: however they are cut, reordered, repeated and overlapped, what happened is the same.
class ResegmentationTest {
    private static final int SEEDS = Integer.getInteger("rdptrace.seeds", 6);

    /// Their verdict is about the sizes of segments and about which of them were lost.
    private static final Set<String> ABOUT_SEGMENTS = Set.of("pmtu-black-hole", "pmtu-black-hole-server-side", "clienthello-lost",
            "path-death-mid-session", "synack-lost", "synack-lost-client-side", "short-snaplen");

    private interface Change {
        Tape of(Recut recut, Tape tape);
    }

    @TestFactory
    Stream<DynamicTest> segmentsCutAnew() {
        return unchanged(false, (recut, tape) -> recut.cut(tape, 4, false));
    }

    @TestFactory
    Stream<DynamicTest> segmentsCutToCrumbs() {
        return unchanged(false, (recut, tape) -> recut.cut(tape, 60, false));
    }

    @TestFactory
    Stream<DynamicTest> segmentsOverlapping() {
        return unchanged(false, (recut, tape) -> recut.cut(tape, 5, true));
    }

    @TestFactory
    Stream<DynamicTest> segmentsJoined() {
        return unchanged(false, (recut, tape) -> recut.join(recut.cut(tape, 3, false), 40_000));
    }

    @TestFactory
    Stream<DynamicTest> segmentsOutOfOrder() {
        return unchanged(false, (recut, tape) -> recut.reorder(tape, 4));
    }

    @TestFactory
    Stream<DynamicTest> segmentsSentTwice() {
        return unchanged(false, (recut, tape) -> recut.repeat(tape, 3));
    }

    @TestFactory
    Stream<DynamicTest> everythingAtOnce() {
        return unchanged(false, (recut, tape) -> recut.duplicate(recut.reorder(recut.repeat(recut.cut(tape, 6, true), 5), 4), 4));
    }

    @TestFactory
    Stream<DynamicTest> somePacketsCapturedTwice() {
        return unchanged(true, (recut, tape) -> recut.duplicate(tape, 3));
    }

    @TestFactory
    Stream<DynamicTest> everyPacketCapturedTwice() {
        return unchanged(true, (recut, tape) -> recut.duplicate(tape, 1));
    }

    private static Stream<DynamicTest> unchanged(boolean all, Change change) {
        return Samples.names().stream().filter(name -> all || !ABOUT_SEGMENTS.contains(name))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Tape tape = Samples.tape(name);
                    Analysis plain = tape.analyze();
                    SoftAssertions soft = new SoftAssertions();
                    for (int seed = 0; seed < SEEDS; seed++) {
                        Analysis changed = change.of(new Recut(seed), tape).analyze();
                        soft.assertThat(Saying.incidents(changed)).as("seed %d", seed).isEqualTo(Saying.incidents(plain));
                        soft.assertThat(Saying.attempts(changed)).as("seed %d", seed).isEqualTo(Saying.attempts(plain));
                    }
                    soft.assertAll();
                }));
    }
}

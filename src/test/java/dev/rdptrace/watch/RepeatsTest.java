package dev.rdptrace.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatsTest {
    private final List<String> said = new ArrayList<>();
    private final Repeats repeats = new Repeats(2, said::add, 0);

    @Test
    void whatIsRareIsToldEachTime() {
        assertThat(repeats.tells("a")).isTrue();
        assertThat(repeats.tells("b")).isTrue();
        assertThat(repeats.tells("a")).isTrue();
        repeats.look(TimeUnit.SECONDS.toNanos(61));
        assertThat(repeats.tells("a")).isTrue();
        repeats.end();
        assertThat(said).isEmpty();
    }

    @Test
    void whatIsToldNoMoreIsCountedAndTheCountIsTold() {
        for (int i = 0; i < 10; i++) {
            assertThat(repeats.tells("a")).isEqualTo(i < 2);
        }
        assertThat(repeats.tells("b")).as("another kind").isTrue();
        repeats.look(TimeUnit.SECONDS.toNanos(59));
        assertThat(said).isEmpty();
        repeats.look(TimeUnit.SECONDS.toNanos(61));
        assertThat(said).containsExactly("8 more of [a] within a minute were counted and not told");
        assertThat(repeats.tells("a")).as("a new minute").isTrue();
        assertThat(repeats.counted()).isEqualTo(8);
    }
}

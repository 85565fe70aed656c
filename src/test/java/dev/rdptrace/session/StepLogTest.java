package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Step;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StepLogTest {
    @Test
    void everyStepHasABit() {
        assertThat(Step.values()).hasSizeLessThanOrEqualTo(Long.SIZE);
    }

    /// Whatever is taken, judged and withdrawn in whatever order, it holds what maps would hold.
    @Test
    void holdsWhatMapsHold() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 500; round++) {
            StepLog steps = new StepLog();
            Map<Step, Moment> taken = new EnumMap<>(Step.class);
            Set<Step> judged = EnumSet.noneOf(Step.class);
            for (int i = 1; i < 80; i++) {
                Step step = Step.values()[random.nextInt(Step.values().length)];
                switch (random.nextInt(4)) {
                    case 0 -> {
                        if (steps.has(step)) {
                            steps.withdraw(step);
                        }
                        taken.remove(step);
                        judged.remove(step);
                    }
                    case 1 -> {
                        steps.take(step, new Moment(i, i));
                        steps.judge(step, true);
                        taken.put(step, new Moment(i, i));
                        judged.add(step);
                    }
                    default -> {
                        steps.take(step, new Moment(i, i));
                        steps.judge(step, false);
                        taken.put(step, new Moment(i, i));
                        judged.remove(step);
                    }
                }
                assertThat(steps.has(step)).isEqualTo(taken.containsKey(step));
                assertThat(steps.isJudged(step)).isEqualTo(judged.contains(step));
            }
            assertThat(steps.all()).isEqualTo(taken);
            assertThat(steps.allJudged()).isEqualTo(List.copyOf(judged));
            assertThat(steps.furthest()).isEqualTo(taken.keySet().stream().reduce((_, last) -> last).orElse(Step.SYN));
        }
    }
}

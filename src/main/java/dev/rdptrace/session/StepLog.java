package dev.rdptrace.session;

import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// When each [Step] was taken, and which of them were not read but judged to have been taken.
final class StepLog {
    private static final Step[] ALL = Step.values();
    private static final Moment[] NONE = {};
    private static final int FEW = 4;

    private long taken; // a bit for each step
    private long judged;
    private Moment[] moments = NONE; // of the steps taken, in their order

    boolean has(Step step) {
        return (taken & bit(step)) != 0;
    }

    boolean isJudged(Step step) {
        return (judged & bit(step)) != 0;
    }

    /// The furthest one taken, the first of all where there is none.
    Step furthest() {
        return taken == 0 ? ALL[0] : ALL[Long.SIZE - 1 - Long.numberOfLeadingZeros(taken)];
    }

    void take(Step step, Moment at) {
        int place = place(step);
        if (!has(step)) {
            int count = Long.bitCount(taken);
            if (count == moments.length) {
                moments = Arrays.copyOf(moments, Math.max(FEW, count * 2));
            }
            System.arraycopy(moments, place, moments, place + 1, count - place);
            taken |= bit(step);
        }
        moments[place] = at;
    }

    void judge(Step step, boolean isJudged) {
        judged = isJudged ? judged | bit(step) : judged & ~bit(step);
    }

    void withdraw(Step step) {
        int place = place(step);
        int behind = Long.bitCount(taken) - place - 1;
        System.arraycopy(moments, place + 1, moments, place, behind);
        taken &= ~bit(step);
        judged &= ~bit(step);
    }

    Map<Step, Moment> all() {
        Map<Step, Moment> all = new EnumMap<>(Step.class);
        int place = 0;
        for (long left = taken; left != 0; left &= left - 1) {
            all.put(ALL[Long.numberOfTrailingZeros(left)], moments[place++]);
        }
        return all;
    }

    List<Step> allJudged() {
        List<Step> all = new ArrayList<>(Long.bitCount(judged));
        for (long left = judged; left != 0; left &= left - 1) {
            all.add(ALL[Long.numberOfTrailingZeros(left)]);
        }
        return List.copyOf(all);
    }

    private static long bit(Step step) {
        return 1L << step.ordinal();
    }

    /// Where its moment stands, or would stand.
    private int place(Step step) {
        return Long.bitCount(taken & bit(step) - 1);
    }
}

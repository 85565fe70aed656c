package dev.rdptrace.tcp;

import dev.rdptrace.timeline.Moment;
import java.util.Arrays;

/// Which frame brought which bytes of those that wait to be taken: each run ends where the next one begins.
final class FrameRuns {
    private static final int LIMIT = 4096;
    private static final long[] NONE = new long[0];
    /// Most of the time one segment waits for the next.
    private static final int FEW = 2;

    // the words of a run
    private static final int END = 0;
    private static final int FRAME = 1;
    private static final int NANOS = 2;
    private static final int RUN = 3;

    private long[] words = NONE;
    private int head; // place of the first run
    private int tail; // place behind the last one

    void add(long end, long frame, long nanos) {
        if (tail == words.length) {
            int kept = tail - head;
            if (head > 0) {
                System.arraycopy(words, head, words, 0, kept);
            } else if (kept == LIMIT * RUN) {
                words[tail - RUN + END] = end; // so many tiny segments: the last frame stands for them
                return;
            } else {
                words = Arrays.copyOf(words, Math.max(FEW * RUN, kept * 2));
            }
            head = 0;
            tail = kept;
        }
        words[tail + END] = end;
        words[tail + FRAME] = frame;
        words[tail + NANOS] = nanos;
        tail += RUN;
    }

    /// The last one stays, whatever it covers.
    void forgetBefore(long offset) {
        while (tail - head > RUN && words[head + END] <= offset) {
            head += RUN;
        }
    }

    void clear() {
        head = 0;
        tail = 0;
        words = NONE;
    }

    /// The first end of a run in `(after, before)`, or -1.
    long boundary(long after, long before) {
        for (int i = head; i < tail; i += RUN) {
            if (words[i + END] > after && words[i + END] < before) {
                return words[i + END];
            }
        }
        return -1;
    }

    /// The latest frame that brought any of `[from, to)`; never where none is known.
    Moment latest(long from, long to, Moments moments) {
        long frame = 0;
        long nanos = 0;
        long begin = Long.MIN_VALUE;
        for (int i = head; i < tail && begin < to; i += RUN) {
            if (words[i + END] > from && words[i + FRAME] > frame) {
                frame = words[i + FRAME];
                nanos = words[i + NANOS];
            }
            begin = words[i + END];
        }
        return frame == 0 ? Moment.NEVER : moments.of(frame, nanos);
    }

    /// How many of them brought `[from, to)`.
    int count(long from, long to) {
        int count = 0;
        long begin = Long.MIN_VALUE;
        for (int i = head; i < tail && begin < to; i += RUN) {
            if (words[i + END] > from) {
                count++;
            }
            begin = words[i + END];
        }
        return count;
    }

    int heldBytes() {
        return Long.BYTES * words.length;
    }
}

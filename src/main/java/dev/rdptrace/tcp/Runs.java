package dev.rdptrace.tcp;

import dev.rdptrace.timeline.Moment;
import java.util.Arrays;

/// Which frame brought which bytes of those that wait to be taken: each run ends where the next one begins.
final class Runs {
    private static final int LIMIT = 4096;
    private static final long[] NONE = new long[0];

    private int head;
    private int tail;
    private long[] ends = NONE;
    private long[] frames = NONE;
    private long[] times = NONE;

    void add(long end, long frame, long nanos) {
        if (tail == ends.length) {
            int kept = tail - head;
            if (head > 0) {
                System.arraycopy(ends, head, ends, 0, kept);
                System.arraycopy(frames, head, frames, 0, kept);
                System.arraycopy(times, head, times, 0, kept);
            } else if (kept == LIMIT) {
                ends[kept - 1] = end; // so many tiny segments: the last frame stands for them
                return;
            } else {
                int size = Math.max(16, kept * 2);
                ends = Arrays.copyOf(ends, size);
                frames = Arrays.copyOf(frames, size);
                times = Arrays.copyOf(times, size);
            }
            head = 0;
            tail = kept;
        }
        ends[tail] = end;
        frames[tail] = frame;
        times[tail] = nanos;
        tail++;
    }

    /// The last one stays, whatever it covers.
    void forgetBefore(long offset) {
        while (head < tail && ends[head] <= offset && tail - head > 1) {
            head++;
        }
    }

    void clear() {
        head = 0;
        tail = 0;
        ends = NONE;
        frames = NONE;
        times = NONE;
    }

    /// The first end of a run in `(after, before)`, or -1.
    long boundary(long after, long before) {
        for (int i = head; i < tail; i++) {
            if (ends[i] > after && ends[i] < before) {
                return ends[i];
            }
        }
        return -1;
    }

    /// The latest frame that brought any of `[from, to)`; never where none is known.
    Moment latest(long from, long to) {
        long frame = 0;
        long nanos = 0;
        long begin = Long.MIN_VALUE;
        for (int i = head; i < tail && begin < to; i++) {
            if (ends[i] > from && frames[i] > frame) {
                frame = frames[i];
                nanos = times[i];
            }
            begin = ends[i];
        }
        return frame == 0 ? Moment.NEVER : new Moment(frame, nanos);
    }

    /// How many of them brought `[from, to)`.
    int count(long from, long to) {
        int count = 0;
        long begin = Long.MIN_VALUE;
        for (int i = head; i < tail && begin < to; i++) {
            if (ends[i] > from) {
                count++;
            }
            begin = ends[i];
        }
        return count;
    }

    int heldBytes() {
        return 24 * ends.length;
    }
}

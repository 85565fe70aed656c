package dev.rdptrace.tcp;

import java.util.Arrays;

/// A few ascending ranges of stream offsets; when there are too many, neighbours are joined.
final class LongRanges {
    private static final int LIMIT = 256;

    private static final long[] NO_LONGS = new long[0];

    /// Nothing; never added to.
    static final LongRanges NONE = new LongRanges();

    private long[] from = NO_LONGS;
    private long[] to = NO_LONGS;
    private int size;

    void add(long start, long end) {
        if (size > 0 && (to[size - 1] == start || size == LIMIT)) {
            to[size - 1] = end;
            return;
        }
        if (size == from.length) {
            from = Arrays.copyOf(from, Math.max(4, size * 2));
            to = Arrays.copyOf(to, Math.max(4, size * 2));
        }
        from[size] = start;
        to[size] = end;
        size++;
    }

    boolean touches(long start, long end) {
        for (int i = 0; i < size; i++) {
            if (from[i] < end && start < to[i]) {
                return true;
            }
        }
        return false;
    }

    /// Where the first range that reaches into `[start, end)` begins, at least `start`; `end` where there is none.
    long firstIn(long start, long end) {
        for (int i = 0; i < size; i++) {
            if (from[i] < end && start < to[i]) {
                return Math.max(start, from[i]);
            }
        }
        return end;
    }

    void forgetBefore(long offset) {
        int gone = 0;
        while (gone < size && to[gone] <= offset) {
            gone++;
        }
        if (gone > 0) {
            size -= gone;
            System.arraycopy(from, gone, from, 0, size);
            System.arraycopy(to, gone, to, 0, size);
        }
    }
}

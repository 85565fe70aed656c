package dev.rdptrace.diagnosis;

import java.util.Arrays;

/// Points in time, sorted, to be counted. They may come in any order, most come late.
final class SortedTimes {
    private static final long[] NONE = {};
    private static final int FEW = 4;

    private long[] sorted = NONE;
    private int size;

    void add(long nanos) {
        if (size == sorted.length) {
            sorted = Arrays.copyOf(sorted, Math.max(FEW, 2 * size));
        }
        int at = upTo(nanos);
        System.arraycopy(sorted, at, sorted, at + 1, size - at);
        sorted[at] = nanos;
        size++;
    }

    /// How many are not after `nanos`.
    int upTo(long nanos) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = low + high >>> 1;
            if (sorted[middle] <= nanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// How many are after `from` and not after `to`.
    int between(long from, long to) {
        return Math.max(0, upTo(to) - upTo(from));
    }
}

package dev.rdptrace.tcp;

import java.util.Arrays;

/// Segments that came ahead of a hole, by stream offset; bytes may be in more than one of them.
final class OutOfOrder {
    /// Bytes kept.
    static final int LIMIT = 1 << 18;

    private static final int SEGMENTS = 256;
    private static final long[] NO_LONGS = new long[0];
    private static final int[] NO_INTS = new int[0];
    private static final byte[][] NO_DATA = new byte[0][];

    /// No segments; never added to.
    static final OutOfOrder NONE = new OutOfOrder();

    private int count;
    private int bytes;
    private long[] offsets = NO_LONGS;
    private byte[][] data = NO_DATA;
    private int[] lengths = NO_INTS;
    private long[] frames = NO_LONGS;
    private long[] times = NO_LONGS;

    int count() {
        return count;
    }

    /// Bytes that the segments have, captured or not.
    int bytes() {
        return bytes;
    }

    /// Memory that they and the marks on them take.
    int heldBytes() {
        return bytes + 48 * offsets.length;
    }

    // the first of them, where there is one

    long offset() {
        return offsets[0];
    }

    int length() {
        return lengths[0];
    }

    /// What was captured of it.
    byte[] data() {
        return data[0];
    }

    long frame() {
        return frames[0];
    }

    long nanos() {
        return times[0];
    }

    boolean holds(long offset) {
        for (int i = 0; i < count; i++) {
            if (offsets[i] <= offset && offset < offsets[i] + lengths[i]) {
                return true;
            }
        }
        return false;
    }

    /// `false` where there is no room.
    boolean add(long offset, byte[] from, int at, int captured, int length, long frame, long nanos) {
        if (count == SEGMENTS || bytes + length > LIMIT) {
            return false;
        }
        if (count == offsets.length) {
            int size = Math.max(8, count * 2);
            offsets = Arrays.copyOf(offsets, size);
            data = Arrays.copyOf(data, size);
            lengths = Arrays.copyOf(lengths, size);
            frames = Arrays.copyOf(frames, size);
            times = Arrays.copyOf(times, size);
        }
        int place = count;
        while (place > 0 && offsets[place - 1] > offset) {
            place--;
        }
        shift(place, place + 1, count - place);
        offsets[place] = offset;
        data[place] = Arrays.copyOfRange(from, at, at + captured);
        lengths[place] = length;
        frames[place] = frame;
        times[place] = nanos;
        count++;
        bytes += length;
        return true;
    }

    void removeFirst() {
        bytes -= lengths[0];
        count--;
        shift(1, 0, count);
        data[count] = null;
    }

    private void shift(int from, int to, int number) {
        System.arraycopy(offsets, from, offsets, to, number);
        System.arraycopy(data, from, data, to, number);
        System.arraycopy(lengths, from, lengths, to, number);
        System.arraycopy(frames, from, frames, to, number);
        System.arraycopy(times, from, times, to, number);
    }
}

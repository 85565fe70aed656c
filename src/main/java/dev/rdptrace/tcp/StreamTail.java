package dev.rdptrace.tcp;

import dev.rdptrace.timeline.Moment;

/// The latest bytes of a stream of which no more is read: how a long session ends stands in them.
public final class StreamTail {
    /// Nothing is kept.
    static final StreamTail NONE = new StreamTail();

    private static final int KEPT = 192;
    private static final int SEGMENTS = 4;

    private final byte[] bytes = new byte[KEPT];
    private int length;
    private long end = Long.MIN_VALUE;
    private final long[] ends = new long[SEGMENTS];
    private final long[] frames = new long[SEGMENTS];
    private final long[] nanos = new long[SEGMENTS];
    private int segments;

    StreamTail() {}

    /// The bytes lie at `[0, length())`, the last one of the stream is the last one here. Not a copy.
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /// The frame whose arrival brought the byte before `position`.
    public Moment completed(int position) {
        long offset = end - length + position;
        for (int i = 0; i < segments; i++) {
            if (ends[i] >= offset) {
                return new Moment(frames[i], nanos[i]);
            }
        }
        return Moment.NEVER;
    }

    void segment(long offset, byte[] from, int at, int captured, int size, long frame, long time) {
        long to = offset + size;
        if (to <= end) {
            return;
        }
        int known = offset < end ? (int) (end - offset) : 0;
        if (offset > end || captured < size) {
            length = 0;
            segments = 0;
        }
        end = to;
        if (captured < size) {
            return;
        }
        int added = Math.min(size - known, KEPT);
        int kept = Math.min(length, KEPT - added);
        System.arraycopy(bytes, length - kept, bytes, 0, kept);
        System.arraycopy(from, at + size - added, bytes, kept, added);
        length = kept + added;
        if (segments == SEGMENTS) {
            segments--;
            System.arraycopy(ends, 1, ends, 0, segments);
            System.arraycopy(frames, 1, frames, 0, segments);
            System.arraycopy(nanos, 1, nanos, 0, segments);
        }
        ends[segments] = to;
        frames[segments] = frame;
        nanos[segments] = time;
        segments++;
    }
}

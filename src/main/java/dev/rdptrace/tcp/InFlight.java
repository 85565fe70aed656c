package dev.rdptrace.tcp;

import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Segments that one end has sent and the other has not acknowledged, by stream offset; its SYN has offset -1.
final class InFlight {
    private static final int LIMIT = 128;
    private static final int REPORTED = 16;
    private static final long[] NO_LONGS = new long[0];
    private static final int[] NO_INTS = new int[0];

    private int count;
    private long[] offsets = NO_LONGS;
    private int[] lengths = NO_INTS;
    private int[] ipLengths = NO_INTS;
    private int[] times = NO_INTS;
    private boolean[] fragmented = new boolean[0];
    private long[] frames = NO_LONGS;
    private long[] nanos = NO_LONGS;
    private long[] lastFrames = NO_LONGS;
    private long[] lastNanos = NO_LONGS;
    private int largestDelivered;
    private int largestDeliveredIp;

    boolean isEmpty() {
        return count == 0;
    }

    void add(long offset, int length, int ipLength, boolean inFragments, long frame, long time) {
        if (count == LIMIT) {
            return;
        }
        if (count == offsets.length) {
            int size = Math.max(8, count * 2);
            offsets = Arrays.copyOf(offsets, size);
            lengths = Arrays.copyOf(lengths, size);
            ipLengths = Arrays.copyOf(ipLengths, size);
            times = Arrays.copyOf(times, size);
            fragmented = Arrays.copyOf(fragmented, size);
            frames = Arrays.copyOf(frames, size);
            nanos = Arrays.copyOf(nanos, size);
            lastFrames = Arrays.copyOf(lastFrames, size);
            lastNanos = Arrays.copyOf(lastNanos, size);
        }
        offsets[count] = offset;
        lengths[count] = length;
        ipLengths[count] = ipLength;
        times[count] = 1;
        fragmented[count] = inFragments;
        frames[count] = frame;
        nanos[count] = time;
        lastFrames[count] = frame;
        lastNanos[count] = time;
        count++;
    }

    /// The segment at `offset` was sent once more. `false` where none is on its way.
    boolean repeat(long offset, long frame, long time) {
        int at = find(offset);
        if (at < 0) {
            return false;
        }
        times[at]++;
        lastFrames[at] = frame;
        lastNanos[at] = time;
        return true;
    }

    /// What is on its way at `offset` is no longer than `length`. Answers how much of the segment that leaves out.
    int shrink(long offset, int length, int ipLength) {
        int at = find(offset);
        int rest = Math.max(0, lengths[at] - length);
        if (rest > 0) {
            lengths[at] = length;
            ipLengths[at] = ipLength;
        }
        return rest;
    }

    private int find(long offset) {
        for (int i = 0; i < count; i++) {
            if (offsets[i] == offset) {
                return i;
            }
        }
        return -1;
    }

    /// Everything before `offset` has arrived.
    void acknowledged(long offset) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (offsets[i] + lengths[i] > offset) {
                move(i, kept++);
            } else if (offsets[i] >= 0) {
                delivered(lengths[i], ipLengths[i]);
            }
        }
        count = kept;
    }

    /// `[from, to)` has arrived, ahead of a hole.
    void acknowledged(long from, long to) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (offsets[i] >= from && offsets[i] + lengths[i] <= to) {
                delivered(lengths[i], ipLengths[i]);
            } else {
                move(i, kept++);
            }
        }
        count = kept;
    }

    private void move(int from, int to) {
        if (from != to) {
            offsets[to] = offsets[from];
            lengths[to] = lengths[from];
            ipLengths[to] = ipLengths[from];
            times[to] = times[from];
            fragmented[to] = fragmented[from];
            frames[to] = frames[from];
            nanos[to] = nanos[from];
            lastFrames[to] = lastFrames[from];
            lastNanos[to] = lastNanos[from];
        }
    }

    /// A segment of this size has arrived: it was acknowledged, or it came although an earlier one is missing.
    void delivered(int length, int ipLength) {
        if (length > largestDelivered) {
            largestDelivered = length;
            largestDeliveredIp = ipLength;
        }
    }

    int largestDelivered() {
        return largestDelivered;
    }

    int largestDeliveredIp() {
        return largestDeliveredIp;
    }

    /// Frame of the first payload segment at or behind `offset`, 0 if there is none.
    long firstFrameFrom(long offset) {
        long first = 0;
        for (int i = 0; i < count; i++) {
            if (offsets[i] >= offset && offsets[i] >= 0 && (first == 0 || frames[i] < first)) {
                first = frames[i];
            }
        }
        return first;
    }

    /// What never arrived, as far as the capture shows.
    List<LostSegment> lost() {
        List<LostSegment> lost = new ArrayList<>();
        for (int i = 0; i < Math.min(count, REPORTED); i++) {
            lost.add(new LostSegment(lengths[i], ipLengths[i], times[i], new Moment(frames[i], nanos[i]), new Moment(lastFrames[i], lastNanos[i]),
                    fragmented[i], offsets[i] < 0));
        }
        return List.copyOf(lost);
    }

    /// The smallest IP packet among them that was sent three times or more, 0 if there is none.
    int smallestLostIp() {
        int smallest = 0;
        for (int i = 0; i < Math.min(count, REPORTED); i++) {
            if (times[i] >= 3 && offsets[i] >= 0 && (smallest == 0 || ipLengths[i] < smallest)) {
                smallest = ipLengths[i];
            }
        }
        return smallest;
    }
}

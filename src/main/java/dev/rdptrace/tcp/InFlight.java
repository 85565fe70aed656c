package dev.rdptrace.tcp;

import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Segments that one end has sent and the other has not acknowledged, by stream offset; its SYN has offset -1.
final class InFlight {
    private static final int LIMIT = 128;
    private static final int REPORTED = 16;
    /// A handshake needs some thirty; what a session sends later is nobody's question.
    private static final int MOST_RECEIPTS = 192;
    private static final long[] NONE = new long[0];
    /// In a handshake one side speaks and the other one answers.
    private static final int FEW = 2;

    // the words of a segment
    private static final int OFFSET = 0;
    private static final int LENGTHS = 1; // of its payload and, in the lower half, of its IP packet
    private static final int TIMES = 2; // how often it was sent, and what else is so of it
    private static final int FRAME = 3;
    private static final int NANOS = 4;
    private static final int LAST_FRAME = 5;
    private static final int LAST_NANOS = 6;
    private static final int SEGMENT = 7;

    /// So often is nothing sent while its answer is only late (RFC 6298 5.5), and not for so long.
    private static final int STALLED_TIMES = 4;
    private static final long STALLED_NANOS = 4_000_000_000L;

    private static final int IN_FRAGMENTS = 1;
    private static final int AHEAD = 2; // it has arrived, and something before it has not
    private static final int ONCE = 4;

    private long[] words = NONE;
    private int end; // place behind the last segment
    private long[] receipts = NONE;
    private int receiptsEnd;
    private int largestDelivered;
    private int largestDeliveredIp;
    private Moment stalledSince = Moment.NEVER;
    private Moment stalledUntil = Moment.NEVER;

    boolean isEmpty() {
        return end == 0;
    }

    void add(long offset, int length, int ipLength, boolean inFragments, long frame, long nanos) {
        if (end == LIMIT * SEGMENT) {
            return;
        }
        if (end == words.length) {
            words = Arrays.copyOf(words, Math.max(FEW * SEGMENT, end * 2));
        }
        words[end + OFFSET] = offset;
        lengths(end, length, ipLength);
        words[end + TIMES] = inFragments ? ONCE | IN_FRAGMENTS : ONCE;
        words[end + FRAME] = frame;
        words[end + NANOS] = nanos;
        words[end + LAST_FRAME] = frame;
        words[end + LAST_NANOS] = nanos;
        end += SEGMENT;
    }

    private void lengths(int at, int length, int ipLength) {
        words[at + LENGTHS] = (long) length << 32 | ipLength & 0xffff_ffffL;
    }

    private int length(int at) {
        return (int) (words[at + LENGTHS] >>> 32);
    }

    private int ipLength(int at) {
        return (int) words[at + LENGTHS];
    }

    private int times(int at) {
        return (int) words[at + TIMES] / ONCE;
    }

    private boolean isAhead(int at) {
        return (words[at + TIMES] & AHEAD) != 0;
    }

    /// What is on its way at `offset` was sent once more, and so was all that lies within the `length` bytes from there on: who sends
    /// again may put several segments into one (RFC 9293 3.7). `false` where nothing is on its way at `offset`.
    boolean repeat(long offset, int length, long frame, long nanos) {
        if (find(offset) < 0) {
            return false;
        }
        for (int i = 0; i < end; i += SEGMENT) {
            boolean within = words[i + OFFSET] >= offset && words[i + OFFSET] + length(i) <= offset + length;
            if ((within || words[i + OFFSET] == offset) && !isAhead(i)) {
                words[i + TIMES] += ONCE;
                words[i + LAST_FRAME] = frame;
                words[i + LAST_NANOS] = nanos;
            }
        }
        return true;
    }

    /// What is on its way at `offset` is no longer than `length`. Answers how much of the segment that leaves out.
    int shrink(long offset, int length, int ipLength) {
        int at = find(offset);
        int rest = Math.max(0, length(at) - length);
        if (rest > 0) {
            lengths(at, length, ipLength);
        }
        return rest;
    }

    private int find(long offset) {
        for (int i = 0; i < end; i += SEGMENT) {
            if (words[i + OFFSET] == offset && !isAhead(i)) {
                return i;
            }
        }
        return -1;
    }

    /// Everything before `offset` has arrived; the packet in `frame` says so. Who sends again need not keep to the borders of his
    /// segments, so that one may have arrived in part: what is on its way is the rest.
    void acknowledged(long offset, long frame, long nanos) {
        int kept = 0;
        for (int i = 0; i < end; i += SEGMENT) {
            if (words[i + OFFSET] + length(i) > offset) {
                int arrived = words[i + OFFSET] < 0 ? 0 : (int) Math.max(0, offset - words[i + OFFSET]);
                words[i + OFFSET] += arrived;
                lengths(i, length(i) - arrived, ipLength(i) - arrived);
                kept = keep(i, kept);
            } else if (words[i + OFFSET] >= 0) {
                delivered(length(i), ipLength(i));
                receipt(words[i + FRAME], frame, times(i), ipLength(i));
                if (times(i) >= STALLED_TIMES && nanos - words[i + NANOS] >= STALLED_NANOS) {
                    stalledSince = new Moment(words[i + FRAME], words[i + NANOS]);
                    stalledUntil = new Moment(frame, nanos);
                }
            }
        }
        end = kept;
    }

    /// `[from, to)` has arrived, ahead of a hole.
    void arrivedAhead(long from, long to) {
        for (int i = 0; i < end; i += SEGMENT) {
            if (words[i + OFFSET] >= from && words[i + OFFSET] + length(i) <= to) {
                words[i + TIMES] |= AHEAD;
                delivered(length(i), ipLength(i));
            }
        }
    }

    private int keep(int from, int to) {
        if (from != to) {
            System.arraycopy(words, from, words, to, SEGMENT);
        }
        return to + SEGMENT;
    }

    /// A segment of this size has arrived: it was acknowledged, or it came although an earlier one is missing.
    void delivered(int length, int ipLength) {
        if (length > largestDelivered) {
            largestDelivered = length;
            largestDeliveredIp = ipLength;
        }
    }

    /// The segment in `sent` is acknowledged by the packet in `by`.
    void receipt(long sent, long by, int times, int ipLength) {
        if (receiptsEnd == MOST_RECEIPTS * Receipts.WORDS) {
            return;
        }
        if (receiptsEnd == receipts.length) {
            receipts = Arrays.copyOf(receipts, Math.max(FEW * Receipts.WORDS, receiptsEnd * 2));
        }
        receipts[receiptsEnd++] = sent;
        receipts[receiptsEnd++] = by;
        receipts[receiptsEnd++] = (long) times << 32 | ipLength;
    }

    /// What was acknowledged, and by which packet, and what never was.
    Receipts receipts() {
        long[] all = Arrays.copyOf(receipts, receiptsEnd + end / SEGMENT * Receipts.WORDS);
        int at = receiptsEnd;
        for (int i = 0; i < end; i += SEGMENT) {
            if (words[i + OFFSET] >= 0) {
                all[at++] = words[i + FRAME];
                all[at++] = isAhead(i) ? Receipts.AHEAD : Receipts.NEVER;
                all[at++] = (long) times(i) << 32 | ipLength(i);
            }
        }
        return at == 0 ? Receipts.NONE : new Receipts(at == all.length ? all : Arrays.copyOf(all, at));
    }

    /// When the last segment was first sent that was sent again and again before it arrived.
    Moment stalledSince() {
        return stalledSince;
    }

    /// When that was acknowledged.
    Moment stalledUntil() {
        return stalledUntil;
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
        for (int i = 0; i < end; i += SEGMENT) {
            if (words[i + OFFSET] >= offset && words[i + OFFSET] >= 0 && !isAhead(i) && (first == 0 || words[i + FRAME] < first)) {
                first = words[i + FRAME];
            }
        }
        return first;
    }

    /// What never arrived, as far as the capture shows.
    List<LostSegment> lost() {
        if (end == 0) {
            return List.of();
        }
        List<LostSegment> lost = new ArrayList<>();
        for (int i = 0; i < end && lost.size() < REPORTED; i += SEGMENT) {
            if (!isAhead(i)) {
                lost.add(new LostSegment(length(i), ipLength(i), times(i), new Moment(words[i + FRAME], words[i + NANOS]),
                        new Moment(words[i + LAST_FRAME], words[i + LAST_NANOS]), (words[i + TIMES] & IN_FRAGMENTS) != 0,
                        words[i + OFFSET] < 0));
            }
        }
        return List.copyOf(lost);
    }

    /// The smallest IP packet among them that was sent three times or more, 0 if there is none.
    int smallestLostIp() {
        int smallest = 0;
        for (int i = 0; i < Math.min(end, REPORTED * SEGMENT); i += SEGMENT) {
            if (times(i) >= 3 && words[i + OFFSET] >= 0 && !isAhead(i) && (smallest == 0 || ipLength(i) < smallest)) {
                smallest = ipLength(i);
            }
        }
        return smallest;
    }
}

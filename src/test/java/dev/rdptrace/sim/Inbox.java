package dev.rdptrace.sim;

import java.util.Map;
import java.util.TreeMap;

/// What one end has received: bytes in order, and pieces ahead of a hole.
final class Inbox {
    private final TreeMap<Long, byte[]> ahead = new TreeMap<>();
    private long expected;
    private long end = -1;
    private long bytes;

    /// The sequence number that comes next.
    long expected() {
        return expected;
    }

    void expect(long sequence) {
        expected = sequence;
    }

    /// Bytes of payload that came in order.
    long bytes() {
        return bytes;
    }

    /// The other one has said its last, and all of it is here.
    boolean ended() {
        return end >= 0 && expected > end;
    }

    /// Where the first piece ahead of a hole begins and ends, null without one (RFC 2018 3).
    long[] piece() {
        if (ahead.isEmpty()) {
            return null;
        }
        long from = ahead.firstKey();
        long to = from;
        for (Map.Entry<Long, byte[]> piece : ahead.entrySet()) {
            to = piece.getKey() > to ? to : Math.max(to, piece.getKey() + piece.getValue().length);
        }
        return new long[] {from, to};
    }

    /// Takes a segment; false where it is ahead.
    boolean take(Segment segment) {
        if (segment.is(Segment.FIN)) {
            end = segment.end() - 1;
        }
        if (segment.sequence() > expected) {
            if (segment.payload().length > 0) {
                ahead.put(segment.sequence(), segment.payload());
            }
            return false;
        }
        swallow(segment.sequence(), segment.payload().length);
        while (!ahead.isEmpty() && ahead.firstKey() <= expected) {
            Map.Entry<Long, byte[]> piece = ahead.pollFirstEntry();
            swallow(piece.getKey(), piece.getValue().length);
        }
        if (expected == end) {
            expected++;
        }
        return true;
    }

    private void swallow(long sequence, int length) {
        long fresh = Math.max(0, sequence + length - expected);
        bytes += fresh;
        expected += fresh;
    }
}

package dev.rdptrace.evidence;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Side;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/// How the bytes of one side of a connection went: what it sent and sent again, what the other side acknowledged, what never came
/// (RFC 9293 3.4, RFC 2018). Places are bytes of payload from the beginning of its stream. Bounded: of long ones the latest packets are
/// known, and all sums.
public final class Course {
    private static final int MOST = 600;
    private static final int MOST_RANGES = 32;
    /// Two captures of one packet are closer than this; a real repetition never is.
    private static final long DUPLICATE_NANOS = 1_000_000L;
    /// What comes so late was on the way, and is no repetition.
    private static final long OVERTAKEN_NANOS = 3_000_000L;
    /// No window is larger (RFC 7323 2.3).
    private static final long LARGEST_WINDOW = 1L << 30;

    /// A segment.
    ///
    /// @param from in bytes of the stream
    /// @param again it had been sent before, as far as can be seen
    public record Sent(long nanos, long from, long end, boolean again) {}

    /// What the other side has had from then on.
    public record Acknowledged(long nanos, long upTo) {}

    /// Bytes, known or missed since then.
    public record Range(long nanos, long from, long end) {}

    private final Side side;
    private final long begin;
    private final Deque<Sent> sent = new ArrayDeque<>();
    private final Deque<Acknowledged> acknowledged = new ArrayDeque<>();
    private final List<Range> holes = new ArrayList<>();
    private final List<Range> ahead = new ArrayList<>();
    private boolean begun;
    private int base;
    private long highest;
    private long upTo;
    private long last;
    private int packets;
    private int repeated;
    private int identification;

    /// @param begin of the connection
    Course(Side side, long begin) {
        this.side = side;
        this.begin = begin;
        last = begin;
    }

    void take(Packet packet, boolean own, long nanos) {
        if (packet.has(Packet.RST)) {
            return;
        }
        last = Math.max(last, nanos);
        if (own && packet.has(Packet.SYN)) {
            begun = true;
            base = packet.sequence() + 1;
        } else if (own) {
            begin(packet.sequence());
            own(packet, nanos);
        } else if (packet.has(Packet.ACK)) {
            begin(packet.acknowledgement());
            other(packet, nanos);
        }
    }

    private void begin(int sequence) {
        if (!begun) {
            begun = true;
            base = sequence;
        }
    }

    private long place(int sequence) {
        return highest + (int) (sequence - base - highest);
    }

    private void own(Packet packet, long nanos) {
        long from = place(packet.sequence());
        long end = from + packet.payloadLength();
        boolean probe = from == highest - 1 && packet.payloadLength() <= 1;
        if (from < 0 || probe || from - highest > LARGEST_WINDOW) {
            return;
        }
        if (from > highest && holes.size() < MOST_RANGES) {
            holes.add(new Range(nanos, highest, from));
        }
        if (end > from) {
            Sent before = sent.peekLast();
            boolean copy = before != null && before.from == from && before.end == end && nanos - before.nanos < DUPLICATE_NANOS
                    && packet.identification() == identification;
            if (!copy) {
                boolean overtaken = holes.stream().anyMatch(hole -> hole.from <= from && end <= hole.end
                        && nanos - hole.nanos < OVERTAKEN_NANOS);
                boolean again = from < highest && !overtaken;
                add(sent, new Sent(nanos, from, end, again));
                packets++;
                repeated += again ? 1 : 0;
                fill(from, end);
            }
            identification = packet.identification();
        }
        highest = Math.max(highest, end);
    }

    private void fill(long from, long end) {
        for (Range hole : List.copyOf(holes)) {
            if (from < hole.end && hole.from < end) {
                holes.remove(hole);
                if (hole.from < from) {
                    holes.add(new Range(hole.nanos, hole.from, from));
                }
                if (end < hole.end) {
                    holes.add(new Range(hole.nanos, end, hole.end));
                }
            }
        }
    }

    private void other(Packet packet, long nanos) {
        long place = place(packet.acknowledgement());
        if (place > upTo && place - highest <= LARGEST_WINDOW) {
            upTo = place;
            add(acknowledged, new Acknowledged(nanos, place));
        }
        for (int i = 0; i < packet.sackBlocks(); i++) {
            Range block = new Range(nanos, place(packet.sackLeft(i)), place(packet.sackRight(i)));
            if (block.from >= 0 && block.from < block.end) {
                ahead.removeIf(known -> block.from <= known.from && known.end <= block.end);
                if (ahead.size() < MOST_RANGES) {
                    ahead.add(block);
                }
            }
        }
    }

    private static <T> void add(Deque<T> to, T one) {
        if (to.size() == MOST) {
            to.removeFirst();
        }
        to.add(one);
    }

    public Side side() {
        return side;
    }

    public long begin() {
        return begin;
    }

    /// When anything was last sent.
    public long last() {
        return last;
    }

    /// The end of the stream as far as it is known.
    public long highest() {
        return highest;
    }

    /// Segments with payload, those that are not known any more too.
    public int packets() {
        return packets;
    }

    public int repeated() {
        return repeated;
    }

    public Collection<Sent> sent() {
        return sent;
    }

    public Collection<Acknowledged> acknowledged() {
        return acknowledged;
    }

    /// Bytes that the other side has in order.
    public long upTo() {
        return Math.min(upTo, highest);
    }

    /// Did the other side say that it has them?
    public boolean arrived(Sent one) {
        return one.end <= upTo || ahead.stream().anyMatch(range -> range.from <= one.from && one.end <= range.end);
    }

    /// What was sent, as later packets show, was never seen, and nobody acknowledged.
    public List<Range> holes() {
        return holes.stream().filter(hole -> hole.end > upTo).toList();
    }

    /// Is there anything to see?
    public boolean tells() {
        return packets >= 2 || !holes().isEmpty();
    }
}

package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Comparison.Place;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Puts two records of one connection on one clock and one numbering.
///
/// A packet that both saw once gives the difference of the clocks plus or minus its way. Of many, the quickest each way
/// are taken, and the difference lies in the middle, as NTP (RFC 5905, section 8) has it: it is wrong by half of what the two
/// ways differ at most. Which capture is nearer to the client is told by TTL, else by the sign of the way.
final class Alignment {
    private static final int PAYLOADS = 512;
    private static final int PAIRS = 4096;
    /// Less than any router needs.
    private static final long SAME_PLACE_NANOS = 20_000L;

    private final ConnectionPackets first;
    private final ConnectionPackets other;
    private final int[] shift = new int[Side.values().length];
    private final int[] base = new int[Side.values().length];
    private final long offsetNanos;
    private final long uncertaintyNanos;
    private final long transitNanos;
    private final Place nearClient;

    Alignment(ConnectionPackets first, ConnectionPackets other) {
        this.first = first;
        this.other = other;
        for (Side side : Side.values()) {
            shift[side.ordinal()] = shift(side);
            base[side.ordinal()] = first.base(side).orElseGet(() -> other.base(side).map(sequence -> sequence + shift[side.ordinal()])
                    .orElse(0));
        }
        long[] up = differences(Side.CLIENT);
        long[] down = differences(Side.SERVER);
        nearClient = near(up, down);
        boolean reversed = nearClient == Place.OTHER;
        // The quickest packet of a direction: towards the other capture it shows the smallest difference, away from it the largest.
        long quickUp = up.length == 0 ? 0 : reversed ? up[up.length - 1] : up[0];
        long quickDown = down.length == 0 ? 0 : reversed ? down[0] : down[down.length - 1];
        if (up.length > 0 && down.length > 0) {
            offsetNanos = quickDown + (quickUp - quickDown) / 2;
            transitNanos = Math.max(0, reversed ? quickDown - quickUp : quickUp - quickDown);
            uncertaintyNanos = transitNanos / 2;
        } else {
            offsetNanos = up.length > 0 ? quickUp : quickDown;
            transitNanos = -1;
            uncertaintyNanos = -1;
        }
    }

    /// What to add to the other capture's sequence numbers of one side.
    private int shift(Side side) {
        Map<Long, Integer> seen = new HashMap<>();
        Set<Long> repeated = new HashSet<>();
        first.sights().stream().filter(sight -> sight.from() == side && sight.whole() != 0).limit(PAYLOADS).forEach(sight -> {
            if (seen.putIfAbsent(sight.whole(), sight.sequence()) != null) {
                repeated.add(sight.whole());
            }
        });
        Map<Integer, Integer> votes = new HashMap<>();
        other.sights().stream().filter(sight -> sight.from() == side && seen.containsKey(sight.whole())
                && !repeated.contains(sight.whole()))
                .limit(PAYLOADS).forEach(sight -> {
                    int own = Objects.requireNonNull(seen.get(sight.whole()), "filtered");
                    votes.merge(own - sight.sequence(), 1, Integer::sum);
                });
        int bySyn = first.syn(side).isPresent() && other.syn(side).isPresent()
                ? first.syn(side).get().sequence() - other.syn(side).get().sequence() : 0;
        int best = bySyn;
        for (Map.Entry<Integer, Integer> vote : votes.entrySet()) {
            int lead = vote.getValue() - votes.getOrDefault(best, 0);
            if (lead > 0 || lead == 0 && best != bySyn && vote.getKey() < best) {
                best = vote.getKey();
            }
        }
        return best;
    }

    private record Key(int flags, int sequence, int acknowledgement, int length, int window) {}

    /// Other clock minus first clock, of packets of one side that each capture saw exactly once; ascending.
    private long[] differences(Side side) {
        Map<Key, SeenSegment> once = new HashMap<>();
        Set<Key> more = new HashSet<>();
        collect(first, side, once, more);
        Map<Key, SeenSegment> there = new HashMap<>();
        collect(other, side, there, more);
        List<Long> differences = new ArrayList<>();
        once.forEach((key, sight) -> {
            SeenSegment match = there.get(key);
            if (match != null && !more.contains(key) && Pairing.alike(sight, match)) {
                differences.add(match.nanos() - sight.nanos());
            }
        });
        return differences.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    private void collect(ConnectionPackets leg, Side side, Map<Key, SeenSegment> once, Set<Key> more) {
        for (SeenSegment sight : leg.sights()) {
            if (sight.from() != side || sight.reset() || once.size() >= PAIRS || terminated() && sight.length() == 0) {
                continue;
            }
            // A firewall may scale the window of a SYN; of an empty ACK the window tells which it is.
            Key key = new Key(terminated() ? 0 : sight.essentialFlags(), sequence(leg, sight), terminated() ? 0
                    : acknowledgement(leg, sight), sight.length(),
                    sight.span() == 0 ? sight.window() : 0);
            if (once.putIfAbsent(key, sight) != null) {
                more.add(key);
            }
        }
    }

    private Place near(long[] up, long[] down) {
        if (!terminated()) {
            int sign = Integer.signum(hops(first, Side.CLIENT, other)) + Integer.signum(hops(other, Side.SERVER, first));
            if (sign != 0) {
                return sign > 0 ? Place.FIRST : Place.OTHER;
            }
        }
        if (up.length == 0 || down.length == 0) {
            return Place.UNKNOWN;
        }
        long way = up[up.length / 2] - down[down.length / 2];
        return Math.abs(way) < SAME_PLACE_NANOS ? Place.UNKNOWN : way > 0 ? Place.FIRST : Place.OTHER;
    }

    /// How much higher the TTL of a side is in one capture than in the other; 0 unknown.
    private static int hops(ConnectionPackets one, Side side, ConnectionPackets another) {
        int here = usualHopLimit(one, side);
        int there = usualHopLimit(another, side);
        return here < 0 || there < 0 ? 0 : here - there;
    }

    /// The most frequent TTL, -1 where there is none; resets may be anybody's.
    static int usualHopLimit(ConnectionPackets leg, Side side) {
        int[] counts = new int[256];
        leg.sights().stream().filter(sight -> sight.from() == side && !sight.reset()).forEach(sight -> counts[sight.hopLimit() & 0xff]++);
        int most = Arrays.stream(counts).max().orElse(0);
        for (int i = counts.length - 1; i >= 0 && most > 0; i--) {
            if (counts[i] == most) {
                return i;
            }
        }
        return -1;
    }

    ConnectionPackets first() {
        return first;
    }

    ConnectionPackets other() {
        return other;
    }

    Place nearClient() {
        return nearClient;
    }

    long offsetNanos() {
        return offsetNanos;
    }

    long uncertaintyNanos() {
        return uncertaintyNanos;
    }

    long transitNanos() {
        return transitNanos;
    }

    /// The side's sequence numbers differ between the captures.
    boolean renumbered(Side side) {
        return shift[side.ordinal()] != 0;
    }

    /// Both sides' differ: there are two connections, and a proxy between them.
    boolean terminated() {
        return renumbered(Side.CLIENT) && renumbered(Side.SERVER);
    }

    /// On the clock of the first capture.
    long nanos(ConnectionPackets leg, long nanos) {
        return leg == first ? nanos : nanos - offsetNanos;
    }

    /// In the first capture's numbering.
    int sequence(ConnectionPackets leg, SeenSegment sight) {
        return leg == first ? sight.sequence() : sight.sequence() + shift[sight.from().ordinal()];
    }

    int acknowledgement(ConnectionPackets leg, SeenSegment sight) {
        return leg == first || !sight.has(Packet.ACK) ? sight.acknowledgement()
                : sight.acknowledgement() + shift[sight.from().other().ordinal()];
    }

    /// Counted from the begin of the side's stream; a SYN stands before it.
    int place(ConnectionPackets leg, SeenSegment sight) {
        return sequence(leg, sight) - base[sight.from().ordinal()];
    }

    /// What `sight` acknowledges, counted from the begin of the stream of the other side.
    int acknowledged(ConnectionPackets leg, SeenSegment sight) {
        return acknowledgement(leg, sight) - base[sight.from().other().ordinal()];
    }
}

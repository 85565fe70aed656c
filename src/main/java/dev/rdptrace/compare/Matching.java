package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.Comparison.Change;
import dev.rdptrace.timeline.Comparison.Fate;
import dev.rdptrace.timeline.Comparison.Place;
import dev.rdptrace.timeline.Comparison.Sighting;
import dev.rdptrace.timeline.Comparison.Way;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What became of every packet between two places.
///
/// Bytes are matched, not packets: network cards join and cut segments (RFC 9293 lets anybody do so), so that one packet
/// here may be several there. SYN and FIN count as the byte that TCP gives them; empty segments and resets are matched by
/// their numbers. Of several transmissions of the same bytes the one arrived that bears the same IP identification, or the latest
/// that can have.
final class Matching {
    private static final int SIGHTINGS = 2000;
    /// Longer than a segment lives where RDP would still work.
    private static final long LIFE_NANOS = 30_000_000_000L;
    private static final long LEAST_TOLERANCE_NANOS = 3_000_000L;
    /// Clocks drift apart; one part in so many is a bad clock.
    private static final long DRIFT = 10_000;
    private static final int SCANNED = 2048;
    private static final int IPV4_AND_TCP = 40;
    private static final int IPV6_AND_TCP = 60;

    private final Alignment alignment;
    private final PacketLog firstLog;
    private final PacketLog otherLog;
    private final long toleranceNanos;
    private final List<Sighting> sightings = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();

    Matching(Alignment alignment, PacketLog firstLog, PacketLog otherLog) {
        this.alignment = alignment;
        this.firstLog = firstLog;
        this.otherLog = otherLog;
        List<SeenSegment> sights = alignment.first().sights();
        long spanNanos = sights.isEmpty() ? 0 : sights.getLast().nanos() - sights.getFirst().nanos();
        toleranceNanos = Math.max(LEAST_TOLERANCE_NANOS, Math.max(spanNanos / DRIFT, alignment.uncertaintyNanos()
                + LEAST_TOLERANCE_NANOS / 2));
    }

    /// A packet with what was found of it at the other place.
    private static final class Mark {
        private final SeenSegment sight;
        private final int start;
        private final int end;
        private final long nanos;
        private final int acknowledged;
        private int takenTo;
        private int matched;
        private @Nullable Mark partner;

        Mark(SeenSegment sight, int start, int span, int acknowledged, long nanos) {
            this.sight = sight;
            this.acknowledged = acknowledged;
            this.start = start;
            this.end = start + span;
            this.nanos = nanos;
            this.takenTo = start;
        }

        boolean free() {
            return end == start ? partner == null : takenTo < end;
        }

        void meet(Mark other) {
            if (partner == null) {
                partner = other;
            }
        }
    }

    Comparison comparison() {
        Way client = way(Side.CLIENT);
        Way server = way(Side.SERVER);
        sightings.sort(Comparator.comparingLong(Sighting::nanos)); // stable
        Leg first = alignment.first().leg();
        Leg other = alignment.other().leg();
        return new Comparison(first.stream(), other.stream(), first.client(), first.server(), other.client(), other.server(),
                alignment.nearClient(), alignment.offsetNanos(), alignment.uncertaintyNanos(), alignment.transitNanos(),
                alignment.renumbered(Side.CLIENT), alignment.renumbered(Side.SERVER), client, server, changes,
                sightings.subList(0, Math.min(SIGHTINGS, sightings.size())), alignment.first().full() || alignment.other().full()
                        || sightings.size() > SIGHTINGS);
    }

    private Way way(Side side) {
        boolean firstIsSource = (side == Side.CLIENT) != (alignment.nearClient() == Place.OTHER);
        ConnectionPackets source = firstIsSource ? alignment.first() : alignment.other();
        ConnectionPackets target = firstIsSource ? alignment.other() : alignment.first();
        List<Mark> sent = marks(source, side);
        List<Mark> seen = marks(target, side);
        match(sent, seen);
        altered(source == alignment.first(), sent, seen);
        Ranges arrived = new Ranges();
        seen.stream().filter(mark -> mark.partner != null).forEach(mark -> arrived.add(mark.start, mark.end));
        // A proxy acknowledges for itself.
        int acknowledged = alignment.terminated() ? Integer.MIN_VALUE : acknowledged(target, side);
        int mss = source.syn(side.other()).map(SeenSegment::mss).orElse(-1);
        int lost = 0;
        int injected = 0;
        int matched = 0;
        int largestArrived = 0;
        int smallestLost = 0;
        Ranges gone = new Ranges();
        Ranges unseen = new Ranges();
        int[] hops = new int[512];
        for (Mark mark : sent) {
            int undelivered = 0;
            for (int[] hole : arrived.holes(mark.start, mark.end)) {
                int known = Math.clamp((long) acknowledged, hole[0], hole[1]);
                unseen.add(hole[0], known);
                if (awaited(target, mark)) {
                    gone.add(known, hole[1]);
                    undelivered += hole[1] - known;
                }
            }
            int size = onWire(mark.sight, mss);
            Fate fate = mark.partner == null ? (awaited(target, mark) ? Fate.LOST : Fate.UNKNOWN)
                    : mark.matched < mark.end - mark.start && undelivered > 0 ? Fate.PARTLY : Fate.ARRIVED;
            // What its receiver acknowledged has arrived, although the capture there missed it.
            if (fate == Fate.LOST && mark.end > mark.start && undelivered == 0 && arrived.holes(mark.start, mark.end).length > 0) {
                fate = Fate.UNKNOWN;
            }
            if (mark.partner != null) {
                matched++;
                hops[256 + mark.sight.hopLimit() - mark.partner.sight.hopLimit()]++;
                changes(source == alignment.first(), mark.sight, mark.partner.sight);
                if (mark.sight.ipLength() == mark.partner.sight.ipLength()) {
                    largestArrived = Math.max(largestArrived, size);
                }
            }
            if (fate == Fate.LOST) {
                lost++;
            }
            if (undelivered > 0) {
                smallestLost = smallestLost == 0 ? size : Math.min(smallestLost, size);
            }
            note(mark, mark.partner, firstIsSource, fate, size, undelivered);
        }
        int sentTo = sent.stream().mapToInt(mark -> mark.end).max().orElse(Integer.MIN_VALUE);
        Ranges said = new Ranges();
        sent.forEach(mark -> said.add(mark.start, mark.end));
        for (Mark mark : seen) {
            if (mark.partner == null) {
                // A hole in what the source sent, with more behind it: the capture there missed a packet.
                boolean missed = mark.end > mark.start && mark.end <= sentTo && said.holes(mark.start, mark.end).length > 0;
                Fate fate = missed || !covered(source, mark.nanos - toleranceNanos) ? Fate.UNKNOWN : Fate.INJECTED;
                injected += fate == Fate.INJECTED ? 1 : 0;
                note(mark, null, !firstIsSource, fate, onWire(mark.sight, mss), 0);
            }
        }
        return new Way(side, sent.size(), matched, lost, injected, gone.bytes(), unseen.bytes(), largestArrived, smallestLost, usual(hops),
                Alignment.usualHopLimit(source, side));
    }

    private List<Mark> marks(ConnectionPackets leg, Side side) {
        List<Mark> marks = new ArrayList<>();
        for (SeenSegment sight : leg.from(side)) {
            if (alignment.terminated() && sight.length() == 0) {
                continue; // a proxy's connections have their own opening, acknowledgements and closing
            }
            marks.add(new Mark(sight, alignment.place(leg, sight), alignment.terminated() ? sight.length() : sight.span(),
                    alignment.acknowledged(leg, sight), alignment.nanos(leg, sight.nanos())));
        }
        return marks;
    }

    // ---- which is which ----

    private void match(List<Mark> sent, List<Mark> seen) {
        Map<Integer, List<Mark>> bytes = new HashMap<>();
        Map<Long, List<Mark>> others = new HashMap<>();
        for (Mark mark : sent) {
            if (mark.end > mark.start && !mark.sight.reset()) {
                bytes.computeIfAbsent(mark.start, _ -> new ArrayList<>()).add(mark);
            } else {
                others.computeIfAbsent(empty(mark), _ -> new ArrayList<>()).add(mark);
            }
        }
        int from = 0;
        Mark last = null;
        for (Mark mark : seen) {
            if (mark.end == mark.start || mark.sight.reset()) {
                Mark source = choose(others.getOrDefault(empty(mark), List.of()), mark, mark.start);
                if (source != null) {
                    source.meet(mark);
                    mark.meet(source);
                }
                continue;
            }
            while (from < sent.size() && sent.get(from).nanos < mark.nanos - LIFE_NANOS) {
                from++;
            }
            int at = mark.start;
            while (at < mark.end) {
                Mark source = choose(bytes.getOrDefault(at, List.of()), mark, at);
                if (source == null && last != null && last.takenTo == at && at < last.end && (at > mark.start || fits(last, mark))) {
                    source = last;
                }
                if (source == null) {
                    source = choose(sent.subList(from, Math.min(sent.size(), from + SCANNED)), mark, at);
                }
                if (source == null) {
                    at = next(sent, from, at, mark.end);
                    continue;
                }
                int to = Math.min(mark.end, source.end);
                source.matched += to - at;
                source.takenTo = Math.max(source.takenTo, to);
                mark.matched += to - at;
                source.meet(mark);
                mark.meet(source);
                last = source;
                at = to;
            }
        }
    }

    /// The same place of the stream, the same length, the same IP packet by its identification, and other bytes.
    private void altered(boolean fromFirst, List<Mark> sent, List<Mark> seen) {
        for (Mark mark : seen) {
            if (mark.partner != null || mark.sight.length() == 0) {
                continue;
            }
            for (Mark candidate : sent) {
                boolean same = candidate.partner == null && candidate.start == mark.start && candidate.end == mark.end
                        && candidate.sight.identification() == mark.sight.identification() && candidate.sight.identification() != 0
                        && candidate.nanos <= mark.nanos + toleranceNanos && mark.nanos - candidate.nanos < LIFE_NANOS;
                if (same) {
                    candidate.matched = mark.end - mark.start;
                    candidate.meet(mark);
                    mark.meet(candidate);
                    change(fromFirst, candidate.sight, mark.sight, Change.PAYLOAD, "0x" + Long.toHexString(candidate.sight.whole()),
                            "0x" + Long.toHexString(mark.sight.whole()));
                    break;
                }
            }
        }
    }

    /// An empty segment is known by its flags and numbers, a reset by its sequence number alone.
    private static long empty(Mark mark) {
        if (mark.sight.reset()) {
            return Integer.toUnsignedLong(mark.start) << 1 | 1;
        }
        return ((long) mark.acknowledged * 0x9e3779b97f4a7c15L ^ mark.start * 31L + mark.sight.essentialFlags()) << 1;
    }

    /// Who may have brought the byte at `at`: the same IP identification, else one nobody has met, else the latest.
    private @Nullable Mark choose(List<Mark> candidates, Mark mark, int at) {
        Mark best = null;
        int bestRank = -1;
        for (Mark candidate : candidates) {
            boolean covers = mark.end == mark.start || mark.sight.reset() || candidate.start <= at && at < candidate.end;
            if (!covers || candidate.nanos > mark.nanos + toleranceNanos || mark.nanos - candidate.nanos > LIFE_NANOS
                    || candidate.sight.reset() != mark.sight.reset() || !fits(candidate, mark)) {
                continue;
            }
            boolean free = mark.end == mark.start ? candidate.free() : candidate.takenTo <= at;
            boolean same = candidate.sight.identification() > 0 && candidate.sight.identification() == mark.sight.identification();
            int rank = (free ? 4 : 0) + (same ? 2 : 0) + (candidate.sight.window() == mark.sight.window() ? 1 : 0);
            if (rank >= bestRank) {
                best = candidate;
                bestRank = rank;
            }
        }
        return best;
    }

    /// Bytes at the same place of the stream must be the same bytes.
    private static boolean fits(Mark a, Mark b) {
        return a.start != b.start || a.sight.length() == 0 || b.sight.length() == 0 || Pairing.alike(a.sight, b.sight);
    }

    private static int next(List<Mark> sent, int from, int at, int end) {
        int next = end;
        for (int i = from; i < Math.min(sent.size(), from + SCANNED); i++) {
            int start = sent.get(i).start;
            if (start > at && start < next) {
                next = start;
            }
        }
        return next;
    }

    // ---- what it says ----

    /// How far the receiver has acknowledged, as its own capture shows.
    private int acknowledged(ConnectionPackets target, Side side) {
        int most = Integer.MIN_VALUE;
        for (SeenSegment sight : target.sights()) {
            if (sight.from() != side && sight.has(Packet.ACK) && !sight.reset()) {
                most = Math.max(most, alignment.acknowledged(target, sight));
            }
        }
        return most;
    }

    /// Would the far place have captured it, had it come?
    private boolean awaited(ConnectionPackets target, Mark mark) {
        long wayNanos = alignment.transitNanos() < 0 ? toleranceNanos : alignment.transitNanos();
        return covered(target, mark.nanos) && covered(target, mark.nanos + wayNanos);
    }

    /// Was the place captured at this time (of the first clock)? Its begin may be a packet's way off.
    private boolean covered(ConnectionPackets leg, long nanos) {
        PacketLog log = leg == alignment.first() ? firstLog : otherLog;
        long end = leg.full() && !leg.sights().isEmpty() ? leg.sights().getLast().nanos() : log.lastNanos();
        return alignment.nanos(leg, log.firstNanos()) <= nanos + toleranceNanos && nanos <= alignment.nanos(leg, end);
    }

    private static int onWire(SeenSegment sight, int mss) {
        boolean six = sight.identification() < 0;
        return mss > 0 ? Math.min(sight.ipLength(), mss + (six ? IPV6_AND_TCP : IPV4_AND_TCP)) : sight.ipLength();
    }

    private void note(Mark mark, @Nullable Mark partner, boolean inFirst, Fate fate, int size, int undelivered) {
        long here = mark.sight.frame();
        long there = partner == null ? 0 : partner.sight.frame();
        long nanos = inFirst || partner == null ? mark.nanos : partner.nanos;
        sightings.add(new Sighting(mark.sight.from(), fate, nanos, inFirst ? here : there, inFirst ? there : here, mark.sight.flags(),
                mark.start, mark.sight.length(), size, undelivered, mark.sight.hopLimit()));
    }

    private void changes(boolean fromFirst, SeenSegment sent, SeenSegment seen) {
        if (!sent.has(Packet.SYN) || !seen.has(Packet.SYN)) {
            return;
        }
        change(fromFirst, sent, seen, "MSS", number(sent.mss()), number(seen.mss()));
        change(fromFirst, sent, seen, "window scale", number(sent.windowScale()), number(seen.windowScale()));
        change(fromFirst, sent, seen, "SACK", sent.sack() ? "permitted" : "none", seen.sack() ? "permitted" : "none");
        change(fromFirst, sent, seen, "timestamps", sent.timestamps() ? "present" : "none", seen.timestamps() ? "present" : "none");
    }

    private static String number(int option) {
        return option < 0 ? "none" : Integer.toString(option);
    }

    private void change(boolean fromFirst, SeenSegment sent, SeenSegment seen, String what, String before, String after) {
        boolean known = changes.stream().anyMatch(change -> change.from() == sent.from() && change.what().equals(what));
        if (!before.equals(after) && !known) {
            changes.add(new Change(sent.from(), what, before, after, fromFirst ? sent.frame() : seen.frame(), fromFirst ? seen.frame()
                    : sent.frame()));
        }
    }

    private static int usual(int[] hops) {
        int best = -1;
        for (int i = 0; i < hops.length; i++) {
            if (hops[i] > 0 && (best < 0 || hops[i] > hops[best])) {
                best = i;
            }
        }
        return best < 256 ? -1 : best - 256;
    }

    /// A set of stream places, as ranges that do not touch.
    private static final class Ranges {
        private final TreeMap<Integer, Integer> ends = new TreeMap<>();

        void add(int start, int end) {
            if (end <= start) {
                return;
            }
            int from = start;
            int to = end;
            Map.Entry<Integer, Integer> before = ends.floorEntry(start);
            if (before != null && before.getValue() >= start) {
                from = before.getKey();
                to = Math.max(to, before.getValue());
            }
            for (Map.Entry<Integer, Integer> next = ends.ceilingEntry(from); next != null
                    && next.getKey() <= to; next = ends.ceilingEntry(from)) {
                to = Math.max(to, next.getValue());
                ends.remove(next.getKey());
            }
            ends.put(from, to);
        }

        /// Parts of `[start, end)` that are not in it.
        int[][] holes(int start, int end) {
            List<int[]> holes = new ArrayList<>();
            int at = start;
            Map.Entry<Integer, Integer> range = ends.floorEntry(start);
            if (range == null || range.getValue() <= start) {
                range = ends.higherEntry(start);
            }
            while (at < end) {
                int until = range == null ? end : Math.min(end, range.getKey());
                if (until > at) {
                    holes.add(new int[] {at, until});
                }
                if (range == null) {
                    break;
                }
                at = Math.max(at, range.getValue());
                range = ends.higherEntry(range.getKey());
            }
            return holes.toArray(int[][]::new);
        }

        long bytes() {
            return ends.entrySet().stream().mapToLong(range -> range.getValue() - range.getKey()).sum();
        }
    }
}

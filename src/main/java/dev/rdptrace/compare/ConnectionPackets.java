package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The packets of one connection in one capture.
final class ConnectionPackets {
    private final Leg leg;
    private final List<SeenSegment> sights = new ArrayList<>();
    private boolean full;

    ConnectionPackets(Leg leg) {
        this.leg = leg;
    }

    Leg leg() {
        return leg;
    }

    void add(SeenSegment sight) {
        sights.add(sight);
    }

    int size() {
        return sights.size();
    }

    void overflow() {
        full = true;
    }

    /// There were more packets than were kept.
    boolean full() {
        return full;
    }

    /// Files may be out of order.
    void sort() {
        sights.sort(Comparator.comparingLong(SeenSegment::nanos)); // stable
    }

    List<SeenSegment> sights() {
        return sights;
    }

    List<SeenSegment> from(Side side) {
        return sights.stream().filter(sight -> sight.from() == side).toList();
    }

    /// The first SYN or SYN-ACK of one side.
    Optional<SeenSegment> syn(Side side) {
        return sights.stream().filter(sight -> sight.from() == side && sight.has(Packet.SYN)).findFirst();
    }

    /// Where a side's stream begins: behind its SYN, or with the first byte seen.
    Optional<Integer> base(Side side) {
        Optional<SeenSegment> syn = syn(side);
        return syn.isPresent() ? syn.map(sight -> sight.sequence() + 1)
                : sights.stream().filter(sight -> sight.from() == side && !sight.reset()).findFirst().map(SeenSegment::sequence);
    }
}

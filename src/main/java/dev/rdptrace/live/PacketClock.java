package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The clock of the packets of a live capture. Between packets it goes on with a clock that nobody sets, which also shows
/// when the system's clock was set forward: then a packet is from later than it can be.
final class PacketClock {
    /// Clocks that are adjusted drift by much less.
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final LongSupplier steady;
    private long lastNanos = Frame.NO_TIME;
    private long lastSeen; // 0 as long as nobody has asked for the time since the last packet
    /// What the packets' clock is in front of the steady one. Packets that have waited show too little of it, so the most counts.
    private long lead = UNKNOWN;

    /// @param steady nanoseconds of a clock that nobody sets
    PacketClock(LongSupplier steady) {
        this.steady = steady;
    }

    /// A packet has come.
    ///
    /// @return nanoseconds by which the clock was set forward since the one before, 0 where it was not
    long packet(long nanos) {
        long before = lastNanos;
        lastNanos = nanos;
        lastSeen = 0;
        if (lead == UNKNOWN || Math.abs(nanos - before) <= STEP_NANOS) {
            return 0;
        }
        long ahead = nanos - Math.max(before, lead + steady.getAsLong());
        if (nanos < before || ahead > STEP_NANOS) {
            lead = UNKNOWN; // it was set, and begins anew
        }
        return ahead > STEP_NANOS ? ahead : 0;
    }

    /// The time now; [Frame#NO_TIME] before the first packet.
    long now() {
        if (lastNanos == Frame.NO_TIME) {
            return Frame.NO_TIME;
        }
        long at = steady.getAsLong();
        if (lastSeen == 0) {
            // Asked for when the queue was found empty, which is soon enough, and saves looking at the clock once a packet.
            lastSeen = at;
        }
        long now = lastNanos + at - lastSeen;
        lead = Math.max(lead, now - at);
        return now;
    }

    /// Time of the last packet; [Frame#NO_TIME] before the first.
    long lastNanos() {
        return lastNanos;
    }
}

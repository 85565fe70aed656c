package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The clock of the packets of a live capture. Between packets it goes on with a clock that nobody sets, which also shows
/// when the system's clock was set forward: then a packet is from later than it can be.
final class PacketClock {
    /// Clocks that are adjusted drift by much less.
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LongSupplier steady;
    private long lastNanos = Frame.NO_TIME;
    private long lastSeen; // 0 as long as nobody has asked for the time since the last packet
    private long toldNanos = Frame.NO_TIME;
    private long toldAt;

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
        if (toldNanos == Frame.NO_TIME || nanos - before <= STEP_NANOS) {
            return 0;
        }
        long ahead = nanos - Math.max(before, toldNanos + steady.getAsLong() - toldAt);
        return ahead > STEP_NANOS ? ahead : 0;
    }

    /// The time now; [Frame#NO_TIME] before the first packet.
    long now() {
        if (lastNanos == Frame.NO_TIME) {
            return Frame.NO_TIME;
        }
        toldAt = steady.getAsLong();
        if (lastSeen == 0) {
            // Asked for when the queue was found empty, which is soon enough, and saves looking at the clock once a packet.
            lastSeen = toldAt;
        }
        toldNanos = lastNanos + toldAt - lastSeen;
        return toldNanos;
    }

    /// Time of the last packet; [Frame#NO_TIME] before the first.
    long lastNanos() {
        return lastNanos;
    }
}

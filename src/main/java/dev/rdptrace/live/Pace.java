package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;

/// When a frame of a capture is due again. The clock starts with the first frame asked for.
final class Pace {
    private final double speed;
    private boolean started;
    private long firstNanos;
    private long latestNanos = Frame.NO_TIME;
    private long startedAt;

    /// @param speed 1 as it was, 10 ten times faster, infinite for no waiting at all
    Pace(double speed) {
        this.speed = speed;
    }

    /// Nanoseconds to wait for a frame of that time; 0 or less when it is due. A time before one that was is due at once.
    long until(long nanos) {
        if (nanos == Frame.NO_TIME || Double.isInfinite(speed)) {
            latestNanos = nanos == Frame.NO_TIME ? latestNanos : nanos;
            return 0;
        }
        if (!started) {
            started = true;
            firstNanos = nanos;
            startedAt = System.nanoTime();
        }
        latestNanos = Math.max(latestNanos, nanos);
        return (long) ((latestNanos - firstNanos) / speed) - (System.nanoTime() - startedAt);
    }

    /// The time of the capture that it is now: never later than the frame that was asked for last.
    long now() {
        if (!started) {
            return latestNanos;
        }
        return Math.min(latestNanos, firstNanos + (long) ((System.nanoTime() - startedAt) * speed));
    }

    /// Another round: the next frame is due now.
    void again() {
        started = false;
        latestNanos = Frame.NO_TIME;
    }
}

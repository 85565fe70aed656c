package dev.rdptrace.tcp;

import dev.rdptrace.timeline.Moment;

/// Makes moments: all that speak of one packet are one and the same.
final class Moments {
    private Moment latest = Moment.NEVER;

    Moment of(long frame, long nanos) {
        if (latest.frame() != frame || latest.nanos() != nanos) {
            latest = new Moment(frame, nanos);
        }
        return latest;
    }
}

package dev.rdptrace.timeline;

/// When something was seen: Wireshark's frame number and nanoseconds since 1970-01-01 UTC.
public record Moment(long frame, long nanos) {
    /// Never seen. Its frame number is 0, which no capture has.
    public static final Moment NEVER = new Moment(0, 0);

    public boolean seen() {
        return frame != 0;
    }

    /// Seconds from `earlier` to this.
    public double secondsSince(Moment earlier) {
        return (nanos - earlier.nanos) / 1e9;
    }

    public boolean isAfter(Moment other) {
        return nanos > other.nanos || nanos == other.nanos && frame > other.frame;
    }
}

package dev.rdptrace.timeline;

/// One encrypted application record, known by its size.
///
/// @param plainMin fewest plaintext bytes it can hold
/// @param plainMax most plaintext bytes it can hold
/// @param alert it is an alert, by its type or in TLS 1.3 by its size
public record SizedRecord(Moment at, Side from, int plainMin, int plainMax, boolean alert) {

    /// Can it hold `from` to `to` bytes?
    public boolean fits(int least, int most) {
        return plainMax >= least && plainMin <= most;
    }

    public boolean fits(int exactly) {
        return fits(exactly, exactly);
    }

    public boolean exact() {
        return plainMin == plainMax;
    }
}

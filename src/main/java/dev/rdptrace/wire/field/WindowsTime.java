package dev.rdptrace.wire.field;

/// [MS-DTYP] 2.3.3 FILETIME: steps of 100 ns since 1601.
public final class WindowsTime {
    /// No time was given, or one that no clock shows.
    public static final long UNKNOWN = Long.MIN_VALUE;

    private static final long STEPS_TO_1970 = 116_444_736_000_000_000L;
    private static final long MOST_STEPS = Long.MAX_VALUE / 100;

    private WindowsTime() {}

    /// Nanoseconds since 1970, or [#UNKNOWN].
    public static long epochNanos(long fileTime) {
        long steps = fileTime - STEPS_TO_1970;
        return fileTime <= 0 || steps > MOST_STEPS || steps < -MOST_STEPS ? UNKNOWN : steps * 100;
    }
}

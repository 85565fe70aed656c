package dev.rdptrace.report;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Times as reports write them.
final class Times {
    private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Times() {}

    /// Always UTC, nine digits.
    static String iso(long nanos) {
        return ISO.format(instant(nanos));
    }

    /// To the microsecond.
    static String date(long nanos, ZoneId zone) {
        return DATE.withZone(zone).format(instant(nanos));
    }

    /// To the second, UTC.
    static String second(long nanos) {
        return SECOND.format(instant(nanos));
    }

    /// Seconds since 1970 to the microsecond.
    static String epoch(long nanos) {
        return seconds(nanos, 6);
    }

    /// Seconds with `digits` decimals.
    static String seconds(long nanos, int digits) {
        return java.math.BigDecimal.valueOf(nanos, 9).setScale(digits, java.math.RoundingMode.HALF_UP).toPlainString();
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
    }
}

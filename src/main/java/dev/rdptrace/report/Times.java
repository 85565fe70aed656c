package dev.rdptrace.report;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Times as reports write them.
final class Times {
    private static final byte[] ISO = "0000-00-00T00:00:00.000000000Z".getBytes(StandardCharsets.ISO_8859_1);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Times() {}

    /// Always UTC, nine digits. Written by hand, for a report holds dozens of them an attempt.
    static String iso(long nanos) {
        long seconds = Math.floorDiv(nanos, 1_000_000_000L);
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, 86_400));
        int second = (int) Math.floorMod(seconds, 86_400L);
        byte[] text = ISO.clone();
        digits(text, 4, date.getYear());
        digits(text, 7, date.getMonthValue());
        digits(text, 10, date.getDayOfMonth());
        digits(text, 13, second / 3600);
        digits(text, 16, second / 60 % 60);
        digits(text, 19, second % 60);
        digits(text, 29, (int) Math.floorMod(nanos, 1_000_000_000L));
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /// Writes `number` so that it ends before `end`, over the zeros of the pattern. All years of our nanoseconds have four digits.
    private static void digits(byte[] text, int end, int number) {
        for (int at = end - 1; number > 0; at--) {
            text[at] = (byte) ('0' + number % 10);
            number /= 10;
        }
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

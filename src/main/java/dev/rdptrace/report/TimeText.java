package dev.rdptrace.report;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Times as reports write them.
final class TimeText {
    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of a year can say.
    private static final long FIRST_SECOND = -62_167_219_200L;
    private static final long LAST_SECOND = 253_402_300_799L;
    private static final byte[] ISO = "0000-00-00T00:00:00.000000000Z".getBytes(StandardCharsets.ISO_8859_1);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private TimeText() {}

    /// Always UTC, nine digits. Written by hand, for a report holds dozens of them an attempt.
    static String iso(long nanos) {
        return iso(Math.floorDiv(nanos, 1_000_000_000L), (int) Math.floorMod(nanos, 1_000_000_000L));
    }

    /// What nanoseconds since 1970 cannot say, as the year 9999 of a certificate.
    static String isoOfSeconds(long seconds) {
        return iso(within(seconds), 0);
    }

    private static long within(long seconds) {
        return Math.clamp(seconds, FIRST_SECOND, LAST_SECOND);
    }

    private static String iso(long seconds, int nanos) {
        byte[] text = new byte[ISO.length];
        iso(seconds, nanos, text, 0);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /// Writes the same into `text`, from `at` on, and answers where it ends.
    static int iso(long nanos, byte[] text, int at) {
        return iso(Math.floorDiv(nanos, 1_000_000_000L), (int) Math.floorMod(nanos, 1_000_000_000L), text, at);
    }

    private static int iso(long seconds, int nanos, byte[] text, int at) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, 86_400));
        int second = (int) Math.floorMod(seconds, 86_400L);
        System.arraycopy(ISO, 0, text, at, ISO.length);
        digits(text, at + 4, date.getYear());
        digits(text, at + 7, date.getMonthValue());
        digits(text, at + 10, date.getDayOfMonth());
        digits(text, at + 13, second / 3600);
        digits(text, at + 16, second / 60 % 60);
        digits(text, at + 19, second % 60);
        digits(text, at + 29, nanos);
        return at + ISO.length;
    }

    /// Writes `number` so that it ends before `end`, over the zeros of the pattern.
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

    /// Of the day, to the second, UTC.
    static String clock(long nanos) {
        return second(nanos).substring("0000-00-00 ".length());
    }

    /// To the second, UTC.
    static String second(long nanos) {
        return SECOND.format(instant(nanos));
    }

    /// To the second, UTC.
    static String secondOfSeconds(long seconds) {
        return SECOND.format(Instant.ofEpochSecond(within(seconds)));
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

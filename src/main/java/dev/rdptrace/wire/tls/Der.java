package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Reader;
import java.nio.charset.StandardCharsets;

/// The few pieces of ASN.1 DER (ITU-T X.690) that certificates are made of.
enum Der {
    ;

    static final int BOOLEAN = 0x01;
    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int UTF8_STRING = 0x0c;
    static final int UTC_TIME = 0x17;
    static final int GENERALIZED_TIME = 0x18;
    static final int UNIVERSAL_STRING = 0x1c;
    static final int BMP_STRING = 0x1e;
    static final int SEQUENCE = 0x30;
    static final int SET = 0x31;

    /// The inside of the next element, which must have `tag`.
    static Reader inside(Reader in, int tag, String field) {
        int found = in.u8(field);
        if (found != tag) {
            throw in.reject(field, "has tag " + found + ", not " + tag);
        }
        return in.sub(field, field, length(in, field));
    }

    /// The inside of the next element, whatever its tag; peek at it first.
    static Reader any(Reader in, String field) {
        in.skip(field, 1);
        return in.sub(field, field, length(in, field));
    }

    static void skip(Reader in, String field) {
        any(in, field);
    }

    private static int length(Reader in, String field) {
        int first = in.u8(field);
        if (first < 0x80) {
            return first;
        }
        int octets = first & 0x7f;
        if (octets == 0 || octets > 3) {
            throw in.reject(field, "has a length of " + octets + " octets");
        }
        int length = 0;
        for (int i = 0; i < octets; i++) {
            length = length << 8 | in.u8(field);
        }
        return length;
    }

    /// `1.2.840.113549.1.1.11`; arcs beyond 63 bits are shown as `?`.
    static String objectIdentifier(Reader in, String field) {
        Reader arcs = inside(in, OBJECT_IDENTIFIER, field);
        if (arcs.left() > 64) {
            throw arcs.reject(field, "has " + arcs.left() + " bytes");
        }
        StringBuilder text = new StringBuilder();
        while (!arcs.isEmpty()) {
            long arc = 0;
            boolean tooBig = false;
            int octet;
            do {
                octet = arcs.u8(field);
                tooBig |= arc >= 1L << 55;
                arc = arc << 7 | octet & 0x7f;
            } while (octet >= 0x80);
            if (tooBig) {
                text.append(text.isEmpty() ? "" : ".").append('?');
            } else if (text.isEmpty()) {
                long top = Math.min(arc / 40, 2);
                text.append(top).append('.').append(arc - 40 * top);
            } else {
                text.append('.').append(arc);
            }
        }
        return text.toString();
    }

    /// The text of a string element of any of the ASN.1 kinds.
    static String string(Reader in, String field) {
        int tag = in.peek();
        byte[] bytes = any(in, field).rest(field);
        return switch (tag) {
            case UTF8_STRING -> new String(bytes, StandardCharsets.UTF_8);
            case BMP_STRING -> new String(bytes, StandardCharsets.UTF_16BE);
            case UNIVERSAL_STRING -> new String(bytes, java.nio.charset.Charset.forName("UTF-32BE"));
            default -> new String(bytes, StandardCharsets.ISO_8859_1);
        };
    }

    /// Seconds since 1970 of a UTCTime or GeneralizedTime.
    static long time(Reader in, String field) {
        int tag = in.peek();
        if (tag != UTC_TIME && tag != GENERALIZED_TIME) {
            throw in.reject(field, "has tag " + tag + ", which is no time");
        }
        Reader digits = any(in, field);
        long year;
        if (tag == UTC_TIME) {
            year = number(digits, field, 2);
            year += year < 50 ? 2000 : 1900; // RFC 5280 4.1.2.5.1
        } else {
            year = number(digits, field, 4);
        }
        long month = number(digits, field, 2);
        long day = number(digits, field, 2);
        long hour = number(digits, field, 2);
        long minute = number(digits, field, 2);
        long second = digits.peek() >= '0' && digits.peek() <= '9' ? number(digits, field, 2) : 0;
        if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) {
            throw digits.reject(field, "is no time of a calendar");
        }
        if (digits.peek() == '.' || digits.peek() == ',') {
            do {
                digits.skip(field, 1);
            } while (digits.peek() >= '0' && digits.peek() <= '9');
        }
        long offsetMinutes = 0;
        if (digits.peek() == '+' || digits.peek() == '-') {
            int sign = digits.u8(field) == '+' ? 1 : -1;
            offsetMinutes = sign * (60 * number(digits, field, 2) + number(digits, field, 2));
        }
        return (daysSince1970(year, month, day) * 24 + hour) * 3600 + (minute - offsetMinutes) * 60 + second;
    }

    private static long number(Reader digits, String field, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            int digit = digits.u8(field) - '0';
            if (digit < 0 || digit > 9) {
                throw digits.reject(field, "has a character that is no digit");
            }
            value = 10 * value + digit;
        }
        return value;
    }

    /// Days in the Gregorian calendar, counted in years that begin in March.
    private static long daysSince1970(long year, long month, long day) {
        long y = month <= 2 ? year - 1 : year;
        long m = month <= 2 ? month + 9 : month - 3;
        return 365 * y + Math.floorDiv(y, 4L) - Math.floorDiv(y, 100L) + Math.floorDiv(y, 400L)
                + (153 * m + 2) / 5 + day - 1 - 719468;
    }
}

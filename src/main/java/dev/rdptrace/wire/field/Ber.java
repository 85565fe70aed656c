package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;

/// ASN.1 in the basic encoding of ITU-T X.690 with definite lengths, of which the distinguished one (DER) is a part.
public final class Ber {
    public static final int BOOLEAN = 0x01;
    public static final int INTEGER = 0x02;
    public static final int BIT_STRING = 0x03;
    public static final int OCTET_STRING = 0x04;
    public static final int OBJECT_IDENTIFIER = 0x06;
    public static final int ENUMERATED = 0x0a;
    public static final int UTF8_STRING = 0x0c;
    public static final int UTC_TIME = 0x17;
    public static final int GENERALIZED_TIME = 0x18;
    public static final int UNIVERSAL_STRING = 0x1c;
    public static final int BMP_STRING = 0x1e;
    public static final int SEQUENCE = 0x30;
    public static final int SET = 0x31;

    /// Nothing that is sent so comes near.
    private static final int LONGEST = 1 << 20;
    private static final int LONGEST_IDENTIFIER = 64;

    private Ber() {}

    /// The content of the next element, which must have this tag.
    public static Reader open(Reader in, int tag, String field) {
        return open(in, tag, field, field);
    }

    /// The same, where errors inside it name another layer.
    public static Reader open(Reader in, int tag, String field, String layer) {
        int actual = in.u8(field);
        if (actual != tag) {
            throw in.reject(field, "has tag " + Hex.code(actual) + ", not " + Hex.code(tag));
        }
        return in.sub(field, layer, length(in, field));
    }

    /// The content of the next element, whatever its tag; peek at it first.
    public static Reader openAny(Reader in, String field) {
        in.u8(field);
        return in.sub(field, field, length(in, field));
    }

    public static int length(Reader in, String field) {
        int first = in.u8(field);
        int length = switch (first) {
            case 0x81 -> in.u8(field);
            case 0x82 -> in.u16(field);
            case 0x83 -> in.u24(field);
            default -> {
                if (first >= 0x80) {
                    throw in.reject(field, "has length form " + Hex.code(first));
                }
                yield first;
            }
        };
        if (length > LONGEST) {
            throw in.reject(field, "has length " + length);
        }
        return length;
    }

    /// An integer or an enumeration.
    public static long integer(Reader in, int tag, String field) {
        Reader content = number(in, tag, field, Long.BYTES);
        long value = (byte) content.u8(field);
        while (!content.isEmpty()) {
            value = value << 8 | content.u8(field);
        }
        return value;
    }

    /// A number that is never negative, of up to four octets: some senders leave off the zero in front of a high bit.
    public static long unsigned(Reader in, int tag, String field) {
        Reader content = number(in, tag, field, 5);
        long value = 0;
        while (!content.isEmpty()) {
            value = value << 8 | content.u8(field);
        }
        return value;
    }

    private static Reader number(Reader in, int tag, String field, int most) {
        Reader content = open(in, tag, field);
        if (content.isEmpty() || content.left() > most) {
            throw in.reject(field, "is an integer of " + content.left() + " octets");
        }
        return content;
    }

    public static byte[] octets(Reader in, String field) {
        return open(in, OCTET_STRING, field).rest(field);
    }

    /// `1.2.840.113549.1.1.11`; arcs beyond 63 bits are shown as `?`.
    public static String objectIdentifier(Reader in, String field) {
        Reader arcs = open(in, OBJECT_IDENTIFIER, field);
        if (arcs.left() > LONGEST_IDENTIFIER) {
            throw arcs.reject(field, "is an object identifier of " + arcs.left() + " octets");
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
    public static String string(Reader in, String field) {
        int tag = in.peek();
        byte[] bytes = openAny(in, field).rest(field);
        return switch (tag) {
            case UTF8_STRING -> new String(bytes, StandardCharsets.UTF_8);
            case BMP_STRING -> new String(bytes, StandardCharsets.UTF_16BE);
            case UNIVERSAL_STRING -> new String(bytes, Charset.forName("UTF-32BE"));
            default -> new String(bytes, StandardCharsets.ISO_8859_1);
        };
    }

    /// Seconds since 1970 of a UTCTime or GeneralizedTime.
    public static long time(Reader in, String field) {
        int tag = in.peek();
        if (tag != UTC_TIME && tag != GENERALIZED_TIME) {
            throw in.reject(field, "has tag " + Hex.code(tag) + ", which is no time");
        }
        Reader digits = openAny(in, field);
        int year;
        if (tag == UTC_TIME) {
            year = digits(digits, field, 2);
            year += year < 50 ? 2000 : 1900; // RFC 5280 4.1.2.5.1
        } else {
            year = digits(digits, field, 4);
        }
        int month = digits(digits, field, 2);
        int day = digits(digits, field, 2);
        long hour = digits(digits, field, 2);
        int minute = digits(digits, field, 2);
        int second = isDigit(digits.peek()) ? digits(digits, field, 2) : 0;
        if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) {
            throw digits.reject(field, "is no time of a calendar");
        }
        if (digits.peek() == '.' || digits.peek() == ',') {
            do {
                digits.skip(field, 1);
            } while (isDigit(digits.peek()));
        }
        int offsetMinutes = 0;
        if (digits.peek() == '+' || digits.peek() == '-') {
            int sign = digits.u8(field) == '+' ? 1 : -1;
            offsetMinutes = sign * (60 * digits(digits, field, 2) + digits(digits, field, 2));
        }
        long days = LocalDate.of(year, month, 1).toEpochDay() + day - 1;
        return (days * 24 + hour) * 3600 + (minute - offsetMinutes) * 60L + second;
    }

    private static int digits(Reader digits, String field, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            int digit = digits.u8(field);
            if (!isDigit(digit)) {
                throw digits.reject(field, "has a character that is no digit");
            }
            value = 10 * value + digit - '0';
        }
        return value;
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    /// The explicitly tagged fields of a SEQUENCE. Fields of later versions are kept and asked by nobody.
    public static Fields fields(Reader in, String field) {
        Reader content = open(in, SEQUENCE, field);
        Map<Integer, Reader> fields = new TreeMap<>();
        while (!content.isEmpty()) {
            int tag = content.u8(field);
            if ((tag & 0xe0) != 0xa0) {
                throw content.reject(field, "has an element of tag " + Hex.code(tag));
            }
            int number = tag & 0x1f;
            String name = field + "[" + number + "]";
            if (fields.put(number, content.sub(name, name, length(content, name))) != null) {
                throw content.reject(name, "stands twice");
            }
        }
        return new Fields(content, fields);
    }

    /// The fields of one SEQUENCE by tag number.
    public record Fields(Reader origin, Map<Integer, Reader> byNumber) {

        public boolean has(int number) {
            return byNumber.containsKey(number);
        }

        public Reader get(int number, String field) {
            Reader found = byNumber.get(number);
            if (found == null) {
                throw origin.reject(field, "is missing");
            }
            return found;
        }

        public long integer(int number, String field) {
            return Ber.integer(get(number, field), INTEGER, field);
        }

        public long integerOr(int number, String field, long absent) {
            return has(number) ? integer(number, field) : absent;
        }

        public byte[] octets(int number, String field) {
            return Ber.octets(get(number, field), field);
        }
    }
}

package dev.rdptrace.wire.mcs;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;

/// X.690 basic encoding with definite lengths, as T.125 connect PDUs use it.
final class Ber {
    private Ber() {}

    static Reader element(Reader in, int tag, String field, String layer) {
        int actual = in.u8(field);
        if (actual != tag) {
            throw in.reject(field, "has tag " + Hex.code(actual) + ", not " + Hex.code(tag));
        }
        return in.sub(field, layer, length(in, field));
    }

    /// Integers, enumerations and booleans of up to four content octets and a leading zero.
    static long integer(Reader in, int tag, String field) {
        Reader content = element(in, tag, field, field);
        int octets = content.left();
        if (octets < 1 || octets > 5) {
            throw in.reject(field, "is an integer of " + octets + " octets");
        }
        long value = 0;
        while (!content.isEmpty()) {
            value = value << 8 | content.u8(field);
        }
        return value;
    }

    static int length(Reader in, String field) {
        int first = in.u8(field);
        return switch (first) {
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
    }
}

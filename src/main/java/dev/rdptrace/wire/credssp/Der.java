package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import java.util.Map;
import java.util.TreeMap;

/// X.690 distinguished encoding as CredSSP, SPNEGO and Kerberos use it: definite lengths, explicit context tags.
final class Der {
    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int ENUMERATED = 0x0a;
    static final int SEQUENCE = 0x30;

    /// Nothing that these protocols send comes near.
    private static final int MAX_LENGTH = 1 << 20;

    private Der() {}

    /// The content of the next element, which must have this tag.
    static Reader open(Reader in, int tag, String field) {
        int actual = in.u8(field);
        if (actual != tag) {
            throw in.reject(field, "has tag " + Hex.code(actual) + ", not " + Hex.code(tag));
        }
        return in.sub(field, field, length(in, field));
    }

    static int length(Reader in, String field) {
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
        if (length > MAX_LENGTH) {
            throw in.reject(field, "has length " + length);
        }
        return length;
    }

    /// The explicitly tagged fields of a SEQUENCE. Fields of later versions are kept and asked by nobody.
    static Fields fields(Reader in, String field) {
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
        return new Fields(field, content, fields);
    }

    static long integer(Reader in, int tag, String field) {
        Reader content = open(in, tag, field);
        int octets = content.left();
        if (octets < 1 || octets > 8) {
            throw content.reject(field, "is an integer of " + octets + " octets");
        }
        long value = (byte) content.u8(field);
        while (!content.isEmpty()) {
            value = value << 8 | content.u8(field);
        }
        return value;
    }

    static byte[] octets(Reader in, String field) {
        return open(in, OCTET_STRING, field).rest(field);
    }

    /// Dotted decimal.
    static String oid(Reader in, String field) {
        Reader content = open(in, OBJECT_IDENTIFIER, field);
        if (content.isEmpty() || content.left() > 64) {
            throw content.reject(field, "is an object identifier of " + content.left() + " octets");
        }
        StringBuilder dotted = new StringBuilder();
        while (!content.isEmpty()) {
            long arc = 0;
            int octet;
            do {
                octet = content.u8(field);
                arc = arc << 7 | octet & 0x7f;
                if (arc > 0xffff_ffffL) {
                    throw content.reject(field, "has an arc above 32 bits");
                }
            } while ((octet & 0x80) != 0);
            if (dotted.isEmpty()) {
                long root = Math.min(arc / 40, 2);
                dotted.append(root).append('.').append(arc - root * 40);
            } else {
                dotted.append('.').append(arc);
            }
        }
        return dotted.toString();
    }

    /// The fields of one SEQUENCE by tag number.
    record Fields(String name, Reader origin, Map<Integer, Reader> byNumber) {

        boolean has(int number) {
            return byNumber.containsKey(number);
        }

        Reader get(int number, String field) {
            Reader found = byNumber.get(number);
            if (found == null) {
                throw origin.reject(field, "is missing");
            }
            return found;
        }

        long integer(int number, String field) {
            return Der.integer(get(number, field), INTEGER, field);
        }

        long integerOr(int number, String field, long absent) {
            return has(number) ? integer(number, field) : absent;
        }

        byte[] octets(int number, String field) {
            return Der.octets(get(number, field), field);
        }
    }
}

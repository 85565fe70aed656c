package dev.rdptrace.redact;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.wire.field.Ber;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The skeleton of ITU-T X.690 encodings: tags and lengths stay, what they hold is emptied. So a field that nobody reads is still one of
/// its type and size.
final class DerShape {
    private static final int CONSTRUCTED = 0x20;
    private static final int LONGEST_IDENTIFIER = 11;
    /// Of PKCS, X9.62, X.500, NIST, the Internet and the OIW: none of them a company's own.
    private static final List<String> IDENTIFIERS = List.of("2a864886f70d", "2a8648ce3d", "55", "60864801650304", "2b060105", "2b0e0302");
    private static final int DEEPEST = 32;

    private DerShape() {}

    /// Copies tags and lengths of the elements in `[from, end)` to the same places behind `to`; answers whether nothing else is there.
    static boolean copy(byte[] in, int from, int end, byte[] out, int to, int depth) {
        int at = from;
        while (at < end) {
            int content = contentAt(in, at, end);
            int length = content < 0 ? -1 : length(in, at);
            int tag = in[at] & 0xff;
            if (length < 0 || length > end - content || depth > DEEPEST || !isTag(tag, length)) {
                return false;
            }
            System.arraycopy(in, at, out, to + at - from, content - at);
            if (isPlain(tag, in, content, length)) {
                System.arraycopy(in, content, out, to + content - from, length);
            } else if ((tag & CONSTRUCTED) != 0
                    || tag == Ber.OCTET_STRING && copy(in, content, content + length, new byte[length], 0, depth + 1)) {
                copy(in, content, content + length, out, to + content - from, depth + 1);
            }
            at = content + length;
        }
        return at > from;
    }

    /// A flag, a code of one byte, a time, or the number of an algorithm or field that everybody uses.
    private static boolean isPlain(int tag, byte[] in, int at, int length) {
        return switch (tag) {
            case Ber.BOOLEAN, Ber.INTEGER -> length == 1;
            case Ber.UTC_TIME, Ber.GENERALIZED_TIME -> isTime(in, at, length);
            case Ber.OBJECT_IDENTIFIER -> length <= LONGEST_IDENTIFIER && IDENTIFIERS.stream().anyMatch(Hex.of(in, at, length)::startsWith);
            default -> false;
        };
    }

    /// One that certificates and Kerberos have, the last of them BMPString; letters of a text look like others.
    private static boolean isTag(int tag, int length) {
        return switch (tag >> 6) {
            case 0 -> (tag & CONSTRUCTED) == 0 ? tag > 0 && tag <= Ber.BMP_STRING : tag == Ber.SEQUENCE || tag == Ber.SET;
            case 1 -> (tag & CONSTRUCTED) != 0 && length > 0;
            default -> tag >> 6 == 2;
        };
    }

    /// `20260131235959Z`
    static boolean isTime(byte[] in, int at, int length) {
        return new String(in, at, length, StandardCharsets.ISO_8859_1).matches("[0-9]{10,14}Z");
    }

    private static int contentAt(byte[] in, int at, int end) {
        int content = end - at < 2 ? -1 : at + 2 + (in[at + 1] < 0 ? in[at + 1] & 0x7f : 0);
        return content > end || content > at + 5 || content >= 0 && (in[at] & 0x1f) == 0x1f ? -1 : content;
    }

    private static int length(byte[] in, int at) {
        int octets = in[at + 1] & 0x7f;
        return in[at + 1] >= 0 ? in[at + 1] : octets == 0 ? -1 : (int) Addresses.get(in, at + 2, octets);
    }
}

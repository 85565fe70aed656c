package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// [MS-RDPBCGR] 2.2.8.1.2 and 2.2.9.1.2: the first bytes of a fast-path PDU, which stands where a TPKT header would.
///
/// @param events number of input events told by the header (client to server); 0 means that a byte tells it
/// @param flags 1 salted checksum, 2 encrypted
/// @param headerLength 2 or 3 bytes
/// @param length of the whole PDU in bytes
public record FastPathHeader(int events, int flags, int headerLength, int length) {

    public boolean isEncrypted() {
        return (flags & 2) != 0;
    }

    /// Whether a byte can begin a fast-path PDU: its low two bits are zero, where TPKT has 3.
    public static boolean canBegin(int firstByte) {
        return (firstByte & 3) == 0;
    }

    /// Decodes the header at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    public static Decoded<FastPathHeader> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "fpHeader", FastPathHeader::read);
    }

    private static FastPathHeader read(Reader in) {
        int first = in.u8("fpHeader");
        if (!canBegin(first)) {
            throw in.reject("action", "is " + (first & 3) + ", not fast-path");
        }
        int total = in.u8("length1");
        if (total >= 0x80) {
            total = (total & 0x7f) << 8 | in.u8("length2");
        }
        if (total < in.offset()) {
            throw in.reject("length1", "is " + total + ", shorter than the header");
        }
        return new FastPathHeader(first >> 2 & 0xf, first >> 6, in.offset(), total);
    }
}

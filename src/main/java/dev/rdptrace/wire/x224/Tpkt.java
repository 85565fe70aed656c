package dev.rdptrace.wire.x224;

/// The frame around every RDP message outside TLS: a TPKT (RFC 1006 section 6) or a fast-path header
/// ([MS-RDPBCGR] 2.2.8.1.2, 2.2.9.1.2).
///
/// ```
/// TPKT       03 | 00 | length:2                      the length counts from the 03, at least 7
/// fast-path  xxxxxx00 | length:1 or 1sssssss ssssssss  the length counts from the first byte
/// ```
public final class Tpkt {
    /// [#length] says so when more bytes are needed to tell.
    public static final int NEED_MORE = 0;
    /// [#length] says so when no frame begins here.
    public static final int NOT_A_FRAME = -1;

    public static final int HEADER = 4;
    private static final int SHORTEST_TPKT = 7;

    private Tpkt() {}

    /// Bytes of the frame that begins here, [#NEED_MORE] or [#NOT_A_FRAME]. Allocates nothing.
    public static int length(byte[] bytes, int offset, int available) {
        if (available < 1) {
            return NEED_MORE;
        }
        int first = bytes[offset] & 0xff;
        if (first == 3) {
            return tpktLength(bytes, offset, available);
        }
        return (first & 3) == 0 ? fastPathLength(bytes, offset, available) : NOT_A_FRAME;
    }

    private static int tpktLength(byte[] bytes, int offset, int available) {
        if (available >= 2 && bytes[offset + 1] != 0) {
            return NOT_A_FRAME;
        }
        if (available < HEADER) {
            return NEED_MORE;
        }
        int length = (bytes[offset + 2] & 0xff) << 8 | bytes[offset + 3] & 0xff;
        return length >= SHORTEST_TPKT ? length : NOT_A_FRAME;
    }

    private static int fastPathLength(byte[] bytes, int offset, int available) {
        if (available < 2) {
            return NEED_MORE;
        }
        int length = bytes[offset + 1] & 0xff;
        if (length < 0x80) {
            return length > 2 ? length : NOT_A_FRAME;
        }
        if (available < 3) {
            return NEED_MORE;
        }
        length = (length & 0x7f) << 8 | bytes[offset + 2] & 0xff;
        return length > 3 ? length : NOT_A_FRAME;
    }
}

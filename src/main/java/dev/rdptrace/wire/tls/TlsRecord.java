package dev.rdptrace.wire.tls;

/// The header of a TLS record, RFC 8446 5.1.
///
/// ```
/// 0:1 type | 1:2 version | 3:2 length       the length counts what follows the header
/// ```
public final class TlsRecord {
    public static final int HEADER = 5;
    /// [#length] says so when more bytes are needed to tell.
    public static final int NEED_MORE = 0;
    /// [#length] says so when no record begins here.
    public static final int NOT_A_RECORD = -1;

    /// 2^14 bytes of plaintext and as much growth as TLS 1.2 allows.
    private static final int LONGEST = (1 << 14) + 2048;

    private TlsRecord() {}

    /// Could a record begin here, as far as the bytes go? Allocates nothing.
    public static boolean plausible(byte[] bytes, int offset, int available) {
        return available > 0 && length(bytes, offset, available) != NOT_A_RECORD;
    }

    /// Bytes of the whole record that begins here, [#NEED_MORE] or [#NOT_A_RECORD]. Allocates nothing.
    public static int length(byte[] bytes, int offset, int available) {
        if (available >= 1 && (bytes[offset] < ContentType.CHANGE_CIPHER_SPEC || bytes[offset] > ContentType.HEARTBEAT)
                || available >= 2 && bytes[offset + 1] != 3
                || available >= 3 && (bytes[offset + 2] < 0 || bytes[offset + 2] > 4)) {
            return NOT_A_RECORD;
        }
        if (available < HEADER) {
            return NEED_MORE;
        }
        int length = (bytes[offset + 3] & 0xff) << 8 | bytes[offset + 4] & 0xff;
        return length <= LONGEST ? HEADER + length : NOT_A_RECORD;
    }
}

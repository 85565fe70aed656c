package dev.rdptrace.wire.tls;

/// The header of a record of DTLS 1.0 and 1.2, RFC 6347 4.1.
///
/// ```
/// 0:1 type | 1:2 version | 3:2 epoch | 5:6 number | 11:2 length       the length counts what follows the header
/// ```
public final class DtlsRecord {
    public static final int HEADER = 13;
    /// Of a handshake message in it: type, length, number, and which part of it this is.
    public static final int MESSAGE_HEADER = 12;

    private static final int LONGEST = (1 << 14) + 2048;
    private static final int DTLS_1_0 = 0xfeff;

    private DtlsRecord() {}

    /// Bytes of the whole record that begins here, 0 where none does or a part is missing. Allocates nothing.
    public static int length(byte[] bytes, int offset, int available) {
        if (available < HEADER || bytes[offset] < ContentType.CHANGE_CIPHER_SPEC || bytes[offset] > ContentType.HEARTBEAT
                || !isVersion(bytes[offset + 1], bytes[offset + 2])) {
            return 0;
        }
        int length = (bytes[offset + 11] & 0xff) << 8 | bytes[offset + 12] & 0xff;
        return length <= LONGEST && HEADER + length <= available ? HEADER + length : 0;
    }

    /// 1.0 is `fe ff`, 1.2 is `fe fd`: counted downwards.
    public static boolean isVersion(int major, int minor) {
        return (major & 0xff) == 0xfe && (minor & 0xff) >= 0xfc;
    }

    /// Epoch and number as one, as MACs and nonces take them.
    public static long number(byte[] bytes, int offset) {
        long number = 0;
        for (int i = 3; i < 11; i++) {
            number = number << 8 | bytes[offset + i] & 0xff;
        }
        return number;
    }

    /// The version of TLS whose rules hold: 1.1 for DTLS 1.0, 1.2 for DTLS 1.2.
    public static int tlsVersion(int code) {
        return code == DTLS_1_0 ? TlsVersion.TLS_1_1 : TlsVersion.TLS_1_2;
    }
}

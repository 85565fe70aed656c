package dev.rdptrace.wire.tls;

/// Finds the server name at the beginning of a ClientHello without decoding or allocating: RFC 8446 4.1.2, RFC 6066 3.
public final class ServerNameScan {
    /// These bytes hold no name, nor will more.
    public static final int NONE = -1;
    /// More of the ClientHello must come before it is known.
    public static final int MORE = -2;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;
    private static final int LONGEST = 1 << 14;

    private ServerNameScan() {}

    /// Offset of the host name in the high, its length in the low 32 bits; [#NONE] or [#MORE].
    public static long find(byte[] bytes, int offset, int length) {
        if (!begins(bytes, offset, length)) {
            return NONE;
        }
        int whole = length < TlsRecord.HEADER ? LONGEST : TlsRecord.HEADER + u16(bytes, offset + 3);
        int end = offset + Math.min(length, whole);
        int missing = length < whole ? MORE : NONE;
        int at = offset + TlsRecord.HEADER + Handshake.HEADER + 2 + 32;
        if (at >= end) {
            return missing;
        }
        at += 1 + (bytes[at] & 0xff); // session id
        if (at + 2 > end) {
            return missing;
        }
        at += 2 + u16(bytes, at); // cipher suites
        if (at >= end) {
            return missing;
        }
        at += 1 + (bytes[at] & 0xff) + 2; // compression methods, length of the extensions
        while (at + 4 <= end) {
            int name = at + 4 + 5;
            if (u16(bytes, at) == SERVER_NAME) {
                if (name > end) {
                    return missing;
                }
                int size = u16(bytes, at + 4 + 3);
                return bytes[at + 4 + 2] != HOST_NAME ? NONE : name + size > end ? missing : (long) name << 32 | size;
            }
            at += 4 + u16(bytes, at + 2);
        }
        return missing;
    }

    private static boolean begins(byte[] bytes, int offset, int length) {
        return length > 0 && bytes[offset] == ContentType.HANDSHAKE && (length < 2 || bytes[offset + 1] == 3)
                && (length < TlsRecord.HEADER || u16(bytes, offset + 3) <= LONGEST)
                && (length <= TlsRecord.HEADER || bytes[offset + TlsRecord.HEADER] == Handshake.CLIENT_HELLO);
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }
}

package dev.rdptrace.wire.tls;

/// Finds the server name in the first segment of a ClientHello without decoding or allocating: RFC 8446 4.1.2, RFC 6066 3.
public final class ServerNameScan {
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    private ServerNameScan() {}

    /// Offset of the host name in the high, its length in the low 32 bits; -1 if there is none to be found.
    public static long find(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (length < 60 || bytes[offset] != ContentType.HANDSHAKE || bytes[offset + 1] != 3
                || bytes[offset + 5] != Handshake.CLIENT_HELLO) {
            return -1;
        }
        int at = offset + TlsRecord.HEADER + Handshake.HEADER + 2 + 32;
        at += 1 + (bytes[at] & 0xff); // session id
        if (at + 2 > end) {
            return -1;
        }
        at += 2 + u16(bytes, at); // cipher suites
        if (at + 1 > end) {
            return -1;
        }
        at += 1 + (bytes[at] & 0xff) + 2; // compression methods, length of the extensions
        while (at + 4 <= end) {
            int size = u16(bytes, at + 2);
            if (u16(bytes, at) == SERVER_NAME) {
                int name = at + 4 + 5;
                if (name > end || bytes[at + 4 + 2] != HOST_NAME) {
                    return -1;
                }
                int nameLength = u16(bytes, at + 4 + 3);
                return name + nameLength <= end ? (long) name << 32 | nameLength : -1;
            }
            at += 4 + size;
        }
        return -1;
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }
}

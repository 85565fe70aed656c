package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// The header of a handshake message, RFC 8446 4.
///
/// ```
/// 0:1 type | 1:3 length
/// ```
///
/// @param length bytes after the header
public record Handshake(int type, int length) {
    public static final int HEADER = 4;

    public static final int HELLO_REQUEST = 0;
    public static final int CLIENT_HELLO = 1;
    public static final int SERVER_HELLO = 2;
    public static final int NEW_SESSION_TICKET = 4;
    public static final int END_OF_EARLY_DATA = 5;
    public static final int CERTIFICATE = 11;
    public static final int SERVER_KEY_EXCHANGE = 12;
    public static final int CERTIFICATE_REQUEST = 13;
    public static final int SERVER_HELLO_DONE = 14;
    public static final int CLIENT_KEY_EXCHANGE = 16;
    public static final int FINISHED = 20;
    public static final int KEY_UPDATE = 24;

    /// The header alone; `Complete.length` is [#HEADER]. An unknown type is not an error: encrypted handshake messages
    /// begin with any byte.
    public static Decoded<Handshake> header(byte[] bytes, int offset, int available) {
        return Reader.decode(bytes, offset, available, "Handshake",
                in -> new Handshake(in.u8("msg_type"), in.u24("length")));
    }
}

package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import java.util.Arrays;

/// A whole handshake message, RFC 8446 4, where it lies: its header at `start`, its body of `length` bytes behind that.
///
/// @param hello of a ClientHello or ServerHello, decoded; `Partial` of anything else
public record HandshakeMessage(int type, byte[] bytes, int start, int length, Decoded<?> hello) {
    private static final Decoded<?> NONE = new Decoded.Partial<>(0);

    public static HandshakeMessage at(byte[] bytes, int start) {
        int type = bytes[start] & 0xff;
        int length = length(bytes, start);
        int body = start + Handshake.HEADER;
        return new HandshakeMessage(type, bytes, start, length, switch (type) {
            case Handshake.CLIENT_HELLO -> ClientHello.decode(bytes, body, length);
            case Handshake.SERVER_HELLO -> ServerHello.decode(bytes, body, length);
            default -> NONE;
        });
    }

    /// Bytes behind the header at `start`, as it says.
    public static int length(byte[] bytes, int start) {
        return (bytes[start + 1] & 0xff) << 16 | (bytes[start + 2] & 0xff) << 8 | bytes[start + 3] & 0xff;
    }

    /// Where the body begins.
    public int body() {
        return start + Handshake.HEADER;
    }

    /// With its header.
    public int total() {
        return Handshake.HEADER + length;
    }

    /// A copy of all of it, as transcripts need it.
    public byte[] raw() {
        return Arrays.copyOfRange(bytes, start, start + total());
    }
}

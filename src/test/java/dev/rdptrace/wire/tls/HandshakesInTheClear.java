package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Handshake messages that can be read without keys in one direction of a recorded stream, for tests.
public final class HandshakesInTheClear {
    /// @param body without the handshake header
    public record Message(int type, byte[] body) {}

    private HandshakesInTheClear() {}

    public static List<Message> in(byte[] stream) {
        ByteArrayOutputStream handshake = new ByteArrayOutputStream();
        int at = start(stream);
        boolean changed = false;
        for (int length; at >= 0 && (length = TlsRecord.length(stream, at, stream.length - at)) > 0;) {
            int end = Math.min(stream.length, at + length);
            if (stream[at] == ContentType.APPLICATION_DATA) {
                break;
            }
            changed |= stream[at] == ContentType.CHANGE_CIPHER_SPEC;
            // Only the second hello after a retry is readable behind a change of cipher.
            if (stream[at] == ContentType.HANDSHAKE && (!changed || isWholeHello(stream, at, end))) {
                handshake.write(stream, at + TlsRecord.HEADER, end - at - TlsRecord.HEADER);
            }
            at = end;
        }
        List<Message> messages = new ArrayList<>();
        byte[] all = handshake.toByteArray();
        int from = 0;
        while (Handshake.header(all, from, all.length - from) instanceof Decoded.Complete<Handshake>(var header, _)
                && from + Handshake.HEADER + header.length() <= all.length) {
            int body = from + Handshake.HEADER;
            messages.add(new Message(header.type(), java.util.Arrays.copyOfRange(all, body, body + header.length())));
            from = body + header.length();
        }
        return messages;
    }

    private static boolean isWholeHello(byte[] stream, int at, int end) {
        int body = at + TlsRecord.HEADER;
        return end - body >= 4 && (stream[body] == 1 || stream[body] == 2) && stream[body + 1] == 0
                && ((stream[body + 2] & 0xff) << 8 | stream[body + 3] & 0xff) == end - body - 4;
    }

    /// Where TLS begins: at once, or after the words of another protocol.
    public static int start(byte[] stream) {
        for (int at = 0; at + 6 <= stream.length; at++) {
            if (stream[at] == ContentType.HANDSHAKE && TlsRecord.plausible(stream, at, stream.length - at)
                    && (stream[at + 5] == Handshake.CLIENT_HELLO || stream[at + 5] == Handshake.SERVER_HELLO)) {
                return at;
            }
        }
        return -1;
    }
}

package dev.rdptrace.decrypt;

import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakeMessage;
import java.util.Arrays;

/// Puts the messages of a TLS handshake together, however they are cut over records, and tells each with its hello decoded.
///
/// It takes the content of handshake records in order, those that were opened too. Not for use by several threads.
public final class HandshakeReader {
    /// Bytes that may wait for the rest of their message.
    public static final int LONGEST = 1 << 17;
    private static final byte[] NONE = {};

    private final Listener listener;
    private final byte[][] waiting = {NONE, NONE};
    private final int[] lengths = new int[2];

    /// Who follows the handshake. The message lies in a buffer that is used again.
    public interface Listener {
        void onMessage(boolean fromClient, HandshakeMessage message);
    }

    public HandshakeReader(Listener listener) {
        this.listener = listener;
    }

    /// Takes `length` bytes at `offset`; `false` when so many wait for the end of a message that they were given up.
    public boolean read(boolean fromClient, byte[] bytes, int offset, int length) {
        int side = fromClient ? 0 : 1;
        int before = lengths[side];
        if (before + length > LONGEST) {
            lost(fromClient);
            return false;
        }
        if (before == 0) {
            int used = messages(fromClient, bytes, offset, length);
            keep(side, bytes, offset + used, length - used);
            return true;
        }
        keep(side, bytes, offset, length);
        byte[] all = waiting[side];
        int used = messages(fromClient, all, 0, before + length);
        lengths[side] = 0;
        keep(side, all, used, before + length - used);
        return true;
    }

    private int messages(boolean fromClient, byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (end - at >= Handshake.HEADER && HandshakeMessage.length(bytes, at) <= end - at - Handshake.HEADER) {
            HandshakeMessage message = HandshakeMessage.at(bytes, at);
            listener.onMessage(fromClient, message);
            at += message.total();
        }
        return at - offset;
    }

    private void keep(int side, byte[] bytes, int offset, int length) {
        int needed = lengths[side] + length;
        if (needed == 0) {
            waiting[side] = NONE;
        } else if (needed > waiting[side].length) {
            waiting[side] = Arrays.copyOf(waiting[side], 2 * needed);
        }
        System.arraycopy(bytes, offset, waiting[side], lengths[side], length);
        lengths[side] = needed;
    }

    /// The type of the message whose rest is waited for, or -1.
    public int begun(boolean fromClient) {
        int side = fromClient ? 0 : 1;
        return lengths[side] == 0 ? -1 : waiting[side][0] & 0xff;
    }

    /// What waits for its rest waits in vain: bytes of this side are missing, or encryption begins.
    public void lost(boolean fromClient) {
        int side = fromClient ? 0 : 1;
        waiting[side] = NONE;
        lengths[side] = 0;
    }
}

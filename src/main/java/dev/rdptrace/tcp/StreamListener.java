package dev.rdptrace.tcp;

import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;

/// Who follows a connection. Calls come in the order of the capture.
public interface StreamListener {

    /// A SYN of the client, or a SYN-ACK of the server; `repeats` counts earlier ones with the same sequence number.
    void onSyn(Side from, int repeats, Moment at);

    /// The client's ACK completed the handshake.
    void onEstablished(Moment at);

    /// [Connection#half] of `from` holds more bytes in order.
    void onBytes(Side from);

    /// Bytes `[offset, offset + length)` of `from` will not come: the peer has acknowledged them, the capture lacks them.
    void onGap(Side from, long offset, long length, Moment at);

    void onFin(Side from, Moment at);

    void onReset(ResetFacts reset);

    void onIcmp(IcmpFacts icmp);

    /// Nothing has come for some time, as of `nanos`. Called once until something comes again.
    void onQuiet(long nanos);

    /// No more will come.
    void onEnd(End end);

    /// Why a connection is no longer followed.
    enum End {
        /// It was closed and has been quiet since.
        CLOSED,
        /// The same addresses and ports began a new connection.
        REPLACED,
        /// The capture ended.
        CAPTURE_ENDED,
        /// Nothing came for so long that nothing more is expected.
        GIVEN_UP,
        /// Given up for lack of room.
        EVICTED,
        /// Its first bytes have shown that nobody wants it.
        UNWANTED
    }
}

package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Side;

/// One TCP segment (RFC 9293 3.1) as one capture saw it.
///
/// @param ipLength bytes of the IP packet
/// @param prefix hash of the first [#PREFIX] payload bytes, 0 where they were not captured or there are fewer
/// @param whole hash of the payload, 0 where it was not captured whole
record SeenSegment(long nanos, long frame, Side from, int flags, int sequence, int acknowledgement, int length, int ipLength, int hopLimit,
        int identification, int window, int mss, int windowScale, boolean sack, boolean timestamps, long prefix, long whole) {
    static final int PREFIX = 32;
    private static final int LONGEST = 4096;
    private static final int LOOKS = Packet.SYN | Packet.FIN | Packet.RST | Packet.ACK;

    static SeenSegment of(Packet packet, Side from, long frame, long nanos) {
        int captured = packet.payloadCaptured();
        int length = packet.payloadLength();
        byte[] bytes = packet.bytes();
        int offset = packet.payloadOffset();
        long prefix = captured >= PREFIX ? hash(bytes, offset, PREFIX) : 0;
        long whole = length > 0 && captured == length ? hash(bytes, offset, Math.min(length, LONGEST)) : 0;
        return new SeenSegment(nanos, frame, from, packet.flags(), packet.sequence(), packet.acknowledgement(), length, packet.ipLength(),
                packet.hopLimit(), packet.identification(), packet.window(), packet.mss(), packet.windowScale(), packet.sackPermitted(),
                packet.timestamps(), prefix, whole);
    }

    /// FNV-1a, 64 bits; never 0.
    private static long hash(byte[] bytes, int offset, int length) {
        long hash = 0xcbf29ce484222325L;
        for (int i = offset; i < offset + length; i++) {
            hash = (hash ^ bytes[i] & 0xff) * 0x100000001b3L;
        }
        return hash == 0 ? 1 : hash;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean reset() {
        return has(Packet.RST);
    }

    /// Sequence numbers it takes: payload, SYN and FIN.
    int span() {
        return length + (has(Packet.SYN) ? 1 : 0) + (has(Packet.FIN) ? 1 : 0);
    }

    /// The flags that a path leaves alone; offload may clear or gather PSH.
    int essentialFlags() {
        return flags & LOOKS;
    }
}

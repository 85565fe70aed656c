package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Side;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/// One TCP segment (RFC 9293 3.1) as one capture saw it.
///
/// @param ipLength bytes of the IP packet
/// @param prefix hash of the first [#PREFIX] payload bytes, 0 where they were not captured or there are fewer
/// @param whole hash of the payload, 0 where it was not captured whole
/// @param begin first byte of the payload, -1 without
record SeenSegment(long nanos, long frame, Side from, int flags, int sequence, int acknowledgement, int length, int ipLength, int hopLimit,
        int identification, int window, int mss, int windowScale, boolean sack, boolean timestamps, long prefix, long whole,
        int begin) {
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
                packet.timestamps(), prefix, whole, captured > 0 ? bytes[offset] & 0xff : -1);
    }

    /// The same sent by that side.
    SeenSegment from(Side side) {
        return new SeenSegment(nanos, frame, side, flags, sequence, acknowledgement, length, ipLength, hopLimit, identification, window,
                mss, windowScale, sack, timestamps, prefix, whole, begin);
    }

    void write(DataOutput to) throws IOException {
        to.writeLong(nanos);
        to.writeLong(frame);
        to.writeInt(flags);
        to.writeInt(sequence);
        to.writeInt(acknowledgement);
        to.writeInt(length);
        to.writeInt(ipLength);
        to.writeInt(hopLimit);
        to.writeInt(identification);
        to.writeInt(window);
        to.writeInt(mss);
        to.writeInt(windowScale);
        to.writeBoolean(sack);
        to.writeBoolean(timestamps);
        to.writeLong(prefix);
        to.writeLong(whole);
        to.writeInt(begin);
    }

    /// What [#write] has written; who sent it is not told.
    static SeenSegment read(DataInput from, long framesBefore) throws IOException {
        return new SeenSegment(from.readLong(), framesBefore + from.readLong(), Side.CLIENT, from.readInt(), from.readInt(), from.readInt(),
                from.readInt(), from.readInt(), from.readInt(), from.readInt(), from.readInt(), from.readInt(), from.readInt(),
                from.readBoolean(), from.readBoolean(), from.readLong(), from.readLong(), from.readInt());
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

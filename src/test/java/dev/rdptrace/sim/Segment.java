package dev.rdptrace.sim;

import dev.rdptrace.timeline.Side;
import java.nio.ByteBuffer;

/// A TCP segment (RFC 9293 3.1) on its way. Numbers count from the SYN of their sender, which is 0.
///
/// @param from the end whose address it bears
/// @param options as written, a multiple of four bytes
/// @param hopLimit as it was sent
record Segment(Side from, long sequence, long acknowledgement, int flags, int window, byte[] options, byte[] payload, int hopLimit,
        int identification, boolean dontFragment) {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;
    static final byte[] NOTHING = {};

    boolean is(int flag) {
        return (flags & flag) != 0;
    }

    /// Sequence numbers it takes.
    int length() {
        return payload.length + (is(SYN) ? 1 : 0) + (is(FIN) ? 1 : 0);
    }

    long end() {
        return sequence + length();
    }

    int ipLength() {
        return 40 + options.length + payload.length;
    }

    /// The frame as a capture point `hops` routers away sees it.
    byte[] frame(Addresses addresses, int hops) {
        boolean up = from == Side.CLIENT;
        ByteBuffer packet = ByteBuffer.allocate(14 + ipLength());
        packet.put(new byte[] {2, 0, 0, 0, 0, (byte) (up ? 2 : 1), 2, 0, 0, 0, 0, (byte) (up ? 1 : 2)}).putShort((short) 0x0800);
        packet.putShort((short) 0x4500).putShort((short) ipLength()).putShort((short) identification)
                .putShort((short) (dontFragment ? 0x4000 : 0)).put((byte) (hopLimit - hops)).put((byte) 6).putShort((short) 0)
                .putInt(up ? addresses.client() : addresses.server()).putInt(up ? addresses.server() : addresses.client());
        int ownBase = up ? addresses.clientBase() : addresses.serverBase();
        int otherBase = up ? addresses.serverBase() : addresses.clientBase();
        packet.putShort((short) (up ? addresses.clientPort() : 3389)).putShort((short) (up ? 3389 : addresses.clientPort()))
                .putInt((int) (ownBase + sequence)).putInt(is(ACK) ? (int) (otherBase + acknowledgement) : 0)
                .put((byte) (20 + options.length << 2)).put((byte) flags).putShort((short) window).putInt(0).put(options).put(payload);
        return packet.array();
    }

    /// Who the two ends are.
    ///
    /// @param clientBase initial sequence number of the client
    /// @param serverBase of the server
    record Addresses(int client, int clientPort, int clientBase, int server, int serverBase) {}
}

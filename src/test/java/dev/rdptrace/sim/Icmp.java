package dev.rdptrace.sim;

import dev.rdptrace.timeline.Side;
import java.nio.ByteBuffer;

/// ICMP (RFC 792) that a router sends.
final class Icmp {
    private static final int ROUTER = 0x0a00_0001;
    private static final int UNREACHABLE = 3;

    private Icmp() {}

    /// Destination unreachable, with the header of the packet and eight bytes of it.
    static byte[] unreachable(int code, Segment lost, Segment.Addresses addresses) {
        byte[] quoted = lost.frame(addresses, 1);
        boolean up = lost.from() == Side.CLIENT;
        return ByteBuffer.allocate(14 + 20 + 8 + 28).put(new byte[] {2, 0, 0, 0, 0, (byte) (up ? 1 : 2), 2, 0, 0, 0, 0,
                (byte) (up ? 2 : 1)})
                .putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) 56).putInt(0).put((byte) 63).put((byte) 1)
                .putShort((short) 0)
                .putInt(ROUTER).putInt(up ? addresses.client() : addresses.server()).put((byte) UNREACHABLE).put((byte) code)
                .putShort((short) 0).putInt(0)
                .put(quoted, 14, 28).array();
    }
}

package dev.rdptrace.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/// RFC 792 over IPv4 over Ethernet.
public final class IcmpBytes {
    private IcmpBytes() {}

    /// A frame that says to the client that its datagram was not delivered, and quotes that.
    ///
    /// @param code of the type "destination unreachable"
    public static byte[] unreachable(String from, int code, String client, int clientPort, String server, int serverPort) {
        ByteBuffer packet = ByteBuffer.allocate(14 + 20 + 8 + 20 + 8);
        packet.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        packet.putShort((short) 0x4500).putShort((short) 56).putInt(0).put((byte) 64).put((byte) 1).putShort((short) 0).put(address(from))
                .put(address(client));
        packet.put((byte) 3).put((byte) code).putShort((short) 0).putInt(0);
        packet.putShort((short) 0x4500).putShort((short) 1260).putInt(0x0001_4000).put((byte) 127).put((byte) 17).putShort((short) 0)
                .put(address(client)).put(address(server)).putShort((short) clientPort).putShort((short) serverPort).putShort((short) 1240)
                .putShort((short) 0);
        return packet.array();
    }

    private static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}

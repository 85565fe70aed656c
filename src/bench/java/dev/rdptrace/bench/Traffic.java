package dev.rdptrace.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Captures in memory to measure on.
final class Traffic {
    static final int SYN = 0x02;
    static final int ACK = 0x10;
    static final int PUSH = 0x18;

    private final ByteBuffer file;
    private int frames;

    Traffic(int bytes) {
        file = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
    }

    /// One segment over Ethernet and IPv4; every flow has its own client address.
    Traffic segment(int flow, int serverPort, boolean fromClient, int flags, int sequence, int acknowledgement, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(54 + payload.length);
        int client = 0x0a000000 + flow;
        int server = 0xc0000201;
        frame.putLong(0x0200000000020200L).putInt(1).putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (40 + payload.length)).putShort((short) frames).putShort((short) 0x4000);
        frame.putInt(0x40060000).putInt(fromClient ? client : server).putInt(fromClient ? server : client);
        frame.putShort((short) (fromClient ? 50_000 : serverPort)).putShort((short) (fromClient ? serverPort : 50_000));
        frame.putInt(sequence).putInt(acknowledgement).putShort((short) (0x5000 | flags)).putShort((short) 8192).putInt(0).put(payload);
        file.putInt(frames / 1000).putInt(frames % 1000 * 1000).putInt(frame.position()).putInt(frame.position()).put(frame.array());
        frames++;
        return this;
    }

    /// A TCP connection that is opened, then goes quiet.
    Traffic open(int flow, int serverPort) {
        byte[] nothing = new byte[0];
        return segment(flow, serverPort, true, SYN, 0, 0, nothing)
                .segment(flow, serverPort, false, SYN | ACK, 0, 1, nothing)
                .segment(flow, serverPort, true, ACK, 1, 1, nothing);
    }

    byte[] bytes() {
        return java.util.Arrays.copyOf(file.array(), file.position());
    }

    int frames() {
        return frames;
    }

    /// X.224 Connection Request in a TPKT, with a cookie and a negotiation request for TLS and CredSSP.
    static byte[] request() {
        byte[] cookie = "Cookie: mstshash=someone\r\n".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer b = ByteBuffer.allocate(11 + cookie.length + 8).order(ByteOrder.BIG_ENDIAN);
        b.putShort((short) 0x0300).putShort((short) b.capacity()).put((byte) (b.capacity() - 5)).put((byte) 0xe0).putInt(0).put((byte) 0);
        b.put(cookie).putInt(0x01000800).putInt(0x03000000);
        return b.array();
    }

    /// The answer that selects CredSSP.
    static byte[] confirm() {
        ByteBuffer b = ByteBuffer.allocate(19);
        b.putInt(0x03000013).putInt(0x0ed00000).putShort((short) 0x1234).put((byte) 0).putInt(0x021f0800).putInt(0x02000000);
        return b.array();
    }

    /// A ClientHello of TLS 1.2 in its record.
    static byte[] clientHello() {
        ByteBuffer body = ByteBuffer.allocate(256);
        body.putShort((short) 0x0303).put(new byte[32]).put((byte) 0);
        body.putShort((short) 8).putInt(0xc030c02f).putInt(0x009d009c).putShort((short) 0x0100);
        byte[] name = "server.example.com".getBytes(StandardCharsets.US_ASCII);
        int extensions = 9 + name.length + 8 + 12;
        body.putShort((short) extensions);
        body.putShort((short) 0).putShort((short) (name.length + 5)).putShort((short) (name.length + 3)).put((byte) 0)
                .putShort((short) name.length).put(name);
        body.putInt(0x000a0004).putShort((short) 2).putShort((short) 29);
        body.putInt(0x000d0008).putShort((short) 6).putShort((short) 0x0804).putInt(0x04010403);
        return record(22, handshake(1, java.util.Arrays.copyOf(body.array(), body.position())));
    }

    /// A ServerHello that picks TLS 1.2 with ECDHE, RSA and AES-GCM.
    static byte[] serverHello() {
        ByteBuffer body = ByteBuffer.allocate(38);
        body.putShort((short) 0x0303).put(new byte[] {9}).put(new byte[31]).put((byte) 0).putShort((short) 0xc030).put((byte) 0);
        return record(22, handshake(2, body.array()));
    }

    static byte[] record(int type, byte[] content) {
        return ByteBuffer.allocate(5 + content.length).put((byte) type).putShort((short) 0x0303).putShort((short) content.length)
                .put(content).array();
    }

    private static byte[] handshake(int type, byte[] body) {
        return ByteBuffer.allocate(4 + body.length).putInt(type << 24 | body.length).put(body).array();
    }
}

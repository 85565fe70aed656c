package dev.rdptrace.testkit;

import dev.rdptrace.testkit.Tape.Shot;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Builds captures in memory: Ethernet, IPv4 (RFC 791) or IPv6 (RFC 8200), TCP (RFC 9293) with lengths, sequence and
/// acknowledgement numbers, options, TTL, identification and times as two real stacks would write them.
///
/// Checksums are zero: no part of the program relies on them.
public final class CaptureBuilder {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    private final List<Shot> shots = new ArrayList<>();
    private long nanos = 1_700_000_000_000_000_000L;
    private long step = 1_000_000L;

    /// Time between two packets, in microseconds.
    public CaptureBuilder stepMicros(long micros) {
        step = micros * 1000;
        return this;
    }

    /// Nothing happens for so long.
    public CaptureBuilder pauseMillis(long millis) {
        nanos += millis * 1_000_000L;
        return this;
    }

    /// Time of the next packet.
    public long nanos() {
        return nanos;
    }

    public CaptureBuilder frame(int linkType, byte[] bytes) {
        shots.add(new Shot(bytes, bytes.length, nanos, linkType));
        nanos += step;
        return this;
    }

    public Tape tape() {
        return new Tape(shots);
    }

    public Dialogue tcp(String client, int clientPort, String server, int serverPort) {
        return new Dialogue(new Host(client, clientPort, 0x1000, 64), new Host(server, serverPort, 0x7000_0000, 128));
    }

    /// One end of a dialogue.
    public static final class Host {
        private final byte[] address;
        private final int port;
        private int next;
        private int identification = 100;
        private int hopLimit;
        private int lacks;
        private boolean timestamps;

        private Host(String address, int port, int sequence, int hopLimit) {
            this.address = address(address);
            this.port = port;
            this.next = sequence;
            this.hopLimit = hopLimit;
        }

        public Host hopLimit(int value) {
            hopLimit = value;
            return this;
        }

        /// IPv4 identification of the next packet.
        public Host identification(int value) {
            identification = value;
            return this;
        }

        /// Writes timestamps (RFC 7323 3) into everything but resets.
        public Host timestamps() {
            timestamps = true;
            return this;
        }

        /// So many bytes have been sent by other means.
        public Host skip(int bytes) {
            next += bytes;
            return this;
        }

        /// So many bytes that the other end has sent, the last ones, have not come to this one: it does not acknowledge them.
        public Host lacks(int bytes) {
            lacks = bytes;
            return this;
        }

        /// Sequence number of the next byte.
        public Host next(int sequence) {
            next = sequence;
            return this;
        }
    }

    /// One connection.
    public final class Dialogue {
        private final Host client;
        private final Host server;
        private int mss = 1460;

        private Dialogue(Host client, Host server) {
            this.client = client;
            this.server = server;
        }

        public Host client() {
            return client;
        }

        public Host server() {
            return server;
        }

        public Dialogue mss(int bytes) {
            mss = bytes;
            return this;
        }

        public Dialogue open() {
            return syn().synAck().clientAck();
        }

        public Dialogue syn() {
            send(client, server, SYN, client.next, 0, 64240, synOptions(), new byte[0]);
            client.next++;
            return this;
        }

        /// The same SYN once more.
        public Dialogue synAgain() {
            send(client, server, SYN, client.next - 1, 0, 64240, synOptions(), new byte[0]);
            return this;
        }

        public Dialogue synAck() {
            send(server, client, SYN | ACK, server.next, client.next, 64000, synOptions(), new byte[0]);
            server.next++;
            return this;
        }

        private byte[] synOptions() {
            // maximum segment size, SACK permitted, window scale 7
            return ByteBuffer.allocate(12).put((byte) 2).put((byte) 4).putShort((short) mss).put((byte) 4).put((byte) 2)
                    .put((byte) 1).put((byte) 3).put((byte) 3).put((byte) 7).put((byte) 0).put((byte) 0).array();
        }

        public Dialogue clientAck() {
            return flags(client, server, ACK);
        }

        public Dialogue serverAck() {
            return flags(server, client, ACK);
        }

        /// Payload in segments of the agreed size, acknowledged.
        public Dialogue client(byte[]... messages) {
            for (byte[] message : messages) {
                data(client, server, message);
                serverAck();
            }
            return this;
        }

        /// Payload that is not acknowledged (yet).
        public Dialogue clientOnly(byte[] message) {
            data(client, server, message);
            return this;
        }

        public Dialogue client(String hex) {
            return client(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
        }

        public Dialogue server(byte[]... messages) {
            for (byte[] message : messages) {
                data(server, client, message);
                clientAck();
            }
            return this;
        }

        public Dialogue server(String hex) {
            return server(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
        }

        private void data(Host from, Host to, byte[] message) {
            for (int at = 0; at < message.length; at += mss) {
                byte[] part = java.util.Arrays.copyOfRange(message, at, Math.min(message.length, at + mss));
                send(from, to, ACK | PSH, from.next, to.next - from.lacks, 500, new byte[0], part);
                from.next += part.length;
            }
        }

        public Dialogue clientFin() {
            flags(client, server, FIN | ACK);
            client.next++;
            return this;
        }

        public Dialogue serverFin() {
            flags(server, client, FIN | ACK);
            server.next++;
            return this;
        }

        public Dialogue clientReset() {
            return flags(client, server, RST | ACK);
        }

        public Dialogue serverReset() {
            return flags(server, client, RST | ACK);
        }

        private Dialogue flags(Host from, Host to, int flags) {
            send(from, to, flags, from.next, to.next - from.lacks, (flags & RST) != 0 ? 0 : 500, new byte[0], new byte[0]);
            return this;
        }

        /// Any segment; `offset` is added to the sequence number that would be next.
        public Dialogue raw(boolean fromClient, int flags, int offset, byte[] payload) {
            Host from = fromClient ? client : server;
            Host to = fromClient ? server : client;
            send(from, to, flags, from.next + offset, to.next - from.lacks, 500, new byte[0], payload);
            return this;
        }

        /// An acknowledgement that says how many bytes may come, scaled by 128.
        public Dialogue window(boolean fromClient, int window) {
            Host from = fromClient ? client : server;
            Host to = fromClient ? server : client;
            send(from, to, ACK, from.next, to.next - from.lacks, window, new byte[0], new byte[0]);
            return this;
        }

        /// A reset in the name of one end that another device sent: its TTL tells.
        public Dialogue forgedReset(boolean inClientsName, int hopLimit) {
            Host named = inClientsName ? client : server;
            int own = named.hopLimit;
            named.hopLimit = hopLimit;
            flags(named, inClientsName ? server : client, RST | ACK);
            named.hopLimit = own;
            return this;
        }

        public CaptureBuilder end() {
            return CaptureBuilder.this;
        }
    }

    private void send(Host from, Host to, int flags, int sequence, int acknowledgement, int window, byte[] more, byte[] payload) {
        boolean stamped = from.timestamps && (flags & RST) == 0;
        byte[] options =
                stamped ? ByteBuffer.allocate(12 + more.length).putShort((short) 0x0101).put((byte) 8).put((byte) 10).putInt(1).putInt(1)
                        .put(more).array() : more;
        boolean six = from.address.length == 16;
        int tcp = 20 + options.length + payload.length;
        ByteBuffer packet = ByteBuffer.allocate(14 + (six ? 40 : 20) + tcp);
        packet.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        if (six) {
            packet.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) tcp).put((byte) 6).put((byte) from.hopLimit);
        } else {
            packet.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (20 + tcp)).putShort((short) from.identification++)
                    .putShort((short) 0x4000).put((byte) from.hopLimit).put((byte) 6).putShort((short) 0);
        }
        packet.put(from.address).put(to.address).putShort((short) from.port).putShort((short) to.port).putInt(sequence)
                .putInt((flags & ACK) == 0 ? 0 : acknowledgement).put((byte) (20 + options.length << 2)).put((byte) flags)
                .putShort((short) window).putInt(0).put(options).put(payload);
        frame(1, packet.array());
    }

    /// ICMP, type 3 code 4: a router between the two does not let packets above `mtu` bytes pass. It quotes the last one of the client.
    public CaptureBuilder tooBig(String router, Dialogue dialogue, int length, int mtu) {
        return unreachable(router, dialogue.client, dialogue.server, 4, length, mtu);
    }

    /// ICMP, type 3: a router drops the last packet of the client, or of the server.
    public CaptureBuilder unreachable(String router, Dialogue dialogue, boolean ofClient, int code) {
        return unreachable(router, ofClient ? dialogue.client : dialogue.server, ofClient ? dialogue.server : dialogue.client, code, 40, 0);
    }

    private CaptureBuilder unreachable(String router, Host from, Host to, int code, int length, int mtu) {
        byte[] quoted = ByteBuffer.allocate(28).putShort((short) 0x4500).putShort((short) length).putShort((short) 1)
                .putShort((short) 0x4000).put((byte) 127).put((byte) 6).putShort((short) 0).put(from.address)
                .put(to.address).putShort((short) from.port).putShort((short) to.port)
                .putInt(from.next).array();
        ByteBuffer packet = ByteBuffer.allocate(14 + 20 + 8 + quoted.length);
        packet.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800).putShort((short) 0x4500)
                .putShort((short) (28 + quoted.length)).putInt(0).put((byte) 63).put((byte) 1).putShort((short) 0).put(address(router))
                .put(from.address).put((byte) 3).put((byte) code).putInt(0).putShort((short) mtu).put(quoted);
        return frame(1, packet.array());
    }

    private static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /// A datagram, RFC 768.
    public CaptureBuilder udp(String from, int fromPort, String to, int toPort, byte[] payload) {
        byte[] source = address(from);
        byte[] destination = address(to);
        boolean six = source.length == 16;
        int length = 8 + payload.length;
        ByteBuffer packet = ByteBuffer.allocate(14 + (six ? 40 : 20) + length);
        packet.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        if (six) {
            packet.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) length).put((byte) 17).put((byte) 128);
        } else {
            packet.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (20 + length)).putInt(0x1_0000).put((byte) 128)
                    .put((byte) 17).putShort((short) 0);
        }
        packet.put(source).put(destination).putShort((short) fromPort).putShort((short) toPort).putShort((short) length).putShort((short) 0)
                .put(payload);
        return frame(1, packet.array());
    }

    /// An ARP reply, RFC 826: `address` is at the network card whose last octet is `card`.
    public CaptureBuilder arpReply(String address, int card) {
        byte[] mac = {2, 0, 0, 0, 0, (byte) card};
        ByteBuffer packet = ByteBuffer.allocate(42);
        packet.put(new byte[] {2, 0, 0, 0, 0, 9}).put(mac).putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4).putShort((short) 2).put(mac).put(address(address)).put(new byte[] {2, 0, 0, 0, 0, 9})
                .put(address("192.168.1.10"));
        return frame(1, packet.array());
    }

    /// A neighbour advertisement, RFC 4861 4.4: `address` is at the network card whose last octet is `card`, or at one that it does
    /// not name if that is 0.
    public CaptureBuilder neighbour(String address, int card, boolean router, boolean override, int hopLimit) {
        ByteBuffer message = ByteBuffer.allocate(card == 0 ? 24 : 32).put((byte) 136).put((byte) 0).putShort((short) 0)
                .putInt((router ? 0x8000_0000 : 0) | 0x4000_0000 | (override ? 0x2000_0000 : 0)).put(address(address));
        if (card != 0) {
            message.put(new byte[] {2, 1, 2, 0, 0, 0, 0, (byte) card});
        }
        return neighbourMessage(address, message.array(), hopLimit);
    }

    /// A neighbour solicitation, RFC 4861 4.3, of the host at `address` and `card`, for somebody else.
    public CaptureBuilder solicitation(String address, int card) {
        return neighbourMessage(address, ByteBuffer.allocate(32).put((byte) 135).put((byte) 0).putShort((short) 0).putInt(0)
                .put(address("fd00::99")).put(new byte[] {1, 1, 2, 0, 0, 0, 0, (byte) card}).array(), 255);
    }

    private CaptureBuilder neighbourMessage(String source, byte[] message, int hopLimit) {
        ByteBuffer packet = ByteBuffer.allocate(54 + message.length).put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        packet.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) message.length).put((byte) 58).put((byte) hopLimit)
                .put(address(source)).put(address("fd00::10")).put(message);
        return frame(1, packet.array());
    }

    // ---- what RDP peers say first ----

    /// An X.224 Connection Request with a routing token or cookie line and the protocols asked for, [MS-RDPBCGR] 2.2.1.1.
    public static byte[] connectionRequest(byte[] routing, int protocols) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int length = 4 + 7 + routing.length + 8;
        out.writeBytes(new byte[] {3, 0, (byte) (length >> 8), (byte) length, (byte) (length - 5), (byte) 0xe0, 0, 0, 0, 0, 0});
        out.writeBytes(routing);
        out.writeBytes(new byte[] {1, 0, 8, 0, (byte) protocols, 0, 0, 0});
        return out.toByteArray();
    }

    /// An X.224 Connection Confirm, type 2 response or 3 failure, with the protocol or the failure code.
    public static byte[] connectionConfirm(int type, int value) {
        return new byte[] {3, 0, 0, 19, 14, (byte) 0xd0, 0, 0, 0x12, 0x34, 0, (byte) type, 0, 8, 0, (byte) value, 0, 0, 0};
    }
}

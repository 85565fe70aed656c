package dev.rdptrace.wire.udp;

import java.util.Arrays;

/// What a datagram of RDP's UDP transport carries for the layer above, which begins with a TLS or DTLS handshake. Only that
/// can be told from outside.
///
/// @param alertCode RFC 5246 7.2, -1 where it is no alert
public record RdpUdpPayload(Security security, int alertCode) {
    public static final RdpUdpPayload NONE = new RdpUdpPayload(Security.NONE, -1);

    /// [MS-RDPEUDP] 2.2.2.9 `RDPUDP_PROTOCOL_VERSION_3`: [MS-RDPEUDP2] follows the handshake.
    public static final int VERSION_3 = 0x0101;

    /// More than all headers together have, and a record's.
    private static final int LOOK = 256;
    private static final int FEC_HEADER = 8;
    private static final int SOURCE_HEADER = 8;
    private static final int FEC = 0x0010;
    private static final int ACK_OF_ACKS = 0x0100;

    // [MS-RDPEUDP2] 2.2.1.1
    private static final int ACK_2 = 0x001;
    private static final int DATA_2 = 0x004;
    private static final int ACKVEC_2 = 0x008;
    private static final int AOA_2 = 0x010;
    private static final int OVERHEADSIZE_2 = 0x040;
    private static final int DELAYACKINFO_2 = 0x100;
    /// The prefix byte stands in the eighth place, and what belongs there in the first: [MS-RDPEUDP2] 3.1.1.1.5.1.
    private static final int PREFIX = 7;

    private static final int HANDSHAKE = 22;
    private static final int ALERT = 21;
    private static final int TLS_HEADER = 5;
    private static final int DTLS_HEADER = 13;
    private static final int ALERT_BYTES = 2;

    /// How the security of the transport begins.
    public enum Security {
        /// Nothing of it, or nothing that can be read.
        NONE,
        CLIENT_HELLO,
        SERVER_HELLO,
        /// RFC 5246 7.2, not encrypted
        ALERT
    }

    /// Looks into the datagram `bytes[offset, offset + length)`, which is no SYN.
    ///
    /// @param version that the SYN+ACK agreed on
    public static RdpUdpPayload of(byte[] bytes, int offset, int length, int version) {
        byte[] start = Arrays.copyOfRange(bytes, offset, offset + Math.min(length, LOOK));
        if (version == VERSION_3) {
            byte[] packet = unwrapped(start);
            return security(packet, second(packet));
        }
        return security(start, first(start));
    }

    /// Where it begins behind [MS-RDPEUDP] 2.2.2.1, 2.2.2.7, 2.2.2.6 and 2.2.2.4; behind the end where there is nothing.
    private static int first(byte[] packet) {
        if (packet.length < FEC_HEADER + SOURCE_HEADER) {
            return packet.length;
        }
        int flags = u16(packet, 6);
        if ((flags & (RdpUdpPacket.SYN | FEC)) != 0 || (flags & RdpUdpPacket.DATA) == 0) {
            return packet.length;
        }
        int at = FEC_HEADER;
        if ((flags & RdpUdpPacket.ACK) != 0) {
            at += 2 + u16(packet, at) + 3 & ~3; // the vector ends on a boundary of four
        }
        return at + ((flags & ACK_OF_ACKS) != 0 ? 4 : 0) + SOURCE_HEADER;
    }

    /// The packet without its prefix; empty where it is there for its size only.
    private static byte[] unwrapped(byte[] datagram) {
        if (datagram.length <= PREFIX || (datagram[PREFIX] >> 1 & 0xf) != 0) {
            return new byte[0];
        }
        byte[] packet = Arrays.copyOfRange(datagram, 1, datagram.length);
        packet[PREFIX - 1] = datagram[0];
        return packet;
    }

    /// Where it begins behind the payloads of [MS-RDPEUDP2] 2.2.1, which come in this order; behind the end where there is nothing.
    private static int second(byte[] packet) {
        if (packet.length < PREFIX) {
            return packet.length;
        }
        int flags = packet[0] & 0xff | (packet[1] & 0xf) << 8;
        if ((flags & DATA_2) == 0) {
            return packet.length;
        }
        int at = 2;
        if ((flags & ACK_2) != 0) {
            at += 7 + (at + 6 < packet.length ? packet[at + 6] & 0xf : 0);
        }
        at += ((flags & OVERHEADSIZE_2) != 0 ? 1 : 0) + ((flags & DELAYACKINFO_2) != 0 ? 3 : 0) + ((flags & AOA_2) != 0 ? 2 : 0) + 2;
        if ((flags & ACKVEC_2) != 0) {
            int coded = at + 2 < packet.length ? packet[at + 2] & 0xff : 0;
            at += 3 + ((coded & 0x80) != 0 ? 4 : 0) + (coded & 0x7f);
        }
        return at + 2;
    }

    /// RFC 5246 6.2.1 and RFC 6347 4.1.
    private static RdpUdpPayload security(byte[] packet, int at) {
        int header = at + TLS_HEADER <= packet.length ? header(packet, at) : 0;
        if (header == 0 || at + header + ALERT_BYTES > packet.length) {
            return NONE;
        }
        int first = packet[at + header];
        if (packet[at] == ALERT) {
            return u16(packet, at + header - 2) == ALERT_BYTES ? new RdpUdpPayload(Security.ALERT, packet[at + header + 1] & 0xff) : NONE;
        }
        return first == 1 ? new RdpUdpPayload(Security.CLIENT_HELLO, -1) : first == 2 ? new RdpUdpPayload(Security.SERVER_HELLO, -1) : NONE;
    }

    /// Bytes of the header of the record there, 0 if there is none.
    private static int header(byte[] packet, int at) {
        if (packet[at] != HANDSHAKE && packet[at] != ALERT) {
            return 0;
        }
        int major = packet[at + 1] & 0xff;
        int minor = packet[at + 2] & 0xff;
        return major == 3 && minor <= 4 ? TLS_HEADER : major == 0xfe && minor >= 0xfc ? DTLS_HEADER : 0;
    }

    private static int u16(byte[] packet, int at) {
        return (packet[at] & 0xff) << 8 | packet[at + 1] & 0xff;
    }
}

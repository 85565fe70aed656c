package dev.rdptrace.wire.udp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Whole;
import java.util.List;

/// [MS-RDPEUDP] 2.2.2.1 RDPUDP_FEC_HEADER and what a handshake puts behind it. One packet a datagram.
///
/// Only the packets of the handshake can be told from others without knowing the connection: [#looksLikeSyn].
public sealed interface RdpUdpPacket {
    int SYN = 0x0001;
    int FIN = 0x0002;
    int ACK = 0x0004;
    int DATA = 0x0008;
    int SYNLOSSY = 0x0200;
    int CORRELATION_ID = 0x0800;
    int SYNEX = 0x1000;

    /// A SYN of the client or, with ACK, of the server.
    ///
    /// @param sourceAck -1 in the client's; the client's first sequence number in the server's
    /// @param window of the receiver, in packets
    /// @param sequenceNumber the sender's first
    /// @param upMtu largest datagram the sender makes, in bytes
    /// @param downMtu largest datagram the sender takes, in bytes
    /// @param correlationId the connection's in the server's event logs; empty when it is left off
    /// @param version offered or agreed on; -1 when it is left off, which means 1
    /// @param cookieHash SHA-256 of the multitransport cookie, with version 3; empty when it is left off
    record Syn(
            int sourceAck, int window, int flags, int sequenceNumber, int upMtu, int downMtu, Octets correlationId,
            int version, Octets cookieHash)
            implements
                RdpUdpPacket {
        private static final Names VERSIONS = Names.none()
                .and(0x0001, "RDPUDP_PROTOCOL_VERSION_1")
                .and(0x0002, "RDPUDP_PROTOCOL_VERSION_2")
                .and(0x0101, "RDPUDP_PROTOCOL_VERSION_3");

        public String versionName() {
            return VERSIONS.of(version == -1 ? 1 : version);
        }
    }

    /// Any other packet, of which only the header is read.
    record Other(int sourceAck, int window, int flags) implements RdpUdpPacket {}

    /// [MS-RDPEUDP] 2.2.2.1 uFlags.
    FlagNames FLAGS = FlagNames.none()
            .and(SYN, "RDPUDP_FLAG_SYN").and(FIN, "RDPUDP_FLAG_FIN").and(ACK, "RDPUDP_FLAG_ACK")
            .and(DATA, "RDPUDP_FLAG_DATA").and(0x0010, "RDPUDP_FLAG_FEC").and(0x0020, "RDPUDP_FLAG_CN")
            .and(0x0040, "RDPUDP_FLAG_CWR").and(0x0080, "RDPUDP_FLAG_SACK_OPTION")
            .and(0x0100, "RDPUDP_FLAG_ACK_OF_ACKS").and(SYNLOSSY, "RDPUDP_FLAG_SYNLOSSY")
            .and(0x0400, "RDPUDP_FLAG_ACKDELAYED").and(CORRELATION_ID, "RDPUDP_FLAG_CORRELATION_ID")
            .and(SYNEX, "RDPUDP_FLAG_SYNEX");

    int flags();

    default List<String> flagNames() {
        return FLAGS.in(flags());
    }

    /// Whether a datagram is a packet of the handshake: SYN, sizes that [MS-RDPEUDP] 2.2.2.5 allows, and in a client's
    /// nothing acknowledged.
    static boolean looksLikeSyn(byte[] bytes, int offset, int length) {
        if (length < 16) {
            return false;
        }
        int flags = u16(bytes, offset + 6);
        int upMtu = u16(bytes, offset + 12);
        int downMtu = u16(bytes, offset + 14);
        boolean client = u16(bytes, offset) == 0xffff && u16(bytes, offset + 2) == 0xffff;
        return (flags & SYN) != 0 && (flags & 0xe000) == 0 && ((flags & ACK) != 0 || client)
                && 1132 <= upMtu && upMtu <= 1232 && 1132 <= downMtu && downMtu <= 1232;
    }

    /// Is it a client's first packet? So much of it is given that it can be told wherever it comes.
    static boolean isClientSyn(byte[] bytes, int offset, int length) {
        return length >= 16 && bytes[offset] == -1 && u16(bytes, offset) == 0xffff && u16(bytes, offset + 2) == 0xffff
                && (u16(bytes, offset + 6) & (SYN | ACK)) == SYN && looksLikeSyn(bytes, offset, length);
    }

    /// Decodes the packet that fills `bytes[offset, offset + length)`.
    static Decoded<RdpUdpPacket> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "RDPUDP_FEC_HEADER", RdpUdpPacket::read);
    }

    private static RdpUdpPacket read(Reader in) {
        int sourceAck = in.i32("snSourceAck");
        int window = in.u16("uReceiveWindowSize");
        int flags = in.u16("uFlags");
        if ((flags & SYN) == 0) {
            return new Other(sourceAck, window, flags);
        }
        int sequenceNumber = in.i32("snInitialSequenceNumber");
        int upMtu = in.u16("uUpStreamMtu");
        int downMtu = in.u16("uDownStreamMtu");
        Octets correlationId = Octets.empty();
        if ((flags & CORRELATION_ID) != 0) {
            correlationId = Octets.of(in.bytes("uCorrelationId", 16));
            in.skip("uReserved", 16);
        }
        int version = -1;
        Octets cookieHash = Octets.empty();
        if ((flags & SYNEX) != 0) {
            boolean valid = (in.u16("uSynExFlags") & 1) != 0;
            int offered = in.u16("uUdpVer");
            version = valid ? offered : -1;
            // Only the client sends it; a server's padding looks like one of zeros.
            if (version == 0x0101 && (flags & ACK) == 0 && in.left() >= 32) {
                cookieHash = Octets.of(in.bytes("cookieHash", 32));
            }
        }
        return new Syn(sourceAck, window, flags, sequenceNumber, upMtu, downMtu, correlationId, version, cookieHash);
    }

    private static int u16(byte[] bytes, int offset) {
        return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
    }
}

package dev.rdptrace.wire.security;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hash;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Whole;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.share.Redirection;
import dev.rdptrace.wire.share.SharePdu;

/// What follows a security header, told by the header's flags.
///
/// Decoded from the user data of an MCS Send Data PDU. Under TLS only Client Info, licensing and the PDUs of the message
/// channel have the header; under Standard RDP Security all have.
public sealed interface SecurityPdu {

    /// [MS-RDPBCGR] 2.2.1.10.1 TS_SECURITY_PACKET: the client's random, encrypted for the server.
    ///
    /// @param length of the encrypted random in bytes; tells the size of the server's key
    record SecurityExchange(SecurityHeader header, int length) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.1.11 Client Info PDU.
    record Info(SecurityHeader header, ClientInfo info) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.1.12 licensing.
    record License(SecurityHeader header, LicensePdu license) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.14.3 Server Auto-Detect Request PDU.
    record AutoDetectRequest(SecurityHeader header, AutoDetect request) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.14.4 Client Auto-Detect Response PDU.
    record AutoDetectResponse(SecurityHeader header, AutoDetect response) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.15.1 Server Initiate Multitransport Request PDU.
    ///
    /// @param requestedProtocol 1 reliable UDP, 2 lossy UDP
    /// @param securityCookie its SHA-256 stands in the RDP-UDP SYN: the key that joins the flows
    record InitiateMultitransportRequest(
            SecurityHeader header, long requestId, int requestedProtocol, Octets securityCookie)
            implements
                SecurityPdu {
        private static final Names PROTOCOLS = Names.from(1, "UDPFECR", "UDPFECL");

        public String requestedProtocolName() {
            return PROTOCOLS.of(requestedProtocol);
        }

        /// What the RDP-UDP SYN bears in the cookie's place ([MS-RDPEUDP] 2.2.2.9), in hexadecimal.
        public String cookieHash() {
            return Hex.of(Hash.SHA_256.of(securityCookie.toArray()));
        }
    }

    /// [MS-RDPBCGR] 2.2.15.2 Client Initiate Multitransport Response PDU.
    ///
    /// @param hrResponse 0 success, 0x80004004 E_ABORT: the client could not build the UDP path
    record InitiateMultitransportResponse(SecurityHeader header, long requestId, int hrResponse)
            implements
                SecurityPdu {
        public static final int E_ABORT = 0x80004004;
    }

    /// [MS-RDPBCGR] 2.2.16.1 Server Heartbeat PDU.
    ///
    /// @param period seconds between heartbeats
    /// @param warnAfter missed heartbeats until the client warns
    /// @param reconnectAfter further missed heartbeats until it reconnects
    record Heartbeat(SecurityHeader header, int period, int warnAfter, int reconnectAfter) implements SecurityPdu {}

    /// [MS-RDPBCGR] 2.2.13.2.1 Standard Security Server Redirection PDU, when it could be read.
    record StandardRedirection(SecurityHeader header, Redirection redirection) implements SecurityPdu {}

    /// Encrypted by Standard RDP Security: only the header is clear.
    ///
    /// @param length of what follows the four bytes of the basic header
    record Encrypted(SecurityHeader header, int length) implements SecurityPdu {}

    /// A share PDU behind a header that says nothing: the server side of encryption level LOW.
    record Clear(SecurityHeader header, SharePdu pdu) implements SecurityPdu {}

    SecurityHeader header();

    /// Decodes one PDU that fills `bytes[offset, offset + length)`.
    static Decoded<SecurityPdu> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "TS_SECURITY_HEADER", SecurityPdu::read);
    }

    private static SecurityPdu read(Reader in) {
        SecurityHeader header = SecurityHeader.read(in);
        if (header.has(SecurityHeader.EXCHANGE_PKT)) {
            int length = in.i32le("length");
            in.skip("encryptedClientRandom", length);
            return new SecurityExchange(header, length);
        }
        // A redirection packet is encrypted although its header does not carry SEC_ENCRYPT.
        if (header.has(SecurityHeader.ENCRYPT) || header.has(SecurityHeader.REDIRECTION_PKT) && !isRedirection(in)) {
            int length = in.left();
            in.skip("encrypted", length);
            return new Encrypted(header, length);
        }
        if (header.has(SecurityHeader.INFO_PKT)) {
            return new Info(header, ClientInfo.read(in));
        }
        if (header.has(SecurityHeader.LICENSE_PKT)) {
            return new License(header, LicensePdu.read(in));
        }
        if (header.has(SecurityHeader.REDIRECTION_PKT)) {
            return new StandardRedirection(header, Redirection.read(in));
        }
        if (header.has(SecurityHeader.AUTODETECT_REQ)) {
            return new AutoDetectRequest(header, AutoDetect.read(in));
        }
        if (header.has(SecurityHeader.AUTODETECT_RSP)) {
            return new AutoDetectResponse(header, AutoDetect.read(in));
        }
        if (header.has(SecurityHeader.TRANSPORT_REQ)) {
            long requestId = in.u32le("requestId");
            int protocol = in.u16le("requestedProtocol");
            in.u16le("reserved");
            return new InitiateMultitransportRequest(header, requestId, protocol, Octets.of(in.bytes("securityCookie", 16)));
        }
        if (header.has(SecurityHeader.TRANSPORT_RSP)) {
            return new InitiateMultitransportResponse(header, in.u32le("requestId"), in.i32le("hrResponse"));
        }
        if (header.has(SecurityHeader.HEARTBEAT)) {
            in.u8("reserved");
            return new Heartbeat(header, in.u8("period"), in.u8("count1"), in.u8("count2"));
        }
        return new Clear(header, SharePdu.read(in));
    }

    /// A clear packet repeats the flag as its own first field.
    private static boolean isRedirection(Reader in) {
        return in.peek() == 0x00 && in.peek(1) == 0x04;
    }
}

package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Whole;

/// [MS-TSGU] 2.2.11: what the DTLS of a gateway's side channel over UDP protects, one packet a record.
public sealed interface GatewayDatagram {
    /// 2.2.11.3 CONNECT_PKT, of which one fragment may have come as 2.2.11.10.
    ///
    /// @param port of the host, 0 in a fragment
    record Connect(int port) implements GatewayDatagram {}

    /// 2.2.11.4 CONNECT_PKT_RESP.
    ///
    /// @param result 0 for success
    record Connected(int result) implements GatewayDatagram {}

    /// 2.2.11.6 DISC_PKT.
    record Disconnect(int reason) implements GatewayDatagram {}

    /// 2.2.11.5 DATA_PKT, in which is [MS-RDPEUDP].
    ///
    /// @param length in bytes
    record Data(int length) implements GatewayDatagram {}

    /// 2.2.11.9 UDP_CORRELATION_INFO: so many bytes behind the ClientHello.
    int CORRELATION = 26;

    /// Decodes the packet that fills `bytes[offset, offset + length)`.
    static Decoded<GatewayDatagram> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "UDP_PACKET_HEADER", GatewayDatagram::read);
    }

    private static GatewayDatagram read(Reader in) {
        int type = in.u16le("pktID");
        int length = in.u16le("pktLen");
        return switch (type) {
            case 1 -> new Connect(in.u16le("usPortNumber"));
            case 2 -> {
                in.skip("SynResponse", 8);
                yield new Connected(in.i32le("result"));
            }
            case 3 -> new Data(length);
            case 4 -> new Disconnect(in.i32le("discReason"));
            case 5 -> new Connect(0);
            default -> throw in.reject("pktID", "is " + type);
        };
    }

    /// Does UDP_CORRELATION_INFO end here? It is told by its two signatures and its size.
    static boolean endsInCorrelation(byte[] bytes, int end, int length) {
        int at = end - CORRELATION;
        return length >= CORRELATION && u16le(bytes, at + 4) == 0x1daa && u16le(bytes, at + 22) == 0xaa1d
                && u16le(bytes, at + 24) == CORRELATION;
    }

    private static int u16le(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    }
}

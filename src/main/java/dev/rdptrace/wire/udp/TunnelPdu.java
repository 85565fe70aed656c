package dev.rdptrace.wire.udp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Octets;

/// [MS-RDPEMT] 2.2.2: what the security of a side transport protects. The client names the request of the main connection that it
/// follows, the server agrees or not, and then it carries channels.
public sealed interface TunnelPdu {
    /// [MS-RDPEMT] 2.2.2.1.
    ///
    /// @param requestId of the Initiate Multitransport Request on the main connection, and
    /// @param cookie from there
    record CreateRequest(long requestId, Octets cookie) implements TunnelPdu {}

    /// [MS-RDPEMT] 2.2.2.2.
    ///
    /// @param hrResponse an HRESULT, 0 for success
    record CreateResponse(int hrResponse) implements TunnelPdu {}

    /// [MS-RDPEMT] 2.2.2.3.
    ///
    /// @param length in bytes
    record Data(int length) implements TunnelPdu {}

    /// Decodes one PDU at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    static Decoded<TunnelPdu> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RDP_TUNNEL_HEADER", TunnelPdu::read);
    }

    private static TunnelPdu read(Reader in) {
        int action = in.u8("Action") & 0xf;
        int payload = in.u16le("PayloadLength");
        int header = in.u8("HeaderLength");
        if (header < 4) {
            throw in.reject("HeaderLength", "is " + header);
        }
        in.skip("SubHeaders", header - 4);
        Reader body = in.sub("PayloadLength", "the payload", payload);
        return switch (action) {
            case 0 -> {
                long requestId = body.u32le("RequestID");
                body.u32le("Reserved");
                yield new CreateRequest(requestId, Octets.of(body.bytes("SecurityCookie", 16)));
            }
            case 1 -> new CreateResponse(body.i32le("HrResponse"));
            case 2 -> new Data(payload);
            default -> throw in.reject("Action", "is " + action);
        };
    }
}

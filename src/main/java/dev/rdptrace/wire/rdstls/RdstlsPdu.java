package dev.rdptrace.wire.rdstls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Text;

/// [MS-RDPBCGR] 2.2.17 RDSTLS PDUs. Passwords, cookies and tokens are passed over.
public sealed interface RdstlsPdu {

    /// [MS-RDPBCGR] 2.2.17.1 RDSTLS Capabilities PDU, the server's first word.
    ///
    /// @param supportedVersions bit mask; 1 is version 1
    record Capabilities(int version, int supportedVersions) implements RdstlsPdu {}

    /// [MS-RDPBCGR] 2.2.17.2 RDSTLS Authentication Request PDU with Password Credentials.
    record PasswordRequest(int version, boolean redirectionGuid, String userName, String domain) implements RdstlsPdu {}

    /// [MS-RDPBCGR] 2.2.17.3 RDSTLS Authentication Request PDU with Auto-Reconnect Cookie.
    record AutoReconnectRequest(int version, long sessionId) implements RdstlsPdu {}

    /// [MS-RDPBCGR] 2.2.17.4 RDSTLS Authentication Response PDU.
    record Response(int version, RdstlsResult result) implements RdstlsPdu {}

    /// A type or kind of data this program does not know, such as the federated token of version 2. As nothing tells its
    /// length, it takes all there is.
    ///
    /// @param length of its body in bytes
    record Unknown(int version, int pduType, int dataType, int length) implements RdstlsPdu {}

    /// Decodes one PDU at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    static Decoded<RdstlsPdu> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RDSTLS", RdstlsPdu::read);
    }

    private static RdstlsPdu read(Reader in) {
        int version = in.u16le("Version");
        if (version < 1 || version > 15) {
            throw in.reject("Version", "is " + version);
        }
        int pduType = in.u16le("PduType");
        int dataType = in.u16le("DataType");
        return switch (pduType) {
            case 1 -> new Capabilities(version, in.u16le("SupportedVersions"));
            case 2 -> switch (dataType) {
                case 1 -> readPassword(version, in);
                case 2 -> {
                    long sessionId = in.u32le("SessionID");
                    in.skip("AutoReconnectCookie", in.u16le("AutoReconnectCookieLength"));
                    yield new AutoReconnectRequest(version, sessionId);
                }
                default -> unknown(version, pduType, dataType, in);
            };
            case 4 -> new Response(version, new RdstlsResult(in.i32le("ResultCode")));
            default -> unknown(version, pduType, dataType, in);
        };
    }

    private static Unknown unknown(int version, int pduType, int dataType, Reader in) {
        int length = in.left();
        in.skip("body", length);
        return new Unknown(version, pduType, dataType, length);
    }

    private static PasswordRequest readPassword(int version, Reader in) {
        int guidLength = in.u16le("RedirectionGuidLength");
        in.skip("RedirectionGuid", guidLength);
        String userName = Text.utf16le(in.bytes("UserName", in.u16le("UserNameLength")));
        String domain = Text.utf16le(in.bytes("Domain", in.u16le("DomainLength")));
        in.skip("Password", in.u16le("PasswordLength"));
        return new PasswordRequest(version, guidLength > 0, userName, domain);
    }
}

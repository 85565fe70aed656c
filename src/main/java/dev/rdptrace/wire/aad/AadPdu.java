package dev.rdptrace.wire.aad;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.HResult;
import java.nio.charset.StandardCharsets;

/// [MS-RDPBCGR] 2.2.18 RDS AAD Auth PDUs: JSON objects without a length, one a TLS record as a rule.
public sealed interface AadPdu {

    /// [MS-RDPBCGR] 2.2.18.1 Server Nonce PDU; the nonce is not kept.
    record ServerNonce() implements AadPdu {}

    /// [MS-RDPBCGR] 2.2.18.2 Authentication Request PDU; the assertion is not kept.
    ///
    /// @param assertionLength in characters
    record AuthenticationRequest(int assertionLength) implements AadPdu {}

    /// [MS-RDPBCGR] 2.2.18.3 Authentication Result PDU.
    record AuthenticationResult(HResult result) implements AadPdu {}

    /// An object with none of the three names.
    ///
    /// @param length in bytes
    record Unknown(int length) implements AadPdu {}

    /// Decodes one object at the start of `bytes[offset, offset + length)`, and the NUL that may follow; waits while its
    /// braces are open.
    static Decoded<AadPdu> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RDS AAD Auth", AadPdu::read);
    }

    private static AadPdu read(Reader in) {
        byte[] object = in.bytes("object", Json.objectLength(in));
        if (in.peek() == 0) {
            in.u8("terminator");
        }
        String json = new String(object, StandardCharsets.UTF_8);
        if (Json.has(json, "ts_nonce")) {
            return new ServerNonce();
        }
        if (Json.has(json, "rdp_assertion")) {
            return new AuthenticationRequest(Json.stringLength(json, "rdp_assertion"));
        }
        if (Json.has(json, "authentication_result")) {
            return new AuthenticationResult(new HResult((int) Json.number(json, "authentication_result", in)));
        }
        return new Unknown(object.length);
    }
}

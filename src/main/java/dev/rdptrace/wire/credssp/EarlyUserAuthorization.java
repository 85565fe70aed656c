package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;

/// [MS-RDPBCGR] 2.2.10.2 Early User Authorization Result PDU: four bytes behind CredSSP when HYBRID_EX was selected.
public record EarlyUserAuthorization(int result) {
    public static final int SUCCESS = 0;
    public static final int ACCESS_DENIED = 5;
    private static final Names NAMES = Names.none().and(SUCCESS, "AUTHZ_SUCCESS").and(ACCESS_DENIED, "AUTHZ_ACCESS_DENIED");

    public boolean isSuccess() {
        return result == SUCCESS;
    }

    public String name() {
        return NAMES.of(Integer.toUnsignedLong(result));
    }

    /// Decodes the result at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    public static Decoded<EarlyUserAuthorization> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "EarlyUserAuthorizationResult",
                in -> new EarlyUserAuthorization(in.i32le("authorizationResult")));
    }
}

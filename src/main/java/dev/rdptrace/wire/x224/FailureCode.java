package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Hex;

/// `failureCode` of an RDP Negotiation Failure, [MS-RDPBCGR] 2.2.1.2.2.
public record FailureCode(int code) {
    public static final int SSL_REQUIRED_BY_SERVER = 1;
    public static final int SSL_NOT_ALLOWED_BY_SERVER = 2;
    public static final int SSL_CERT_NOT_ON_SERVER = 3;
    public static final int INCONSISTENT_FLAGS = 4;
    public static final int HYBRID_REQUIRED_BY_SERVER = 5;
    public static final int SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER = 6;

    /// As the specification spells it, or the number in hex.
    public String name() {
        return switch (code) {
            case SSL_REQUIRED_BY_SERVER -> "SSL_REQUIRED_BY_SERVER";
            case SSL_NOT_ALLOWED_BY_SERVER -> "SSL_NOT_ALLOWED_BY_SERVER";
            case SSL_CERT_NOT_ON_SERVER -> "SSL_CERT_NOT_ON_SERVER";
            case INCONSISTENT_FLAGS -> "INCONSISTENT_FLAGS";
            case HYBRID_REQUIRED_BY_SERVER -> "HYBRID_REQUIRED_BY_SERVER";
            case SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER -> "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER";
            default -> Hex.code(Integer.toUnsignedLong(code));
        };
    }

    /// One of those that the specification defines.
    public boolean known() {
        return code >= SSL_REQUIRED_BY_SERVER && code <= SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER;
    }

    /// As people write it: the number, in hex where it is none of the specification's.
    public String number() {
        return known() ? Integer.toString(code) : Hex.code(Integer.toUnsignedLong(code));
    }

    /// What it says, in a few words.
    public String meaning() {
        return switch (code) {
            case SSL_REQUIRED_BY_SERVER -> "the server wants TLS or CredSSP, the client did not offer what it wants";
            case SSL_NOT_ALLOWED_BY_SERVER -> "the server is set to Standard RDP Security only";
            case SSL_CERT_NOT_ON_SERVER -> "the server has no usable certificate";
            case INCONSISTENT_FLAGS -> "the requested protocols do not match the security already in use";
            case HYBRID_REQUIRED_BY_SERVER -> "the server insists on Network Level Authentication, the client did not offer it";
            case SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER -> "the server insists on TLS with a client certificate";
            default -> "a reason without a name";
        };
    }
}

package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hex;

/// A protocol version as it stands in records, hellos and `supported_versions`.
public record TlsVersion(int code) {
    public static final int SSL_2_0 = 0x0002;
    public static final int SSL_3_0 = 0x0300;
    public static final int TLS_1_0 = 0x0301;
    public static final int TLS_1_1 = 0x0302;
    public static final int TLS_1_2 = 0x0303;
    public static final int TLS_1_3 = 0x0304;

    /// `TLS 1.2`, `TLS 1.3 draft 28`, or the number in hex.
    public String name() {
        return switch (code) {
            case SSL_2_0 -> "SSL 2.0";
            case SSL_3_0 -> "SSL 3.0";
            case TLS_1_0 -> "TLS 1.0";
            case TLS_1_1 -> "TLS 1.1";
            case TLS_1_2 -> "TLS 1.2";
            case TLS_1_3 -> "TLS 1.3";
            default -> code >> 8 == 0x7f ? "TLS 1.3 draft " + (code & 0xff)
                    : code >> 8 == 0xfb ? "TLS 1.3 draft " + (code & 0xff) + " (Facebook)"
                    : Grease.is(code) ? "GREASE" : Hex.code(code);
        };
    }

    /// TLS 1.3 or one of its drafts: the messages after ServerHello are encrypted.
    public boolean is13() {
        return code == TLS_1_3 || code >> 8 == 0x7f || code >> 8 == 0xfb;
    }
}

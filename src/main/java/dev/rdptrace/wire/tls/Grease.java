package dev.rdptrace.wire.tls;

/// RFC 8701: code points that mean nothing and keep servers from choking on what they do not know.
enum Grease {
    ;

    /// `0x0A0A`, `0x1A1A` … `0xFAFA`
    static boolean is(int code) {
        return (code & 0x0f0f) == 0x0a0a && (code >> 8 & 0xff) == (code & 0xff);
    }
}

package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hex;

/// A signature scheme, or in TLS 1.2 a pair of hash and signature algorithm; IANA registry of TLS SignatureScheme.
public record SignatureScheme(int code) {
    private static final Table TABLE = Table.of("tls-signature-schemes");

    /// `rsa_pss_rsae_sha256`, `GREASE`, or the number in hex.
    public String name() {
        return TABLE.cell(code, 1, Grease.is(code) ? "GREASE" : Hex.code(code));
    }

    public boolean isGrease() {
        return Grease.is(code);
    }
}

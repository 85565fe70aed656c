package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hex;

/// A key exchange group, from the IANA registry of TLS Supported Groups.
public record NamedGroup(int code) {
    private static final Table TABLE = Table.of("tls-groups");

    /// `x25519`, `GREASE`, or the number in hex.
    public String name() {
        return TABLE.cell(code, 1, Grease.is(code) ? "GREASE" : Hex.code(code));
    }

    /// Size of the field or of the prime in bits, or -1.
    public int bits() {
        String bits = TABLE.cell(code, 2, "-");
        return bits.equals("-") ? -1 : Integer.parseInt(bits);
    }

    public boolean isKnown() {
        return TABLE.has(code);
    }

    public boolean isGrease() {
        return Grease.is(code);
    }
}

package dev.rdptrace.wire.tls;

/// How many bytes of plaintext an encrypted record holds, told from its length alone.
///
/// Exact for AEAD and stream ciphers, a band of one block for CBC. RFC 5246 6.2.3, RFC 8446 5.2, RFC 7366. The
/// upper bound holds always; the lower one as long as the sender pads no more than it must. Nobody pads in RDP.
///
/// @param min bytes
/// @param max bytes
public record PlainLength(int min, int max) {
    /// No record of this suite has that length.
    public static final PlainLength IMPOSSIBLE = new PlainLength(-1, -1);

    /// The same for a suite whose protection has been looked up.
    public static PlainLength of(int recordLength, TlsVersion version, CipherSuite.Protection protection, boolean encryptThenMac) {
        if (version.is13()) {
            // One byte of the plaintext is the hidden content type. Integrity-only suites end in a MAC.
            return switch (protection.sealing()) {
                case AEAD_CCM8 -> exactly(recordLength - 9);
                case AEAD_GCM, AEAD_CCM, CHACHA20 -> exactly(recordLength - 17);
                case NULL -> exactly(recordLength - 1 - protection.macLength());
                case CBC, STREAM, UNKNOWN -> new PlainLength(0, Math.max(0, recordLength - 9));
            };
        }
        return switch (protection.sealing()) {
            case AEAD_GCM, AEAD_CCM -> exactly(recordLength - 24);
            case AEAD_CCM8, CHACHA20 -> exactly(recordLength - 16);
            case STREAM, NULL -> exactly(recordLength - protection.macLength());
            case CBC -> cbc(recordLength, version, protection, encryptThenMac);
            case UNKNOWN -> new PlainLength(0, recordLength);
        };
    }

    private static PlainLength exactly(int length) {
        return length < 0 ? IMPOSSIBLE : new PlainLength(length, length);
    }

    private static PlainLength cbc(int recordLength, TlsVersion version, CipherSuite.Protection protection,
            boolean encryptThenMac) {
        int block = protection.blockSize();
        int blocks = recordLength - (version.code() >= TlsVersion.TLS_1_1 ? block : 0)
                - (encryptThenMac ? protection.macLength() : 0);
        int inside = encryptThenMac ? 0 : protection.macLength();
        // At least one byte says how much padding there is.
        if (blocks <= 0 || blocks % block != 0 || blocks - inside - 1 < 0) {
            return IMPOSSIBLE;
        }
        return new PlainLength(Math.max(0, blocks - inside - block), blocks - inside - 1);
    }

    public boolean isPossible() {
        return max >= 0;
    }
}

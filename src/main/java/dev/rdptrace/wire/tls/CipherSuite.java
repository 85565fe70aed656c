package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.wire.field.CodeTable;

/// A cipher suite by its code point, IANA registry of TLS Cipher Suites.
public record CipherSuite(int code) {
    /// RFC 5746: stands in the list for an empty `renegotiation_info`.
    public static final int EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;
    /// RFC 7507: the client has retried with an older version.
    public static final int FALLBACK_SCSV = 0x5600;

    private static final CodeTable TABLE = CodeTable.load("tls-cipher-suites.tsv");

    /// How the master secret comes about.
    public enum KeyExchange {
        TLS13, RSA, DH, DHE, DH_ANON, ECDH, ECDHE, ECDH_ANON, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP, KRB5,
        /// A signal, not a suite.
        SIGNAL, OTHER
    }

    /// What a record looks like after encryption.
    public enum Sealing {
        /// Eight bytes of nonce in the record before TLS 1.3, sixteen of tag.
        AEAD_GCM,
        AEAD_CCM,
        /// As CCM with a tag of eight bytes.
        AEAD_CCM8,
        /// Nothing of the nonce in the record.
        CHACHA20,
        CBC, STREAM, NULL, UNKNOWN
    }

    /// @param macLength bytes of the MAC, 0 for AEAD
    /// @param blockSize bytes of a cipher block, 1 unless CBC
    /// @param keyLength bytes of the cipher key
    public record Protection(Sealing sealing, int macLength, int blockSize, int keyLength) {
        public boolean isAead() {
            return switch (sealing) {
                case AEAD_GCM, AEAD_CCM, AEAD_CCM8, CHACHA20 -> true;
                case CBC, STREAM, NULL, UNKNOWN -> false;
            };
        }
    }

    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, `GREASE`, or the number in hex.
    public String name() {
        String name = TABLE.cell(code, 1, "");
        return !name.isEmpty() ? name : Grease.is(code) ? "GREASE" : "0x" + Hex.of(new byte[] {(byte) (code >> 8), (byte) code});
    }

    public boolean isGrease() {
        return Grease.is(code);
    }

    /// A signalling value that can never be chosen.
    public boolean isSignal() {
        return code == EMPTY_RENEGOTIATION_INFO_SCSV || code == FALLBACK_SCSV;
    }

    /// Suites that only TLS 1.3 can use.
    public boolean is13() {
        return keyExchange() == KeyExchange.TLS13;
    }

    public KeyExchange keyExchange() {
        return switch (TABLE.cell(code, 2, "-")) {
            case "TLS13" -> KeyExchange.TLS13;
            case "RSA", "RSA_EXPORT", "RSA_EXPORT1024", "RSA_FIPS" -> KeyExchange.RSA;
            case "DH_DSS", "DH_RSA", "DH_DSS_EXPORT", "DH_RSA_EXPORT" -> KeyExchange.DH;
            case "DHE_DSS", "DHE_RSA", "DHE_DSS_EXPORT", "DHE_RSA_EXPORT", "DHE_DSS_EXPORT1024" -> KeyExchange.DHE;
            case "DH_anon", "DH_anon_EXPORT" -> KeyExchange.DH_ANON;
            case "ECDH_ECDSA", "ECDH_RSA" -> KeyExchange.ECDH;
            case "ECDHE_ECDSA", "ECDHE_RSA" -> KeyExchange.ECDHE;
            case "ECDH_anon" -> KeyExchange.ECDH_ANON;
            case "PSK" -> KeyExchange.PSK;
            case "DHE_PSK", "PSK_DHE" -> KeyExchange.DHE_PSK;
            case "ECDHE_PSK" -> KeyExchange.ECDHE_PSK;
            case "RSA_PSK" -> KeyExchange.RSA_PSK;
            case "SRP_SHA", "SRP_SHA_RSA", "SRP_SHA_DSS" -> KeyExchange.SRP;
            case "KRB5", "KRB5_EXPORT" -> KeyExchange.KRB5;
            case "SCSV" -> KeyExchange.SIGNAL;
            default -> KeyExchange.OTHER;
        };
    }

    /// `AES_128_GCM`, `3DES_EDE_CBC`, `RC4_128`; `-` when not known.
    public String cipherName() {
        return TABLE.cell(code, 3, "-");
    }

    /// Hash of the MAC, or of the key derivation for AEAD suites: `SHA`, `SHA256`; `-` when not known.
    public String hashName() {
        return TABLE.cell(code, 4, "-");
    }

    public Protection protection() {
        String cipher = cipherName();
        int mac = switch (hashName()) {
            case "MD5" -> 16;
            case "SHA" -> 20;
            case "SHA256", "SM3" -> 32;
            case "SHA384" -> 48;
            default -> 0;
        };
        return switch (cipher) {
            case "AES_128_GCM", "CAMELLIA_128_GCM", "ARIA_128_GCM", "SM4_GCM" -> new Protection(Sealing.AEAD_GCM, 0, 1, 16);
            case "AES_256_GCM", "CAMELLIA_256_GCM", "ARIA_256_GCM" -> new Protection(Sealing.AEAD_GCM, 0, 1, 32);
            case "AES_128_CCM", "SM4_CCM" -> new Protection(Sealing.AEAD_CCM, 0, 1, 16);
            case "AES_256_CCM" -> new Protection(Sealing.AEAD_CCM, 0, 1, 32);
            case "AES_128_CCM_8" -> new Protection(Sealing.AEAD_CCM8, 0, 1, 16);
            case "AES_256_CCM_8" -> new Protection(Sealing.AEAD_CCM8, 0, 1, 32);
            case "CHACHA20_POLY1305" -> new Protection(Sealing.CHACHA20, 0, 1, 32);
            case "AES_128_CBC", "CAMELLIA_128_CBC", "ARIA_128_CBC", "SEED_CBC", "SM4_CBC" ->
                    new Protection(Sealing.CBC, mac, 16, 16);
            case "AES_256_CBC", "CAMELLIA_256_CBC", "ARIA_256_CBC" -> new Protection(Sealing.CBC, mac, 16, 32);
            case "3DES_EDE_CBC" -> new Protection(Sealing.CBC, mac, 8, 24);
            case "DES_CBC", "DES40_CBC" -> new Protection(Sealing.CBC, mac, 8, 8);
            case "IDEA_CBC", "RC2_CBC_40", "RC2_CBC_56" -> new Protection(Sealing.CBC, mac, 8, 16);
            case "RC4_128", "RC4_40", "RC4_56" -> new Protection(Sealing.STREAM, mac, 1, 16);
            case "SALSA20", "ESTREAM_SALSA20" -> new Protection(Sealing.STREAM, mac, 1, 32);
            case "NULL" -> new Protection(Sealing.NULL, mac, 1, 0);
            default -> new Protection(Sealing.UNKNOWN, 0, 1, 0);
        };
    }

    /// Key lengths that export rules once allowed; broken.
    public boolean isExport() {
        return TABLE.cell(code, 2, "").contains("EXPORT");
    }

    @Override
    public String toString() {
        return name();
    }
}

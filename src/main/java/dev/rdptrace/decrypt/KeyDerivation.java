package dev.rdptrace.decrypt;

import dev.rdptrace.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/// How secrets become keys: the PRF of TLS 1.0 to 1.2 (RFC 2246 5, RFC 5246 5), what SSL 3.0 had in its place (RFC 6101
/// 6.1, 6.2.2), and HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1).
enum KeyDerivation {
    ;

    /// `MD5`, `SHA`, `SHA256`, `SHA384`, `SM3`; anything else is taken for SHA-256, the default of TLS 1.2.
    static MessageDigest digest(String name) {
        return switch (name) {
            case "MD5" -> Hash.MD5.begin();
            case "SHA" -> Hash.SHA_1.begin();
            case "SHA384" -> Hash.SHA_384.begin();
            case "SM3" -> new Sm3();
            default -> Hash.SHA_256.begin();
        };
    }

    /// Bytes of a hash, and of the secrets of TLS 1.3 suites that use it.
    static int length(String name) {
        return switch (name) {
            case "MD5" -> 16;
            case "SHA" -> 20;
            case "SHA384" -> 48;
            default -> 32;
        };
    }

    /// The hash of the PRF: suites before TLS 1.2 name the hash of their MAC, which the PRF does not use.
    static String prfHash(String suiteHash) {
        return suiteHash.equals("SHA384") || suiteHash.equals("SM3") ? suiteHash : "SHA256";
    }

    static byte[] hash(MessageDigest digest, byte[]... parts) {
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }

    /// @param before12 the PRF of TLS 1.0 and 1.1: MD5 over one half of the secret, SHA-1 over the other
    /// @param hash of the suite, for TLS 1.2
    static byte[] prf(boolean before12, String hash, byte[] secret, String label, byte[] seed, int length) {
        byte[] labelled = concat(label.getBytes(StandardCharsets.US_ASCII), seed);
        if (!before12) {
            return expand(prfHash(hash), secret, labelled, length);
        }
        int half = (secret.length + 1) / 2;
        byte[] md5 = expand("MD5", Arrays.copyOf(secret, half), labelled, length);
        byte[] sha = expand("SHA", Arrays.copyOfRange(secret, secret.length - half, secret.length), labelled, length);
        for (int i = 0; i < length; i++) {
            md5[i] ^= sha[i];
        }
        return md5;
    }

    /// `MD5(secret + SHA('A' + secret + seed)) + MD5(secret + SHA('BB' + …` as long as it takes.
    static byte[] ssl3(byte[] secret, byte[] seed, int length) {
        byte[] out = new byte[length];
        for (int at = 0, round = 1; at < length; round++) {
            byte[] letters = new byte[round];
            Arrays.fill(letters, (byte) ('A' + round - 1));
            byte[] block = hash(Hash.MD5.begin(), secret, hash(Hash.SHA_1.begin(), letters, secret, seed));
            int part = Math.min(block.length, length - at);
            System.arraycopy(block, 0, out, at, part);
            at += part;
        }
        return out;
    }

    /// RFC 6101 5.2.3.1: a MAC of SSL 3.0, older than HMAC.
    static byte[] ssl3Mac(String hash, byte[] key, byte[]... parts) {
        byte[] pad = new byte[hash.equals("MD5") ? 48 : 40];
        Arrays.fill(pad, (byte) 0x36);
        byte[] inner = hash(digest(hash), key, pad, concat(parts));
        Arrays.fill(pad, (byte) 0x5c);
        return hash(digest(hash), key, pad, inner);
    }

    /// P_hash.
    private static byte[] expand(String hash, byte[] secret, byte[] seed, int length) {
        Hmac hmac = new Hmac(hash, secret);
        byte[] out = new byte[length];
        byte[] a = seed;
        for (int at = 0; at < length;) {
            a = hmac.of(a);
            byte[] block = hmac.of(a, seed);
            int part = Math.min(block.length, length - at);
            System.arraycopy(block, 0, out, at, part);
            at += part;
        }
        return out;
    }

    /// @param secret the HMAC whose key it is
    /// @param draft of TLS 1.3, or 99 for the final version; the label prefix changed in draft 20
    static byte[] expandLabel(Hmac secret, String label, int length, int draft) {
        byte[] name = ((draft < 20 ? "TLS 1.3, " : "tls13 ") + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[4 + name.length];
        info[0] = (byte) (length >> 8);
        info[1] = (byte) length;
        info[2] = (byte) name.length;
        System.arraycopy(name, 0, info, 3, name.length);
        byte[] out = new byte[length];
        byte[] block = new byte[0];
        for (int at = 0, counter = 1; at < length; counter++) {
            block = secret.of(block, info, new byte[] {(byte) counter});
            int part = Math.min(block.length, length - at);
            System.arraycopy(block, 0, out, at, part);
            at += part;
        }
        return out;
    }

    static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}

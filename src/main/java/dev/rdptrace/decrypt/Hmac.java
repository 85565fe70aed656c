package dev.rdptrace.decrypt;

import java.security.MessageDigest;
import java.util.Arrays;

/// RFC 2104, with one key: what the key alone makes of the hash is computed once.
final class Hmac {
    private final MessageDigest inner;
    private final MessageDigest outer;

    /// @param hash as [KeyDerivation#digest] knows it
    Hmac(String hash, byte[] key) {
        inner = KeyDerivation.digest(hash);
        outer = KeyDerivation.digest(hash);
        byte[] pad = new byte[hash.equals("SHA384") ? 128 : 64];
        byte[] used = key.length > pad.length ? KeyDerivation.digest(hash).digest(key) : key;
        Arrays.fill(pad, (byte) 0x36);
        for (int i = 0; i < used.length; i++) {
            pad[i] ^= used[i];
        }
        inner.update(pad);
        for (int i = 0; i < pad.length; i++) {
            pad[i] ^= 0x36 ^ 0x5c;
        }
        outer.update(pad);
    }

    byte[] of(byte[]... parts) {
        MessageDigest text = copy(inner);
        for (byte[] part : parts) {
            text.update(part);
        }
        return end(text);
    }

    /// Of a header and a piece of a buffer.
    byte[] of(byte[] header, byte[] buffer, int offset, int length) {
        MessageDigest text = copy(inner);
        text.update(header);
        text.update(buffer, offset, length);
        return end(text);
    }

    private byte[] end(MessageDigest text) {
        MessageDigest all = copy(outer);
        all.update(text.digest());
        return all.digest();
    }

    private static MessageDigest copy(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.rdptrace.bytes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The hash functions that every Java has, which the JVM turns into the processor's own instructions.
public enum Hash {
    MD5("MD5"), SHA_1("SHA-1"), SHA_256("SHA-256"), SHA_384("SHA-384");

    private final MessageDigest fresh;

    Hash(String algorithm) {
        try {
            fresh = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// One that nothing has gone into; copying is much quicker than asking the providers again.
    public MessageDigest begin() {
        try {
            return (MessageDigest) fresh.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    public byte[] of(byte[] bytes) {
        return begin().digest(bytes);
    }
}

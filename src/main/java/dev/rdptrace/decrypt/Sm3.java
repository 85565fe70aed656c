package dev.rdptrace.decrypt;

import java.security.MessageDigest;
import org.bouncycastle.crypto.digests.SM3Digest;

/// The one hash of cipher suites that no Java brings along, in the shape of those that it does.
final class Sm3 extends MessageDigest {
    private final SM3Digest digest;

    Sm3() {
        this(new SM3Digest());
    }

    private Sm3(SM3Digest digest) {
        super("SM3");
        this.digest = digest;
    }

    @Override
    protected void engineUpdate(byte input) {
        digest.update(input);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        digest.update(input, offset, length);
    }

    @Override
    protected byte[] engineDigest() {
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return hash;
    }

    @Override
    protected int engineGetDigestLength() {
        return digest.getDigestSize();
    }

    @Override
    protected void engineReset() {
        digest.reset();
    }

    @Override
    public Object clone() {
        return new Sm3(new SM3Digest(digest));
    }
}

package dev.rdptrace.wire.gcc;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Octets;
import java.util.ArrayList;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.4.3.1 SERVER_CERTIFICATE of Standard RDP Security, which proves nobody's identity.
public sealed interface ServerCertificate {

    /// [MS-RDPBCGR] 2.2.1.4.3.1.1 PROPRIETARYSERVERCERTIFICATE, signed with a key that everybody knows.
    ///
    /// @param temporary issued until the server has a real one
    /// @param keyBits of the RSA modulus
    record Proprietary(
            boolean temporary, int signatureAlgorithm, int keyAlgorithm, int keyBits, long publicExponent,
            Octets modulus, boolean signed)
            implements
                ServerCertificate {}

    /// [MS-RDPBCGR] 5.3.3.2 X.509 certificates, the root first and the server's own last.
    record X509Chain(boolean temporary, List<Octets> certificates) implements ServerCertificate {
        public X509Chain {
            certificates = List.copyOf(certificates);
        }
    }

    /// A version this program does not know.
    record Unknown(int version, int length) implements ServerCertificate {}

    /// Reads one that fills `in`.
    static ServerCertificate read(Reader in) {
        int dwVersion = in.i32le("dwVersion");
        boolean temporary = dwVersion < 0;
        int version = dwVersion & 0x7fffffff;
        return switch (version) {
            case 1 -> readProprietary(temporary, in);
            case 2 -> readChain(temporary, in);
            default -> new Unknown(version, in.left());
        };
    }

    private static Proprietary readProprietary(boolean temporary, Reader in) {
        int signatureAlgorithm = in.i32le("dwSigAlgId");
        int keyAlgorithm = in.i32le("dwKeyAlgId");
        in.u16le("wPublicKeyBlobType");
        Reader key = in.sub("PublicKeyBlob", "RSA_PUBLIC_KEY", in.u16le("wPublicKeyBlobLen"));
        int magic = key.i32le("magic");
        if (magic != 0x31415352) {
            throw key.reject("magic", "is not RSA1");
        }
        int keyLength = key.i32le("keylen");
        int bits = key.i32le("bitlen");
        key.i32le("datalen");
        long exponent = key.u32le("pubExp");
        Octets modulus = Octets.of(key.bytes("modulus", keyLength));
        in.u16le("wSignatureBlobType");
        int signatureLength = in.u16le("wSignatureBlobLen");
        in.skip("SignatureBlob", signatureLength);
        return new Proprietary(temporary, signatureAlgorithm, keyAlgorithm, bits, exponent, modulus, signatureLength > 0);
    }

    private static X509Chain readChain(boolean temporary, Reader in) {
        int count = in.i32le("NumCertBlobs");
        // [MS-RDPELE] 2.2.1.4.2: a server sends at least two, and nobody needs more than a handful.
        if (count < 0 || count > 200) {
            throw in.reject("NumCertBlobs", "is " + Integer.toUnsignedLong(count));
        }
        List<Octets> certificates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            certificates.add(Octets.of(in.bytes("abCert", in.i32le("cbCert"))));
        }
        return new X509Chain(temporary, certificates);
    }
}

package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.DerBytes.sequence;

import java.nio.charset.StandardCharsets;

/// X.509 certificates (RFC 5280) with the facts a test needs and a signature of zeros.
public final class CertificateBytes {
    private static final byte[] COMMON_NAME = hex("0603550403");
    private static final byte[] SHA256_RSA = sequence(hex("06092a864886f70d01010b"), hex("0500"));
    private static final byte[] RSA = sequence(hex("06092a864886f70d010101"), hex("0500"));

    private CertificateBytes() {}

    /// @param subject `CN=HOST5`
    /// @param from UTCTime, `230601000000Z`, or GeneralizedTime, `20500601000000Z`
    /// @param bits of the RSA key
    public static byte[] of(String subject, String issuer, String from, String to, int bits) {
        byte[] modulus = new byte[bits / 8 + 1];
        modulus[1] = (byte) 0xc3;
        modulus[modulus.length - 1] = 1;
        byte[] key = sequence(RSA, element(0x03, join(new byte[1], sequence(element(0x02, modulus), integer(65537)))));
        byte[] validity = sequence(time(from), time(to));
        byte[] tbs = sequence(field(0, integer(2)), integer(subject.hashCode() & 0x7fffffffL), SHA256_RSA, name(issuer), validity,
                name(subject), key);
        return sequence(tbs, SHA256_RSA, element(0x03, new byte[1 + bits / 8]));
    }

    private static byte[] time(String text) {
        return element(text.indexOf('Z') == 12 ? 0x17 : 0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] name(String text) {
        return sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, text.substring(3).getBytes(StandardCharsets.UTF_8)))));
    }
}

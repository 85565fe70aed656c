package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// The server's half of an ephemeral key exchange before TLS 1.3, RFC 5246 7.4.3 and RFC 8422 5.4.
///
/// @param group the named curve, or -1
/// @param primeBits size of a Diffie-Hellman prime, or -1
/// @param signatureScheme TLS 1.2 only, else -1
public record ServerKeyExchange(int group, int primeBits, int signatureScheme) {

    /// Decodes the body of the message, without the handshake header. A key exchange that is neither DHE nor ECDHE gives
    /// three times -1.
    public static Decoded<ServerKeyExchange> decode(byte[] bytes, int offset, int length, CipherSuite suite,
            TlsVersion version) {
        return Reader.decode(bytes, offset, length, "ServerKeyExchange",
                in -> read(in.sub("body", "ServerKeyExchange", in.left()), suite.keyExchange(), version));
    }

    private static ServerKeyExchange read(Reader in, CipherSuite.KeyExchange exchange, TlsVersion version) {
        int group = -1;
        int primeBits = -1;
        switch (exchange) {
            case ECDHE, ECDH_ANON -> {
                int curveType = in.u8("curve_type");
                if (curveType != 3) {
                    return new ServerKeyExchange(-1, -1, -1); // explicit curves: nobody speaks them any more
                }
                group = in.u16("named_curve");
                in.skip("public", in.u8("public length"));
            }
            case DHE, DH_ANON -> {
                byte[] prime = in.bytes("dh_p", in.u16("dh_p length"));
                primeBits = bits(prime);
                in.skip("dh_g", in.u16("dh_g length"));
                in.skip("dh_Ys", in.u16("dh_Ys length"));
            }
            case TLS13, RSA, DH, ECDH, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP, KRB5, SIGNAL, OTHER -> {
                return new ServerKeyExchange(-1, -1, -1);
            }
        }
        boolean signed = exchange == CipherSuite.KeyExchange.ECDHE || exchange == CipherSuite.KeyExchange.DHE;
        int scheme = signed && version.code() == TlsVersion.TLS_1_2 ? in.u16("algorithm") : -1;
        return new ServerKeyExchange(group, primeBits, scheme);
    }

    private static int bits(byte[] number) {
        for (int i = 0; i < number.length; i++) {
            if (number[i] != 0) {
                return 8 * (number.length - i) - Integer.numberOfLeadingZeros(number[i] & 0xff) + 24;
            }
        }
        return 0;
    }
}

package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// The client's half of the key exchange before TLS 1.3, RFC 5246 7.4.7.
///
/// @param payload RSA: the encrypted premaster secret; DHE and ECDHE: the public value; else the whole body
public record ClientKeyExchange(byte[] payload) {

    /// Decodes the body of the message, without the handshake header.
    public static Decoded<ClientKeyExchange> decode(byte[] bytes, int offset, int length, CipherSuite suite,
            TlsVersion version) {
        return Reader.decode(bytes, offset, length, "ClientKeyExchange",
                in -> read(in.sub("body", "ClientKeyExchange", in.left()), suite.keyExchange(), version));
    }

    private static ClientKeyExchange read(Reader in, CipherSuite.KeyExchange exchange, TlsVersion version) {
        return switch (exchange) {
            // SSL 3.0 has no length in front of the encrypted premaster secret.
            case RSA -> new ClientKeyExchange(version.code() == TlsVersion.SSL_3_0
                    ? in.rest("EncryptedPreMasterSecret")
                    : in.bytes("EncryptedPreMasterSecret", in.u16("EncryptedPreMasterSecret length")));
            case DHE, DH, DH_ANON -> in.isEmpty()
                    ? new ClientKeyExchange(new byte[0]) // the public value is in the client's certificate
                    : new ClientKeyExchange(in.bytes("dh_Yc", in.u16("dh_Yc length")));
            case ECDHE, ECDH, ECDH_ANON -> in.isEmpty()
                    ? new ClientKeyExchange(new byte[0])
                    : new ClientKeyExchange(in.bytes("ecdh_Yc", in.u8("ecdh_Yc length")));
            case TLS13, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP, KRB5, SIGNAL, OTHER ->
                    new ClientKeyExchange(in.rest("body"));
        };
    }
}

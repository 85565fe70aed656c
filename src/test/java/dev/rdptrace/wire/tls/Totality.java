package dev.rdptrace.wire.tls;

import java.util.SplittableRandom;

/// Every decoder of this package over one message: its prefixes and random mutations must not throw.
final class Totality {
    private Totality() {}

    static void check(int type, byte[] body, int mutations, SplittableRandom random) {
        for (int length = 0; length < body.length; length += 1 + body.length / 200) {
            decode(type, body, length);
        }
        for (int i = 0; i < mutations && body.length > 0; i++) {
            byte[] bytes = body.clone();
            for (int n = random.nextInt(1, 6); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            decode(type, bytes, bytes.length);
        }
    }

    private static void decode(int type, byte[] b, int length) {
        TlsVersion version = new TlsVersion(b.length % 2 == 0 ? TlsVersion.TLS_1_2 : TlsVersion.TLS_1_0);
        switch (type) {
            case Handshake.CLIENT_HELLO -> {
                ClientHello hello = ClientHello.decode(b, 0, length).orNull();
                if (hello != null) {
                    Fingerprint.ja3(hello);
                    Fingerprint.ja4(hello);
                    hello.serverName();
                    hello.offeredSuites();
                    hello.offers13();
                }
            }
            case Handshake.SERVER_HELLO -> {
                ServerHello hello = ServerHello.decode(b, 0, length).orNull();
                if (hello != null) {
                    Fingerprint.ja3s(hello);
                    hello.version();
                    hello.isHelloRetryRequest();
                }
            }
            case Handshake.CERTIFICATE -> {
                CertificateMessage.decode(b, 0, length, true);
                CertificateMessage chain = CertificateMessage.decode(b, 0, length, false).orNull();
                if (chain != null) {
                    chain.certificates().forEach(CertificateFacts::of);
                }
            }
            case Handshake.CLIENT_KEY_EXCHANGE -> {
                ClientKeyExchange.decode(b, 0, length, new CipherSuite(0xc02f), version);
                ClientKeyExchange.decode(b, 0, length, new CipherSuite(0x002f), version);
            }
            default -> {}
        }
    }
}

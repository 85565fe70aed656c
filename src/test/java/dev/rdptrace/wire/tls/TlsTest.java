package dev.rdptrace.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsTest {

    @Test
    void recordHeaderIsTakenApart() {
        byte[] bytes = hex("16 03 01 00c8 01");
        assertThat(TlsRecord.length(bytes, 0, bytes.length)).isEqualTo(205);
        for (int length = 0; length < 5; length++) {
            assertThat(TlsRecord.length(bytes, 0, length)).isEqualTo(TlsRecord.NEED_MORE);
            assertThat(TlsRecord.plausible(bytes, 0, length)).isEqualTo(length > 0);
        }
        for (String bad : List.of("13 03 01 0001", "19 03 01 0001", "16 02 01 0001", "16 03 05 0001", "16 03 03 4801")) {
            assertThat(TlsRecord.length(hex(bad), 0, 5)).isEqualTo(TlsRecord.NOT_A_RECORD);
            assertThat(TlsRecord.plausible(hex(bad), 0, 5)).isFalse();
        }
        assertThat(TlsRecord.plausible(hex("17 03 03 4800"), 0, 5)).isTrue();
    }

    @Test
    void alertsHaveNames() {
        Alert alert = Alert.decode(hex("02 28"), 0, 2).orNull();
        assertThat(alert.name()).isEqualTo("handshake_failure");
        assertThat(alert.fatal()).isTrue();
        assertThat(new Alert(2, 200).name()).isEqualTo("200");
        assertThat(Alert.decode(hex("02"), 0, 1)).isInstanceOf(Decoded.Partial.class);
        assertThat(Alert.decode(hex("77 28"), 0, 2)).isInstanceOf(Decoded.Broken.class);
        assertThat(Alert.decode(hex("02 28 00"), 0, 3)).isInstanceOf(Decoded.Broken.class); // an encrypted one
    }

    @Test
    void suitesHaveNamesAndKinds() {
        CipherSuite suite = new CipherSuite(0xc02f);
        assertThat(suite.name()).isEqualTo("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assertThat(suite.keyExchange()).isEqualTo(CipherSuite.KeyExchange.ECDHE);
        assertThat(suite.protection()).isEqualTo(new CipherSuite.Protection(CipherSuite.Sealing.AEAD_GCM, 0, 1, 16));
        assertThat(new CipherSuite(0x002f).protection())
                .isEqualTo(new CipherSuite.Protection(CipherSuite.Sealing.CBC, 20, 16, 16));
        assertThat(new CipherSuite(0x1301).is13()).isTrue();
        assertThat(new CipherSuite(0x3a3a).name()).isEqualTo("GREASE");
        assertThat(new CipherSuite(0x5600).isSignal()).isTrue();
        assertThat(new CipherSuite(0xeeee).name()).isEqualTo("0xeeee");
        assertThat(new CipherSuite(0xeeee).protection().sealing()).isEqualTo(CipherSuite.Sealing.UNKNOWN);
    }

    @Test
    void everySuiteInTheTableIsTakenApart() {
        int known = 0;
        for (int code = 0; code < 0x10000; code++) {
            CipherSuite suite = new CipherSuite(code);
            if (!suite.name().startsWith("0x") && !suite.name().equals("GREASE")) {
                known++;
                suite.protection();
                boolean modern = suite.name().startsWith("TLS_") && !suite.isSignal()
                        && !suite.name().contains("GOST") && !suite.name().contains("ECCPWD")
                        && !suite.name().contains("ECJPAKE") && code != 0;
                if (modern) {
                    assertThat(suite.keyExchange()).as(suite.name()).isNotEqualTo(CipherSuite.KeyExchange.OTHER);
                    assertThat(suite.protection().sealing()).as(suite.name()).isNotEqualTo(CipherSuite.Sealing.UNKNOWN);
                }
            }
        }
        assertThat(known).isGreaterThan(380);
    }

    @Test
    void versionsHaveNames() {
        assertThat(new TlsVersion(0x303).name()).isEqualTo("TLS 1.2");
        assertThat(new TlsVersion(0x7f1c).name()).isEqualTo("TLS 1.3 draft 28");
        assertThat(new TlsVersion(0x7f1c).is13()).isTrue();
    }

    /// Sizes seen in captures whose content was decrypted or is fixed by its protocol.
    @ParameterizedTest
    @CsvSource({
            // record, version, suite, encrypt-then-MAC, min, max
            "81,   303, c02f, false, 57, 57", // NTLM NEGOTIATE of Windows, GCM
            "28,   303, c030, false, 4, 4", // early user authorization result
            "74,   304, 1301, false, 57, 57", // the same NEGOTIATE in TLS 1.3
            "19,   304, 1302, false, 2, 2", // an alert
            "11,   304, 1305, false, 2, 2", // an alert under a short tag
            "20,   303, cca8, false, 4, 4", // ChaCha20 has no nonce in the record
            "28,   303, c0ac, false, 4, 4", // CCM
            "20,   303, c0ae, false, 4, 4", // CCM_8
            "24,   301, 0005, false, 4, 4", // RC4
            "24,   301, 0002, false, 4, 4", // NULL
            "80,   301, 002f, false, 44, 59", // TLS 1.0 CBC: NEGOTIATE of 57
            "96,   303, 002f, false, 44, 59", // TLS 1.2 CBC with an IV in front
            "96,   303, 003c, false, 32, 47", // SHA-256
            "112,  303, c028, false, 32, 47", // SHA-384
            "36,   303, 002f, true,  -1, -1", // nothing but IV and MAC
            "52,   303, 002f, true,  0, 15", // IV, one block, MAC
            "32,   301, 000a, false, 4, 11", // 3DES
            "33,   301, 002f, false, -1, -1", // not whole blocks
            "16,   303, 002f, false, -1, -1",
            "10,   303, c02f, false, -1, -1"})
    void recordLengthTellsPlainLength(int length, String version, String suite, boolean etm, int min, int max) {
        assertThat(PlainLength.of(length, new TlsVersion(Integer.parseInt(version, 16)),
                new CipherSuite(Integer.parseInt(suite, 16)).protection(), etm)).isEqualTo(new PlainLength(min, max));
    }

    /// Published example of the JA4 specification: a Chrome on Windows.
    @Test
    void ja4OfTheSpecificationsExample() {
        int[] suites = {0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                0x009c, 0x009d, 0x002f, 0x0035};
        byte[] sni = hex("0009 00 0006 612e74657374"); // a.test
        byte[] alpn = hex("000c 02 6832 08 687474702f312e31"); // h2, http/1.1
        byte[] schemes = hex("0010 0403 0804 0401 0503 0805 0501 0806 0601");
        byte[] versions = hex("06 2a2a 0304 0303");
        byte[] hello = hello(suites, List.of(
                new Extension(0x1a1a, new byte[0]), new Extension(0x001b, new byte[] {2, 0, 2}),
                new Extension(0, sni), new Extension(0x33, hex("0000")), new Extension(0x10, alpn),
                new Extension(0x4469, hex("0003026832")), new Extension(0x17, new byte[0]),
                new Extension(0x2d, hex("0101")), new Extension(0x0d, schemes), new Extension(0x05, hex("0100000000")),
                new Extension(0x23, new byte[0]), new Extension(0x12, new byte[0]), new Extension(0x2b, versions),
                new Extension(0xff01, new byte[] {0}), new Extension(0x0b, hex("0100")),
                new Extension(0x0a, hex("0008 3a3a 001d 0017 0018")), new Extension(0x15, new byte[20])));
        ClientHello decoded = ClientHello.decode(hello, 0, hello.length).orNull();
        assertThat(Fingerprint.ja4(decoded).value()).isEqualTo("t13d1516h2_8daaf6152771_e5627efa2ab1");
        assertThat(decoded.serverName()).isEqualTo("a.test");
        assertThat(decoded.applicationProtocols()).containsExactly("h2", "http/1.1");
        assertThat(decoded.highestVersion().name()).isEqualTo("TLS 1.3");
        assertThat(decoded.groups()).hasSize(4);
        assertThat(decoded.offeredSuites()).hasSize(15);
        assertThat(Fingerprint.ja3(decoded).text())
                .startsWith("771,4865-4866").endsWith(",29-23-24,0");
    }

    @Test
    void ja4OfABareHello() {
        byte[] hello = hello(new int[] {0x0005}, List.of());
        ClientHello decoded = ClientHello.decode(hello, 0, hello.length).orNull();
        assertThat(Fingerprint.ja4(decoded).value()).startsWith("t12i010000_").endsWith("_000000000000");
    }

    @Test
    void retryIsToldFromAnAnswer() {
        byte[] body = hex("0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00"
                + "000c 002b 0002 0304 0033 0002 0018"); // supported_versions, key_share: secp384r1
        ServerHello hello = ServerHello.decode(body, 0, body.length).orNull();
        assertThat(hello.isHelloRetryRequest()).isTrue();
        assertThat(hello.version().name()).isEqualTo("TLS 1.3");
    }

    @Test
    void downgradeMarkIsSeen() {
        byte[] body = hex("0303" + "11".repeat(24) + "444f574e47524401" + "00 c02f 00");
        ServerHello hello = ServerHello.decode(body, 0, body.length).orNull();
        assertThat(hello.isHelloRetryRequest()).isFalse();
        assertThat(hello.version().name()).isEqualTo("TLS 1.2");
    }

    @Test
    void keyExchangeOfRsaShowsItsSize() {
        byte[] rsa = hex("0100" + "aa".repeat(256));
        assertThat(ClientKeyExchange.decode(rsa, 0, rsa.length, new CipherSuite(0x002f), new TlsVersion(0x303))
                .orNull().payload()).hasSize(256);
    }

    @Test
    void noPrefixOrMutationThrows() {
        SplittableRandom random = new SplittableRandom(4);
        byte[] hello = hello(new int[] {0x1301, 0xc02f}, List.of(new Extension(0, hex("0009 00 0006 612e74657374")),
                new Extension(0x2b, hex("02 0304")), new Extension(0x33, hex("0006 001d 0002 0000"))));
        Totality.check(Handshake.CLIENT_HELLO, hello, 20_000, random);
        Totality.check(Handshake.SERVER_KEY_EXCHANGE, hex("03 001d 04 aaaaaaaa 0804 0002 ffff"), 5_000, random);
        Totality.check(Handshake.CERTIFICATE_REQUEST, hex("02 0140 0004 0403 0804 0004 0002 3000"), 5_000, random);
        Totality.check(Handshake.CERTIFICATE, chain(CertificateFactsTest.SELF_SIGNED), 20_000, random);
    }

    static byte[] chain(byte[]... certificates) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        Stream.of(certificates).forEach(der -> {
            list.writeBytes(new byte[] {0, (byte) (der.length >> 8), (byte) der.length});
            list.writeBytes(der);
        });
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(new byte[] {0, (byte) (list.size() >> 8), (byte) list.size()});
        all.writeBytes(list.toByteArray());
        return all.toByteArray();
    }

    private static byte[] hello(int[] suites, List<Extension> extensions) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(hex("0303" + "42".repeat(32) + "00"));
        u16(out, 2 * suites.length);
        for (int suite : suites) {
            u16(out, suite);
        }
        out.writeBytes(hex("0100"));
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (Extension extension : extensions) {
            u16(block, extension.type());
            u16(block, extension.data().length);
            block.writeBytes(extension.data());
        }
        if (!extensions.isEmpty()) {
            u16(out, block.size());
            out.writeBytes(block.toByteArray());
        }
        return out.toByteArray();
    }

    private static void u16(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

}

package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.decrypt.KeyLog.Label;
import dev.rdptrace.decrypt.RsaKey.Loaded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
    private static final String RANDOM = "0123456789abcdef".repeat(4);
    private static final String MASTER = "ab".repeat(48);

    @Test
    void linesOfEveryKindAreRead() {
        KeyLog log = new KeyLog();
        log.add(bytes("# a comment\r\n\r\nCLIENT_RANDOM " + RANDOM.toUpperCase() + " " + MASTER + "\r\n"
                + "SERVER_TRAFFIC_SECRET_0 " + RANDOM + " " + "cd".repeat(32) + "\n"
                + "CLIENT_TRAFFIC_SECRET_0  " + RANDOM + "\t" + "ef".repeat(48) + "\n"
                + "RSA 0011223344556677 " + MASTER + "\n"
                + "RSA Session-ID:" + "77".repeat(32) + " Master-Key:" + MASTER + "\n"
                + "EXPORTER_SECRET " + RANDOM + " " + MASTER + "\n"
                + "CLIENT_RANDOM " + RANDOM + " abcd\n"
                + "CLIENT_RANDOM " + RANDOM + " xyz\n"
                + "nonsense"));
        assertThat(log.size()).isEqualTo(5);
        assertThat(log.secret(Label.CLIENT_RANDOM, HexFormat.of().parseHex(RANDOM))).hasSize(48);
        assertThat(log.secret(Label.SERVER_TRAFFIC_SECRET_0, HexFormat.of().parseHex(RANDOM))).hasSize(32);
        assertThat(log.secret(Label.CLIENT_EARLY_TRAFFIC_SECRET, HexFormat.of().parseHex(RANDOM))).isEmpty();
        assertThat(log.knows(HexFormat.of().parseHex(RANDOM))).isTrue();
        assertThat(log.knows(new byte[32])).isFalse();
    }

    @Test
    void growingLogsAreReadHoweverTheyAreCut() {
        String text = "CLIENT_RANDOM " + RANDOM + " " + MASTER + "\nRSA 0011223344556677 " + MASTER;
        for (int cut = 0; cut <= text.length(); cut++) {
            KeyLog log = new KeyLog();
            log.append(bytes(text.substring(0, cut)));
            log.append(bytes(text.substring(cut)));
            assertThat(log.size()).isEqualTo(2);
        }
    }

    @Test
    void noiseIsNoSecret() {
        SplittableRandom random = new SplittableRandom(7);
        KeyLog log = new KeyLog();
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(300)];
            for (int n = 0; n < noise.length; n++) {
                noise[n] = (byte) (random.nextInt(20) == 0 ? '\n' : random.nextInt());
            }
            log.append(noise);
            log.add(noise);
        }
        assertThat(log.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa.key", "rsa.p8", "rsa.der", "rsa-aes.p8", "rsa-3des.p8", "rsa-pbe1.p8", "rsa-old.key", "rsa.p12"})
    void everyFormOfTheKeyOpens(String name) throws IOException {
        byte[] file = read(name);
        boolean sealed = name.contains("-") || name.endsWith("p12");
        assertThat(RsaKey.load(file, "secret".toCharArray())).isInstanceOfSatisfying(Loaded.Opened.class,
                opened -> assertThat(opened.key()).isNotNull());
        assertThat(RsaKey.load(file, new char[0])).isInstanceOf(sealed ? Loaded.PasswordNeeded.class : Loaded.Opened.class);
        assertThat(RsaKey.load(file, "wrong".toCharArray())).isInstanceOf(sealed ? Loaded.WrongPassword.class : Loaded.Opened.class);
    }

    @Test
    void otherKeysSayWhyNot() throws IOException {
        assertThat(RsaKey.load(read("ec.key"), new char[0])).isInstanceOfSatisfying(Loaded.Unusable.class,
                unusable -> assertThat(unusable.reason()).contains("ec private key"));
        assertThat(RsaKey.load(read("rsa.crt"), new char[0])).isInstanceOf(Loaded.Unusable.class);
        assertThat(RsaKey.load(new byte[0], new char[0])).isInstanceOf(Loaded.Unusable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa.key", "rsa.der", "rsa.p8", "rsa.p12", "rsa-old.key"})
    void damagedKeyFilesDoNotThrow(String name) throws IOException {
        SplittableRandom random = new SplittableRandom(8);
        byte[] file = read(name);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = file.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            RsaKey.load(damaged, new char[0]);
            RsaKey.load(java.util.Arrays.copyOf(file, random.nextInt(file.length)), new char[0]);
        }
    }

    private static byte[] read(String name) throws IOException {
        return Files.readAllBytes(Path.of("src/test/resources/tls", name));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

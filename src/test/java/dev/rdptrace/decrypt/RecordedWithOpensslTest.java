package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.HandshakesInTheClear;
import dev.rdptrace.wire.tls.RecordedStreams;
import dev.rdptrace.wire.tls.RecordedStreams.Conversation;
import dev.rdptrace.wire.tls.ServerHello;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Over connections recorded by `scripts/record-tls`: the client says [#LINE], the server answers with it reversed.
class RecordedWithOpensslTest {
    private static final Path FOLDER = Path.of("src/test/resources/tls");
    private static final String LINE = "the quick brown fox\n";
    private static final String REVERSED = "xof nworb kciuq eht\n";

    @ParameterizedTest
    @MethodSource("captures")
    void everythingOpensWithTheKeyLog(Path file) throws IOException {
        Secrets secrets = new Secrets(keyLog(file));
        List<Conversation> conversations = RecordedStreams.of(file);
        assertThat(conversations).isNotEmpty();
        for (Conversation conversation : conversations) {
            Driver driver = Driver.over(conversation, secrets);
            assertThat(driver.answers.keySet()).as("%s %s", conversation.stream(), suite(conversation))
                    .allMatch(answer -> answer.equals("clear") || answer.startsWith("plain"));
            assertThat(text(driver.client)).isIn(LINE, LINE + LINE, LINE + LINE + LINE, "early bird\n" + LINE);
            if (!file.toString().contains("early-data")) {
                assertThat(text(driver.server)).isIn(REVERSED, REVERSED + REVERSED, REVERSED + REVERSED + REVERSED);
            }
        }
    }

    @Test
    void everyCipherOpensslSpeaksIsAmongThem() throws IOException {
        Set<String> ciphers = new TreeSet<>();
        for (Path file : captures().toList()) {
            RecordedStreams.of(file).forEach(conversation -> ciphers.add(suite(conversation).cipherName()));
        }
        assertThat(ciphers).contains("AES_128_GCM", "AES_256_GCM", "AES_128_CCM", "AES_256_CCM_8", "CHACHA20_POLY1305",
                "AES_128_CBC", "AES_256_CBC", "CAMELLIA_256_CBC", "ARIA_128_GCM", "NULL");
    }

    @Test
    void theServersKeyOpensRsaKeyExchangeOnly() throws IOException {
        for (String name : List.of("tls1", "tls1_1", "tls1_2", "renegotiated", "tls1_2-no-etm")) {
            Secrets secrets = new Secrets(new KeyLog());
            secrets.add(((RsaKey.Loaded.Opened) RsaKey.load(Files.readAllBytes(FOLDER.resolve("rsa.key")), new char[0])).key());
            int opened = 0;
            for (Conversation conversation : RecordedStreams.of(FOLDER.resolve(name + ".pcap"))) {
                boolean rsa = suite(conversation).keyExchange() == CipherSuite.KeyExchange.RSA;
                Driver driver = Driver.over(conversation, secrets);
                assertThat(text(driver.client)).as(suite(conversation).name()).startsWith(rsa ? LINE : "");
                assertThat(driver.client.size() > 0).isEqualTo(rsa);
                opened += rsa ? 1 : 0;
            }
            assertThat(opened).as(name).isPositive();
        }
    }

    @Test
    void resumedSessionsOpenWithWhatTheFirstOneTaught() throws IOException {
        for (String name : List.of("resumed-session-id", "resumed-ticket")) {
            Path file = FOLDER.resolve(name + ".pcap");
            List<Conversation> conversations = RecordedStreams.of(file);
            byte[] random = clientRandom(conversations.get(1));
            String without = Files.readString(FOLDER.resolve(name + ".keys")).lines()
                    .filter(line -> !line.contains(java.util.HexFormat.of().formatHex(random)))
                    .reduce("", (text, line) -> text + line + "\n");
            KeyLog log = new KeyLog();
            log.add(without.getBytes(StandardCharsets.US_ASCII));
            Secrets secrets = new Secrets(log);
            assertThat(text(Driver.over(conversations.get(0), secrets).client)).isEqualTo(LINE);
            assertThat(text(Driver.over(conversations.get(1), secrets).client)).isEqualTo(LINE);
            assertThat(text(Driver.over(conversations.get(1), new Secrets(log)).client)).isEmpty();
        }
    }

    @Test
    void withoutKeysNothingOpensAndNothingFails() throws IOException {
        for (Path file : captures().toList()) {
            for (Conversation conversation : RecordedStreams.of(file)) {
                Driver driver = Driver.over(conversation, new Secrets(new KeyLog()));
                assertThat(driver.answers.keySet()).allMatch(answer -> answer.equals("clear")
                        || answer.equals("unavailable: no secret for this connection"));
            }
        }
    }

    @Test
    void wrongKeysFailAndDoNotThrow() throws IOException {
        for (Path file : captures().toList()) {
            String text = Files.readString(keys(file)).replaceAll("[0-9a-f]{8}(?=\r?\n)", "deadbeef");
            KeyLog log = new KeyLog();
            log.add(text.getBytes(StandardCharsets.US_ASCII));
            for (Conversation conversation : RecordedStreams.of(file)) {
                Driver driver = Driver.over(conversation, new Secrets(log));
                assertThat(driver.answers.keySet()).allMatch(answer -> answer.equals("clear")
                        || answer.startsWith("failed: "));
            }
        }
    }

    @Test
    void keysThatComeLateOpenTheRest() throws IOException {
        for (String name : List.of("tls1_2", "tls1_3", "tls1", "key-update")) {
            for (Conversation conversation : RecordedStreams.of(FOLDER.resolve(name + ".pcap"))) {
                KeyLog log = new KeyLog();
                Driver driver = new Driver(new Secrets(log));
                boolean clientHasSpoken = false;
                for (var chunk : conversation.chunks()) {
                    // The keys arrive with the server's answer: the client's line is lost, the answer is not.
                    if (clientHasSpoken && !chunk.fromClient()) {
                        log.append(Files.readAllBytes(FOLDER.resolve(name + ".keys")));
                    }
                    clientHasSpoken |= chunk.fromClient() && driver.answers.toString().contains("unavailable");
                    driver.accept(chunk.fromClient(), chunk.bytes());
                }
                if (suite(conversation).protection().isAead()) {
                    assertThat(text(driver.server)).as(suite(conversation).name()).endsWith(REVERSED);
                }
                assertThat(driver.answers.keySet()).noneMatch(answer -> answer.startsWith("failed"));
            }
        }
    }

    @Test
    void lostRecordsAreJumpedOver() throws IOException {
        for (String name : List.of("tls1_2", "tls1_3", "tls1_1")) {
            Secrets secrets = new Secrets(keyLog(FOLDER.resolve(name + ".pcap")));
            for (Conversation conversation : RecordedStreams.of(FOLDER.resolve(name + ".pcap"))) {
                int records = Driver.over(conversation, secrets).seenFrom(true);
                Driver driver = new Driver(secrets);
                driver.withheldIsClients = true;
                driver.withheld = records - 3; // Finished in TLS 1.2
                conversation.chunks().forEach(chunk -> driver.accept(chunk.fromClient(), chunk.bytes()));
                assertThat(text(driver.client)).as("%s %s", conversation.stream(), suite(conversation)).endsWith(LINE);
            }
        }
    }

    @Test
    void aLogWithoutHandshakeSecretsOpensApplicationData() throws IOException {
        KeyLog log = new KeyLog();
        log.add(Files.readString(FOLDER.resolve("tls1_3.keys")).lines().filter(line -> line.contains("_TRAFFIC_SECRET_0"))
                .reduce("", (text, line) -> text + line + "\n").getBytes(StandardCharsets.US_ASCII));
        for (Conversation conversation : RecordedStreams.of(FOLDER.resolve("tls1_3.pcap"))) {
            Driver driver = Driver.over(conversation, new Secrets(log));
            assertThat(text(driver.client)).isEqualTo(LINE);
            assertThat(text(driver.server)).isEqualTo(REVERSED);
            assertThat(driver.answers.keySet()).noneMatch(answer -> answer.startsWith("failed"));
        }
    }

    @Test
    void theClientsDirectionAloneOpensInTls13() throws IOException {
        for (String name : List.of("tls1_3", "retry", "key-update")) {
            Secrets secrets = new Secrets(keyLog(FOLDER.resolve(name + ".pcap")));
            for (Conversation conversation : RecordedStreams.of(FOLDER.resolve(name + ".pcap"))) {
                Driver driver = new Driver(secrets);
                conversation.chunks().stream().filter(RecordedStreams.Chunk::fromClient)
                        .forEach(chunk -> driver.accept(true, chunk.bytes()));
                assertThat(text(driver.client)).startsWith(LINE);
            }
        }
    }

    @Test
    void aLostKeyUpdateIsNoticed() throws IOException {
        Secrets secrets = new Secrets(keyLog(FOLDER.resolve("key-update.pcap")));
        Conversation conversation = RecordedStreams.of(FOLDER.resolve("key-update.pcap")).getFirst();
        int records = Driver.over(conversation, secrets).seenFrom(true);
        for (int lost = 2; lost < records - 1; lost++) {
            Driver driver = new Driver(secrets);
            driver.withheldIsClients = true;
            driver.withheld = lost;
            conversation.chunks().forEach(chunk -> driver.accept(chunk.fromClient(), chunk.bytes()));
            assertThat(text(driver.client)).contains(LINE + LINE);
            assertThat(driver.answers.keySet()).noneMatch(answer -> answer.startsWith("failed"));
        }
    }

    @Test
    void damagedRecordsFailAndTheNextOneOpens() throws IOException {
        Path file = FOLDER.resolve("tls1_3.pcap");
        Secrets secrets = new Secrets(keyLog(file));
        SplittableRandom random = new SplittableRandom(6);
        for (Conversation conversation : RecordedStreams.of(file)) {
            for (int i = 0; i < 100; i++) {
                Driver driver = new Driver(secrets);
                conversation.chunks().forEach(chunk -> {
                    byte[] bytes = chunk.bytes().clone();
                    if (random.nextInt(3) == 0) {
                        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    driver.accept(chunk.fromClient(), bytes);
                });
            }
        }
        for (Path any : captures().toList()) {
            Secrets all = new Secrets(keyLog(any));
            Conversation conversation = RecordedStreams.of(any).getFirst();
            for (int i = 0; i < 50; i++) {
                Driver driver = new Driver(all);
                Consumer<RecordedStreams.Chunk> damaged = chunk -> {
                    byte[] bytes = chunk.bytes().clone();
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                    driver.accept(chunk.fromClient(), random.nextInt(4) == 0 ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
                };
                conversation.chunks().forEach(damaged);
            }
        }
    }

    private static Stream<Path> captures() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".pcap")).sorted().toList().stream();
        }
    }

    private static Path keys(Path capture) {
        return Path.of(capture.toString().replace(".pcap", ".keys"));
    }

    private static KeyLog keyLog(Path capture) throws IOException {
        KeyLog log = new KeyLog();
        log.add(Files.readAllBytes(keys(capture)));
        return log;
    }

    private static CipherSuite suite(Conversation conversation) {
        for (var message : HandshakesInTheClear.in(conversation.from(false))) {
            ServerHello hello = message.type() == Handshake.SERVER_HELLO
                    ? ServerHello.decode(message.body(), 0, message.body().length).orNull() : null;
            if (hello != null) {
                return hello.suite();
            }
        }
        return new CipherSuite(0);
    }

    private static byte[] clientRandom(Conversation conversation) {
        byte[] body = HandshakesInTheClear.in(conversation.from(true)).getFirst().body();
        return dev.rdptrace.wire.tls.ClientHello.decode(body, 0, body.length).orNull().random();
    }

    private static String text(java.io.ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}

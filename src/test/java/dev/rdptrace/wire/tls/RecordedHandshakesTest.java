package dev.rdptrace.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Thorough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Against captures outside the project, where there are any, and against tshark, where it is installed.
class RecordedHandshakesTest {
    /// One capture in so many goes to tshark, which takes its time; `-Drdptrace.thorough=true` for all.
    private static final int EVERY = Thorough.oneIn(4);

    @Test
    void fingerprintsAndCertificatesAreThoseOfTshark() throws IOException {
        List<String> different = new ArrayList<>();
        int compared = 0;
        List<Path> all = files();
        for (int i = 0; i < all.size(); i += EVERY) {
            Path file = all.get(i);
            Set<String> expected = tshark(file, "tls.handshake.ja3", "tls.handshake.ja3s", "x509af.serialNumber");
            Set<String> ours = new TreeSet<>();
            for (var conversation : RecordedStreams.of(file)) {
                for (boolean client : new boolean[] {true, false}) {
                    for (var message : HandshakesInTheClear.in(conversation.from(client))) {
                        read(message, ours);
                    }
                }
            }
            compared += expected.size();
            // tshark does not look for TLS on every port.
            if (!expected.isEmpty() && !ours.equals(expected)) {
                different.add(file.getFileName() + " " + ours + " " + expected);
            }
        }
        assertThat(compared).isGreaterThan(200 / EVERY - 10);
        assertThat(different).isEmpty();
    }

    private static void read(HandshakesInTheClear.Message message, Set<String> found) {
        byte[] body = message.body();
        switch (message.type()) {
            case Handshake.CLIENT_HELLO ->
                    found.add(Fingerprint.ja3(ClientHello.decode(body, 0, body.length).orNull()).value().replaceFirst("^0+(?=.)", ""));
            case Handshake.SERVER_HELLO ->
                    found.add(Fingerprint.ja3s(ServerHello.decode(body, 0, body.length).orNull()).value().replaceFirst("^0+(?=.)", ""));
            case Handshake.CERTIFICATE -> {
                var chain = CertificateMessage.decode(body, 0, body.length, false);
                if (chain instanceof Decoded.Complete<CertificateMessage>(var certificates, _)) {
                    for (byte[] der : certificates.certificates()) {
                        var facts = CertificateFacts.of(der);
                        if (der.length > CertificateFacts.LONGEST) {
                            assertThat(facts).isInstanceOf(Decoded.Broken.class);
                            continue;
                        }
                        assertThat(facts).as(() -> String.valueOf(facts)).isInstanceOf(Decoded.Complete.class);
                        found.add(facts.orNull().serial());
                        assertThat(facts.orNull().keyAlgorithm()).doesNotContain(".");
                        assertThat(facts.orNull().signatureAlgorithm()).doesNotContain(".");
                        assertThat(facts.orNull().notBefore()).isLessThan(facts.orNull().notAfter());
                    }
                }
            }
            default -> {}
        }
    }

    @Test
    void noPrefixOrMutationOfARecordedMessageThrows() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        for (Path file : files()) {
            for (var conversation : RecordedStreams.of(file)) {
                for (boolean client : new boolean[] {true, false}) {
                    for (var message : HandshakesInTheClear.in(conversation.from(client))) {
                        Totality.check(message.type(), message.body(), 30, random);
                    }
                }
            }
        }
    }

    private static List<Path> files() throws IOException {
        Path folder = RecordedStreams.captures().resolve("public/tls");
        Assumptions.assumeTrue(Files.isDirectory(folder), "no TLS captures");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).filter(file -> file.toString().contains(".pcap"))
                    .filter(file -> !file.toString().matches(".*(dtls|udt|wpa|webrtc|retrans).*"))
                    // certificates outside the certificate message
                    .filter(file -> !file.toString().matches(".*(ocsp|ssl-v2).*")).sorted().toList();
        }
    }

    private static Set<String> tshark(Path file, String... fields) throws IOException {
        List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString(), "-o",
                "tcp.reassemble_out_of_order:TRUE", "-T", "fields", "-E", "separator=,", "-E", "aggregator=,"));
        for (String field : fields) {
            command.add("-e");
            command.add(field);
        }
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            Set<String> values = new TreeSet<>();
            for (String value : out.split("[,\\s]+")) {
                if (!value.isBlank()) {
                    values.add(value.replace(":", "").replaceFirst("^0x", "").replaceFirst("^0+(?=.)", ""));
                }
            }
            return values;
        } catch (IOException e) {
            Assumptions.abort("no tshark");
            return Set.of();
        }
    }
}

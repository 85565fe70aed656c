package dev.rdptrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.EventText;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recorded connections with the keys of their TLS, from the file to the verdict.
class OpenedSessionTest {
    private static final Path SAMPLES = Path.of("samples");

    @TempDir Path folder;

    @Test
    void aLockedAccountIsNamed() throws IOException {
        Incident incident = only(analyze("nla-account-locked-out"));
        assertThat(incident.verdict().id()).isEqualTo("credssp-account-state");
        assertThat(incident.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(Identity.shown(incident.verdict().says())).contains("STATUS_ACCOUNT_LOCKED_OUT (0xC0000234): the account is locked",
                "of alice");
        assertThat(incident.fixes().getFirst()).contains("unlock the account");
        assertThat(attempt(incident).events()).anySatisfy(event -> assertThat(EventText.says(event)).contains("STATUS_ACCOUNT_LOCKED_OUT"));
    }

    @Test
    void aWrongPasswordIsNamed() throws IOException {
        Incident incident = only(analyze("nla-logon-failure-tls12"));
        assertThat(incident.verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
        assertThat(incident.verdict().says()).contains("STATUS_LOGON_FAILURE (0xC000006D)");
        assertThat(attempt(incident).authentication().credSspVersions()).isEqualTo("6");
        assertThat(attempt(incident).authentication().status()).isEqualTo(0xC000006D);
    }

    @Test
    void everyStepOfASessionIsReadAndNoneInferred() throws IOException {
        Attempt attempt = attempt(only(analyze("success-nla-tls13-keys")));
        assertThat(attempt.inferred()).isEmpty();
        assertThat(attempt.steps()).containsKeys(Step.CERTIFICATE, Step.SERVER_FLIGHT, Step.CLIENT_FINISHED, Step.TLS_DONE, Step.TOKEN,
                Step.CHALLENGE, Step.AUTHENTICATE, Step.ACCEPTED, Step.CREDENTIALS, Step.CONNECT_INITIAL, Step.CONNECT_RESPONSE,
                Step.ERECT_DOMAIN, Step.ATTACH_USER, Step.ATTACH_CONFIRM, Step.CHANNEL_JOIN, Step.CHANNELS_JOINED, Step.CLIENT_INFO,
                Step.LICENSE, Step.LICENSE_DONE, Step.DEMAND_ACTIVE, Step.CONFIRM_ACTIVE, Step.FONT_LIST, Step.FONT_MAP);
        assertThat(attempt.tls().certificates()).hasSize(1);
        assertThat(attempt.inner().decrypted()).isTrue();
        assertThat(attempt.tls().alerts()).allSatisfy(alert -> assertThat(alert.encrypted()).isFalse());
    }

    @Test
    void aWrongKeyIsOneEventAndThenSizesTell() throws IOException {
        Path sample = SAMPLES.resolve("nla-account-locked-out");
        String wrong = Files.readString(sample.resolve("keys.log")).replaceAll("(?m)[0-9a-f]{4}$", "0000");
        Incident incident = only(analyze(sample.resolve("capture.pcapng"), Optional.of(wrong.getBytes(StandardCharsets.US_ASCII))));
        Incident without = only(analyze(sample.resolve("capture.pcapng"), Optional.empty()));
        assertThat(incident.verdict()).isEqualTo(without.verdict());
        assertThat(attempt(incident).events()).filteredOn(event -> event.kind() == Event.Kind.UNEXPECTED).hasSize(1);
    }

    @Test
    void embeddedSecretsOpenBeforeAndBehindThePackets() throws IOException {
        Path sample = SAMPLES.resolve("nla-account-locked-out");
        byte[] capture = Files.readAllBytes(sample.resolve("capture.pcapng"));
        byte[] secrets = secretsBlock(Files.readAllBytes(sample.resolve("keys.log")));
        int header = ByteBuffer.wrap(capture).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
        for (int at : new int[] {header, capture.length}) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            file.write(capture, 0, at);
            file.writeBytes(secrets);
            file.write(capture, at, capture.length - at);
            Path embedded = Files.write(folder.resolve("embedded-" + at + ".pcapng"), file.toByteArray());
            assertThat(only(analyze(embedded, Optional.empty())).verdict().says()).contains("STATUS_ACCOUNT_LOCKED_OUT");
        }
    }

    @Test
    void noSecretIsEverPrinted() throws IOException {
        for (String name : List.of("success-nla-tls13-keys", "nla-logon-failure-tls12")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            JsonReport.write(analyze(name).report("test"), out);
            String json = out.toString(StandardCharsets.UTF_8).toLowerCase(java.util.Locale.ROOT);
            for (String line : Files.readAllLines(SAMPLES.resolve(name).resolve("keys.log"))) {
                String[] words = line.split(" ");
                if (words.length == 3) {
                    assertThat(json).doesNotContain(words[2].substring(0, 32).toLowerCase(java.util.Locale.ROOT));
                }
            }
        }
    }

    /// A Decryption Secrets Block of type TLS Key Log, little-endian.
    private static byte[] secretsBlock(byte[] keyLog) {
        int padded = (keyLog.length + 3) / 4 * 4;
        ByteBuffer block = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        block.putInt(0x0000000a).putInt(20 + padded).putInt(0x544c534b).putInt(keyLog.length).put(keyLog);
        block.putInt(16 + padded, 20 + padded);
        return block.array();
    }

    private static Analysis analyze(String sample) throws IOException {
        Path path = SAMPLES.resolve(sample);
        return analyze(path.resolve("capture.pcapng"), Optional.of(Files.readAllBytes(path.resolve("keys.log"))));
    }

    private static Analysis analyze(Path capture, Optional<byte[]> keys) throws IOException {
        Optional<Secrets> secrets = keys.map(text -> {
            KeyLog log = new KeyLog();
            log.add(text);
            return new Secrets(log);
        });
        return Analyzer.analyze(() -> Captures.open(List.of(capture.toString()), InputStream.nullInputStream()),
                new Analyzer.Options(Set.of(), Set.of(), false, secrets), () -> false);
    }

    private static Incident only(Analysis analysis) {
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst();
    }

    private static Attempt attempt(Incident incident) {
        return incident.attempts().getLast().attempt();
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.testkit.Tape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"max", "40"})
    void aReplayedCaptureGivesTheReportOfTheFile(String speed) throws IOException {
        for (String sample : List.of("nla-wrong-password", "pmtu-black-hole", "health-check", "success-tls-xrdp")) {
            String capture = "samples/" + sample + "/capture.pcapng";
            Path replayed = folder.resolve("replayed.json");
            Path read = folder.resolve("read.json");
            assertThat(run("replay", "-q", "--speed", speed, "--report", replayed.toString(), capture)).isZero();
            assertThat(run("--format", "json", "-o", read.toString(), capture)).isZero();
            assertThat(replayed).as(sample).hasSameTextualContentAs(read);
        }
    }

    @Test
    void verdictsOfAReplayAreLines() {
        assertThat(run("replay", "-q", "--speed", "max", "--format", "ndjson", "samples/nla-required/capture.pcapng")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1).first().asString().startsWith("{")
                .contains("x224-neg-failure-5-nla-required");
        assertThat(err.size()).isZero();
    }

    @Test
    void brokenHandshakesAreKeptWithTheirVerdict() throws IOException {
        Path kept = folder.resolve("kept.pcapng");
        assertThat(run("replay", "-q", "--speed", "max", "-w", kept.toString(), "--only-broken", "samples/nla-required/capture.pcapng",
                "samples/success-tls-xrdp/capture.pcapng")).isZero();
        assertThat(new String(Files.readAllBytes(kept), StandardCharsets.UTF_8)).contains("rdptrace: VERDICT: FAILED")
                .doesNotContain("ESTABLISHED");
        out.reset();
        assertThat(run("--format", "ndjson", kept.toString())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1).first().asString().contains("x224-neg-failure-5-nla-required");
    }

    @Test
    void everyVerdictIsLogged() throws IOException {
        Path log = folder.resolve("log.ndjson");
        run("replay", "-q", "--speed", "max", "--failed-only", "--log", log.toString(), "samples/success-tls-xrdp/capture.pcapng");
        assertThat(Files.readAllLines(log)).hasSize(1).first().asString().contains("\"outcome\":\"established\"");
    }

    @Test
    void whatCannotBeWrittenOrServedIsSaidAtOnce() throws IOException {
        String capture = "samples/nla-required/capture.pcapng";
        String nowhere = folder.resolve("nowhere/file").toString();
        for (String option : List.of("-w", "--log")) {
            err.reset();
            assertThat(run("replay", "--speed", "max", option, nowhere, capture)).isEqualTo(Exit.USAGE.code());
            assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot write " + nowhere + ": there is no such folder\n");
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            err.reset();
            assertThat(run("replay", "--speed", "max", "--metrics", "127.0.0.1:" + taken.getLocalPort(), capture))
                    .isEqualTo(Exit.USAGE.code());
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .startsWith("rdptrace: cannot serve --metrics at 127.0.0.1:" + taken.getLocalPort() + ": ");
        }
        assertThat(out.size()).isZero();
    }

    @Test
    void whatIsLostIsSaidToWhoWantsVerdictsOnlyToo() throws IOException {
        int nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = closed.getLocalPort();
        }
        run("replay", "-q", "--speed", "max", "--webhook", "http://127.0.0.1:" + nobody + "/", "samples/nla-required/capture.pcapng");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: 1 verdicts could not be delivered\n");
    }

    @Test
    void aCaptureOutOfTimeOrderIsReplayedInOrder() throws IOException {
        Path shuffled = folder.resolve("shuffled.pcapng");
        Path replayed = folder.resolve("replayed.json");
        Path read = folder.resolve("read.json");
        List<Tape.Shot> shots = new ArrayList<>(Tape.read(Path.of("samples/success-tls-xrdp/capture.pcapng")).shots());
        for (int i = 0; i + 1 < shots.size(); i += 2) {
            Collections.swap(shots, i, i + 1);
        }
        try (OutputStream out = Files.newOutputStream(shuffled); Recording file = new Recording(out, "test", "")) {
            file.network(new InterfaceFacts(1, "eth0", 262_144, "", -1, -1));
            for (Tape.Shot shot : shots) {
                file.packet(0, shot.nanos(), shot.bytes(), 0, shot.bytes().length, shot.wireLength(), List.of());
            }
        }
        assertThat(run("replay", "-q", "--speed", "max", "--report", replayed.toString(), shuffled.toString())).isZero();
        assertThat(run("--format", "json", "-o", read.toString(), shuffled.toString())).isZero();
        assertThat(replayed).hasSameTextualContentAs(read);
    }

    @Test
    void aCaptureThatIsNotPossibleSaysWhatHelps() {
        assertThat(run("live", "-i", "nosuch0")).isEqualTo(Exit.CAPTURE_IMPOSSIBLE.code());
        assertThat(err.toString(StandardCharsets.UTF_8).lines().count()).isGreaterThan(1);
        assertThat(out.size()).isZero();
    }

    @Test
    void whatIsNotUnderstoodIsMisuse() {
        for (String[] wrong : new String[][] {{"live"}, {"live", "-i", "lo", "-r", "-"}, {"live", "-i", "lo", "--format", "xml"},
                {"live", "-i", "lo", "-b", "size:3"}, {"live", "-i", "lo", "--only-broken"}, {"live", "-i", "lo", "--webhook", "ftp://x"},
                {"live", "-i", "lo", "--metrics", "9466"}, {"live", "-i", "lo", "-f", "tcp", "--port-filter"},
                {"live", "-i", "lo", "-s", "1"},
                {"replay"}, {"replay", "--speed", "-1", "samples/nla-required/capture.pcapng"},
                {"replay", "--yes", "samples/nla-required/capture.pcapng"},
                {"replay", "-i", "lo", "--rewrite", "a=b", "samples/nla-required/capture.pcapng"},
                {"replay", "-i", "lo", "--stream", "99", "samples/nla-required/capture.pcapng"}}) {
            assertThat(run(wrong)).as(String.join(" ", wrong)).isEqualTo(Exit.USAGE.code());
        }
    }

    private int run(String... arguments) {
        Console console = new Console(new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), false, false, Map.of());
        return Main.execute(console, () -> false, arguments);
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is said to somebody who typed what is not understood.
class MisuseTest {
    private static final String CAPTURE = "samples/port-closed/capture.pcapng";

    @Test
    void whatIsMisspeltIsAnsweredWithWhatIsMeant() {
        assertThat(said("liev", "-i", "any")).contains("did you mean rdptrace live?");
        assertThat(said("explian", "0x904")).contains("did you mean rdptrace explain?");
        assertThat(said("explain", "live")).contains("did you mean rdptrace help live?");
        assertThat(said("0x904/0x7")).contains("did you mean rdptrace explain 0x904/0x7?");
        assertThat(said("--formt", "json", CAPTURE)).contains("did you mean --format?");
        assertThat(said("live", "--fromat", "text", "-i", "lo")).contains("did you mean --format?", "Try rdptrace help live\n");
        assertThat(said("capture.pcap")).doesNotContain("did you mean");
    }

    @Test
    void noWordOfJavaIsInWhatIsSaidOfAnOption() {
        assertThat(said("--gateway", "rdgw.corp.example", CAPTURE)).contains("'rdgw.corp.example' is no IP address").doesNotContain("java",
                "Gateway");
        assertThat(said("--format", "foo", CAPTURE)).contains("[text, json, html, ndjson, brief, ecs, zeek]").doesNotContain("TEXT",
                "case-insensitive");
        assertThat(said("--port", "x", CAPTURE)).contains("'x' is no number").doesNotContain("int");
    }

    @Test
    void aNameThatIsNotUnicodeIsToldFrom() {
        assertThat(said("no/caf\ufffd.pcapng")).contains("a name that is not UTF-8");
    }

    /// Not the first bytes in hexadecimal.
    @Test
    void whatIsPackedIsNamed(@TempDir Path folder) throws IOException {
        byte[] tar = new byte[512];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        for (Map.Entry<String, byte[]> packed : Map
                .of("bzip2", "BZh91AY&SY and more of it, so that it is no scrap".getBytes(StandardCharsets.US_ASCII), "a zip archive",
                        "PK\3\4\24 and more of it, so that it is no scrap".getBytes(StandardCharsets.US_ASCII), "a tar archive", tar)
                .entrySet()) {
            Path file = Files.write(folder.resolve("packed"), packed.getValue());
            assertThat(said(file.toString())).contains(packed.getKey(), "unpack it first");
        }
    }

    /// The jar is no program by itself, and whoever starts it reads a sentence and no trace.
    @Test
    void aJarWithoutItsLibrariesSaysWhatToStart(@TempDir Path folder) throws IOException, InterruptedException {
        String name = "dev/rdptrace/launch/Launcher.class";
        try (InputStream launcher = Main.class.getClassLoader().getResourceAsStream(name)) {
            assumeTrue(launcher != null, "built without its launcher");
            Files.createDirectories(folder.resolve(name).getParent());
            Files.copy(launcher, folder.resolve(name));
        }
        Process alone = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", folder.toString(),
                "dev.rdptrace.launch.Launcher").redirectErrorStream(true).start();
        alone.getOutputStream().close();
        assertThat(new String(alone.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEqualToIgnoringNewLines(
                "rdptrace: this jar needs the libraries beside it; start bin/rdptrace of the folder rdptrace instead");
        assertThat(alone.waitFor()).isEqualTo(69);
    }

    private static String said(String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Main.execute(console(err), () -> false, arguments)).isIn(Exit.USAGE.code(), Exit.INPUT_UNREADABLE.code());
        return err.toString(StandardCharsets.UTF_8);
    }

    private static Console console(ByteArrayOutputStream err) {
        return new Console(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false, false, Map.of());
    }

    @Test
    void whatNeedsNoNameHasHelp() {
        assertThat(Main.execute(console(new ByteArrayOutputStream()), () -> false, "help", "analyse")).isZero();
    }
}

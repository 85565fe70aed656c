package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is said to somebody who typed what is not understood.
class MisuseTest {
    private static final String CAPTURE = "samples/port-closed/capture.pcapng";

    @Test
    void whatIsMisspeltIsAnsweredWithWhatIsMeant() {
        assertThat(said("liev", "-i", "any")).contains("did you mean rdptrace live?");
        assertThat(said("explian", "0x904")).contains("did you mean rdptrace explain?");
        assertThat(said("0x904/0x7")).contains("did you mean rdptrace explain 0x904/0x7?");
        assertThat(said("--formt", "json", CAPTURE)).contains("did you mean --format?");
        assertThat(said("live", "--fromat", "text", "-i", "lo")).contains("did you mean --format?", "Try rdptrace help live\n");
        assertThat(said("capture.pcap")).doesNotContain("did you mean");
    }

    @Test
    void noWordOfJavaIsInWhatIsSaidOfAnOption() {
        assertThat(said("--gateway", "rdgw.corp.example", CAPTURE)).contains("'rdgw.corp.example' is no IP address").doesNotContain("java", "Gateway");
        assertThat(said("--format", "foo", CAPTURE)).contains("[text, json, ndjson, ecs, zeek, html]").doesNotContain("TEXT", "case-insensitive");
        assertThat(said("--port", "x", CAPTURE)).contains("'x' is no number").doesNotContain("int");
    }

    @Test
    void aNameThatIsNotUnicodeIsToldFrom() {
        assertThat(said("no/caf\ufffd.pcapng")).contains("a name that is not UTF-8");
    }

    private static String said(String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Main.execute(console(err), () -> false, arguments)).isIn(Exit.USAGE.code(), Exit.INPUT_UNREADABLE.code());
        return err.toString(StandardCharsets.UTF_8);
    }

    private static Console console(ByteArrayOutputStream err) {
        return new Console(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                false, false, Map.of());
    }

    @Test
    void whatNeedsNoNameHasHelp() {
        assertThat(Main.execute(console(new ByteArrayOutputStream()), () -> false, "help", "analyse")).isZero();
    }
}

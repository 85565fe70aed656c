package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.testkit.PseudoTerminal;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.VideoTerminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The screen in a terminal, as somebody sees it.
class TuiCommandTest {
    private static final List<String> THREE = List.of("samples/success-nla-tls13/capture.pcapng", "samples/nla-required/capture.pcapng",
            "samples/pmtu-black-hole/capture.pcapng");
    private static final Pattern SHOWN = Pattern.compile("\\$ rdptrace tui samples/[^\n]*\n(.*?)```", Pattern.DOTALL);
    private static final Path README = Path.of("README.md");

    @TempDir private Path folder;

    @Test
    void listLadderAndBackInAWindowThatChanges() throws Exception {
        try (PseudoTerminal program = start(Map.of(), THREE)) {
            assertThat(program.shows("3 tries").text()).isEqualTo("""
                     rdptrace  3 files                               3 tries, 2 failed, worst first
                       UTC         client → server             verdict
                    >  08:27:38  ✗ 192.0.2.10 → 198.51.100.20  The server insists on Network Le…  #8
                       08:29:28  ✗ 192.0.2.10 → 198.51.100.20  Large packets from the server d…  #20
                       08:26:34  ✓ 192.0.2.10 → 198.51.100.20  The handshake completed; the cl…  #76
                    """ + "\n".repeat(18) + """
                     Enter ladder  / search  f failed  s sort  Space choose  w save  ? help  q quit
                    """);
            assertThat(program.terminal().modes()).containsExactly(1049, -7, -25);
            assertThat(program.terminal().reversedRows()).containsExactly(0, 2, 23);
            program.terminal().drawn();
            assertThat(program.press("\u001b[B")).isNotNull();
            program.shows(screen -> screen.line(3).startsWith(">"));
            assertThat(program.terminal().drawn()).as("two rows and no more").isBetween(2, 160);
            program.press("\r");
            compare(program.shows("Esc back").text());
            program.press("kk\r");
            assertThat(program.shows("Bytes, ").text())
                    .contains("ClientHello, TLS 1.3", "frame 10 · from client · TLS handshake", "Fields\n> ")
                    .containsPattern("\n  0[01][0-9a-f]0  ([0-9a-f]{2} +){16}");
            program.press("\u001b");
            program.shows("Enter message");
            program.size(70, 20);
            assertThat(program.shows("This needs 80x24").line(0)).contains("has 70x20");
            program.size(100, 30);
            assertThat(program.shows("Esc back").line(29)).startsWith(" Enter message");
            program.press("\u001b");
            program.shows("3 tries");
            program.press("q");
            assertThat(program.ends()).isZero();
            assertThat(program.terminal().modes()).as("as it was").endsWith(25, 7, -1049);
            assertThat(program.terminal().coloured()).isTrue();
        }
    }

    /// The screen that the README shows is one that the program draws.
    private static void compare(String screen) throws IOException {
        String shown = screen.replaceAll("\n{3,}", "\n\n");
        String readme = Files.readString(README);
        Matcher here = SHOWN.matcher(readme);
        assertThat(here.find()).as("a screen in " + README).isTrue();
        if (System.getProperty("golden", "").equals("update")) {
            Files.writeString(README, new StringBuilder(readme).replace(here.start(1), here.end(1), shown).toString());
            return;
        }
        assertThat(here.group(1)).as("-Dgolden=update writes it").isEqualTo(shown);
    }

    @Test
    void noColoursAndNoOtherCharactersWhereTheTerminalHasNone() throws Exception {
        try (PseudoTerminal program = start(Map.of("NO_COLOR", "1", "ascii", "true"), THREE)) {
            assertThat(program.shows("3 tries").text()).matches("[\\x20-\\x7e\\n]*").contains("> 198.51.100.20");
            program.press("\r");
            assertThat(program.shows("Esc back").text()).matches("[\\x20-\\x7e\\n]*").contains("|-- TCP connected ----");
            program.press("\u0003");
            assertThat(program.ends()).isZero();
            assertThat(program.terminal().coloured()).isFalse();
        }
    }

    @Test
    void aChosenTryIsSavedAndItsFilterCopied() throws Exception {
        Path saved = folder.resolve("one.pcapng");
        Path redacted = folder.resolve("other.pcapng");
        try (PseudoTerminal program = start(Map.of(), THREE)) {
            program.shows("3 tries");
            program.press("y");
            assertThat(program.shows("To the clipboard").line(22)).endsWith(": tcp.stream == 0");
            assertThat(program.terminal().clipboard()).isEqualTo("tcp.stream == 0");
            program.press("w" + "\u007f".repeat(40) + saved + "\r");
            program.shows("one.pcapng holds the try, with the");
            program.press("R" + "\u007f".repeat(50) + redacted + "\r");
            program.shows("other.pcapng holds the try without");
            program.press("aw\r");
            assertThat(program.shows("Not saved").line(22)).isEqualTo("Not saved: these tries are of 3 recordings; choose those of one.");
            program.press("q");
            assertThat(program.ends()).isZero();
        }
        assertThat(Samples.reportOn(saved.toString()).incidents()).singleElement().satisfies(incident -> {
            assertThat(incident.verdict().id()).isEqualTo("x224-neg-failure-5-nla-required");
            assertThat(incident.verdict().frames()).containsExactly(4L, 6L);
        });
        assertThat(Files.readString(saved, StandardCharsets.ISO_8859_1)).contains("rdptrace: VERDICT", "alice");
        assertThat(Samples.reportOn(redacted.toString()).incidents().getFirst().verdict().id())
                .isEqualTo("x224-neg-failure-5-nla-required");
        assertThat(Files.readString(redacted, StandardCharsets.ISO_8859_1)).doesNotContain("alice", "rdptrace: VERDICT");
    }

    @Test
    void whoIsAskedToEndLeavesTheTerminalAsItWas() throws Exception {
        try (PseudoTerminal program = start(Map.of(), THREE)) {
            program.shows("3 tries");
            ProcessHandle.of(program.pid()).orElseThrow().destroy();
            assertThat(program.ends()).isZero();
            assertThat(program.terminal().modes()).endsWith(25, 7, -1049);
        }
    }

    @Test
    void triesAppearWhileTheyHappen() throws Exception {
        Path saved = folder.resolve("live.pcapng");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                PseudoTerminal program =
                        start(Map.of(), List.of("-i", "lo", "-Z", "root", "-f", "tcp port " + server.getLocalPort(), "--port",
                                Integer.toString(server.getLocalPort())))) {
            VideoTerminal screen = program.shows(one -> one.text().contains("Capturing") || !program.isAlive());
            assumeTrue(screen.text().contains("Capturing"), "capturing takes rights and libpcap");
            assertThat(screen.line(0)).startsWith(" rdptrace  live on lo ").contains("0 tries");
            RecordCommandTest.refuse(server);
            assertThat(program.shows("1 try, 1 failed").line(2))
                    .contains("The server insists on Network Level Authentication".substring(0, 20));
            program.press("\r");
            program.shows("HYBRID_REQUIRED_BY_SERVER");
            program.press("\r");
            assertThat(program.shows("Bytes, ").text()).contains("  0000  ");
            program.press("\u001b");
            program.shows("Enter message");
            program.press("\u001b");
            program.shows("1 try, 1 failed");
            program.press("w" + "\u007f".repeat(40) + saved + "\r");
            program.shows("live.pcapng holds the try");
            program.press("q");
            assertThat(program.ends()).isZero();
        }
        assertThat(Samples.reportOn(saved.toString()).incidents()).hasSize(1);
    }

    @Test
    void whatCannotBeReadIsCountedAndNothingIsNoMistake() throws Exception {
        Path bad = Files.writeString(folder.resolve("bad.pcapng"), "no capture at all, whatever its name says");
        try (PseudoTerminal program = start(Map.of(), List.of(bad.toString(), THREE.getFirst()))) {
            assertThat(program.shows("1 of 2 recordings cannot be read.").line(0)).contains("1 try");
            program.press("q");
            assertThat(program.ends()).isEqualTo(Exit.INPUT_UNREADABLE.code());
        }
    }

    @Test
    void withoutATerminalItSaysSo() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(new PrintStream(err), new PrintStream(err, true, StandardCharsets.UTF_8), false, false,
                Map.of("TERM", "xterm"));
        assertThat(Main.execute(console, () -> false, "tui", THREE.getFirst())).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: tui needs a terminal: standard output is no terminal\n"
                + "rdptrace FILE tells the same in lines.\n");
        Console dumb =
                new Console(new PrintStream(err), new PrintStream(err, true, StandardCharsets.UTF_8), true, true, Map.of("TERM", "dumb"));
        assertThat(Main.execute(dumb, () -> false, "tui", THREE.getFirst())).isEqualTo(Exit.USAGE.code());
        assertThat(Main.execute(console, () -> false, "tui")).isEqualTo(Exit.USAGE.code());
        assertThat(Main.execute(console, () -> false, "tui", "-")).isEqualTo(Exit.USAGE.code());
    }

    private static PseudoTerminal start(Map<String, String> environment, List<String> files) {
        Map<String, String> set =
                new HashMap<>(Map.of("TERM", "xterm-256color", "NO_COLOR", "", "CLICOLOR_FORCE", "", "RDPTRACE_CONFIG", ""));
        set.putAll(environment);
        List<String> command =
                new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED", "-Drdptrace.terminals=out,err",
                        "-Drdptrace.ascii=" + set.getOrDefault("ascii", "false"), "-cp",
                        System.getProperty("java.class.path"), Main.class.getName(), "tui"));
        command.addAll(files);
        set.remove("ascii");
        return PseudoTerminal.start(80, 24, set, command);
    }
}

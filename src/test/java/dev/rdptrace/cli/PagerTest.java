package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.testkit.PseudoTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is longer than the terminal is high, on a terminal that is one.
class PagerTest {
    private static final String CAPTURE = "samples/nla-required/capture.pcapng";

    /// Of less.
    private static final String PROMPT = ":\u001b[K";

    @TempDir private Path folder;

    @BeforeEach
    void onlyWhereATerminalCanBeMade() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "python3 is not installed");
    }

    /// A pager that notes what it is given, with which `LESS`.
    private String pager(String name, String then) throws IOException {
        Path script =
                Files.writeString(folder.resolve(name), "#!/bin/sh\necho \"LESS=$LESS\" >" + folder + "/" + name + ".less\n" + then + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    @Test
    void whatIsLongerThanTheScreenIsPagedWithItsColours() throws IOException, InterruptedException {
        String pager = pager("pager", "cat >" + folder + "/got; echo PAGED; exit 7");
        try (PseudoTerminal terminal =
                start(12, Map.of("RDPTRACE_PAGER", pager, "PAGER", "no-such-pager", "LESS", ""), "--fail-on", "failed", CAPTURE)) {
            assertThat(terminal.writesToItsEnd()).contains("PAGED").doesNotContain("FAILED");
            assertThat(terminal.ends()).as("as without a pager").isEqualTo(Exit.FAIL_ON_HIT.code());
        }
        assertThat(Files.readString(folder.resolve("got"))).startsWith("\u001b[1;31m✗ FAILED").contains("More: -v");
        assertThat(folder.resolve("pager.less")).hasContent("LESS=FRX");
    }

    @Test
    void whatFitsIsPrinted() throws IOException, InterruptedException {
        Map<String, String> environment = Map.of("PAGER", pager("pager", "echo PAGED"));
        try (PseudoTerminal terminal = start(60, environment, CAPTURE)) {
            assertThat(terminal.writesToItsEnd()).contains("✗ FAILED", "Read samples").doesNotContain("PAGED");
            assertThat(terminal.ends()).isZero();
        }
        for (List<String> plain : List.of(List.of("--no-pager", CAPTURE), List.of(CAPTURE, "--format", "json"),
                List.of("--no-pager", "signatures"),
                List.of("signatures", "--no-pager"), List.of("-o", folder.resolve("report").toString(), CAPTURE))) {
            try (PseudoTerminal terminal = start(12, environment, plain.toArray(String[]::new))) {
                assertThat(terminal.writesToItsEnd()).as("%s", plain).doesNotContain("PAGED");
                assertThat(terminal.ends()).as("%s", plain).isZero();
            }
        }
    }

    @Test
    void allThatIsForReadingIsPaged() throws IOException, InterruptedException {
        Map<String, String> environment = Map.of("RDPTRACE_PAGER", pager("pager", "cat >/dev/null; echo PAGED"));
        for (List<String> long_ : List.of(List.of("signatures"), List.of("explain", "0x904/0x7"),
                List.of("ladder", "-v", "samples/success-nla-tls13/capture.pcapng"),
                List.of("diff", "samples/success-nla-tls13/capture.pcapng", CAPTURE), List.of("-v", CAPTURE, "samples/port-closed"))) {
            try (PseudoTerminal terminal = start(12, environment, long_.toArray(String[]::new))) {
                assertThat(terminal.writesToItsEnd()).as("%s", long_).contains("PAGED");
                assertThat(terminal.ends()).as("%s", long_).isZero();
            }
        }
    }

    @Test
    void aPagerThatIsNotThereHidesNothing() throws IOException, InterruptedException {
        for (String none : List.of("no-such-pager --with options", folder.resolve("none").toString(), "", "cat")) {
            try (PseudoTerminal terminal = start(12, Map.of("RDPTRACE_PAGER", none.isEmpty() ? " " : none), CAPTURE)) {
                assertThat(terminal.writesToItsEnd()).as(none).contains("Read samples/nla-required").doesNotContain("not found");
            }
        }
    }

    @Test
    void whoHasSeenEnoughMakesNoError() throws IOException, InterruptedException {
        try (PseudoTerminal terminal =
                start(12, Map.of("PAGER", pager("pager", "head -n 1; exit 3")), "-v", CAPTURE, "--fail-on", "failed")) {
            assertThat(terminal.writesToItsEnd()).contains("✗ FAILED").doesNotContain("rdptrace:");
            assertThat(terminal.ends()).isEqualTo(Exit.FAIL_ON_HIT.code());
        }
    }

    @Test
    void lessKeepsTheTerminalWhateverIsPressed() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/less")), "less is not installed");
        try (PseudoTerminal terminal = start(12, Map.of("PAGER", "", "LESS", ""), CAPTURE)) {
            assertThat(terminal.writes(PROMPT)).contains("✗ FAILED", "Connection Request").doesNotContain("Read samples");
            terminal.press("\u0003");
            terminal.writes(PROMPT);
            terminal.press("G");
            terminal.writes("Read samples/nla-required");
            assertThat(terminal.isAlive()).isTrue();
            terminal.press("q");
            terminal.writesToItsEnd();
            assertThat(terminal.ends()).as("the verdict was told before Ctrl-C").isZero();
        }
    }

    private static PseudoTerminal start(int height, Map<String, String> environment, String... arguments) {
        Map<String, String> set =
                new HashMap<>(Map.of("TERM", "xterm-256color", "NO_COLOR", "", "CLICOLOR_FORCE", "", "RDPTRACE_CONFIG", "",
                        "RDPTRACE_PAGER", ""));
        set.putAll(environment);
        List<String> command =
                new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED", "-Drdptrace.terminals=out,err", "-Drdptrace.columns=100",
                        "-Drdptrace.lines=" + height, "-cp",
                        System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        return PseudoTerminal.start(100, height, set, command);
    }
}

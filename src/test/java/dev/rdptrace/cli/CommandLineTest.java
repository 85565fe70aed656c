package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.report.Format;
import dev.rdptrace.testkit.Tape;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir private Path folder;

    private String capture;

    @BeforeEach
    void makeACapture() throws IOException {
        capture = Files.createFile(folder.resolve("a.pcap")).toString();
    }

    @Test
    void aCommandLineWithoutCaptureIsMisuse() {
        assertThat(run()).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("rdptrace: no capture given: rdptrace FILE...");
        assertThat(out.size()).isZero();
    }

    @Test
    void whatIsNotUnderstoodIsMisuse() {
        assertThat(run("--formt", "json", capture)).isEqualTo(Exit.USAGE.code());
        assertThat(run("--format", "xml", capture)).isEqualTo(Exit.USAGE.code());
        assertThat(run("--port", "65536", capture)).isEqualTo(Exit.USAGE.code());
        assertThat(run("--fail-on", "sadness", capture)).isEqualTo(Exit.USAGE.code());
        assertThat(run("--gateway", "gateway.example", capture)).isEqualTo(Exit.USAGE.code());
        assertThat(run("-", "-")).isEqualTo(Exit.USAGE.code());
        assertThat(run("explain")).isEqualTo(Exit.USAGE.code());
        assertThat(run("help", "me")).isEqualTo(Exit.USAGE.code());
    }

    @Test
    void aMissingFileIsUnreadableAndNamed() {
        String missing = folder.resolve("b.pcap").toString();
        assertThat(run(missing)).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot read " + missing + ": no such file\n");
        assertThat(run("--keylog", missing, capture)).isEqualTo(Exit.INPUT_UNREADABLE.code());
    }

    @Test
    void whatWasTypedSteersNoTerminal() {
        String nasty = "a\u001b[31m\nb\u009b\u202e";
        for (String[] line : new String[][] {{nasty}, {"explain", nasty}, {"--port", nasty, capture}, {"--keylog", nasty, capture},
                {"--" + nasty, capture},
                {"live", "--webhook", nasty}, {"live", "--metrics", nasty}, {"replay", nasty}, {"--fail-on", nasty, capture}}) {
            err.reset();
            assertThat(run(line)).isNotZero();
            String said = err.toString(StandardCharsets.UTF_8);
            assertThat(said).startsWith("rdptrace: ");
            assertThat(said.codePoints().filter(c -> c != '\n' && (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT))
                    .toArray())
                    .as(said).isEmpty();
            assertThat(said.lines().count()).as(said).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void everyFormatIsOfferedWhereItCanBeWritten() {
        String capture = Path.of("samples/nla-required/capture.pcapng").toString();
        for (Format format : Format.values()) {
            assertThat(run("--format", format.toString(), capture)).as("%s", format).isEqualTo(Exit.ANALYSED.code());
            assertThat(run("replay", "--speed", "max", "-q", "--format", format.toString(), capture)).as("%s as it comes", format)
                    .isEqualTo((format.ofOneDocument() ? Exit.USAGE : Exit.ANALYSED).code());
            assertThat(run("--help")).isEqualTo(0);
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("--format", format.toString());
        }
    }

    @Test
    void anAddressThatIsNoneIsNotSaid() {
        assertThat(run("live", "--webhook", "http://user:pass word@host/x?token=t")).isEqualTo(Exit.USAGE.code());
        assertThat(run("live", "--webhook", "ftp://user:secret@host/x?token=t")).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--webhook").doesNotContain("secret", "pass word", "token=t");
    }

    @Test
    void whatIsWrittenIsTheOwnersAloneUnlessItWasThere() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path report = folder.resolve("report.txt");
        Path copy = folder.resolve("copy.pcapng");
        Path known = Files.createFile(folder.resolve("known.json"));
        Files.setPosixFilePermissions(known, PosixFilePermissions.fromString("rw-r--r--"));
        String sample = "samples/nla-required/capture.pcapng";
        assertThat(run("-o", report.toString(), "-w", copy.toString(), sample)).isZero();
        assertThat(run("-o", known.toString(), sample)).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(report))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(known))).isEqualTo("rw-r--r--");
    }

    @Test
    void versionAndHelpGoToStandardOutput() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace " + Version.number() + "\n");
        assertThat(Version.number()).matches("\\d.*");
        assertThat(run("help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--rsa-key", "explain", "Exit codes");
        assertThat(err.size()).isZero();
    }

    @Test
    void everyOptionArrives() throws IOException {
        Path keys = Files.createFile(folder.resolve("keys.log"));
        AnalyzeOptions options = options(
                "-r", capture, "-w", "out.pcapng", "--format", "json", "-o", "out.json", "--color", "always", "-vv", "-q",
                "-n", "-t", "ud", "--port", "3390,3391", "--port", "443", "--gateway", "192.0.2.1", "--gateway",
                "[2001:db8::1]:8443", "--code", "0x904/0x7", "--and", capture, "--keylog", keys.toString(), "--rsa-key",
                keys.toString(), "--strip-secrets", "--fail-on", "failed,undetermined", "-");
        assertThat(options.inputs()).containsExactly(capture, "-");
        assertThat(options.annotated()).contains(Path.of("out.pcapng"));
        assertThat(options.format()).isEqualTo(Format.JSON);
        assertThat(options.output()).contains(Path.of("out.json"));
        assertThat(options.colour()).isTrue();
        assertThat(options.verbosity()).isEqualTo(2);
        assertThat(options.quiet()).isTrue();
        assertThat(options.numeric()).isTrue();
        assertThat(options.time()).isEqualTo(TimeFormat.UD);
        assertThat(options.reading().ports()).containsExactly(3390, 3391, 443);
        assertThat(options.reading().gateways()).containsExactly(
                new Gateway(InetAddress.ofLiteral("192.0.2.1"), 443), new Gateway(InetAddress.ofLiteral("2001:db8::1"), 8443));
        assertThat(options.clientCode()).contains("0x904/0x7");
        assertThat(options.others()).containsExactly(Path.of(capture));
        assertThat(options.reading().keyLogs()).containsExactly(keys);
        assertThat(options.reading().rsaKeys()).containsExactly(keys);
        assertThat(options.stripSecrets()).isTrue();
        assertThat(options.failOn()).containsExactlyInAnyOrder("failed", "undetermined");
    }

    @Test
    void whatIsSharedHasNoAddressesAndIsForFilesOnly() {
        String sample = "samples/nla-wrong-password/capture.pcapng";
        assertThat(run("--share", sample)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("host-1", "host-2").doesNotContain("192.0.2.", "198.51.100.",
                "nla-wrong-password");
        assertThat(run("--share", "-")).isEqualTo(Exit.USAGE.code());
        assertThat(run("--share", "-w", folder.resolve("out.pcapng").toString(), sample)).isEqualTo(Exit.USAGE.code());
    }

    @Test
    void gatewaysAreAddressesInEitherFamily() {
        assertThat(Gateway.parse("192.0.2.1:8443").port()).isEqualTo(8443);
        assertThat(Gateway.parse("2001:db8::1").port()).isEqualTo(443);
        assertThat(Gateway.parse("[2001:db8::1]").address()).isEqualTo(InetAddress.ofLiteral("2001:db8::1"));
        assertThatThrownBy(() -> Gateway.parse("192.0.2.1:0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Gateway.parse("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFolderStandsForTheCapturesBelowIt() throws IOException {
        Path below = Files.createDirectories(folder.resolve("z"));
        String ring = Files.createFile(below.resolve("trace.pcapng12.gz")).toString();
        Files.createFile(folder.resolve("notes.txt"));
        assertThat(options(folder.toString()).inputs()).containsExactly(capture, ring);
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> options(empty.toString())).isInstanceOf(Failure.class).hasMessageContaining("holds no capture files");
    }

    @Test
    void aGlobStandsForTheFilesThatMatch() throws IOException {
        String second = Files.createFile(folder.resolve("b.pcap")).toString();
        assertThat(options(folder + "/*.pcap").inputs()).containsExactly(capture, second);
        String odd = Files.createFile(folder.resolve("a[1].pcap")).toString();
        assertThat(options(odd).inputs()).containsExactly(odd);
    }

    @Test
    void theInputIsNeverWrittenOver() throws IOException {
        String sameFile = folder.resolve("..").resolve(folder.getFileName()).resolve("a.pcap").toString();
        assertThatThrownBy(() -> options("-w", sameFile, capture)).isInstanceOf(Failure.class)
                .hasMessageContaining("would write over the input");
        assertThatThrownBy(() -> options("-o", capture, capture)).isInstanceOf(Failure.class)
                .hasMessageContaining("would write over the input");
        String other = Files.createFile(folder.resolve("other.pcap")).toString();
        assertThatThrownBy(() -> options("-w", other, "--and", other, capture)).isInstanceOf(Failure.class)
                .hasMessageContaining("would write over the input");
    }

    @Test
    void aSecondCaptureIsCompared() {
        assertThat(run("samples/synack-lost-client-side/capture.pcapng", "--and", "samples/synack-lost/capture.pcapng")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("tcp-synack-lost", "With samples/synack-lost/capture.pcapng:",
                "LOST on the way");
        assertThat(err.size()).isZero();
    }

    @Test
    void coloursFollowTheOptionThenTheEnvironmentThenTheTerminal() {
        assertThat(console(true, Map.of()).colours(Console.Colour.AUTO)).isTrue();
        assertThat(console(false, Map.of()).colours(Console.Colour.AUTO)).isFalse();
        assertThat(console(true, Map.of("NO_COLOR", "1")).colours(Console.Colour.AUTO)).isFalse();
        assertThat(console(true, Map.of("NO_COLOR", "")).colours(Console.Colour.AUTO)).isTrue();
        assertThat(console(true, Map.of("TERM", "dumb")).colours(Console.Colour.AUTO)).isFalse();
        assertThat(console(false, Map.of("CLICOLOR_FORCE", "1")).colours(Console.Colour.AUTO)).isTrue();
        assertThat(console(true, Map.of("NO_COLOR", "1")).colours(Console.Colour.ALWAYS)).isTrue();
        assertThat(console(true, Map.of("CLICOLOR_FORCE", "1")).colours(Console.Colour.NEVER)).isFalse();
        assertThat(console(true, Map.of("OS", "Windows_NT")).colours(Console.Colour.AUTO)).as("shows the codes instead").isFalse();
        assertThat(console(true, Map.of("OS", "Windows_NT", "WT_SESSION", "1")).colours(Console.Colour.AUTO)).isTrue();
    }

    @Test
    void theWidthIsTheTerminalsWithinWhatCanBeRead() {
        assertThat(Console.columns("80")).isEqualTo(80);
        assertThat(Console.columns("20")).isEqualTo(40);
        assertThat(Console.columns("9999")).isEqualTo(140);
        assertThat(Console.columns("")).isEqualTo(Console.columns("wide")).isEqualTo(100);
    }

    @Test
    void aReaderThatLeavesEndsTheRunWithoutAWord() {
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int b) {
                throw new Failure(Exit.PIPE_CLOSED, "");
            }
        };
        Console console = new Console(new PrintStream(gone), new PrintStream(err), false, false, Map.of());
        assertThat(Main.execute(console, () -> false, "--help")).isEqualTo(Exit.PIPE_CLOSED.code());
        assertThat(err.size()).isZero();
    }

    @Test
    void aPageIsPrintedWithoutPlaceholders() {
        assertThat(run("explain", "tls-ch-then-rst")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("# Server resets").contains("## What to do").doesNotContain("{server}");
        assertThat(run("explain", "tls-ch")).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("did you mean", "tls-ch-then-rst");
    }

    @Test
    void aPageFitsItsReadersWindowAndKeepsItsCommandsWhole() {
        for (String id : Catalog.ids()) {
            run("explain", id);
            assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.length() > 100 && line.strip().contains(" "))
                    .filter(line -> !line.contains("`"))).as(id).isEmpty();
        }
        run("explain", "pmtud-blackhole");
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).anyMatch(line -> line.contains(
                "`iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`"));
    }

    @Test
    void aCodeIsAnsweredWithWhatToDoAndWhatTellsItsCausesApart() {
        assertThat(run("explain", "0x904/0x7")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("## Where it is written", "[A]", "## What it can be",
                "3. tls-ch-then-rst",
                "    Sign: Connection Request sent, then RST", "    Do first: Path: on the tunnel or firewall, clamp the TCP MSS",
                "## Questions that tell the causes apart", "## How to record", "folklore: ");
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void explainUnderstandsWhatDialogsAndLogsShow() {
        Map<String, String> known = Map.ofEntries(Map.entry("0xC000006D", "STATUS_LOGON_FAILURE"),
                Map.entry("SEC_E_LOGON_DENIED", "0x8009030C"),
                Map.entry("-2146893044", "SEC_E_LOGON_DENIED"), Map.entry("23002", "rdg-rap-denied"), Map.entry("0x59DB", "rdg-cap-denied"),
                Map.entry("Kerberos 37", "credssp-time-skew"), Map.entry("alert 40", "tls-alert-40-handshake-failure"),
                Map.entry("HYBRID_REQUIRED_BY_SERVER", "x224-neg-failure-5-nla-required"), Map.entry("131", "XF_EXIT_CONN_FAILED"),
                Map.entry("0x9", "errinfo-9-insufficient-privileges"), Map.entry("Error code: 0x904", "less often: "),
                Map.entry("0x80090302", "credssp-ntlm-blocked"), Map.entry("0xC00700EA", "FreeRDP 3"));
        known.forEach((typed, said) -> {
            assertThat(run("explain", typed)).as(typed).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).as(typed).contains(said);
        });
        assertThat(run("explain", "0x904", "0x7")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("the 7, \"denied\"", "rdg-idle-cut");
    }

    @Test
    void whatIsUnknownIsAnsweredWithTheNearestThree() {
        assertThat(run("explain", "x224-neg-failure-5-nla-requird")).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("did you mean x224-neg-failure-5-nla-required, ");
        assertThat(run("explain", "a flying saucer")).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("did you mean");
    }

    @Test
    void aCodeThatIsNoneIsAnError() {
        for (String code : List.of("zzz", "", "0x904/zz")) {
            assertThat(run("--code", code, "samples/port-closed/capture.pcapng")).as(code).isEqualTo(Exit.USAGE.code());
        }
        assertThat(run("--code", "0xABCDEF", "samples/port-closed/capture.pcapng")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("no client is known to show this code", "The client may show:");
    }

    @Test
    void everyDiagnosisIsListedAndTheRulesAreMarked() {
        assertThat(run("signatures")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).anyMatch(line -> line.startsWith("* tls-ch-then-rst "))
                .anyMatch(line -> line.startsWith("  client-code-ext7-contradicted "))
                .as("one of a family").anyMatch(line -> line.startsWith("* x224-neg-failure-5-nla-required "));
    }

    @Test
    void aReportTakesTheFormOfTheOptionAndTheFileAppearsWhole() throws IOException {
        String sample = "samples/reset-on-clienthello/capture.pcapng";
        Path report = folder.resolve("report.json");
        Path copy = folder.resolve("copy.pcapng");
        assertThat(run("--format", "json", "-o", report.toString(), "-w", copy.toString(), sample)).isZero();
        assertThat(out.size()).isZero();
        assertThat(report).content().startsWith("{\n  \"schema\" : \"rdptrace-report/1\"");
        assertThat(copy).isNotEmptyFile();
        assertThat(folder).isDirectoryNotContaining("glob:**.part*");
        assertThat(run("-q", "--fail-on", "failed", copy.toString())).isEqualTo(Exit.FAIL_ON_HIT.code());
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("  FAILED  192.0.2.10 → ");
    }

    @Test
    void aNameThatIsNoPatternIsNoSuchFile() {
        for (String name : List.of("capture[1.pcap", "{a.pcap", "a[z-a].pcap")) {
            assertThat(run(name)).isEqualTo(Exit.INPUT_UNREADABLE.code());
            assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("rdptrace: cannot read " + name + ": no such file\n");
        }
    }

    @Test
    void whatCannotBeWrittenLeavesWhatWasThere() throws IOException {
        String sample = "samples/reset-on-clienthello/capture.pcapng";
        assertThat(run("-o", folder.resolve("no/such/folder").toString(), sample)).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no such folder");
        Path old = Files.writeString(folder.resolve("old.pcapng"), "old");
        String broken = Files.writeString(folder.resolve("broken.pcap"), "no capture").toString();
        assertThat(run("-w", old.toString(), broken)).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(old).hasContent("old");
        assertThat(run("-w", old.toString(), "-o", old.toString(), sample)).isEqualTo(Exit.USAGE.code());
    }

    /// `/dev/full` is a disk without room.
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskNamesTheOutputAndNotTheInput() throws Exception {
        String sample = "samples/reset-on-clienthello/capture.pcapng";
        for (String option : List.of("-w", "-o")) {
            assertThat(run(option, "/dev/full", sample)).isEqualTo(Exit.USAGE.code());
            assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot write /dev/full: No space left on device\n");
        }
        assertThat(run("replay", "-q", "--speed", "max", "--report", "/dev/full", sample)).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot write /dev/full: No space left on device\n");
        // A limit on the size of files is a full disk for one file.
        String large = folder.resolve("large.json").toString();
        assertThat(start("ulimit -f 8; exec \"$@\"", "--format", "json", "-o", large, sample)).isEqualTo(Exit.USAGE.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot write " + large + ": File too large\n");
        assertThat(folder).isDirectoryNotContaining("glob:**large*");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullStandardOutputIsToldOnce() throws Exception {
        String sample = "samples/reset-on-clienthello/capture.pcapng";
        for (List<String> command : List.of(List.of(sample), List.of("--format", "json", sample),
                List.of("replay", "--speed", "max", "-q", sample),
                List.of("--help"))) {
            assertThat(start("exec \"$@\" >/dev/full", command.toArray(String[]::new))).isEqualTo(Exit.USAGE.code());
            assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: cannot write standard output: No space left on device\n");
        }
    }

    @Test
    void aCaptureThatWasNotReadToItsEndSaysSoAndMakesNoFile() throws IOException {
        String large = large().toString();
        Path report = folder.resolve("report.json");
        Path copy = folder.resolve("copy.pcapng");
        assertThat(stopped("-o", report.toString(), "-w", copy.toString(), large)).isEqualTo(Exit.STOPPED.code());
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("rdptrace: stopped at 33 %; " + copy + " and " + report + " were not written\n");
        assertThat(out.size()).isZero();
        assertThat(folder).isDirectoryNotContaining("glob:**{report,copy}*");
        assertThat(stopped(large)).isEqualTo(Exit.STOPPED.code());
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsIgnoringWhitespaces("reading was stopped at 33 %: nothing is known of the rest");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("rdptrace: stopped at 33 %\n");
        assertThat(stopped("--format", "json", large)).isEqualTo(Exit.STOPPED.code());
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"id\" : \"stopped\"");
        // Half of one capture would make all the rest of the other seem lost.
        assertThat(stopped("samples/reset-on-clienthello/capture.pcapng", "--and", large)).isEqualTo(Exit.STOPPED.code());
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("LOST on the way", "With " + large);
        // What is read before anybody looks at the clock is read whole.
        assertThat(stopped("samples/reset-on-clienthello/capture.pcapng")).isZero();
        assertThat(err.size()).isZero();
    }

    @Test
    void aFileThatEndsEarlyIsToldOnceAndNeverSilently() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of("samples/reset-on-clienthello/capture.pcapng"));
        String cut = Files.write(folder.resolve("cut.pcapng"), Arrays.copyOf(whole, whole.length - 7)).toString();
        assertThat(run(cut)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).split("ends inside", -1)).as("told once").hasSize(2);
        assertThat(err.size()).isZero();
        run("-q", cut);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("rdptrace: " + cut + ": ends inside ").hasLineCount(1);
        run("--format", "json", cut);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"truncated\" : \"ends inside ", "\"id\" : \"truncated\"")
                .doesNotContain("\"id\" : \"note\"");
    }

    /// They hold what the report holds, and nobody else would ever take them away.
    @Test
    void whatAKilledRunLeftBesideTheTargetIsTakenAway() throws IOException {
        String sample = "samples/reset-on-clienthello/capture.pcapng";
        Path left = Files.writeString(folder.resolve(".report.txt.part0"), "half a rep");
        Path fresh = Files.writeString(folder.resolve(".other.txt.part0"), "of somebody who has just begun");
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minusSeconds(3600)));
        assertThat(run("-o", folder.resolve("report.txt").toString(), sample)).isZero();
        assertThat(run("-o", folder.resolve("other.txt").toString(), sample)).isZero();
        assertThat(folder.resolve("report.txt")).content().startsWith("✗ FAILED");
        assertThat(left).doesNotExist();
        assertThat(fresh).exists();
    }

    private int stopped(String... arguments) {
        out.reset();
        err.reset();
        return Main.execute(console(false, Map.of()), () -> true, arguments);
    }

    /// A handshake that fails and three times as many packets as are read at a time.
    private Path large() throws IOException {
        Path large = folder.resolve("large.pcapng");
        List<Tape.Shot> shots = Tape.read(Path.of("samples/reset-on-clienthello/capture.pcapng")).shots();
        try (OutputStream file = Files.newOutputStream(large);
                Recording recording = new Recording(new BufferedOutputStream(file), "test", "")) {
            recording.network(new InterfaceFacts(1, "eth0", 262_144, "", -1, -1));
            for (Tape.Shot shot : shots) {
                recording.packet(0, shot.nanos(), shot.bytes(), 0, shot.bytes().length, shot.wireLength(), List.of());
            }
            for (int i = shots.size(); i < 3 * 4096; i++) {
                recording.packet(0, shots.getLast().nanos() + i, new byte[60], 0, 60, 60, List.of());
            }
        }
        return large;
    }

    /// The program as a process of its own.
    private int start(String shell, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", shell, "sh", System.getProperty("java.home") + "/bin/java",
                "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        err.reset();
        err.write(process.getErrorStream().readAllBytes());
        return process.waitFor();
    }

    @Test
    void aPipeIsAnnotatedLikeAFile() throws IOException {
        Path sample = Path.of("samples/reset-on-clienthello/capture.pcapng");
        Path ofFile = folder.resolve("file.pcapng");
        Path ofPipe = folder.resolve("pipe.pcapng");
        assertThat(run("-w", ofFile.toString(), sample.toString())).isZero();
        InputStream terminal = System.in;
        try {
            System.setIn(new ByteArrayInputStream(Files.readAllBytes(sample)));
            assertThat(run("-w", ofPipe.toString(), "-")).isZero();
        } finally {
            System.setIn(terminal);
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("✗ FAILED  ").contains("Read -: ");
        assertThat(ofPipe).hasSameBinaryContentAs(ofFile);
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.execute(console(false, Map.of()), () -> false, arguments);
    }

    private AnalyzeOptions options(String... arguments) {
        CommandLine line = Main.commandLine(console(false, Map.of()), () -> false);
        AnalyzeCommand command = line.getCommand();
        return command.options(line.parseArgs(arguments));
    }

    private Console console(boolean terminal, Map<String, String> environment) {
        return new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                terminal,
                environment);
    }
}

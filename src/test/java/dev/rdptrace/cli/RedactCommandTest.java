package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy of a capture to pass on.
class RedactCommandTest extends CommandKit {
    private static final String SAMPLE = "samples/nla-required/capture.pcapng";

    @TempDir Path folder;

    @Test
    void theCopyIsJudgedAsTheCaptureIsAndNamesNobody() throws IOException {
        Path copy = folder.resolve("copy.pcapng");
        assertThat(run("redact", SAMPLE, "-o", copy.toString())).isZero();
        assertThat(text()).startsWith(copy + ": 12 packets, judged as before\n")
                .contains("FAILED", "[x224-neg-failure-5-nla-required]", copy + " #8").doesNotContain("192.0.2.10", ".part");
        assertThat(Files.readString(copy, StandardCharsets.ISO_8859_1)).doesNotContain("alice").contains("Cookie: mstshash=n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy))).isEqualTo("rw-------");
    }

    @Test
    void whatCannotBeDoneLeavesNoFile() {
        Path copy = folder.resolve("copy.pcapng");
        assertThat(run("redact", SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(run("redact", "-", "-o", copy.toString())).isEqualTo(Exit.USAGE.code());
        assertThat(run("redact", SAMPLE, "-o", SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(run("redact", "no-such.pcap", "-o", copy.toString())).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(run("redact", "README.md", "-o", copy.toString())).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(complaints()).contains("name the copy", "cannot be read twice", "would write over the input");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aCopyThatSaysSomethingElseDoesNotAppear() {
        assertThat(Map.of("same", RedactedCopy.difference(List.of("a", "b"), List.of("a", "b")),
                "other", RedactedCopy.difference(List.of("a", "b"), List.of("a", "c")),
                "fewer", RedactedCopy.difference(List.of("a", "b"), List.of("a"))))
                .isEqualTo(Map.of("same", "", "other", "c in place of b", "fewer", "nothing in place of b"));
    }

    @Test
    void tsharkReadsItWithoutComplaint() throws Exception {
        Path copy = folder.resolve("copy.pcapng");
        assertThat(run("redact", "samples/success-nla-tls12/capture.pcapng", "-o", copy.toString())).isZero();
        assertThat(tshark(copy, "frame")).hasLineCount(79);
        assertThat(tshark(copy, "_ws.malformed || _ws.expert.severity >= error || tcp.checksum.status == bad || ip.checksum.status == bad"))
                .isEmpty();
        assertThat(tshark(copy, "tls.handshake.type == 11 && x509sat.uTF8String && tls.handshake.type == 2")).hasLineCount(1);
    }

    private static String tshark(Path capture, String filter) throws Exception {
        Process tshark;
        try {
            tshark = new ProcessBuilder("tshark", "-n", "-r", capture.toString(), "-o", "tcp.check_checksum:TRUE", "-o",
                    "ip.check_checksum:TRUE",
                    "-d", "tcp.port==3389,tls", "-Y", filter).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException absent) {
            assumeTrue(false, "tshark is not installed");
            return "";
        }
        String lines = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tshark.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return lines;
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.testkit.CaptureBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One file that can be sent.
class RecordCommandTest extends CommandKit {
    @TempDir Path folder;

    @Test
    void theCaseHoldsTheReportAndTheCaptureAndNoName() throws Exception {
        Path zip = folder.resolve("case.zip");
        assertThat(run("record", "samples/nla-required/capture.pcapng", "-o", zip.toString())).isZero();
        assertThat(text()).contains("✗ FAILED", "Saved " + zip, "Nothing was sent.");
        Map<String, String> entries = entries(zip);
        assertThat(entries).containsOnlyKeys("capture.pcapng", "report.html", "report.json");
        assertThat(entries.values()).noneMatch(content -> content.contains("alice") || content.contains("192.0.2.10"));
        assertThat(entries.get("report.json")).contains("x224-neg-failure-5-nla-required");
        assertThat(entries.get("report.html")).as("names the capture beside it")
                .contains(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(entries.get("capture.pcapng").getBytes(StandardCharsets.ISO_8859_1))));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(zip))).isEqualTo("rw-------");
    }

    @Test
    void whereThereIsNoRdpNothingIsSaved() throws IOException {
        Path capture = folder.resolve("other.pcapng");
        try (Recording recording = new Recording(Files.newOutputStream(capture), "test", "")) {
            recording.network(new InterfaceFacts(1, "", 0, "", -1, -1));
        }
        assertThat(run("record", capture.toString(), "-o", folder.resolve("case.zip").toString())).isEqualTo(Exit.NO_RDP.code());
        assertThat(folder.resolve("case.zip")).doesNotExist();
        assertThat(run("record", capture.toString(), "-i", "lo")).isEqualTo(Exit.USAGE.code());
        assertThat(run("record", "-")).isEqualTo(Exit.USAGE.code());
        assertThat(run("record", capture.toString(), "-o", capture.toString())).isEqualTo(Exit.USAGE.code());
    }

    @Test
    void nothingIsRecordedThatCouldNotBeSaved() {
        assertThatThrownBy(() -> Target.expectWritable(folder.resolve("none/case.zip"))).hasMessageContaining("there is no such folder");
        assertThatThrownBy(() -> Target.expectWritable(folder)).hasMessageContaining("is a folder");
        assertThatCode(() -> Target.expectWritable(folder.resolve("case.zip"))).doesNotThrowAnyException();
    }

    /// As a process of its own: it reads standard input, and gives up rights.
    @Test
    void whatHappensMeanwhileIsInItAndEnterEndsIt() throws Exception {
        Path zip = folder.resolve("case.zip");
        Path told = folder.resolve("told");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process recording =
                    new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                            "record", "-i", "lo",
                            "--port", Integer.toString(server.getLocalPort()), "--seconds", "60", "-o", zip.toString())
                            .redirectErrorStream(true).redirectOutput(told.toFile()).start();
            try {
                if (saysSoon(recording, told, "Recording on lo")) {
                    refuse(server);
                    assertThat(saysSoon(recording, told, "FAILED")).isTrue();
                    recording.getOutputStream().write('\n');
                    recording.getOutputStream().flush();
                }
                assertThat(recording.waitFor(30, TimeUnit.SECONDS)).as("Enter ends it").isTrue();
            } finally {
                recording.destroyForcibly();
            }
            assumeTrue(recording.exitValue() != Exit.CAPTURE_IMPOSSIBLE.code(), "capturing takes rights and libpcap");
            assertThat(recording.exitValue()).as(Files.readString(told)).isZero();
        }
        assertThat(entries(zip).get("report.json")).contains("x224-neg-failure-5-nla-required");
    }

    private static boolean saysSoon(Process process, Path told, String what) throws IOException, InterruptedException {
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            if (Files.readString(told).contains(what)) {
                return true;
            }
            Thread.sleep(50);
        }
        return false;
    }

    /// A connection that wants no NLA at a server that insists on it.
    static void refuse(ServerSocket server) throws IOException {
        try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort()); Socket accepted = server.accept()) {
            client.getOutputStream().write(CaptureBuilder.connectionRequest(new byte[0], 1));
            accepted.getInputStream().readNBytes(19);
            accepted.getOutputStream().write(CaptureBuilder.connectionConfirm(3, 5));
            client.getInputStream().readNBytes(19);
        }
    }

    private static Map<String, String> entries(Path zip) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }
        return entries;
    }
}

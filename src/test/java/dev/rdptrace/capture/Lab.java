package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Captures beside the project and Wireshark's tools; tests that need them are skipped where they are missing.
public final class Lab {
    private Lab() {}

    public static Path captures() {
        Path folder = Path.of(System.getProperty("rdptrace.captures", "../shared/captures"));
        Assumptions.assumeTrue(Files.isDirectory(folder), "no captures at " + folder);
        return folder;
    }

    /// All capture files below the folders of these names, sorted; a folder that is missing brings none.
    public static List<Path> files(String... folders) {
        List<Path> files = new ArrayList<>();
        for (String folder : folders) {
            Path root = captures().resolve(folder);
            if (!Files.isDirectory(root)) {
                continue;
            }
            try (Stream<Path> walk = Files.walk(root)) {
                walk.filter(path -> path.toString().matches(".*\\.(pcap|pcapng|cap|snoop|gz)")).sorted().forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    public static void needsTool(String name) {
        boolean there = Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        Assumptions.assumeTrue(there, name + " is not installed");
    }

    /// Exit code and standard output of a program.
    public record Run(int exit, byte[] out) {
        public String text() {
            return new String(out, java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    public static Run run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        byte[] out = process.getInputStream().readAllBytes();
        return new Run(process.waitFor(), out);
    }

    /// Number, time, original length of each frame in the form of `tshark -T fields`.
    public static String list(String... inputs) throws IOException {
        StringBuilder text = new StringBuilder();
        try (PacketSource source = Captures.open(List.of(inputs), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                text.append(frame.number()).append('\t').append(time(frame)).append('\t').append(frame.wireLength()).append('\n');
            }
        }
        return text.toString();
    }

    static String time(Frame frame) {
        long nanos = frame.nanos();
        if (nanos == Frame.NO_TIME) {
            return "";
        }
        String digits = "%09d".formatted(Math.abs(nanos % 1_000_000_000L));
        return (nanos < 0 && nanos > -1_000_000_000L ? "-" : "") + nanos / 1_000_000_000L + "." + digits;
    }

    /// All that a source says, as text; nothing but a [CaptureException] may be thrown.
    static String drain(byte[] file) {
        StringBuilder text = new StringBuilder();
        try (PacketSource source = Captures.open(List.of("-"), new java.io.ByteArrayInputStream(file))) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                assertThat(frame.offset()).isNotNegative();
                assertThat(frame.length()).isNotNegative();
                assertThat(frame.offset() + frame.length()).isLessThanOrEqualTo(frame.bytes().length);
                text.append(frame.number()).append(' ').append(frame.length()).append('\n');
            }
            text.append(source.facts().files());
        } catch (CaptureException e) {
            text.append(e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}

package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Thorough;
import dev.rdptrace.wire.tls.RecordedStreams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The same captures, the same key logs: do we read what tshark reads? Captures lie outside the project.
class AgainstTsharkTest {
    /// One lab capture in so many, because tshark takes its time; `-Drdptrace.thorough=true` for all.
    private static final int EVERY = Thorough.oneIn(6);

    @Test
    void rdpConnectionsReadAlike() throws IOException {
        Path lab = RecordedStreams.captures().resolve("lab");
        Assumptions.assumeTrue(Files.isDirectory(lab), "no lab captures");
        List<Path> folders;
        try (Stream<Path> all = Files.list(lab)) {
            folders = all.filter(folder -> Files.exists(folder.resolve("keys.log"))
                    && Files.exists(folder.resolve("client.pcapng"))).sorted().toList();
        }
        long bytes = 0;
        for (int i = 0; i < folders.size(); i += EVERY) {
            Path file = folders.get(i).resolve("client.pcapng");
            // The reassembly of these tests knows no IP fragments.
            if (Files.size(file) < 3_000_000 && !folders.get(i).toString().contains("fragments")) {
                bytes += compare(file, folders.get(i).resolve("keys.log"));
            }
        }
        assertThat(bytes).isGreaterThan(10_000);
    }

    @Test
    void publishedConnectionsReadAlike() throws IOException {
        Path folder = RecordedStreams.captures().resolve("public/tls");
        Assumptions.assumeTrue(Files.isDirectory(folder), "no TLS captures");
        long bytes = compare(folder.resolve("wireshark__dhe1.pcapng"), folder.resolve("keys/wireshark__dhe1_keylog.dat"));
        bytes += compare(folder.resolve("wireshark__http2-data-reassembly.pcap"),
                folder.resolve("keys/wireshark__http2-data-reassembly.keys"));
        bytes += compare(folder.resolve("wireshark__tls12-chacha20poly1305.pcap"),
                folder.resolve("keys/wireshark__tls12-chacha20poly1305.keys"));
        bytes += compare(folder.resolve("wireshark__tls13-20-chacha20poly1305.pcap"),
                folder.resolve("keys/wireshark__tls13-20-chacha20poly1305.keys"));
        bytes += compare(folder.resolve("wireshark__tls13-rfc8446.pcap"),
                folder.resolve("keys/wireshark__tls13-rfc8446.keys"));
        bytes += compare(folder.resolve("wireshark__tls12-dsb.pcapng"), null);
        assertThat(bytes).isGreaterThan(10_000);
    }

    private static long compare(Path file, Path keys) throws IOException {
        RecordedStreams streams = RecordedStreams.read(file);
        KeyLog log = new KeyLog();
        log.add(streams.secrets());
        if (keys != null) {
            log.add(Files.readAllBytes(keys));
        }
        Secrets secrets = new Secrets(log);
        long bytes = 0;
        List<Integer> numbers = streams.conversations().stream().map(RecordedStreams.Conversation::stream).toList();
        List<String[]> theirs = tshark(file, keys, numbers);
        for (int i = 0; i < numbers.size(); i++) {
            Driver driver = Driver.over(streams.conversations().get(i), secrets);
            assertThat(List.of(hex(driver.client), hex(driver.server)))
                    .as("%s stream %s %s", file, numbers.get(i), driver.answers)
                    .containsExactlyInAnyOrder(theirs.get(i)[0], theirs.get(i)[1]);
            bytes += driver.client.size() + driver.server.size();
        }
        return bytes;
    }

    /// What "follow TLS stream" prints: hex lines, one side's behind a tab; which side's depends on who spoke first.
    private static List<String[]> tshark(Path file, Path keys, List<Integer> streams) throws IOException {
        List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString(), "-q", "-d", "tcp.port==3389,tls",
                "-o", "tcp.reassemble_out_of_order:TRUE"));
        if (keys != null) {
            command.addAll(List.of("-o", "tls.keylog_file:" + keys));
        }
        streams.forEach(stream -> command.addAll(List.of("-z", "follow,tls,raw," + stream)));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            Assumptions.abort("no tshark");
            return List.of();
        }
        String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split("\n");
        String[][] found = new String[streams.size()][];
        int current = -1;
        ByteArrayOutputStream[] sides = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        for (String line : lines) {
            if (line.startsWith("Filter: tcp.stream eq ")) {
                current = streams.indexOf(Integer.parseInt(line.substring(22).strip()));
                sides = new ByteArrayOutputStream[] {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
            } else if (line.startsWith("=====") && current >= 0 && found[current] == null) {
                found[current] = new String[] {hex(sides[0]), hex(sides[1])};
            } else if (line.matches("\t?[0-9a-f]+")) {
                sides[line.startsWith("\t") ? 0 : 1].writeBytes(HexFormat.of().parseHex(line.strip()));
            }
        }
        List<String[]> all = new ArrayList<>();
        for (String[] one : found) {
            all.add(one == null ? new String[] {"", ""} : one);
        }
        return all;
    }

    private static String hex(ByteArrayOutputStream bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}

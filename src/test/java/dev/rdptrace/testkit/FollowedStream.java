package dev.rdptrace.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// The two directions of a TCP connection in a capture, put together, and decrypted where there are keys, by tshark.
public record FollowedStream(byte[] fromClient, byte[] fromServer) {

    /// A capture beside the project; the test is skipped where there is none.
    public static Path capture(String relative) {
        String folder = System.getProperty("rdptrace.captures", "../shared/captures");
        Path capture = Path.of(folder).resolve(relative);
        Assumptions.assumeTrue(Files.isReadable(capture), () -> "no capture " + capture);
        return capture;
    }

    /// The connection as it was on the wire.
    public static FollowedStream clear(Path capture, int stream) {
        return follow(capture, List.of(), "tcp", stream, 3389);
    }

    /// What TLS hid, with a key log.
    public static FollowedStream decrypted(Path capture, Path keyLog, int stream) {
        return decryptedAt(capture, keyLog, stream, 3389);
    }

    /// What TLS hid at another port.
    public static FollowedStream decryptedAt(Path capture, Path keyLog, int stream, int serverPort) {
        return follow(capture, List.of("-o", "tls.keylog_file:" + keyLog, "-o", "tcp.reassemble_out_of_order:TRUE",
                "-d", "tcp.port==" + serverPort + ",tls"), "tls", stream, serverPort);
    }

    /// The values of one field of bytes, wherever tshark finds it.
    public static List<byte[]> field(Path capture, String filter, String field) {
        return run(List.of("tshark", "-r", capture.toString(), "-Y", filter, "-T", "fields", "-e", field)).stream()
                .map(String::strip).filter(value -> !value.isEmpty()).map(HexFormat.of()::parseHex).toList();
    }

    private static FollowedStream follow(
            Path capture, List<String> options, String protocol, int stream, int serverPort) {
        List<String> command = new ArrayList<>(List.of("tshark", "-r", capture.toString()));
        command.addAll(options);
        command.addAll(List.of("-q", "-z", "follow," + protocol + ",raw," + stream));
        ByteArrayOutputStream client = new ByteArrayOutputStream();
        ByteArrayOutputStream server = new ByteArrayOutputStream();
        boolean inside = false;
        boolean serverIsIndented = true;
        for (String line : run(command)) {
            if (line.startsWith("====")) {
                inside = false;
            } else if (inside) {
                (line.startsWith("\t") == serverIsIndented ? server : client).writeBytes(HexFormat.of().parseHex(line.strip()));
            } else if (line.startsWith("Node 0:")) {
                // With TLS the first node may be the server.
                serverIsIndented = !line.endsWith(":" + serverPort);
            } else if (line.startsWith("Node 1:")) {
                inside = true;
            }
        }
        return new FollowedStream(client.toByteArray(), server.toByteArray());
    }

    private static List<String> run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output.lines().toList();
        } catch (IOException missing) {
            Assumptions.abort("no tshark");
            throw new UncheckedIOException(missing);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}

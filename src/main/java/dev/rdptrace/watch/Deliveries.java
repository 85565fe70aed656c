package dev.rdptrace.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Ways for a verdict, as one JSON object, out of this process.
public final class Deliveries {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final long COMMAND_SECONDS = 60;

    private Deliveries() {}

    /// Runs a shell command with the verdict on its standard input. A command that fails is not run again: it may have done half.
    public static Outbox.Delivery command(String command) {
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        List<String> line = windows ? List.of("cmd.exe", "/c", command) : List.of("/bin/sh", "-c", command);
        return message -> {
            Process process = new ProcessBuilder(line).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(message);
            } catch (IOException notRead) {
                process.getInputStream().close(); // a command need not read what it is given
            }
            try {
                if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new Outbox.Refusal("the command ran for more than " + COMMAND_SECONDS + " seconds and was ended");
                }
            } catch (InterruptedException end) {
                process.destroyForcibly();
                throw end;
            }
            if (process.exitValue() != 0) {
                throw new Outbox.Refusal("the command ended with " + process.exitValue());
            }
        };
    }

    /// Posts the verdict; anything but a 2xx answer is tried again.
    public static Outbox.Delivery webhook(URI address) {
        return message -> {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(message.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(message);
            }
            int answer = connection.getResponseCode();
            // A body that is read to its end lets the socket be used again.
            try (InputStream body = answer < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                if (body != null) {
                    body.skipNBytes(0);
                    body.readNBytes(1 << 16);
                }
            }
            if (answer / 100 != 2) {
                throw new IOException(address + " answered " + answer);
            }
        };
    }
}

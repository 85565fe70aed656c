package dev.rdptrace.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Ways for a verdict, as one JSON object, out of this process.
public final class Deliveries {
    private static final int EXCHANGE_MILLIS = 10_000;
    private static final int BODY_MILLIS = 1000;
    private static final int LONGEST_BODY = 1 << 16;
    private static final int COMMAND_MILLIS = 60_000;

    private Deliveries() {}

    /// Runs a shell command with the verdict on its standard input. A command that fails is not run again: it may have done half.
    public static DeliveryQueue.Delivery command(String command) {
        return command(command, COMMAND_MILLIS);
    }

    static DeliveryQueue.Delivery command(String command, int millis) {
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        List<String> line = windows ? List.of("cmd.exe", "/c", command) : List.of("/bin/sh", "-c", command);
        return message -> {
            Process process = new ProcessBuilder(line).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            // A pipe holds 64 KB; who does not read would hold up its writer for ever.
            Thread.ofPlatform().daemon().name("--exec input").start(() -> feed(process, message));
            try {
                if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                    throw new DeliveryQueue.Refusal("the command ran for more than " + Math.ceilDiv(millis, 1000)
                            + " seconds and was ended");
                }
            } finally {
                if (process.isAlive()) {
                    end(process);
                }
            }
            if (process.exitValue() != 0) {
                throw new DeliveryQueue.Refusal("the command ended with " + process.exitValue());
            }
        };
    }

    private static void feed(Process process, byte[] message) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(message);
        } catch (IOException notRead) {
            // A command need not read what it is given.
        }
    }

    /// With everything it has started: what a shell is killed over lives on otherwise, and holds the standard error open.
    private static void end(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.toHandle().destroyForcibly(); // the process itself would first wait for its input to be written
        started.forEach(ProcessHandle::destroyForcibly);
    }

    /// Posts the verdict; anything but a 2xx answer is tried again.
    public static DeliveryQueue.Delivery webhook(URI address) {
        return webhook(address, EXCHANGE_MILLIS);
    }

    /// @param millis for the whole exchange: a server may drip its answer, and then no single read takes long
    static DeliveryQueue.Delivery webhook(URI address, int millis) {
        Hook hook = new Hook(address);
        return message -> {
            HttpURLConnection connection = (HttpURLConnection) hook.url().openConnection();
            connection.setInstanceFollowRedirects(false);
            hook.authorization().ifPresent(credentials -> connection.setRequestProperty("Authorization", credentials));
            connection.setConnectTimeout(millis);
            connection.setReadTimeout(millis);
            CompletableFuture<Integer> status = new CompletableFuture<>();
            // Such a connection cannot be interrupted, whoever waits for it can.
            Thread exchange = Thread.ofPlatform().daemon().name("--webhook exchange").start(() -> exchange(connection, message, status));
            try {
                int answer = status.get(millis, TimeUnit.MILLISECONDS);
                exchange.join(BODY_MILLIS);
                if (answer / 100 != 2) {
                    throw new IOException(hook.refusal(answer));
                }
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof Exception cause ? cause : failed;
            } catch (TimeoutException late) {
                throw new IOException("no answer within " + Math.ceilDiv(millis, 1000) + " seconds");
            } finally {
                if (!status.isDone()) {
                    // Closing may wait for whoever reads, and whoever reads for a server that sends a byte now and then.
                    Thread.ofPlatform().daemon().name("--webhook close").start(connection::disconnect);
                }
            }
        };
    }

    private static int answer(HttpURLConnection connection) throws IOException {
        try {
            return connection.getResponseCode();
        } catch (HttpRetryException wantsCredentials) {
            return wantsCredentials.responseCode();
        }
    }

    private static void exchange(HttpURLConnection connection, byte[] message, CompletableFuture<Integer> status) {
        try {
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(message.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(message);
            }
            int answer = answer(connection);
            status.complete(answer);
            try (InputStream body = answer < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                if (body != null && !isReadToItsEnd(body)) {
                    connection.disconnect();
                }
            }
        } catch (IOException | RuntimeException failed) {
            status.completeExceptionally(failed); // which changes nothing once there is an answer
        }
    }

    /// Then the socket can be used again. What the body says is of no interest.
    private static boolean isReadToItsEnd(InputStream body) throws IOException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BODY_MILLIS);
        byte[] some = new byte[1024];
        for (int left = LONGEST_BODY; left > 0 && System.nanoTime() - until < 0;) {
            int read = body.read(some);
            if (read < 0) {
                return true;
            }
            left -= read;
        }
        return false;
    }
}

package dev.rdptrace.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Standard input can be read once, an annotated copy and a comparison need their capture twice: then, and only then, it goes to a
/// temporary file that only its owner can read.
final class Spool implements AutoCloseable {
    private final List<String> inputs;
    private final @Nullable Path file;
    private final List<InputStream> open = new ArrayList<>();

    private Spool(List<String> inputs, @Nullable Path file) {
        this.inputs = inputs;
        this.file = file;
    }

    static Spool of(AnalyzeOptions options) throws IOException {
        if (options.annotated().isEmpty() && options.others().isEmpty() || !options.inputs().contains(Inputs.STDIN)) {
            return new Spool(options.inputs(), null);
        }
        Path file = temporary();
        try (OutputStream copy = Target.named(Files.newOutputStream(file), "the temporary file " + file)) {
            System.in.transferTo(copy);
            return new Spool(options.inputs(), file);
        } catch (IOException | RuntimeException broken) {
            Files.deleteIfExists(file);
            throw broken;
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("rdptrace", ".capture");
        } catch (IOException unwritable) {
            throw new Failure(Exit.USAGE, "cannot make a temporary file for standard input: " + Target.reason(unwritable));
        }
    }

    /// Standard input is among the inputs and was not copied.
    boolean once() {
        return file == null && inputs.contains(Inputs.STDIN);
    }

    /// What stands for standard input, from its beginning.
    InputStream again() throws IOException {
        if (file == null) {
            return InputStream.nullInputStream();
        }
        InputStream copy = new BufferedInputStream(Files.newInputStream(file));
        open.add(copy);
        return copy;
    }

    /// The inputs as files that can be read again.
    List<String> files() {
        return inputs.stream().map(input -> input.equals(Inputs.STDIN) && file != null ? file.toString() : input).toList();
    }

    @Override
    public void close() throws IOException {
        for (InputStream copy : open) {
            copy.close();
        }
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}

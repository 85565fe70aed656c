package dev.rdptrace.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// Standard input can be read once, an annotated copy needs its capture twice: then, and only then, it goes to a
/// temporary file that only its owner can read.
final class Spool implements AutoCloseable {
    private final List<String> inputs;
    private final Path file;
    private final InputStream copy;

    private Spool(List<String> inputs, Path file, InputStream copy) {
        this.inputs = inputs;
        this.file = file;
        this.copy = copy;
    }

    static Spool of(AnalyzeOptions options) throws IOException {
        if (options.annotated().isEmpty() || !options.inputs().contains(Inputs.STDIN)) {
            return new Spool(options.inputs(), null, null);
        }
        Path file = Files.createTempFile("rdptrace", ".capture");
        try {
            Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
            return new Spool(options.inputs(), file, new BufferedInputStream(Files.newInputStream(file)));
        } catch (IOException | RuntimeException broken) {
            Files.deleteIfExists(file);
            throw broken;
        }
    }

    /// What stands for standard input.
    InputStream stdin() {
        return copy == null ? System.in : copy;
    }

    /// The inputs as files that can be read again.
    List<String> files() {
        return inputs.stream().map(input -> input.equals(Inputs.STDIN) && file != null ? file.toString() : input).toList();
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            copy.close();
            Files.deleteIfExists(file);
        }
    }
}

package dev.rdptrace.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/// Standard input can be read once, an annotated copy needs its capture twice: then, and only then, it goes to a
/// temporary file that only its owner can read.
///
/// @param file the copy of standard input, if one was needed
/// @param inputs what the user named
record Spool(Optional<Path> file, List<String> inputs) implements AutoCloseable {

    static Spool of(AnalyzeOptions options) throws IOException {
        if (options.annotated().isEmpty() || !options.inputs().contains(Inputs.STDIN)) {
            return new Spool(Optional.empty(), options.inputs());
        }
        Path file = Files.createTempFile("rdptrace", ".capture");
        Spool spool = new Spool(Optional.of(file), options.inputs());
        try {
            Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException broken) {
            spool.close();
            throw broken;
        }
        return spool;
    }

    /// What stands for standard input.
    InputStream stdin() throws IOException {
        return file.isPresent() ? new BufferedInputStream(Files.newInputStream(file.get())) : System.in;
    }

    /// The inputs as files that can be read again.
    List<String> files() {
        return inputs.stream().map(input -> input.equals(Inputs.STDIN) ? file.map(Path::toString).orElse(input) : input).toList();
    }

    @Override
    public void close() throws IOException {
        if (file.isPresent()) {
            Files.deleteIfExists(file.get());
        }
    }
}

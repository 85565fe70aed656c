package dev.rdptrace.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The captures that come with the project.
public final class Samples {
    private static final Path FOLDER = Path.of("samples");

    private Samples() {}

    /// Names, sorted.
    public static List<String> names() {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(folder -> Files.exists(folder.resolve("capture.pcapng"))).map(folder -> folder.getFileName().toString())
                    .sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path file(String name) {
        return FOLDER.resolve(name).resolve("capture.pcapng");
    }

    public static Tape tape(String name) {
        return Tape.read(file(name));
    }
}

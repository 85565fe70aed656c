package dev.rdptrace.testkit;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The captures of the folder `samples`.
public final class Samples {
    private static final Path FOLDER = Path.of("samples");

    private Samples() {}

    /// Their folders, by name.
    public static List<Path> all() {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(folder -> Files.exists(folder.resolve("capture.pcapng"))).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Their names, sorted.
    public static List<String> names() {
        return all().stream().map(folder -> folder.getFileName().toString()).toList();
    }

    public static Path file(String name) {
        return FOLDER.resolve(name).resolve("capture.pcapng");
    }

    /// The packets of one of them.
    public static Tape tape(String name) {
        return Tape.read(file(name));
    }

    /// The report on one of them, named as a user in the project's folder would name it.
    public static Report report(Path sample) {
        return reportOn("samples/" + sample.getFileName() + "/capture.pcapng");
    }

    /// The report on any capture, read as the command line reads it; its version is always the same.
    public static Report reportOn(String path) {
        return analysis(Path.of(path)).report("0");
    }

    public static Analysis analysis(Path capture) {
        try {
            return Analyzer.analyze(() -> Captures.open(List.of(capture.toString()), InputStream.nullInputStream()), Analyzer.Options.NONE,
                    () -> false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The same with a key log.
    public static Report reportOn(String path, Path keys) {
        try {
            KeyLog log = new KeyLog();
            log.add(Files.readAllBytes(keys));
            Analyzer.Options options = new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(log)));
            return Analyzer.analyze(() -> Captures.open(List.of(path), InputStream.nullInputStream()), options, () -> false).report("0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

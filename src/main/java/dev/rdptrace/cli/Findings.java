package dev.rdptrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// The pages about diagnoses, which are resources of this program.
final class Findings {
    private static final String FOLDER = "/dev/rdptrace/findings/";

    private Findings() {}

    /// Every diagnosis that has a page.
    static List<String> ids() {
        return resource("index.txt").stream().flatMap(String::lines).filter(line -> !line.isBlank()).toList();
    }

    /// The page as written.
    static Optional<String> page(String id) {
        return ids().contains(id) ? resource(id + ".md") : Optional.empty();
    }

    private static Optional<String> resource(String name) {
        try (InputStream in = Findings.class.getResourceAsStream(FOLDER + name)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}

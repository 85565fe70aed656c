package dev.rdptrace.diagnosis.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The pages, by id. Which there are, the signatures of the rules say.
public final class Pages {
    private static final String FOLDER = "/dev/rdptrace/pages/";
    private static final Map<String, Page> READ = new ConcurrentHashMap<>();
    private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

    private Pages() {}

    /// The page of a diagnosis, empty when there is none.
    public static Optional<Page> page(String id) {
        Page read = READ.get(id);
        if (read != null) {
            return Optional.of(read);
        }
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(READ.computeIfAbsent(
                id, name -> resource(FOLDER + name + ".md").map(text -> Page.parse(name, text)).orElse(null)));
    }

    /// The page of a diagnosis that must have one.
    ///
    /// @throws IllegalArgumentException when there is none, which is a mistake in this program
    public static Page of(String id) {
        return page(id).orElseThrow(() -> new IllegalArgumentException("no page for " + id));
    }

    static Optional<String> resource(String path) {
        try (InputStream in = Pages.class.getResourceAsStream(path)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

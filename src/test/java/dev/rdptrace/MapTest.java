package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The map of the code can be contradicted: `src/README.md` against the packages that are there.
class MapTest {
    private static final Path MAP = Path.of("src/README.md");
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path ROOT = SOURCES.resolve("dev/rdptrace");

    /// `dev.rdptrace.wire.tls`, `dev.rdptrace.Analyzer`.
    private static final Pattern MENTION = Pattern.compile("dev\\.rdptrace(\\.[a-z]\\w*)*(\\.[A-Z]\\w*)?");

    private String map;

    @BeforeEach
    void readTheMap() throws IOException {
        assumeTrue(Files.exists(MAP), MAP + " is not there yet");
        map = Files.readString(MAP);
    }

    @Test
    void everyPackageIsOnTheMap() throws IOException {
        assertThat(packages()).allSatisfy(name -> assertThat(map).containsPattern(mentioning(name)));
    }

    @Test
    void everythingOnTheMapExists() {
        Matcher mention = MENTION.matcher(map);
        while (mention.find()) {
            String path = mention.group().replace('.', '/');
            assertThat(mention.group(2) == null ? SOURCES.resolve(path) : SOURCES.resolve(path + ".java")).exists();
        }
    }

    /// `wire`; `wire.tls` also as `wire/tls` or, in a picture of the tree, `tls/`.
    private static Pattern mentioning(String name) {
        int dot = name.lastIndexOf('.');
        String whole = "\\b" + name.replace(".", "[./]") + "\\b";
        return Pattern.compile(dot < 0 ? whole : whole + "|\\b" + name.substring(dot + 1) + "/");
    }

    /// Names below `dev.rdptrace`.
    private static List<String> packages() throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> all = Files.walk(ROOT)) {
            for (Path folder : all.filter(Files::isDirectory).filter(folder -> !folder.equals(ROOT)).sorted().toList()) {
                try (Stream<Path> files = Files.list(folder)) {
                    if (files.anyMatch(file -> file.toString().endsWith(".java"))) {
                        names.add(ROOT.relativize(folder).toString().replace(folder.getFileSystem().getSeparator(), "."));
                    }
                }
            }
        }
        return names;
    }
}

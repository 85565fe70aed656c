package dev.rdptrace.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the README shows to those who use rdptrace in a program of their own.
class ExampleTest {
    private static final Path SOURCE = Path.of("src/test/java/dev/rdptrace/example/BrokenHandshakes.java");

    @Test
    void theProgramTellsWhatTheReadmeSays(@TempDir Path folder) throws IOException {
        Path report = folder.resolve("report.json");
        PrintStream screen = System.out;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            BrokenHandshakes.main(new String[] {Samples.file("nla-required").toString(), report.toString()});
        } finally {
            System.setOut(screen);
        }
        String text = told.toString(StandardCharsets.UTF_8);
        String once = text.substring(0, text.length() / 2);
        assertThat(text).as("read from a file and while packets come").isEqualTo(once + once);
        assertThat(Files.readString(Path.of("README.md"))).contains("```\n" + once + "```");
        assertThat(Files.readString(report)).contains("\"x224-neg-failure-5-nla-required\"", "\"1.0 of mine\"");
    }

    @Test
    void theReadmeShowsTheProgramThatIsCompiled() throws IOException {
        String source = Files.readString(SOURCE);
        String methods = source.substring(source.indexOf("    public static void main"), source.lastIndexOf('}')).indent(-4);
        assertThat(Files.readString(Path.of("README.md"))).contains("```java\n" + methods + "```");
    }
}

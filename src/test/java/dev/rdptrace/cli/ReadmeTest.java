package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The screens that the README shows are those that the program writes.
class ReadmeTest extends CommandKit {
    private static final Path README = Path.of("README.md");
    /// `tui` has a test of its own.
    private static final Pattern SCREEN = Pattern.compile("(?<=```\n)\\$ rdptrace (?!tui )([^\n]+)\n(.*?)(?=```)", Pattern.DOTALL);

    @Test
    void screensAreReal() throws IOException {
        String readme = Files.readString(README);
        List<MatchResult> screens = SCREEN.matcher(readme).results().toList();
        List<String> real = new ArrayList<>();
        for (MatchResult screen : screens) {
            String[] command = screen.group(1).split(" \\| head -");
            assertThat(run(command[0].split(" "))).isZero();
            real.add(command.length == 1 ? text()
                    : text().lines().limit(Long.parseLong(command[1])).collect(Collectors.joining("\n", "", "\n")));
        }
        if (System.getProperty("golden", "").equals("update")) {
            StringBuilder readmeText = new StringBuilder(readme);
            for (int i = screens.size() - 1; i >= 0; i--) {
                readmeText.replace(screens.get(i).start(2), screens.get(i).end(2), real.get(i));
            }
            Files.writeString(README, readmeText.toString());
            return;
        }
        assertThat(screens).hasSizeGreaterThanOrEqualTo(3);
        assertThat(screens.stream().map(screen -> screen.group(2)).toList()).as("-Dgolden=update writes them").isEqualTo(real);
    }
}

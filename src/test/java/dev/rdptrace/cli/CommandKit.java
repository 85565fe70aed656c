package dev.rdptrace.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// For tests of commands: runs them as [Main] does and keeps what they write. Standard input is nobody's here.
class CommandKit {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /// The exit code; [#out] holds what this command wrote, [#err] what all did.
    int run(String... arguments) {
        return run(false, Map.of(), arguments);
    }

    /// @param terminal what is written is shown to somebody
    int run(boolean terminal, Map<String, String> environment, String... arguments) {
        out.reset();
        return Main
                .execute(new Console(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                        terminal, false, environment), () -> false, arguments);
    }

    String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String complaints() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

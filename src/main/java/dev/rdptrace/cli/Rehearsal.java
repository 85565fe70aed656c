package dev.rdptrace.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// Runs the usual commands once, so that the JVM can store their classes for a fast start. Called by the build only.
public final class Rehearsal {
    private Rehearsal() {}

    /// @param captures one or more files to analyse; without any only the small commands are rehearsed
    public static void main(String[] captures) {
        Console console = Console.standard();
        Console nowhere = new Console(
                new PrintStream(OutputStream.nullOutputStream()), console.err(), true, false, Map.of());
        // The map of the environment has classes of its own.
        Console real = new Console(nowhere.out(), console.err(), true, false, System.getenv());
        boolean sound = run(real, "--version") && run(nowhere, "--help") && run(nowhere, "signatures");
        for (String capture : captures) {
            for (String format : List.of("text", "json", "html")) {
                sound &= run(nowhere, "--format", format, capture);
            }
        }
        // Ends as a real run does, for the classes of the end.
        Interruption.watch(() -> false).end((sound ? Exit.ANALYSED : Exit.INTERNAL).code());
    }

    /// Any answer will do, but for a mistake in this program, which then ends the build.
    private static boolean run(Console console, String... arguments) {
        return Main.execute(console, () -> false, arguments) != Exit.INTERNAL.code();
    }
}

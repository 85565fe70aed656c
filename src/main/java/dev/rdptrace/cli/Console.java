package dev.rdptrace.cli;

import dev.rdptrace.bytes.Printable;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Where a command prints, and what is known about who reads it. Text is UTF-8 whatever the locale says.
///
/// @param out reports; buffered, flushed by [Main]
/// @param err diagnostics, by [#say]; flushed with every line
/// @param outIsTerminal whether a person reads `out`
/// @param errIsTerminal whether a person reads `err`: progress is shown only then
/// @param environment the process environment
/// @param columns of the terminal, or of a file
/// @param ascii the terminal shows no more than that
/// @param pager below `out`
public record Console(
        PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal, Map<String, String> environment, int columns,
        boolean ascii, Pager pager) {
    /// Of what is no terminal, or one that does not say.
    private static final int COLUMNS = 100;
    /// Fewer cannot hold a line, more cannot be read.
    private static final int FEWEST = 40;
    private static final int MOST = 140;

    private static final int LONGEST_LINE = 4000;
    /// Set by the start script to the standard streams that are terminals, because asking the shell is free and asking
    /// the JVM is not: `out`, `err`, `out,err` or empty.
    private static final String TERMINALS = "rdptrace.terminals";

    /// What can show colours on Windows says so; others show their codes.
    private static final List<String> WINDOWS_COLOURS = List.of("WT_SESSION", "ConEmuANSI", "ANSICON", "TERM");
    private static final String WIDTH = "rdptrace.columns";
    private static final String HEIGHT = "rdptrace.lines";
    private static final String ASCII = "rdptrace.ascii";

    Console(PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal, Map<String, String> environment) {
        this(out, err, outIsTerminal, errIsTerminal, environment, COLUMNS, false);
    }

    /// Without a pager.
    Console(PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal, Map<String, String> environment, int columns,
            boolean ascii) {
        this(out, err, outIsTerminal, errIsTerminal, environment, columns, ascii, new Pager(out, Map.of("PAGER", ""), columns, 0));
    }

    /// @param said what the terminal or the environment says
    static int columns(String said) {
        int columns = said.matches("[1-9]\\d{0,3}") ? Integer.parseInt(said) : COLUMNS;
        return Math.clamp(columns, FEWEST, MOST);
    }

    /// The streams of this process.
    static Console standard() {
        String terminals = System.getProperty(TERMINALS);
        boolean unknown = terminals == null;
        boolean interactive = unknown && System.console() != null && System.console().isTerminal();
        boolean read = unknown ? interactive : terminals.contains("out");
        int columns = read ? columns(System.getProperty(WIDTH, System.getenv().getOrDefault("COLUMNS", ""))) : COLUMNS;
        OutputStream out = new Pipe(new FileOutputStream(FileDescriptor.out));
        Pager pager = new Pager(out, System.getenv(), columns, Integer.getInteger(HEIGHT, 0));
        OutputStream err = new FileOutputStream(FileDescriptor.err);
        return new Console(
                new PrintStream(new BufferedOutputStream(pager, 1 << 16), false, StandardCharsets.UTF_8),
                new PrintStream(new BufferedOutputStream(err, 1 << 10), true, StandardCharsets.UTF_8),
                read,
                unknown ? interactive : terminals.contains("err"),
                System.getenv(),
                columns,
                read && Boolean.getBoolean(ASCII), pager);
    }

    /// What `command` writes is for reading: where it is longer than the screen, a pager shows it.
    void page(CommandSpec command) {
        boolean refused = false;
        for (ParseResult given = command.root().commandLine().getParseResult(); given != null; given = given.subcommand()) {
            refused |= given.hasMatchedOption(Option.NO_PAGER);
        }
        if (outIsTerminal && !refused) {
            pager.begin();
        }
    }

    /// Everything is written, and read where a pager shows it.
    void finish() throws IOException {
        out.flush();
        pager.end();
        out.flush();
    }

    /// A line about what went wrong or is worth knowing. Names of files, arguments and what others answered stand in it: what would
    /// steer the terminal is made visible.
    void say(String line) {
        err.println(Printable.of(line, LONGEST_LINE));
    }

    /// Where in the program it was.
    void trace(Throwable broken) {
        StringWriter trace = new StringWriter();
        broken.printStackTrace(new PrintWriter(trace));
        trace.toString().lines().forEach(line -> say(line.replace("\t", "    ")));
    }

    /// Whether reports on `out` are coloured: the option, then `CLICOLOR_FORCE`, then `NO_COLOR`, then the terminal.
    boolean colours(Colour wanted) {
        return switch (wanted) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> {
                String force = environment.getOrDefault("CLICOLOR_FORCE", "");
                if (!force.isEmpty() && !force.equals("0")) {
                    yield true;
                }
                yield environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !environment.getOrDefault("TERM", "").equals("dumb")
                        && (!environment.getOrDefault("OS", "").equals("Windows_NT") || WINDOWS_COLOURS.stream()
                                .anyMatch(environment::containsKey))
                        && outIsTerminal;
            }
        };
    }

    /// `--color`.
    enum Colour {
        AUTO,
        ALWAYS,
        NEVER
    }

    /// A [PrintStream] would swallow that it cannot be written. It is told once: what is left in the buffer comes again.
    private static final class Pipe extends OutputStream {
        private final OutputStream out;
        private boolean broken;

        Pipe(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (broken) {
                return;
            }
            try {
                out.write(bytes, offset, length);
            } catch (IOException unwritable) {
                broken = true;
                throw Target.cannot("standard output", unwritable);
            }
        }
    }
}

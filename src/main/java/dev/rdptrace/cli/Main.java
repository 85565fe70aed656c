package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program: one command line, one exit code.
public final class Main {
    /// Set to anything, it adds the stack trace to the line about an internal error.
    private static final String DEBUG = "RDPTRACE_DEBUG";
    /// Set by the start script of Windows, to another number for [Exit#FAIL_ON_HIT]: 1 is also what a JVM ends with that cannot start.
    private static final String HIT = "rdptrace.hit";

    /// What picocli lists of an enum.
    private static final Pattern CHOICES = Pattern.compile("\\[[A-Z]+(, [A-Z]+)*]");
    /// What a client's dialog shows.
    private static final Pattern CODE = Pattern.compile("0[xX][0-9a-fA-F]{1,8}([/,].*)?");
    /// So many letters may be wrong.
    private static final int NEAR = 2;
    /// What picocli can lay out, and what it lays out well.
    private static final int LEAST_HELP = 55;
    private static final int MOST_HELP = 80;
    private static final int LONGEST_WORD = 40;

    private Main() {}

    public static void main(String[] arguments) {
        Console console = Console.standard();
        Interruption interruption = Interruption.watch(console.pager()::isShowing);
        int code = execute(console, interruption, arguments);
        interruption.end(code == Exit.FAIL_ON_HIT.code() ? Integer.getInteger(HIT, code) : code);
    }

    /// Runs one command to its end; never throws.
    static int execute(Console console, BooleanSupplier stop, String... arguments) {
        try {
            // picocli has a handler of its own for what goes wrong while it prints a help text, so it does not print it.
            StringWriter help = new StringWriter();
            CommandLine line = commandLine(console, stop).setOut(new PrintWriter(help));
            Defaults defaults = new Defaults(console.environment());
            int code = line.execute(defaults.complete(line, arguments));
            console.out().print(help);
            console.finish();
            if (code == Exit.USAGE.code()) {
                defaults.added().forEach(one -> console.say("Not typed: " + one));
            }
            return code;
        } catch (Throwable broken) {
            return report(console, broken, false);
        }
    }

    static CommandLine commandLine(Console console, BooleanSupplier stop) {
        CommandLine line = new CommandLine(new AnalyzeCommand(console, stop).spec());
        line.addSubcommand("explain", new ExplainCommand(console).spec())
                .addSubcommand("ladder", new LadderCommand(console, stop).spec())
                .addSubcommand("tui", new TuiCommand(console, stop).spec())
                .addSubcommand("diff", new DiffCommand(console, stop).spec())
                .addSubcommand("redact", new RedactCommand(console, stop).spec())
                .addSubcommand("record", new RecordCommand(console, stop).spec())
                .addSubcommand("live", new LiveCommand(console, stop).spec())
                .addSubcommand("replay", new ReplayCommand(console, stop).spec())
                .addSubcommand("interfaces", new InterfacesCommand(console).spec())
                .addSubcommand("doctor", new DoctorCommand(console).spec())
                .addSubcommand("signatures", new SignaturesCommand(console).spec())
                .addSubcommand("schema", new SchemaCommand(console).spec())
                .addSubcommand("completion", new CompletionCommand(console).spec())
                .addSubcommand("man", new ManCommand(console).spec())
                .addSubcommand("version", new VersionCommand(console).spec())
                .addSubcommand("help", new HelpCommand(console).spec());
        return line.registerConverter(Gateway.class, Main::gateway)
                .registerConverter(Integer.class, Main::number)
                .setUsageHelpWidth(Math.max(LEAST_HELP, Math.min(console.columns(), MOST_HELP)))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler((wrong, typed) -> misused(console, wrong, typed))
                .setExecutionExceptionHandler((broken, command, given) -> {
                    boolean unread = broken instanceof Failure failure && failure.exit() == Exit.INPUT_UNREADABLE;
                    List<String> near = unread ? command(command, given.originalArgs().toArray(String[]::new)).stream().toList()
                            : List.of();
                    try {
                        console.finish();
                    } catch (Failure unwritable) {
                        return report(console, unwritable, false);
                    }
                    return report(console, near.isEmpty() ? broken
                            : new Failure(Exit.INPUT_UNREADABLE, Errors.message(broken) + meant(near)),
                            isVeryVerbose(command));
                });
    }

    private static Gateway gateway(String typed) {
        try {
            return Gateway.parse(typed);
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException("'" + typed + "' is no IP address; names are not looked up");
        }
    }

    private static Integer number(String typed) {
        try {
            return Integer.valueOf(typed);
        } catch (NumberFormatException wrong) {
            throw new TypeConversionException("'" + typed + "' is no number");
        }
    }

    private static int misused(Console console, ParameterException wrong, String... typed) {
        CommandLine command = wrong.getCommandLine();
        String said = Errors.message(wrong).replace(" (case-insensitive)", "");
        Matcher choices = CHOICES.matcher(said);
        String message = choices.find() ? choices.replaceFirst(choice -> choice.group().toLowerCase(Locale.ROOT)) : said;
        List<String> near = wrong instanceof UnmatchedArgumentException unknown && unknown.isUnknownOption() ? options(command, unknown)
                : List.of();
        console.say("rdptrace: " + message + meant(Stream.concat(command(command, typed).stream(), near.stream()).toList()));
        console.say(command.getParent() == null ? "Try rdptrace --help" : "Try rdptrace help " + command.getCommandName());
        return Exit.USAGE.code();
    }

    private static List<String> options(CommandLine command, UnmatchedArgumentException unknown) {
        String first = unknown.getUnmatched().getFirst().replaceFirst("=.*", "");
        return command.getCommandSpec().optionsMap().keySet().stream()
                .filter(option -> option.startsWith("--") && ExplainCommand.letters(first, option) <= NEAR)
                .min(Comparator.comparingInt(option -> ExplainCommand.letters(first, option))).stream().toList();
    }

    private static String meant(List<String> near) {
        return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
    }

    /// The command that is meant by a first word that is none and no file.
    private static Optional<String> command(CommandLine program, String... typed) {
        if (typed.length == 0 || program.getParent() != null || Files.exists(Path.of(".").resolve(Printable.of(typed[0], LONGEST_WORD)))) {
            return Optional.empty();
        }
        if (CODE.matcher(typed[0]).matches()) {
            return Optional.of("rdptrace explain " + typed[0]);
        }
        return program.getSubcommands().keySet().stream().filter(name -> !name.equals(typed[0])
                && ExplainCommand.letters(typed[0], name) <= Math.min(NEAR, name.length() / 2)).findFirst().map(name -> "rdptrace " + name);
    }

    private static int report(Console console, Throwable broken, boolean traced) {
        if (broken instanceof Failure failure) {
            if (failure.exit() != Exit.PIPE_CLOSED) {
                console.say("rdptrace: " + Errors.message(failure));
                failure.advice().forEach(console::say);
            }
            return failure.exit().code();
        }
        if (broken instanceof OutOfMemoryError) {
            console.say("rdptrace: not enough memory: it may use " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB of heap, two fifths of this host or container; give it 256 MB, most captures need no more");
            return Exit.NO_MEMORY.code();
        }
        console.say("rdptrace: internal error: " + broken);
        if (traced || console.environment().containsKey(DEBUG)) {
            console.trace(broken);
        }
        return Exit.INTERNAL.code();
    }

    private static boolean isVeryVerbose(CommandLine command) {
        return command.getParseResult() != null && Option.count(command.getParseResult(), "-v") > 1;
    }
}

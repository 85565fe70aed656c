package dev.rdptrace.cli;

import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/// The program: one command line, one exit code.
public final class Main {
    /// Set to anything, it adds the stack trace to the line about an internal error.
    private static final String DEBUG = "RDPTRACE_DEBUG";
    /// Set by the start script of Windows, to another number for [Exit#FAIL_ON_HIT]: 1 is also what a JVM ends with that cannot start.
    private static final String HIT = "rdptrace.hit";

    private Main() {}

    public static void main(String[] arguments) {
        Interruption interruption = Interruption.watch();
        int code = execute(Console.standard(), interruption, arguments);
        interruption.end(code == Exit.FAIL_ON_HIT.code() ? Integer.getInteger(HIT, code) : code);
    }

    /// Runs one command to its end; never throws.
    static int execute(Console console, BooleanSupplier stop, String... arguments) {
        try {
            // picocli has a handler of its own for what goes wrong while it prints a help text, so it does not print it.
            StringWriter help = new StringWriter();
            int code = commandLine(console, stop).setOut(new PrintWriter(help)).execute(arguments);
            console.out().print(help);
            console.out().flush();
            return code;
        } catch (Throwable broken) {
            return report(console, broken, false);
        }
    }

    static CommandLine commandLine(Console console, BooleanSupplier stop) {
        CommandLine line = new CommandLine(new AnalyzeCommand(console, stop).spec());
        line.addSubcommand("explain", new ExplainCommand(console).spec())
                .addSubcommand("live", new LiveCommand(console, stop).spec())
                .addSubcommand("replay", new ReplayCommand(console, stop).spec())
                .addSubcommand("interfaces", new InterfacesCommand(console).spec())
                .addSubcommand("doctor", new DoctorCommand(console).spec())
                .addSubcommand("signatures", new SignaturesCommand(console).spec())
                .addSubcommand("version", new VersionCommand(console).spec())
                .addSubcommand("help", new HelpCommand(console).spec());
        return line.registerConverter(Gateway.class, Gateway::parse)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler((wrong, _) -> misused(console, wrong))
                .setExecutionExceptionHandler((broken, command, _) -> report(console, broken, isVeryVerbose(command)));
    }

    private static int misused(Console console, ParameterException wrong) {
        console.say("rdptrace: " + wrong.getMessage());
        console.say("Try rdptrace --help");
        return Exit.USAGE.code();
    }

    private static int report(Console console, Throwable broken, boolean traced) {
        if (broken instanceof Failure failure) {
            if (failure.exit() != Exit.PIPE_CLOSED) {
                console.say("rdptrace: " + failure.getMessage());
                failure.advice().forEach(console::say);
            }
            return failure.exit().code();
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

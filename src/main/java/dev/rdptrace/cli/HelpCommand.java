package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace help [COMMAND]`.
final class HelpCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    HelpCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("show this, or how to use a command");
        return spec.addPositional(Option.word("COMMAND", names(spec), "the command")).addOption(Option.help());
    }

    @Override
    public Integer call() {
        named(spec, spec.commandLine().getParseResult()).usage(console.out());
        return Exit.ANALYSED.code();
    }

    /// What commands there are, once they are known.
    static Iterable<String> names(CommandSpec spec) {
        return () -> spec.parent().subcommands().keySet().iterator();
    }

    /// The command that `spec` is asked about.
    static CommandLine named(CommandSpec spec, ParseResult given) {
        CommandLine program = spec.parent().commandLine();
        String name = given.matchedPositionalValue(0, "");
        CommandLine command = name.isEmpty() || name.startsWith("analy") ? program : program.getSubcommands().get(name);
        if (command == null) {
            throw new ParameterException(spec.commandLine(), "there is no command " + name);
        }
        return command;
    }
}

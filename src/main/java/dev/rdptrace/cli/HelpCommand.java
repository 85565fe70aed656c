package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `rdptrace help [COMMAND]`.
final class HelpCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    HelpCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("show this, or how to use a command");
        return spec.addPositional(PositionalParamSpec.builder()
                        .paramLabel("COMMAND")
                        .type(String.class)
                        .arity("0..1")
                        .description("the command")
                        .build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        CommandLine program = spec.parent().commandLine();
        String name = spec.commandLine().getParseResult().matchedPositionalValue(0, "");
        CommandLine command = name.isEmpty() || name.startsWith("analy") ? program : program.getSubcommands().get(name);
        if (command == null) {
            throw new ParameterException(spec.commandLine(), "there is no command " + name);
        }
        command.usage(console.out());
        return Exit.ANALYSED.code();
    }
}

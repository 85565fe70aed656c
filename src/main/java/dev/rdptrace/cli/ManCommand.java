package dev.rdptrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace man [COMMAND]`.
final class ManCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ManCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("print the manual page of a command, or write them all");
        return spec.addPositional(Option.word("COMMAND", HelpCommand.names(spec), "the command; rdptrace itself without one"))
                .addOption(Option.one(Path.class, "FOLDER", "write every page there, as man1 of a MANPATH has them", "--to"))
                .addOption(Option.help());
    }

    @Override
    public Integer call() throws IOException {
        ParseResult given = spec.commandLine().getParseResult();
        if (!given.hasMatchedOption("--to")) {
            console.out().print(ManPage.of(HelpCommand.named(spec, given).getCommandSpec()));
            return Exit.ANALYSED.code();
        }
        Path folder = Files.createDirectories(given.<Path>matchedOptionValue("--to", null));
        List<CommandLine> all = new ArrayList<>(List.of(spec.parent().commandLine()));
        all.addAll(all.getFirst().getSubcommands().values());
        for (CommandLine one : all) {
            Files.writeString(folder.resolve(ManPage.name(one.getCommandSpec()) + ".1"), ManPage.of(one.getCommandSpec()));
        }
        return Exit.ANALYSED.code();
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.tui.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace tui FILE…`: tries to choose from, and everything about each, on a screen that answers to keys.
final class TuiCommand extends CaptureCommand {
    TuiCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().description("look through tries on a screen: list, ladder, messages")
                .customSynopsis("rdptrace tui [OPTION]... FILE...");
        spec.addPositional(PositionalParamSpec.builder().paramLabel("FILE").hideParamSyntax(true).arity("0..*").type(List.class)
                        .auxiliaryTypes(String.class).description("captures, folders or globs").build())
                .addOption(Option.flag("without addresses, names and files, for others to look on", "--share"))
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"))
                .addOption(Option.many(Path.class, "FILE", "TLS secrets, as SSLKEYLOGFILE has them", "--keylog"));
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        List<String> typed = given.matchedPositionalValue(0, List.of());
        if (typed.isEmpty()) {
            throw usage("no capture given: rdptrace tui FILE...");
        }
        List<String> files = Inputs.expand(typed);
        if (files.contains(Inputs.STDIN)) {
            throw usage("keys come from standard input; save the capture to a file first");
        }
        boolean shared = given.hasMatchedOption("--share");
        boolean colour = console.colours(given.matchedOptionValue("--color", Console.Colour.AUTO));
        Casebook book = new Casebook(FileGroups.recordings(files), options(), shared);
        Model model = new Model(shared ? "" : files.size() == 1 ? Path.of(files.getFirst()).getFileName().toString()
                : files.size() + " files", shared, console.ascii());
        try (TerminalScreen screen = TerminalScreen.open(console, colour)) {
            return new TriesScreen(screen, model, book, stop).run();
        }
    }
}

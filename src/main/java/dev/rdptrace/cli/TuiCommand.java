package dev.rdptrace.cli;

import dev.rdptrace.FileGroups;
import dev.rdptrace.live.LiveException;
import dev.rdptrace.live.LiveOptions;
import dev.rdptrace.live.LiveSource;
import dev.rdptrace.live.Pump;
import dev.rdptrace.tui.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace tui FILE…`: tries to choose from, and everything about each, on a screen that answers to keys; with `-i` while they happen.
final class TuiCommand extends CaptureCommand {
    TuiCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().description("look through tries on a screen: list, ladder, messages")
                .customSynopsis("rdptrace tui [OPTION]... FILE...", "       rdptrace tui -i IFACE [OPTION]...");
        spec.addPositional(PositionalParamSpec.builder().paramLabel("FILE").hideParamSyntax(true).arity("0..*").type(List.class)
                .auxiliaryTypes(String.class).description("captures, folders or globs").build())
                .addOption(Option.list(String.class, "IFACE", "capture there, and show tries as they end; any: everywhere", "-i"))
                .addOption(Option.one(String.class, "FILTER", "-i: only packets that match, in tcpdump's language", "-f"))
                .addOption(Option.one(String.class, "USER",
                        "-i: started by root, go on as USER once the interfaces are open (default: who called sudo, or nobody)", "-Z"))
                .addOption(Option.flag("without addresses, names and files, for others to look on", "--share"))
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"));
        Reading.addKeyLog(spec, "");
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        List<String> typed = given.matchedPositionalValue(0, List.of());
        List<String> interfaces = given.matchedOptionValue("-i", List.of());
        if (typed.isEmpty() == interfaces.isEmpty()) {
            throw usage(typed.isEmpty() ? "no capture given: rdptrace tui FILE..., or rdptrace tui -i IFACE"
                    : "either captures or -i");
        }
        if (interfaces.isEmpty() && (given.hasMatchedOption("-f") || given.hasMatchedOption("-Z"))) {
            throw usage("-f and -Z are for -i");
        }
        boolean shared = given.hasMatchedOption("--share");
        boolean colour = console.colours(given.matchedOptionValue("--color", Console.Colour.AUTO));
        if (!interfaces.isEmpty()) {
            TerminalScreen.expect(console);
            return live(interfaces, given, new Model(shared ? "live" : "live on " + String.join(", ", interfaces), shared, console.ascii()),
                    colour);
        }
        List<String> files = Inputs.expand(typed);
        if (files.contains(Inputs.STDIN)) {
            throw usage("keys come from standard input; save the capture to a file first");
        }
        RecordedTries tries = new RecordedTries(FileGroups.recordings(files), options(), shared);
        Model model = new Model(shared ? "" : files.size() == 1 ? Path.of(files.getFirst()).getFileName().toString()
                : files.size() + " files", shared, console.ascii());
        try (TerminalScreen screen = TerminalScreen.open(console, colour)) {
            return new TriesScreen(screen, model, tries, stop).run(tries);
        }
    }

    /// One thread: between packets keys are looked for.
    private Exit live(List<String> interfaces, ParseResult given, Model model, boolean colour) throws IOException {
        Reading reading = Reading.of(spec);
        LiveOptions where = LiveOptions.on(interfaces).filtered(given.matchedOptionValue("-f", ""));
        try (LiveSource source = LiveSource.open(where, model::say)) {
            String held = LiveCommand.giveUp(console, given.matchedOptionValue("-Z", ""), where.patienceMillis() > 0,
                    reading.keyLogs(), this::usage);
            try (LiveTries tries = new LiveTries(source, reading.following(), model, given.hasMatchedOption("--share"));
                    TerminalScreen screen = TerminalScreen.open(console, colour)) {
                model.say("Capturing" + held + ".");
                AtomicBoolean wanted = new AtomicBoolean(true);
                TriesScreen shown = new TriesScreen(screen, model, tries, stop);
                Pump.run(source, tries, () -> !wanted.get() || stop.getAsBoolean(), () -> {
                    wanted.set(shown.answers(1));
                    shown.show();
                });
                return Exit.ANALYSED;
            }
        } catch (LiveException impossible) {
            throw CaptureAdvice.failure(impossible, "tui -i " + String.join(",", interfaces), interfaces);
        }
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.Style;
import java.io.IOException;
import java.io.InputStream;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What commands have in common that judge captures and make something else of them than the report.
abstract class CaptureCommand implements Callable<Integer> {
    private static final String TEXT = "text";

    final Console console;
    final BooleanSupplier stop;
    final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    CaptureCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    abstract Exit run(ParseResult given) throws IOException;

    @Override
    public final Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        try (HeapSweep.Watch _ = HeapSweep.ofThisProcess().watch()) {
            return run(given).code();
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, Errors.message(unreadable));
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, given.matchedPositionals().stream().flatMap(one -> one.stringValues().stream())
                    .collect(Collectors.joining(", ")) + ": " + Errors.message(broken));
        }
    }

    /// Ends the options with those of every such command.
    CommandSpec common() {
        return Reading.addPeers(spec).addOption(Option.help());
    }

    /// Ends them where something is shown, as text or in that other format.
    CommandSpec shown(String other) {
        spec.addOption(OptionSpec.builder(Option.one(String.class, "FORMAT", TEXT + " (default) or " + other, "--format"))
                .completionCandidates(List.of(TEXT, other)).build())
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"));
        return Reading.addKeyLog(spec, "");
    }

    /// Whether the other format is asked for.
    boolean asks(ParseResult given, String other) {
        String format = given.matchedOptionValue("--format", TEXT);
        if (!format.equals(TEXT) && !format.equals(other)) {
            throw usage("--format " + format + " is neither text nor " + other);
        }
        return format.equals(other);
    }

    /// Files that can be read as often as it takes.
    List<String> files(String typed) {
        List<String> files = Inputs.expand(List.of(typed));
        if (files.contains(Inputs.STDIN)) {
            throw usage("standard input cannot be read twice; save it to a file first");
        }
        return files;
    }

    Analyzer.Options options() {
        return Reading.of(spec).fromDisk().analyzer();
    }

    Analysis judge(List<String> files, Analyzer.Options options) throws IOException {
        Analysis analysis = Analyzer.analyze(() -> Captures.open(files, InputStream.nullInputStream()), options, stop);
        if (analysis.stopped().isPresent()) {
            throw new Failure(Exit.STOPPED, "stopped in " + String.join(", ", files));
        }
        return analysis;
    }

    Style style(ParseResult given, int verbosity, boolean quiet) {
        return new Style(console.colours(given.matchedOptionValue("--color", Console.Colour.AUTO)), verbosity, quiet, false,
                Style.Clock.RELATIVE, ZoneOffset.UTC, console.columns(), console.ascii());
    }

    ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

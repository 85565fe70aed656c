package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.Differences;
import dev.rdptrace.report.DifferencesReport;
import dev.rdptrace.report.Style;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace diff GOOD BAD`: it worked before, or elsewhere; what is different now?
final class DiffCommand implements Callable<Integer> {
    private enum Format {
        TEXT,
        JSON
    }

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    DiffCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.usageMessage().description("tell what is different between a try that worked and one that did not");
        return spec.addPositional(Option.capture("GOOD", 0, "a capture of a try that worked"))
                .addPositional(Option.capture("BAD", 1, "one of a try that did not"))
                .addOption(Option.one(Format.class, "FORMAT", "text (default) or json", "--format"))
                .addOption(Option.many(Path.class, "FILE", "TLS secrets, as SSLKEYLOGFILE has them", "--keylog"))
                .addOption(Option.list(Integer.class, "N", "more ports to take for RDP", "--port"))
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"))
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        String good = given.matchedPositionalValue(0, "");
        String bad = given.matchedPositionalValue(1, "");
        List<Path> keyLogs = given.matchedOptionValue("--keylog", List.of());
        keyLogs.forEach(Inputs::file);
        Set<Integer> ports = Set.copyOf(given.<List<Integer>>matchedOptionValue("--port", List.of()));
        Analyzer.Options options = new Analyzer.Options(ports, Set.of(), false, Keys.read(keyLogs, List.of(), Optional.empty()));
        try (HeapSweep.Watch _ = HeapSweep.ofThisProcess().watch()) {
            Analysis worked = judge(good, options);
            Analysis failed = judge(bad, options);
            Differences differences = Differences.between(worked.incidents(), failed.incidents()).orElseThrow(() -> new Failure(Exit.NO_RDP,
                    "there is no RDP in " + (worked.incidents().isEmpty() ? good : bad)));
            if (given.matchedOptionValue("--format", Format.TEXT) == Format.JSON) {
                DifferencesReport.writeJson(differences, good, bad, console.out());
            } else {
                DifferencesReport.write(differences, good, bad, new Style(console.colours(given.matchedOptionValue("--color",
                        Console.Colour.AUTO)), 0, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC, console.columns(), console.ascii()),
                        console.out());
            }
            return Exit.ANALYSED.code();
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, unreadable.getMessage());
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, good + ", " + bad + ": " + broken.getMessage());
        }
    }

    private Analysis judge(String file, Analyzer.Options options) throws IOException {
        List<String> files = Inputs.expand(List.of(file));
        if (files.contains(Inputs.STDIN)) {
            throw new ParameterException(spec.commandLine(), "standard input cannot be compared; save it to a file first");
        }
        Analysis analysis = Analyzer.analyze(() -> Captures.open(files, InputStream.nullInputStream()), options, stop);
        if (analysis.stopped().isPresent()) {
            throw new Failure(Exit.STOPPED, "stopped in " + file);
        }
        return analysis;
    }
}

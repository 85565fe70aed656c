package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.Svg;
import dev.rdptrace.report.TextReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace ladder FILE [N]`: a try as a picture.
final class LadderCommand implements Callable<Integer> {
    private enum Format {
        TEXT,
        SVG
    }

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    LadderCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.usageMessage().description("draw a try: who sent what when, what was lost, what decided");
        return spec.addPositional(Option.capture("FILE", 0, "a capture"))
                .addPositional(PositionalParamSpec.builder().paramLabel("N").index("1").arity("0..1").type(Integer.class)
                        .description("which try of the report, from 1 (default), the worst").build())
                .addOption(Option.one(Format.class, "FORMAT", "text (default) or svg", "--format"))
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"))
                .addOption(Option.flag("everything that happened", "-v"))
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        List<String> files = Inputs.expand(List.of(given.<String>matchedPositionalValue(0, "")));
        int number = given.matchedPositionalValue(1, 1);
        try {
            Report report = Analyzer.analyze(() -> Captures.open(files, InputStream.nullInputStream()), Analyzer.Options.NONE, stop)
                    .report(Version.number());
            if (report.incidents().isEmpty()) {
                throw new Failure(Exit.NO_RDP, "there is no RDP in " + String.join(", ", files));
            }
            if (number < 1 || number > report.incidents().size()) {
                throw new ParameterException(spec.commandLine(), "there is no try " + number + ": the report has " + report.incidents()
                        .size());
            }
            Incident incident = report.incidents().get(number - 1);
            int verbosity = Option.count(given, "-v");
            if (given.matchedOptionValue("--format", Format.TEXT) == Format.SVG) {
                console.out().write(Svg.file(incident, verbosity > 0).getBytes(StandardCharsets.UTF_8));
            } else {
                TextReport.ladder(report, incident, new Style(console.colours(given.matchedOptionValue("--color", Console.Colour.AUTO)),
                        verbosity, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC, console.columns(), console.ascii()), console.out());
            }
            return Exit.ANALYSED.code();
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, unreadable.getMessage());
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, String.join(", ", files) + ": " + broken.getMessage());
        }
    }
}

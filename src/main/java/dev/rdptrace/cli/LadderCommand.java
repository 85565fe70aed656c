package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Svg;
import dev.rdptrace.report.TextReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace ladder FILE [N]`: a try as a picture.
final class LadderCommand extends CaptureCommand {
    LadderCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().description("draw a try: who sent what when, what was lost, what decided");
        spec.addPositional(Option.capture("FILE", 0, "a capture"))
                .addPositional(PositionalParamSpec.builder().paramLabel("N").index("1").arity("0..1").type(Integer.class)
                        .description("which try of the report, from 1 (default), the worst").build())
                .addOption(Option.flag("everything that happened", "-v"));
        shown("svg");
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        boolean svg = asks(given, "svg");
        List<String> files = files(given.matchedPositionalValue(0, ""));
        int number = given.matchedPositionalValue(1, 1);
        Report report = judge(files, options()).report(Version.number());
        if (report.incidents().isEmpty()) {
            throw new Failure(Exit.NO_RDP, "there is no RDP in " + String.join(", ", files));
        }
        if (number < 1 || number > report.incidents().size()) {
            throw usage("there is no try " + number + ": the report has " + report.incidents().size());
        }
        Incident incident = report.incidents().get(number - 1);
        int verbosity = Option.count(given, "-v");
        if (svg) {
            console.out().write(Svg.file(incident, verbosity > 0).getBytes(StandardCharsets.UTF_8));
        } else {
            console.page(spec);
            TextReport.ladder(report, incident, style(given, verbosity, false), console.out());
        }
        return Exit.ANALYSED;
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.report.Differences;
import dev.rdptrace.report.DifferencesReport;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace diff GOOD BAD`: it worked before, or elsewhere; what is different now?
final class DiffCommand extends CaptureCommand {
    DiffCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().description("tell what is different between a try that worked and one that did not");
        spec.addPositional(Option.capture("GOOD", 0, "a capture of a try that worked"))
                .addPositional(Option.capture("BAD", 1, "one of a try that did not"));
        shown("json");
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        boolean json = asks(given, "json");
        String good = given.matchedPositionalValue(0, "");
        String bad = given.matchedPositionalValue(1, "");
        Analyzer.Options options = options();
        Analysis worked = judge(files(good), options);
        Analysis failed = judge(files(bad), options);
        Differences differences = Differences.between(worked.incidents(), failed.incidents()).orElseThrow(() -> new Failure(Exit.NO_RDP,
                "there is no RDP in " + (worked.incidents().isEmpty() ? good : bad)));
        if (json) {
            DifferencesReport.writeJson(differences, good, bad, console.out());
        } else {
            console.page(spec);
            DifferencesReport.write(differences, good, bad, style(given, 0, false), console.out());
        }
        return Exit.ANALYSED;
    }
}

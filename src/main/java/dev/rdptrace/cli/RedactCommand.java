package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.report.TextReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace redact FILE -o OUT.pcapng`: a capture that can be passed on, and that says the same.
final class RedactCommand extends CaptureCommand {
    private static final int MOST_SHOWN = 20;

    RedactCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().description("copy a capture without addresses, names and contents, and prove that it says the same");
        spec.addPositional(Option.capture("FILE", 0, "a capture"))
                .addOption(Option.one(Path.class, "OUT.pcapng", "where the copy goes", "-o", "--output"))
                .addOption(Option.flag("keep the TLS secrets of the capture, and so all that they open", "--keep-secrets"))
                .addOption(Option.flag("say nothing of the verdicts", "-q"));
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        Path copy = given.matchedOptionValue("--output", null);
        if (copy == null) {
            throw usage("name the copy: redact FILE -o OUT.pcapng");
        }
        List<String> files = files(given.matchedPositionalValue(0, ""));
        Target.spare(files, "-o", copy);
        Analysis after = new RedactedCopy(console, stop).write(files, copy, options(), given.hasMatchedOption("--keep-secrets"));
        if (!given.hasMatchedOption("-q")) {
            tell(copy, after, given);
        }
        return after.incidents().isEmpty() ? Exit.NO_RDP : Exit.ANALYSED;
    }

    private void tell(Path copy, Analysis after, ParseResult given) throws IOException {
        int tries = after.incidents().size();
        console.out().println(copy + ": " + after.frames() + " packets, " + (tries == 0 ? "no RDP" : tries == 1
                ? "judged as before" : tries + " tries judged as before"));
        if (tries > 0 && tries <= MOST_SHOWN) {
            TextReport.write(RedactedCopy.report(after, copy.toString()), style(given, 0, true), console.out());
        }
    }
}

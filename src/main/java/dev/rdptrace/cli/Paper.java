package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// Reports in the format and the style that were asked for.
record Paper(Console console, AnalyzeOptions options) {
    /// So many files that end early are told one by one.
    private static final int CUT_FILES = 8;

    void head(OutputStream out) throws IOException {
        options.format().head(options.share(), out);
    }

    void write(Report report, OutputStream out) throws IOException {
        options.format().write(report, style(), options.share() ? Disguise.of(report) : Disguise.NONE, out);
    }

    Style style() {
        Style.Clock clock = switch (options.time()) {
            case R -> Style.Clock.RELATIVE;
            case D -> Style.Clock.DELTA;
            case AD, UD -> Style.Clock.DATE;
            case E -> Style.Clock.EPOCH;
        };
        ZoneId zone = options.time() == TimeFormat.AD ? ZoneId.systemDefault() : ZoneOffset.UTC;
        return new Style(options.colour(), options.verbosity(), options.quiet(), options.numeric(), clock, zone,
                options.output().isPresent() ? Style.PLAIN.width() : console.columns(), options.output().isEmpty() && console.ascii());
    }

    /// Verdicts alone do not say it, and between many of them it is not seen.
    void sayWhatIsCut(Analysis analysis) {
        if (options.format() == Format.TEXT) {
            analysis.capture().files().stream().filter(file -> file.truncated() != null).limit(CUT_FILES)
                    .forEach(file -> console.err().println("rdptrace: " + file.path() + ": " + file.truncated()));
        }
    }
}

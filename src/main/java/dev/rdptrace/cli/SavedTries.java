package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.report.AnnotatedCapture;
import dev.rdptrace.report.Report;
import dev.rdptrace.watch.TryPackets;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;

/// A capture of some tries of another.
final class SavedTries {
    private SavedTries() {}

    /// Nothing that is there already is written over.
    ///
    /// @param files that hold the tries of the report
    /// @return what there is to say
    static String write(List<String> files, Report report, String name, boolean redacted, Analyzer.Options options,
            DoublePredicate onlooker) throws IOException {
        Path file = Path.of(name.endsWith(".pcapng") ? name : name + ".pcapng");
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return "Not saved: " + file + " is there already.";
        }
        TryPackets packets = new TryPackets(report.incidents());
        if (!redacted) {
            Target.write(file, out -> AnnotatedCapture.write(report, files, out, packets::has));
        } else {
            Path part = Files.createTempFile("rdptrace", ".pcapng");
            try (OutputStream out = Files.newOutputStream(part)) {
                AnnotatedCapture.copy(files, out, packets::has);
                // What it has to say beside the screen is about secrets, which are left out.
                PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
                Console quiet = new Console(nowhere, nowhere, false, false, Map.of());
                new RedactedCopy(quiet, () -> !onlooker.test(Double.NaN)).write(List.of(part.toString()), file, options, false);
            } finally {
                Files.delete(part);
            }
        }
        int tries = report.incidents().size();
        return file + " holds " + (tries == 1 ? "the try" : tries + " tries")
                + (redacted ? " without names and contents, and is judged the same." : ", with the findings as comments.");
    }
}

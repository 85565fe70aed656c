package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.FileGroups;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Overview;
import dev.rdptrace.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/// Recordings that are judged one by one and told together; one that cannot be read is named and passed over.
record Pile(Console console, AnalyzeOptions options, List<List<String>> recordings) {
    private interface Reader {
        void take(Report report, Analyzer.Opening opening) throws IOException;
    }

    /// What the files hold; one recording at most where they can only be told together.
    static Pile of(Console console, AnalyzeOptions options) throws IOException {
        boolean alone = options.inputs().size() > 1 && !options.inputs().contains(Inputs.STDIN) && options.others().isEmpty()
                && options.annotated().isEmpty() && !options.share();
        return new Pile(console, options, alone ? FileGroups.recordings(options.inputs()) : List.of());
    }

    Exit judge() throws IOException {
        if (options.output().isEmpty()) {
            return judge(console.out());
        }
        Exit[] exit = {Exit.ANALYSED};
        Target.write(options.output().get(), out -> exit[0] = judge(out));
        return exit[0];
    }

    private Exit judge(OutputStream out) throws IOException {
        Paper paper = new Paper(console, options);
        if (options.format().ofOneDocument()) {
            boolean html = options.format() == Format.HTML;
            try (KeptTries kept = new KeptTries(html)) {
                Exit exit = judge((report, opening) -> kept.add(html ? report.with(Inputs.evidence(report, kept.takes(report)
                        ? opening : null, List.of(), options.stop())) : report));
                kept.write(out);
                return exit;
            }
        }
        if (options.format() == Format.TEXT && !options.quiet() && options.verbosity() == 0) {
            Overview overview = new Overview();
            Exit exit = judge((report, _) -> overview.add(report));
            overview.write(paper.style(), console.outIsTerminal() && options.output().isEmpty(), out);
            return exit;
        }
        paper.head(out);
        return judge((report, _) -> paper.write(report, out));
    }

    private Exit judge(Reader reader) throws IOException {
        Analyzer.Options how = options.reading().analyzer();
        int unreadable = 0;
        Exit worst = Exit.NO_RDP;
        for (List<String> recording : recordings) {
            try {
                Analyzer.Opening opening = () -> Captures.open(recording, InputStream.nullInputStream());
                Analysis analysis = Analyzer.analyze(opening, how, options.stop());
                if (options.quiet() || options.verbosity() == 0) {
                    new Paper(console, options).sayWhatIsCut(analysis);
                }
                reader.take(analysis.report(Version.number()).comparedWith(options.clientCode()), opening);
                Exit exit = options.exit(analysis);
                worst = exit == Exit.FAIL_ON_HIT || worst == Exit.NO_RDP ? exit : worst;
                if (analysis.stopped().isPresent()) {
                    throw new Failure(Exit.STOPPED, "stopped in " + recording.getFirst() + "; the files behind it were not read");
                }
            } catch (CaptureException broken) {
                unreadable++;
                console.say("rdptrace: " + Errors.message(broken));
            }
        }
        if (unreadable > 0) {
            console.say("rdptrace: " + unreadable + " of " + recordings.size() + " recordings could not be read");
        }
        return worst == Exit.FAIL_ON_HIT || unreadable == 0 ? worst : Exit.INPUT_UNREADABLE;
    }
}

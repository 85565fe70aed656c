package dev.rdptrace.example;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.JsonReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// rdptrace in another program: `BrokenHandshakes CAPTURE REPORT` tells what broke, and writes the whole report as JSON.
public final class BrokenHandshakes {
    public static void main(String[] arguments) throws IOException {
        Analyzer.Opening capture = () -> Captures.open(List.of(arguments[0]), InputStream.nullInputStream());

        Analysis analysis = Analyzer.analyze(capture, Analyzer.Options.NONE, () -> false);
        analysis.incidents().forEach(BrokenHandshakes::tell);
        try (OutputStream report = Files.newOutputStream(Path.of(arguments[1]))) {
            JsonReport.write(analysis.report("1.0 of mine"), report);
        }

        // The same while packets come, as from Captures.open(List.of("-"), System.in): each try as soon as it has ended.
        RunningAnalysis running = new RunningAnalysis(Analyzer.Options.NONE, 0, BrokenHandshakes::tell);
        try (PacketSource source = capture.open()) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                running.accept(frame);
            }
        }
        running.finish();
    }

    private static void tell(Incident incident) {
        Finding verdict = incident.verdict();
        System.out.println(verdict.id() + ": " + verdict.side() + ", " + verdict.phase().title() + ", frames " + verdict.frames());
        System.out.println("  " + Identity.shown(verdict.says()));
    }
}

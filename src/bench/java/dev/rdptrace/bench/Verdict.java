package dev.rdptrace.bench;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Judge;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.Try;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.spill.SpillFile;
import dev.rdptrace.timeline.Attempt;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What one attempt costs behind its packets: to judge, to put away and take out, to report. Its packets are measured in
/// [Opened]. The quick compiler only, as the program runs with it:
/// `mvn -P bench test-compile exec:exec@bench -Dbench=Verdict`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgs = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"})
public class Verdict {
    /// A session that is left, one that is not let in, one that a full path breaks.
    @Param({"success-nla-tls12", "nla-wrong-password", "pmtu-black-hole"}) private String sample;

    private Attempt attempt;
    private Try one;
    private Surroundings surroundings;
    private Report report;
    private SpillFile spill;
    private SpillFile.Reader spilled;

    @Setup
    public void prepare() throws IOException {
        try (PacketSource source = Captures.open(List.of("samples/" + sample + "/capture.pcapng"), InputStream.nullInputStream())) {
            Analysis analysis = Analyzer.analyze(source, Analyzer.Options.NONE, () -> false);
            Incident incident = analysis.incidents().getFirst();
            List<Attempt> attempts = incident.attempts().stream().map(JudgedAttempt::attempt).toList();
            attempt = attempts.getFirst();
            one = new Try(incident.client(), incident.server(), attempts);
            surroundings = new Surroundings(attempts, attempts.getLast().last().nanos());
            report = analysis.report("0");
        }
    }

    /// A new one each time, for it only grows.
    @Setup(Level.Iteration)
    public void open() throws IOException {
        spill = SpillFile.open();
        spilled = spill.reader();
    }

    /// Every rule once.
    @Benchmark
    public JudgedAttempt ruleEngine() {
        return Judge.judge(attempt, surroundings);
    }

    @Benchmark
    public Incident incident() {
        return Incidents.judge(one, surroundings);
    }

    @Benchmark
    public void reportJson() throws IOException {
        JsonReport.write(report, OutputStream.nullOutputStream());
    }

    @Benchmark
    public Attempt spill() {
        return spilled.attempt(spill.put(attempt));
    }
}

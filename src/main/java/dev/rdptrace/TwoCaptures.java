package dev.rdptrace;

import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.compare.PacketLog;
import dev.rdptrace.compare.Pairing;
import dev.rdptrace.diagnosis.BothSides;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.View;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Comparison;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A capture judged with a second one of the same time from another place.
public final class TwoCaptures {
    private TwoCaptures() {}

    /// `analysis` with what the other capture adds. Both are read once more, for the packets of the connections that were
    /// found in them.
    ///
    /// @param opening of the capture that `analysis` is about
    /// @param other opens the other capture
    /// @param name of the other capture, for people
    public static Analysis compare(Analysis analysis, Analyzer.Opening opening, Analyzer.Opening other, String name,
            Analyzer.Options options, BooleanSupplier stop) throws IOException {
        Analysis second = Analyzer.analyze(other, options, stop);
        PacketLog here = log(opening, analysis, stop);
        PacketLog there = log(other, second, stop);
        if (stop.getAsBoolean()) {
            return analysis.stopped(1); // of half a capture everything else would seem lost on the way
        }
        List<Comparison> comparisons = Pairing.compare(here, there);
        Map<Integer, View> others = new HashMap<>();
        second.incidents().stream().flatMap(incident -> incident.attempts().stream()).filter(d -> !d.attempt().overUdp())
                .forEach(d -> others.put(d.attempt().stream(), View.of(d)));
        List<Incident> judged = analysis.incidents().stream()
                .map(incident -> incident.headline().attempt().overUdp() ? incident : BothSides.judge(incident, comparisons, others, name))
                .toList();
        return analysis.with(Incidents.inOrder(judged));
    }

    private static PacketLog log(Analyzer.Opening opening, Analysis analysis, BooleanSupplier stop) throws IOException {
        List<Attempt> attempts = analysis.incidents().stream().flatMap(incident -> incident.attempts().stream()).map(JudgedAttempt::attempt)
                .filter(attempt -> !attempt.overUdp()).toList();
        try (PacketSource source = opening.open()) {
            return PacketLog.read(source, attempts, stop);
        }
    }
}

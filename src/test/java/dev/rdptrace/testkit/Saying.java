package dev.rdptrace.testkit;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.timeline.Phase;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a report says, without frames and times: the part that must not depend on how a capture was made.
public record Saying(Outcome outcome, String id, Phase phase, Culprit side, Confidence confidence) {

    public static Saying of(Finding finding) {
        return new Saying(finding.outcome(), finding.id(), finding.phase(), finding.side(), finding.confidence());
    }

    /// One for each incident, most important first.
    public static List<Saying> incidents(Analysis analysis) {
        return analysis.incidents().stream().map(incident -> of(incident.verdict())).toList();
    }

    /// One for each connection, by client and server.
    public static Map<String, Saying> attempts(Analysis analysis) {
        Map<String, Saying> sayings = new TreeMap<>();
        analysis.incidents().forEach(incident -> incident.attempts().forEach(
                diagnosis -> sayings.put(diagnosis.attempt().client() + " > " + diagnosis.attempt().server(), of(diagnosis.verdict()))));
        return sayings;
    }

    /// It names a cause as if it knew.
    public boolean confident() {
        return confidence != Confidence.CANNOT_TELL && outcome != Outcome.UNDETERMINED;
    }

    @Override
    public String toString() {
        return outcome + " " + id + " (" + phase + ", " + side + ", " + confidence + ")";
    }
}

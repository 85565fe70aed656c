package dev.rdptrace.report;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.evidence.Evidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the renderers write: an analysis, and what is said about the capture as a whole.
///
/// @param fitness what this capture can and cannot prove
/// @param counts frames by what they are, and what did not fit, by name in order
/// @param incidents most important first
/// @param clientCode what the user's client showed, as typed; compared with the verdicts, never an input to them
/// @param evidence what only the files themselves show, where somebody asked for it
public record Report(String version, CaptureFacts capture, List<Fitness> fitness, Map<String, Long> counts, List<Incident> incidents,
        Optional<String> clientCode, Evidence evidence) {

    /// @param ofConnections said of single connections, not of the capture as a whole
    public record Fitness(String id, String says, List<Long> frames, boolean ofConnections) {
        public Fitness(String id, String says, List<Long> frames) {
            this(id, says, frames, false);
        }
    }

    public Report(String version, CaptureFacts capture, List<Fitness> fitness, Map<String, Long> counts, List<Incident> incidents) {
        this(version, capture, fitness, counts, incidents, Optional.empty(), Evidence.NONE);
    }

    /// The same with the code that the user's client showed.
    public Report comparedWith(Optional<String> code) {
        return new Report(version, capture, fitness, counts, incidents, code, evidence);
    }

    /// The same with what was read from the files once more.
    public Report with(Evidence shown) {
        return new Report(version, capture, fitness, counts, incidents, clientCode, shown);
    }

    /// What is said of the capture as a whole.
    public Report withoutIncidents() {
        return with(List.of());
    }

    /// The same about one incident.
    public Report of(Incident incident) {
        return with(List.of(incident));
    }

    /// The same about these incidents.
    public Report with(List<Incident> others) {
        return new Report(version, capture, fitness, counts, others, clientCode, Evidence.NONE.withDigests(evidence.digests()));
    }

    /// The user's code against one incident; a scanner shows nobody a code.
    Optional<CodeCheck> codeCheck(Incident incident) {
        return setAside(incident) ? Optional.empty() : clientCode.map(code -> CodeCheck.of(code, incident));
    }

    /// Those of the incident, and what the user's code has to add.
    List<Warning> warnings(Incident incident) {
        List<Warning> all = new ArrayList<>(incident.warnings());
        codeCheck(incident).flatMap(CodeCheck::warning).ifPresent(all::add);
        return List.copyOf(all);
    }

    /// The file in which the incident begins, where only one can be meant.
    Optional<FileFacts> file(Incident incident) {
        List<FileFacts> files = capture.files();
        List<FileFacts> at = files.size() == 1 ? files
                : files.stream().filter(file -> file.firstNanos() <= incident.firstNanos() && incident.firstNanos() <= file.lastNanos())
                        .limit(2).toList();
        return at.size() == 1 ? Optional.of(at.getFirst()) : Optional.empty();
    }

    /// Tries of users; they stand before what is set aside.
    List<Incident> tries() {
        return incidents.subList(0, firstAside());
    }

    /// What is no user's try.
    List<Incident> aside() {
        return incidents.subList(firstAside(), incidents.size());
    }

    /// Most important come first, so that few need to be looked at.
    private int firstAside() {
        int from = 0;
        int to = incidents.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (setAside(incidents.get(middle))) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return from;
    }

    /// Not a user's try.
    public static boolean setAside(Incident incident) {
        return incident.outcome() == Outcome.PROBE || incident.outcome() == Outcome.NOT_RDP;
    }
}

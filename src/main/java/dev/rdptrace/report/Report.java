package dev.rdptrace.report;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.diagnosis.Incident;
import java.util.List;
import java.util.Map;

/// What the renderers write: an analysis, and what is said about the capture as a whole.
///
/// @param fitness what this capture can and cannot prove
/// @param counts frames by what they are, and what did not fit, by name in order
public record Report(String version, CaptureFacts capture, List<Fitness> fitness, Map<String, Long> counts, List<Incident> incidents) {

    public record Fitness(String id, String says, List<Long> frames) {}
}

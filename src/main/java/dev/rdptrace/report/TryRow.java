package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;

import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Outcome;
import java.util.List;

/// A try on one line among others, safe to show.
///
/// @param nanos when it began
/// @param parties client and server
/// @param point of its verdict
/// @param id of its verdict
/// @param file in which it begins
/// @param frame the last that decided, 0 where none is named
/// @param filter a display filter of Wireshark that leaves its connections
/// @param decidingFilter one that leaves the packets that decided, empty where none is named
public record TryRow(long nanos, Outcome outcome, String parties, String point, String id, String file, long frame, String filter,
        String decidingFilter) {
    public static final int DATE = 10;
    private static final int DATE_AND_TIME = 19;

    public static TryRow of(Report report, Incident incident, Disguise disguise) {
        List<Long> frames = incident.verdict().frames();
        String named = report.capture().files().isEmpty() ? "" : report.capture().files().getFirst().path();
        return new TryRow(incident.firstNanos(), incident.outcome(), LineWriter.safe(incident.client().markedAddress() + " → "
                + incident.server().marked().replaceFirst(":3389$", ""), disguise),
                Wording.point(LineWriter.safe(Wording.says(incident.verdict()), disguise)), incident.verdict().id(),
                LineWriter.safe(CAPTURE.of(report.file(incident).map(FileFacts::path).orElse(named)), disguise),
                frames.isEmpty() ? 0 : frames.getLast(), LineWriter.safe(Wording.filter(incident), disguise),
                Wording.decidingFilter(incident));
    }

    /// The worst has the least.
    public int rank() {
        return Incidents.rank(outcome);
    }

    /// What is seen before anything is read.
    public String mark() {
        return Wording.mark(outcome).isEmpty() ? "- " : Wording.mark(outcome);
    }

    /// `2026-11-23 08:27:38`, UTC.
    public String time() {
        return TimeText.second(nanos).substring(0, DATE_AND_TIME);
    }

    /// Of all of them the same?
    public static boolean oneDay(List<TryRow> rows) {
        return rows.stream().map(row -> row.time().substring(0, DATE)).distinct().count() == 1;
    }
}

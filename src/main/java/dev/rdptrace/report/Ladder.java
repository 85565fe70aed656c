package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The picture of a try in lines, safe to show.
///
/// @param heading above the lines: who stands where
public record Ladder(String heading, List<Rung> rungs) {
    /// Columns of a frame, with the mark before it.
    private static final int FRAME = 10;

    /// A row: a packet, what was lost, or how long nothing came.
    ///
    /// @param frame 0 for what no packet stands for
    /// @param event what it tells of, where an event does
    public record Rung(List<String> lines, Ink ink, long frame, Optional<Event> event) {}

    /// What matters of the connection that stands for the incident, or with [Style#verbosity] everything.
    public static Ladder of(Incident incident, Style style, Disguise disguise) {
        return of(incident, style, text -> LineWriter.safe(text, disguise));
    }

    static Ladder of(Incident incident, Style style, UnaryOperator<String> safe) {
        Attempt attempt = incident.headline().attempt();
        int clock = style.verbosity() == 0 && style.clock() == Style.Clock.RELATIVE ? 9 : style.clock().ordinal() < 2 ? 12 : 28;
        int columns = clock + FRAME;
        int width = style.width() - columns;
        boolean host = attempt.tunnel().inner();
        List<Rung> rungs = new ArrayList<>();
        Moment before = attempt.first();
        for (LadderRow row : LadderRow.of(incident, style.verbosity() > 0)) {
            String left = pad(row.at().seen() ? time(style, row.at(), attempt.first(), before) : "", -clock)
                    + (row.deciding() ? " *" : "  ") + pad(row.frame() > 0 ? "#" + row.frame() : "", -7) + " ";
            before = row.at().seen() ? row.at() : before;
            Ink ink = row.way() == LadderRow.Way.NOTE && row.frame() == 0 ? Ink.QUIET
                    : row.deciding() && incident.outcome().isTrouble() ? Ink.BAD : Ink.PLAIN;
            List<String> lines = new ArrayList<>();
            for (String line : row.drawn(width, safe.apply(row.says()), host)) {
                lines.add((lines.isEmpty() ? left : " ".repeat(columns)) + line);
            }
            rungs.add(new Rung(lines, ink, row.frame(), row.event()));
        }
        String answers = attempt.gateway() ? "gateway" : incident.verdict().phase() == Phase.GATEWAY ? "proxy" : "server";
        return new Ladder(pad("What happened", columns) + LadderRow.sides(width, answers, host), rungs);
    }

    static String time(Style style, Moment at, Moment first, Moment before) {
        return switch (style.clock()) {
            case RELATIVE -> style.verbosity() == 0 ? Quantities.duration(Math.max(0, at.nanos() - first.nanos()) / 1e9)
                    : pad(TimeText.seconds(at.nanos() - first.nanos(), 6), -12);
            case DELTA -> pad(TimeText.seconds(at.nanos() - before.nanos(), 6), -12);
            case DATE -> "  " + TimeText.date(at.nanos(), style.zone());
            case EPOCH -> "  " + TimeText.epoch(at.nanos());
        };
    }

    /// Negative widths align to the right.
    static String pad(String text, int width) {
        int blanks = Math.max(0, Math.abs(width) - text.length());
        return width < 0 ? " ".repeat(blanks) + text : text + " ".repeat(blanks);
    }
}

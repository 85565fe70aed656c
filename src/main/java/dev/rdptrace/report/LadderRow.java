package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One row of the picture of a connection: a packet between client and server, what was lost on the way, or how long nothing came.
/// Where RDP was read in a gateway's tunnel, there is a vertical for the gateway between those of client and host.
///
/// @param at when, [Moment#NEVER] where no time is known or none is meant
/// @param frame 0 for what no packet stands for
/// @param deciding one of the packets that decided
/// @param event what the row tells of, where an event does
record LadderRow(Moment at, long frame, Way way, String says, boolean deciding, Optional<Event> event) {
    /// So long that it belongs into the picture.
    private static final long WAIT_NANOS = 1_000_000_000L;

    /// Rows behind the last one that decided.
    private static final int AFTER = 1;

    /// Columns between the verticals.
    private static final int LEAST = 24;
    private static final int WIDEST = 74;
    /// Of an arrow beside its words.
    private static final int ENDS = 6;

    /// Where the arrow begins and ends.
    enum Way {
        TO_SERVER,
        TO_CLIENT,
        /// From somebody between both.
        FROM_MIDDLE,
        LOST_TO_SERVER,
        LOST_TO_CLIENT,
        NOTE;

        static Way of(Side from) {
            return from == Side.CLIENT ? TO_SERVER : TO_CLIENT;
        }
    }

    /// What matters of the connection that stands for the incident, or everything that happened on it, and how long the legs of a way
    /// took.
    static List<LadderRow> of(Incident incident, boolean all) {
        List<LadderRow> rows = packets(incident, all);
        Journey.of(incident).forEach(leg -> rows.add(note(leg.says())));
        return rows;
    }

    private static List<LadderRow> packets(Incident incident, boolean all) {
        JudgedAttempt headline = incident.headline();
        Attempt attempt = headline.attempt();
        List<Long> deciding = incident.verdict().frames();
        List<LadderRow> rows = new ArrayList<>();
        List<EventRow> rungs = all ? EventRow.all(headline, deciding) : EventRow.milestones(headline, deciding);
        Moment before = attempt.first();
        for (EventRow rung : rungs) {
            if (rung.left() == 0 && rung.at().nanos() - before.nanos() >= WAIT_NANOS) {
                rows.add(note(Quantities.duration((rung.at().nanos() - before.nanos()) / 1e9) + " later"));
            }
            boolean folded = rung.left() > 0;
            rows.add(folded ? note(rung.says()) : new LadderRow(rung.at(), rung.at().frame(), way(rung, incident),
                    rung.event().map(event -> EventText.of(event.alone()).says()).orElse(rung.says()), rung.deciding(), rung.event()));
            before = rung.at();
        }
        if (!incident.outcome().isTrouble()) {
            return rows;
        }
        long behind = rungs.isEmpty() ? 0 : rungs.getLast().at().frame();
        for (long frame : deciding) {
            boolean folded = rungs.stream().anyMatch(rung -> rung.left() > 0 && frame < rung.at().frame());
            if (rows.stream().noneMatch(row -> row.frame == frame) && !(folded && frame < behind)) {
                insert(rows, describe(attempt, frame).or(() -> elsewhere(incident, frame)).orElse(
                        new LadderRow(Moment.NEVER, frame, Way.NOTE, "a packet beside this connection", true, Optional.empty())));
            }
        }
        for (Side side : Side.values()) {
            HalfFacts half = attempt.tcp().half(side);
            long missing = half.loss().holeBytes() + half.loss().announcedBytes();
            if (missing > 0) {
                hole(rows, side, missing);
            }
        }
        if (!all) {
            shorten(rows);
        }
        JudgedAttempt.Missing missing = headline.firstMissing();
        if (!missing.from().isEmpty()) {
            String waited = missing.waitedSeconds() >= 1 ? " (waited " + Quantities.duration(missing.waitedSeconds()) + ")" : "";
            rows.add(note(missing.from() + ": " + missing.says() + " did not come" + waited));
        }
        return rows;
    }

    /// It goes between the outer verticals, also where there is one between them.
    boolean whole() {
        return way == Way.NOTE || event.filter(Event::tunnelled).isPresent();
    }

    /// How both sides close behind what decided says little.
    private static void shorten(List<LadderRow> rows) {
        int last = rows.size();
        for (int i = 0; i < rows.size(); i++) {
            last = rows.get(i).deciding ? i : last;
        }
        if (rows.size() > last + 1 + AFTER) {
            rows.subList(last + 1 + AFTER, rows.size()).clear();
        }
    }

    private static LadderRow note(String says) {
        return new LadderRow(Moment.NEVER, 0, Way.NOTE, says, false, Optional.empty());
    }

    private static Way way(EventRow rung, Incident incident) {
        boolean forged = rung.deciding() && rung.is(Event.Kind.TCP_RST)
                && incident.verdict().closedBy() == Culprit.PATH;
        return forged ? Way.FROM_MIDDLE : switch (rung.from()) {
            case "client" -> Way.TO_SERVER;
            case "server" -> Way.TO_CLIENT;
            case "" -> Way.NOTE;
            default -> Way.FROM_MIDDLE;
        };
    }

    /// What is known of a packet that no event tells of.
    private static Optional<LadderRow> describe(Attempt attempt, long frame) {
        for (Side side : Side.values()) {
            HalfFacts half = attempt.tcp().half(side);
            for (LostSegment lost : half.loss().unacknowledged()) {
                if (lost.first().frame() == frame || lost.last().frame() == frame) {
                    boolean first = lost.first().frame() == frame;
                    String times = lost.transmissions() == 1 ? "once" : lost.transmissions() + " times";
                    String says = lost.ipLength() + " bytes" + (first ? " (" + lost.length() + " of content), sent " + times
                            : " again, " + times + " in all") + ", never acknowledged";
                    return Optional.of(new LadderRow(first ? lost.first() : lost.last(), frame,
                            side == Side.CLIENT ? Way.LOST_TO_SERVER : Way.LOST_TO_CLIENT, says, true, Optional.empty()));
                }
            }
            List<Moment> known = List.of(half.first(), half.lastPayload(), half.loss().announcedAt(), half.lastAcknowledgement(),
                    half.fin(),
                    half.last());
            Moment at = known.stream().filter(m -> m.seen() && m.frame() == frame).findFirst().orElse(Moment.NEVER);
            int bytes = half.receipts().bytes(frame);
            if (bytes > 0 || at.seen()) {
                String says = (bytes > 0 ? "packet of " + bytes + " bytes" : "packet without payload")
                        + (bytes > 0 && half.receipts().of(frame) == Receipts.NEVER ? ", never acknowledged" : "");
                return Optional.of(new LadderRow(at, frame, Way.of(side), says, true, Optional.empty()));
            }
        }
        return Optional.empty();
    }

    /// What decides of a try may be on another connection of it.
    private static Optional<LadderRow> elsewhere(Incident incident, long frame) {
        for (JudgedAttempt other : incident.attempts()) {
            String on = "stream " + other.attempt().stream() + ": ";
            Optional<LadderRow> row = EventRow.all(other, List.of(frame)).stream().filter(EventRow::deciding).findFirst()
                    .map(found -> new LadderRow(found.at(), frame, way(found, incident), on + found.says(), true, found.event()))
                    .or(() -> describe(other.attempt(), frame)
                            .map(found -> new LadderRow(found.at, frame, found.way, on + found.says, true, Optional.empty())));
            if (row.isPresent()) {
                return row;
            }
        }
        return Optional.empty();
    }

    private static void insert(List<LadderRow> rows, LadderRow row) {
        int place = 0;
        for (int i = 0; i < rows.size(); i++) {
            place = rows.get(i).frame > 0 && rows.get(i).frame < row.frame ? i + 1 : place;
        }
        rows.add(place, row);
    }

    /// Where bytes are missing: before the first packet of that side that decided, else at the end.
    private static void hole(List<LadderRow> rows, Side side, long bytes) {
        int place = rows.size();
        for (int i = rows.size() - 1; i >= 0; i--) {
            place = rows.get(i).deciding && rows.get(i).way == Way.of(side) ? i : place;
        }
        rows.add(place, new LadderRow(Moment.NEVER, 0, side == Side.CLIENT ? Way.LOST_TO_SERVER : Way.LOST_TO_CLIENT,
                Quantities.count(bytes, "byte") + " never seen", false, Optional.empty()));
    }

    // ---- as text ----

    /// The lines of this row between the outer verticals, each `width` characters.
    ///
    /// @param words [#says], as it may be shown
    /// @param host behind the server, which has a vertical between them
    List<String> drawn(int width, String words, boolean host) {
        int all = Math.clamp(width - 2, LEAST, WIDEST);
        int gateway = host ? gateway(all) : all;
        int inner = whole() ? all : gateway;
        List<String> lines = new ArrayList<>();
        String rest = words;
        do {
            int room = inner - ENDS - (way == Way.FROM_MIDDLE || way == Way.LOST_TO_SERVER || way == Way.LOST_TO_CLIENT ? 4 : 0);
            int end = rest.length() <= room ? rest.length() : rest.lastIndexOf(' ', room);
            end = end <= 0 ? Math.min(room, rest.length()) : end;
            StringBuilder line = new StringBuilder(line(rest.substring(0, end), inner, lines.isEmpty()));
            if (inner < all) {
                line.append("│").append(" ".repeat(all - inner - 1));
            } else if (host && " ─".indexOf(line.charAt(gateway)) >= 0) {
                line.setCharAt(gateway, line.charAt(gateway) == ' ' ? '│' : '┼');
            }
            lines.add("│" + line + "│");
            rest = rest.substring(end).strip();
        } while (!rest.isEmpty());
        return lines;
    }

    /// Who stands above the verticals.
    ///
    /// @param host behind the server, as for [#drawn]
    static String sides(int width, String server, boolean host) {
        int inner = Math.clamp(width - 2, LEAST, WIDEST);
        String last = host ? "host" : server;
        String first = host ? fill("client", ' ', 1 + gateway(inner) - server.length() / 2) + server : "client";
        return fill(first, ' ', inner + 2 - last.length()) + last;
    }

    private static int gateway(int inner) {
        return inner * 2 / 3;
    }

    private String line(String words, int inner, boolean first) {
        if (!first || way == Way.NOTE) {
            return fill("   " + words, ' ', inner);
        }
        int free = inner - words.length();
        return switch (way) {
            case TO_SERVER -> "── " + words + " " + "─".repeat(free - 5) + "▶";
            case TO_CLIENT -> "◀" + "─".repeat(free - 5) + " " + words + " ──";
            case LOST_TO_SERVER -> fill("── " + words + " ──▶ ╳", ' ', inner);
            case LOST_TO_CLIENT -> " ".repeat(free - 9) + "╳ ◀── " + words + " ──";
            case FROM_MIDDLE -> fill("◀── " + words + " ──┤", ' ', inner);
            case NOTE -> throw new IllegalStateException();
        };
    }

    private static String fill(String text, char with, int width) {
        return text + String.valueOf(with).repeat(Math.max(0, width - text.length()));
    }
}

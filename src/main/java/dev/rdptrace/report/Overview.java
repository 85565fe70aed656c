package dev.rdptrace.report;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Several captures on one screen: a line a try, worst first, with the file and the frame where it can be seen, and what comes most often
/// where there are many. Of a try its line is kept and nothing else.
public final class Overview {
    private static final int MOST_ROWS = 10_000;
    private static final int MANY = 20;
    private static final int TOP = 5;
    private static final int LONGEST = 400;
    private static final int SHORT_FILE = 28;

    private final List<TryRow> rows = new ArrayList<>();
    private final List<String> without = new ArrayList<>();
    private final Sums sums = new Sums();
    private int recordings;
    private long aside;

    /// What comes how often.
    static final class Sums {
        private final Map<String, Long> causes = new HashMap<>();
        private final Map<String, Long> clients = new HashMap<>();
        private final Map<String, Long> servers = new HashMap<>();

        /// Of a try that went wrong.
        void add(Incident incident) {
            if (incident.outcome().isTrouble()) {
                add(incident.verdict().id(), incident.client().markedAddress(), incident.server().marked());
            }
        }

        void add(String cause, String client, String server) {
            causes.merge(cause, 1L, Long::sum);
            clients.merge(client, 1L, Long::sum);
            servers.merge(server, 1L, Long::sum);
        }

        /// Nothing where few went wrong.
        List<String> lines() {
            long all = causes.values().stream().mapToLong(Long::longValue).sum();
            return all < MANY ? List.of() : List.of("by cause: " + most(causes), "by client: " + most(clients), "by server: "
                    + most(servers));
        }

        private static String most(Map<String, Long> counts) {
            String top = counts.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
                    .limit(TOP).map(entry -> entry.getValue() + " × " + entry.getKey()).collect(Collectors.joining(", "));
            return top + (counts.size() > TOP ? ", and " + (counts.size() - TOP) + " others" : "");
        }
    }

    /// Takes the tries of one recording.
    public void add(Report report) {
        recordings++;
        String named = report.capture().files().isEmpty() ? "" : report.capture().files().getFirst().path();
        if (report.incidents().isEmpty()) {
            without.add(named);
        }
        for (Incident incident : report.incidents()) {
            sums.add(incident);
            if (Report.setAside(incident)) {
                aside += incident.attempts().size();
            } else if (rows.size() < MOST_ROWS) {
                rows.add(TryRow.of(report, incident, Disguise.NONE));
            }
        }
    }

    /// @param cut whether lines end where those of the terminal do; else they are whole
    public void write(Style style, boolean cut, OutputStream out) throws IOException {
        LineWriter pen = new LineWriter(style, Disguise.NONE, new OutputStreamWriter(out, StandardCharsets.UTF_8));
        rows.sort(Comparator.comparingInt(TryRow::rank).thenComparingLong(TryRow::nanos));
        String folder = folder();
        boolean oneDay = TryRow.oneDay(rows);
        int parties = rows.stream().mapToInt(row -> row.parties().length()).max().orElse(0);
        int places = rows.stream().mapToInt(row -> place(row, folder, cut).length()).max().orElse(0);
        if (!rows.isEmpty()) {
            pen.drawn(Ink.HEADING, oneDay ? rows.getFirst().time().substring(0, TryRow.DATE) + ", UTC" : "UTC");
        }
        for (TryRow row : rows) {
            String before = row.time().substring(oneDay ? TryRow.DATE + 1 : 0) + "  ";
            String file = place(row, folder, cut);
            String between = row.mark() + row.parties() + " ".repeat(parties - row.parties().length()) + "  ";
            int room = cut ? Math.max(MANY, style.width() - before.length() - between.length() - 2 - places) : LONGEST;
            String point = row.point().length() <= room ? row.point() : row.point().substring(0, room - 1) + "…";
            String filled = cut ? point + " ".repeat(room - point.length()) : point;
            pen.drawn(row.rank() <= Incidents.rank(Outcome.INTERRUPTED) ? Ink.BAD : Ink.PLAIN,
                    pen.safe(before + between + filled + "  " + file
                            + (cut ? "" : "  [" + row.id() + "]")));
        }
        totals(pen);
        pen.close();
    }

    private void totals(LineWriter pen) {
        Map<String, Long> outcomes = rows.stream().collect(Collectors.groupingBy(row -> row.outcome().toString(), TreeMap::new,
                Collectors.counting()));
        pen.line();
        pen.paragraph(Ink.HEADING, Quantities.count(recordings, "recording") + ", " + (rows.size() == 1 ? "1 try" : rows.size() + " tries"),
                (outcomes.isEmpty() ? "" : ": " + outcomes.entrySet().stream().map(e -> e.getValue() + " " + e.getKey())
                        .collect(Collectors.joining(", ")))
                        + (aside > 0 ? "; set aside " + Quantities.count(aside, "connection") + " of scanners and the like" : ""),
                2);
        sums.lines().forEach(line -> pen.bullet("-", line));
        if (!without.isEmpty()) {
            pen.bullet("-", "no RDP in " + without.stream().limit(TOP).collect(Collectors.joining(", "))
                    + (without.size() > TOP ? " and " + (without.size() - TOP) + " more" : ""));
        }
        pen.row(Ink.QUIET, "", "More: rdptrace FILE, or -v for all of them");
    }

    /// What all files have in common before their names.
    private String folder() {
        Map<String, Boolean> folders = new LinkedHashMap<>();
        rows.forEach(row -> folders.put(row.file().substring(0, slash(row.file()) + 1), true));
        String common = folders.isEmpty() ? "" : folders.keySet().iterator().next();
        for (String folder : folders.keySet()) {
            while (!folder.startsWith(common)) {
                common = common.substring(0, slash(common.substring(0, common.length() - 1)) + 1);
            }
        }
        return common;
    }

    private static int slash(String path) {
        return Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
    }

    private static String place(TryRow row, String folder, boolean cut) {
        String file = row.file().substring(folder.length());
        String shown = !cut || file.length() <= SHORT_FILE ? file : "…" + file.substring(file.length() - SHORT_FILE + 1);
        return shown + (row.frame() > 0 ? " #" + row.frame() : "");
    }
}

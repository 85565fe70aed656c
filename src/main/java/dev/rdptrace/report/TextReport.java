package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.diagnosis.Signature.UNDETERMINED;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.JudgedAttempt.RunnerUp;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Comparison.Fate;
import dev.rdptrace.timeline.Comparison.Sighting;
import dev.rdptrace.timeline.Moment;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The answer on one screen: the verdict first, then what cannot be the cause, where to look, what to do, and what was
/// seen with frame numbers. Failed tries are told in full, others in a line, scanners in a sum.
public final class TextReport {
    private static final int IN_FULL = 10;
    private static final int LINES = 40;
    private static final int OTHER_ATTEMPTS = 2;
    private static final int CLIENTS = 4;

    private final Report report;
    private final Style style;
    private final LineWriter pen;
    private final Map<String, String> names;

    private TextReport(Report report, Style style, Disguise disguise, Writer paper) {
        this.report = report;
        this.style = style;
        this.pen = new LineWriter(style, disguise, paper);
        this.names = style.numeric() ? Map.of() : names(report.capture());
    }

    /// UTF-8, lines end in a line feed.
    public static void write(Report report, Style style, OutputStream out) throws IOException {
        write(report, style, Disguise.NONE, out);
    }

    /// The same for strangers.
    public static void write(Report report, Style style, Disguise disguise, OutputStream out) throws IOException {
        write(report, style, disguise, new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }

    public static String text(Report report, Style style) {
        return text(report, style, Disguise.NONE);
    }

    public static String text(Report report, Style style, Disguise disguise) {
        StringWriter text = new StringWriter();
        try {
            write(report, style, disguise, text);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    /// What stands above the picture of an incident: verdict, place, proof, the first thing to do.
    public static String head(Report report, Incident incident, Style style, Disguise disguise) {
        StringWriter head = new StringWriter();
        try {
            TextReport text = new TextReport(report, style, disguise, head);
            text.head(incident);
            if (incident.outcome() != Outcome.ESTABLISHED) {
                text.steps("Do first:", "", incident.fixes().stream().limit(1).toList());
            }
            text.pen.close();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return head.toString();
    }

    /// The verdict of one incident and its picture.
    public static void ladder(Report report, Incident incident, Style style, OutputStream out) throws IOException {
        TextReport text = new TextReport(report, style, Disguise.NONE, new OutputStreamWriter(out, StandardCharsets.UTF_8));
        text.verdict(incident, text.pen.safe(Wording.says(incident.verdict())));
        text.ladder(incident);
        text.pen.close();
    }

    private static void write(Report report, Style style, Disguise disguise, Writer paper) throws IOException {
        try {
            TextReport text = new TextReport(report, style, disguise, paper);
            text.write();
            text.pen.close();
        } catch (UncheckedIOException broken) {
            throw broken.getCause();
        }
    }

    private static Map<String, String> names(CaptureFacts capture) {
        Map<String, String> names = new LinkedHashMap<>();
        capture.names().forEach(name -> names.putIfAbsent(name.address(), name.name()));
        return names;
    }

    private void write() {
        if (report.incidents().isEmpty()) {
            noRdp();
        }
        if (style.quiet()) {
            report.incidents().forEach(this::alone);
            return;
        }
        List<Incident> tries = report.tries();
        List<Incident> aside = report.aside();
        if (report.incidents().isEmpty()) {
            wholeLimits();
        } else if (tries.isEmpty() && aside.size() == 1) {
            full(aside.getFirst(), true);
        } else {
            tries(tries);
        }
        if (!aside.isEmpty() && report.incidents().size() > 1) {
            setAside(aside, tries.isEmpty());
        }
        files();
    }

    private void noRdp() {
        pen.paragraph(Ink.UNSURE, "NO RDP", " in this capture: none of its "
                + Quantities.count(report.counts().getOrDefault("frames", 0L), "packet")
                + " belongs to a TCP connection that looks like RDP or uses its port. If RDP runs on another port and the capture has"
                + " only the"
                + " end of it, name the port with --port; if a gateway is in use, name it with --gateway.", 2);
    }

    private void wholeLimits() {
        limits(report.fitness());
    }

    /// Each is looked at once: those of a large capture lie on disk.
    private void tries(List<Incident> tries) {
        int told = 0;
        int brief = 0;
        Overview.Sums sums = new Overview.Sums();
        Map<Outcome, Long> others = new TreeMap<>();
        for (Incident incident : tries) {
            sums.add(incident);
            boolean trouble = incident.outcome().isTrouble();
            if (told == 0 || trouble && told < IN_FULL || style.verbosity() > 0) {
                if (told > 0) {
                    pen.line();
                }
                full(incident, told == 0);
                told++;
            } else if (brief++ < LINES) {
                if (brief == 1) {
                    pen.line().heading("Also in this capture:");
                }
                line(incident);
            } else {
                others.merge(incident.outcome(), 1L, Long::sum);
            }
        }
        if (brief > LINES) {
            pen.bullet("…", (brief - LINES) + " more: "
                    + others.entrySet().stream().map(sum -> sum.getValue() + " " + sum.getKey()).collect(Collectors.joining(", ")));
            sums.lines().forEach(line -> pen.bullet("-", line));
        }
    }

    // ---- one incident ----

    private void verdict(Incident incident, String says) {
        pen.told(ink(incident.outcome()), Wording.mark(incident.outcome()) + Wording.loud(incident.outcome()), "  " + Wording.point(says));
    }

    /// Everything about a try on one line however long, for programs that look for words.
    private void alone(Incident incident) {
        Finding verdict = incident.verdict();
        pen.drawn(Ink.PLAIN, pen.safe(TimeText.second(incident.firstNanos()) + "  " + Wording.loud(incident.outcome()) + "  "
                + incident.client().markedAddress() + " → " + incident.server().marked() + "  " + Wording.says(verdict) + " ["
                + verdict.id() + "]"
                + report.file(incident).map(file -> "  " + CAPTURE.of(file.path())).orElse("")
                + (verdict.frames().isEmpty() ? "" : " #" + verdict.frames().getLast())));
    }

    private static Ink ink(Outcome outcome) {
        return switch (outcome) {
            case FAILED, INTERRUPTED -> Ink.BAD;
            case ESTABLISHED, ABANDONED -> Ink.GOOD;
            case UNDETERMINED -> Ink.UNSURE;
            case PROBE, NOT_RDP -> Ink.HEADING;
        };
    }

    private void line(Incident incident) {
        pen.told(Ink.PLAIN, "  - ", Wording.loud(incident.outcome()) + "  " + Wording.point(pen.safe(Wording.says(incident.verdict())))
                + " · " + pen.safe(Wording.place(incident.verdict()) + " · " + parties(incident) + " · "
                        + TimeText.second(incident.firstNanos())));
    }

    private void head(Incident incident) {
        Finding verdict = incident.verdict();
        String says = pen.safe(Wording.says(verdict));
        verdict(incident, says);
        boolean more = style.verbosity() > 0;
        int connections = incident.attempts().size();
        pen.row(Ink.QUIET, "  ", Wording.place(verdict) + " · " + parties(incident) + " · " + (more ? TimeText.second(incident.firstNanos())
                : TimeText.clock(incident.firstNanos())) + (connections > 1 ? " · " + connections + " connections" : ""));
        String proof = Wording.proof(says);
        if (!proof.isEmpty()) {
            pen.told(Ink.PLAIN, "  ", proof);
        }
    }

    private void full(Incident incident, boolean first) {
        boolean more = style.verbosity() > 0;
        head(incident);
        limits(Wording.limits(report, incident, first));
        // Nobody has to do anything about what worked.
        boolean act = incident.outcome() != Outcome.ESTABLISHED || more;
        if (act) {
            steps("Do first:", "", incident.fixes());
        }
        ClientCodeText.write(pen, style, report, incident);
        ladder(incident);
        items("Not the cause:", incident.excluded().stream().map(e -> e.says() + Wording.inBrackets(e.frames())).toList(),
                incident.excluded().stream().map(e -> e.says() + ": " + e.because() + Wording.inBrackets(e.frames())).toList());
        List<JudgedAttempt.Warning> warnings = report.warnings(incident);
        items("Also noticed:", warnings.stream().limit(1).map(w -> w.says() + Wording.inBrackets(w.frames())
                + (warnings.size() > 1 ? ", and " + (warnings.size() - 1) + " more (-v)" : "")).toList(),
                warnings.stream().map(w -> w.says() + Wording.inBrackets(w.frames()) + " [" + w.id() + "]").toList());
        List<RunnerUp> others = incident.alternatives();
        if (!others.isEmpty() && (more || incident.outcome() == Outcome.UNDETERMINED)) {
            items("Less likely:", List.of(), others.stream().map(o -> o.says() + "; but: " + o.because() + " [" + o.id() + "]").toList());
        }
        if (act) {
            steps("Look next:", "-", incident.nextLook());
        }
        others(incident);
        incident.compared().ifPresent(compared -> compared(incident, compared));
        if (more) {
            Pages.page(incident.verdict().id()).map(Page::meaning).filter(meaning -> !meaning.isEmpty()).ifPresent(meaning -> {
                pen.heading("What it means:");
                pen.row(Ink.PLAIN, "  ", meaning.replace('\n', ' '));
            });
            more(incident);
        }
        filters(incident);
    }

    private void steps(String heading, String mark, List<String> all) {
        if (!all.isEmpty() && style.verbosity() == 0) {
            pen.paragraph(Ink.HEADING, heading, " " + all.getFirst(), 2);
        } else if (!all.isEmpty()) {
            pen.heading(heading);
            for (int i = 0; i < all.size(); i++) {
                pen.bullet(mark.isEmpty() ? (i + 1) + "." : mark, all.get(i));
            }
        }
    }

    /// Behind their heading in few words, or each on a line of its own.
    private void items(String heading, List<String> brief, List<String> full) {
        if (!brief.isEmpty() && style.verbosity() == 0) {
            pen.paragraph(Ink.HEADING, heading, " " + String.join("; ", brief), 2);
        } else if (!full.isEmpty()) {
            pen.heading(heading);
            full.forEach(item -> pen.bullet("-", item));
        }
    }

    private void limits(List<Report.Fitness> limits) {
        if (limits.isEmpty()) {
            return;
        }
        pen.heading("Limits of this capture:");
        limits.forEach(limit -> pen.bullet("-", limit.says() + Wording.inBrackets(limit.frames())));
    }

    private String parties(Incident incident) {
        String client = incident.client().address();
        return HOST.of(client) + named(client) + " → " + incident.server().marked() + named(incident.server().address());
    }

    private String named(String address) {
        String name = names.get(address);
        return name == null ? "" : " (" + HOST.of(name) + ")";
    }

    // ---- the ladder ----

    private void ladder(Incident incident) {
        Ladder ladder = Ladder.of(incident, style, pen::safe);
        if (!ladder.rungs().isEmpty()) {
            pen.drawn(Ink.HEADING, ladder.heading());
            ladder.rungs().forEach(rung -> rung.lines().forEach(line -> pen.drawn(rung.ink(), line)));
        }
    }

    /// What the second capture adds, then both side by side on the clock of the first.
    private void compared(Incident incident, SecondCapture compared) {
        pen.heading("With " + CAPTURE.of(compared.name()) + ":");
        compared.points().forEach(point -> pen.bullet("-", point.says() + Wording.inBrackets(point.frames())
                + (point.otherFrames().isEmpty() ? "" : " (there " + Wording.frames(point.otherFrames()) + ")")));
        if (compared.facts().isEmpty()) {
            return;
        }
        List<SightingRow> rungs = SightingRow.of(incident, compared.facts().get(), style.verbosity() > 0);
        pen.heading("Both captures (time here, frame here, frame there, from):");
        Moment first = incident.headline().attempt().first();
        Moment before = first;
        for (SightingRow rung : rungs) {
            Sighting s = rung.sighting();
            Moment at = new Moment(1, s.nanos());
            boolean odd = rung.folded() == 0 && (s.fate() == Fate.LOST || s.fate() == Fate.INJECTED);
            String columns = rung.folded() > 0 ? Ladder.pad("", 36) : Ladder.time(style, at, first, before) + " " + (odd ? "!" : " ")
                    + Ladder.pad(frame(s.frame()), -6) + " "
                    + Ladder.pad(frame(s.otherFrame()), -6) + "  " + Ladder.pad(s.from().toString(), 6) + " ";
            pen.row(rung.folded() > 0 ? Ink.QUIET : odd && trouble(incident) ? Ink.BAD : Ink.PLAIN, columns, rung.says());
            before = at;
        }
    }

    private static String frame(long frame) {
        return frame > 0 ? "#" + frame : "-";
    }

    private static boolean trouble(Incident incident) {
        return incident.outcome().isTrouble();
    }

    private void others(Incident incident) {
        JudgedAttempt headline = incident.headline();
        List<JudgedAttempt> others = incident.attempts().stream().filter(d -> d != headline).toList();
        if (others.isEmpty()) {
            return;
        }
        int most = Report.setAside(incident) ? 0 : OTHER_ATTEMPTS;
        int shown = style.verbosity() > 0 ? others.size() : Math.min(most, others.size());
        List<String> told = new ArrayList<>();
        String before = Wording.verdict(headline.verdict());
        for (JudgedAttempt other : others.subList(0, shown)) {
            long sinceNanos = other.attempt().first().nanos() - headline.attempt().first().nanos();
            String since = (sinceNanos < 0 ? Quantities.duration(-sinceNanos / 1e9) + " before" : Quantities.duration(sinceNanos / 1e9)
                    + " later");
            String verdict = Wording.verdict(other.verdict());
            told.add("stream " + other.attempt().stream() + ", " + since + ", port " + other.attempt().client().port() + ": "
                    + (verdict.equals(before) ? "the same" : style.verbosity() > 0 ? verdict
                            : Wording.loud(other.verdict().outcome()) + ", " + other.verdict().id()));
            before = verdict;
        }
        if (shown < others.size()) {
            Map<String, Long> ids = others.subList(shown, others.size()).stream()
                    .collect(Collectors.groupingBy(d -> d.verdict().id(), TreeMap::new, Collectors.counting()));
            told.add(ids.entrySet().stream().map(e -> e.getValue() + " × " + e.getKey()).collect(Collectors.joining(", ")));
        }
        items(Report.setAside(incident) ? "Other connections of this client:" : "Other connections of this try:", told, told);
    }

    private void filters(Incident incident) {
        pen.verbatim("Wireshark: " + Wording.filter(incident));
        if (!Wording.decidingFilter(incident).isEmpty()) {
            pen.verbatim("           " + Wording.decidingFilter(incident));
        }
        if (!Wording.decodeAs(incident).isEmpty() && style.verbosity() > 0) {
            pen.row(Ink.QUIET, "  ", Wording.decodeAs(incident));
        }
        if (style.verbosity() > 0) {
            pen.paragraph(Ink.QUIET, "More: rdptrace explain " + incident.verdict().id(), "", 2);
        } else {
            int left = Math.max(0, incident.fixes().size() - 1) + Math.max(0, incident.nextLook().size() - 1);
            pen.paragraph(Ink.QUIET, "More: -v" + (left > 0 && incident.outcome() != Outcome.ESTABLISHED ? " ("
                    + Quantities.count(left, "more thing") + " to do)" : "")
                    + ", rdptrace explain " + incident.verdict().id(), "", 2);
        }
    }

    // ---- more, for -v ----

    private void more(Incident incident) {
        JudgedAttempt headline = incident.headline();
        Attempt attempt = headline.attempt();
        TransportText transport = new TransportText(pen);
        transport.tls("TLS:", attempt.tls());
        attempt.tunnel().host().ifPresent(host -> transport.tls("TLS inside the tunnel:", host.tls()));
        if (!attempt.overUdp()) {
            transport.tcp(attempt);
        }
        incident.overUdp().forEach(udp -> transport.udp(incident, udp));
        if (!headline.unclear().isEmpty() && style.verbosity() > 1) {
            pen.heading("Questions this capture does not answer:");
            headline.unclear().forEach(unclear -> pen.bullet("-", unclear.toString()));
        }
    }

    // ---- the rest of the capture ----

    private void setAside(List<Incident> aside, boolean alone) {
        if (!alone) {
            pen.line();
        }
        Map<String, Aside> kinds = new LinkedHashMap<>();
        Aside all = new Aside(aside.getFirst());
        boolean probes = true;
        for (Incident incident : aside) {
            all.add(incident);
            kinds.computeIfAbsent(incident.verdict().id(), _ -> new Aside(incident)).add(incident);
            probes &= incident.outcome() == Outcome.PROBE;
        }
        int clients = all.clients.size();
        pen.paragraph(Ink.HEADING, alone ? "NO USER'S TRY in this capture." : "Set aside:", " "
                + Quantities.count(all.connections, "connection")
                + " of " + clients + (probes ? clients == 1 ? " scanner or health check" : " scanners or health checks"
                        : clients == 1 ? " client that is no RDP user" : " clients that are no RDP users"),
                2);
        kinds.forEach((id, kind) -> pen.bullet("-", kind.connections + " × " + Wording.says(kind.first.verdict())
                + (kind.incidents > 1 ? ", and the like" : "") + " [" + id + "], from "
                + kind.clients.stream().limit(CLIENTS).map(HOST::of).collect(Collectors.joining(", "))
                + (kind.clients.size() > CLIENTS ? ", …" : "")));
    }

    /// What is no user's try.
    private static final class Aside {
        private final Incident first;
        private final Set<String> clients = new LinkedHashSet<>();
        private int incidents;
        private long connections;

        Aside(Incident first) {
            this.first = first;
        }

        void add(Incident incident) {
            incidents++;
            connections += incident.attempts().size();
            clients.add(incident.client().address());
        }
    }

    private void files() {
        pen.line();
        List<FileFacts> files = report.capture().files();
        int shown = Math.min(style.verbosity() > 0 ? files.size() : 3, files.size());
        for (FileFacts file : files.subList(0, shown)) {
            boolean timed = file.firstNanos() != Frame.NO_TIME;
            pen.drawn(Ink.QUIET, pen.safe("Read " + CAPTURE.of(file.path()) + ": " + (style.verbosity() > 0 ? file.format() + ", " : "")
                    + Quantities.count(file.packets(), "packet") + (timed ? ", " + (style.verbosity() > 0
                            ? Quantities.duration((file.lastNanos() - file.firstNanos()) / 1e9) + " from " : "")
                            + TimeText.second(file.firstNanos())
                            : "")));
        }
        if (shown < files.size()) {
            pen.row(Ink.QUIET, "", "and " + Quantities.count(files.size() - shown, "file") + " more");
        }
        if (style.verbosity() > 0) {
            pen.row(Ink.QUIET, "", "Packets: " + report.counts().entrySet().stream().filter(e -> e.getValue() > 0)
                    .map(e -> e.getKey() + " " + e.getValue())
                    .collect(Collectors.joining(", ")));
        }
    }
}

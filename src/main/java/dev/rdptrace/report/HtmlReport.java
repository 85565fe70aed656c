package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;
import static dev.rdptrace.bytes.Identity.DIGEST;
import static dev.rdptrace.diagnosis.Signature.UNDETERMINED;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.evidence.Course;
import dev.rdptrace.timeline.Comparison;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The report as one page for a ticket or a mail: nothing is loaded, nothing runs, and text from the wire is text.
public final class HtmlReport {
    private static final int LONGEST = 4000;
    private static final int ASIDE = 200;
    /// Tries that are told whole; of more the table has a row.
    public static final int DETAILS = 200;
    /// Who is meant by what stands before a fix.
    private static final Pattern WHO = Pattern.compile("([A-Z][A-Za-z ]{2,30}): .*", Pattern.DOTALL);

    private final Report report;
    private final Disguise disguise;
    private final StringBuilder out = new StringBuilder(16384);

    private HtmlReport(Report report, Disguise disguise) {
        this.report = report;
        this.disguise = disguise;
    }

    /// A try of a page.
    ///
    /// @param says its verdict in a few words
    /// @param cause what went wrong, by its id
    /// @param row of the table, or of the list of what is no user's
    /// @param details nothing where it is no user's
    public record Entry(Outcome outcome, String says, String cause, String client, String server, Part row, Part details) {
        private boolean aside() {
            return outcome == Outcome.PROBE || outcome == Outcome.NOT_RDP;
        }
    }

    /// The same for strangers.
    public static void write(Report report, Disguise disguise, OutputStream out) throws IOException {
        boolean several = report.capture().files().size() > 1;
        new HtmlReport(report, disguise).page(List.of(report), new AbstractList<>() {
            @Override
            public Entry get(int place) {
                return entry(report, place, disguise, several);
            }

            @Override
            public int size() {
                return report.incidents().size();
            }
        }, several, out);
    }

    /// One page on several captures, each of which was judged alone.
    ///
    /// @param captures their incidents are not asked for
    /// @param entries of all of them, most important first
    public static void write(List<Report> captures, List<Entry> entries, OutputStream out) throws IOException {
        new HtmlReport(captures.getFirst(), Disguise.NONE).page(captures, entries, true, out);
    }

    /// Looks at one incident; what is told of it is made when it is asked for.
    ///
    /// @param filed the file is named
    public static Entry entry(Report report, int place, Disguise disguise, boolean filed) {
        Incident incident = report.incidents().get(place);
        String says = Wording.point(disguise.shown(Wording.says(incident.verdict())));
        Part row = to -> {
            HtmlReport html = new HtmlReport(report, disguise);
            html.row(incident, filed);
            html.pass(to);
        };
        Part details = to -> {
            HtmlReport html = new HtmlReport(report, disguise);
            html.incident(incident, place == 0, filed);
            html.pass(to);
        };
        return new Entry(incident.outcome(), says, incident.verdict().id(), incident.client().markedAddress(),
                incident.server().marked(), row, details);
    }

    /// Hands on what is written so far, so that a page of many incidents is never on the heap as a whole.
    private void pass(OutputStream target) throws IOException {
        target.write(out.toString().getBytes(StandardCharsets.UTF_8));
        out.setLength(0);
    }

    private static String css() throws IOException {
        try (InputStream in = HtmlReport.class.getResourceAsStream("/dev/rdptrace/report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void page(List<Report> captures, List<Entry> entries, boolean filed, OutputStream target) throws IOException {
        Selection<Entry> tries = new Selection<>(entries);
        Selection<Entry> aside = new Selection<>(entries);
        Overview.Sums sums = new Overview.Sums();
        Map<Outcome, Long> counts = new TreeMap<>(Comparator.comparingInt(Incidents::rank)
                .thenComparing(Comparator.naturalOrder()));
        int place = 0;
        for (Entry entry : entries) {
            (entry.aside() ? aside : tries).take(place++);
            if (!entry.aside()) {
                counts.merge(entry.outcome(), 1L, Long::sum);
            }
            if (entry.outcome().isTrouble()) {
                sums.add(entry.cause(), entry.client(), entry.server());
            }
        }
        String summary = summary(tries.size(), counts);
        List<Entry> only = tries.size() == 1 ? tries : tries.isEmpty() ? aside : List.of();
        head(captures, only.isEmpty() ? entries.isEmpty() ? "no RDP" : summary : Wording.loud(only.getFirst().outcome()) + ": "
                + only.getFirst().says(), target);
        if (entries.isEmpty()) {
            out.append("<section class=\"unsure\">\n<h2><b>NO RDP</b> in this capture</h2>\n</section>\n");
        }
        if (tries.size() > 1) {
            table(tries, summary, sums.lines(), filed, target);
        }
        int number = 0;
        for (Entry entry : tries.subList(0, Math.min(DETAILS, tries.size()))) {
            out.append("<article id=\"try-").append(++number).append("\" class=\"").append(mood(entry.outcome())).append("\">\n");
            pass(target);
            entry.details().copyTo(target);
            out.append("</article>\n");
        }
        aside(aside, target);
        out.append("</main>\n");
        footer(captures);
        out.append("</body>\n</html>\n");
        pass(target);
        target.flush();
    }

    private void head(List<Report> captures, String title, OutputStream target) throws IOException {
        List<FileFacts> files = captures.stream().flatMap(capture -> capture.capture().files().stream()).limit(2).toList();
        long all = captures.stream().mapToLong(capture -> capture.capture().files().size()).sum();
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta name=\"referrer\" content=\"no-referrer\">\n<title>rdptrace: ").append(text(title))
                .append("</title>\n<style>\n").append(css()).append("</style>\n</head>\n<body>\n<header><h1>RDP in ")
                .append(all == 1 && !files.getFirst().path().equals("-") ? said(CAPTURE.of(files.getFirst().path()))
                        : all <= 1 ? "a stream of packets" : all + " captures")
                .append("</h1></header>\n<main>\n");
        pass(target);
    }

    /// `3 tries: 2 failed, 1 established`
    private static String summary(int tries, Map<Outcome, Long> counts) {
        return tries + " tries: " + counts.entrySet().stream().map(one -> one.getValue() + " " + one.getKey())
                .collect(Collectors.joining(", "));
    }

    private void table(List<Entry> tries, String summary, List<String> sums, boolean filed, OutputStream target) throws IOException {
        out.append("<section>\n<h2>").append(text(summary)).append("</h2>\n");
        sums.forEach(sum -> out.append("<p>").append(said(sum)).append("</p>\n"));
        heading("tries", "Most important first", filed ? List.of("", "UTC", "client → server", "what", "file") : List.of("", "UTC",
                "client → server", "what"));
        int number = 0;
        for (Entry entry : tries) {
            String shown = ++number > DETAILS ? Integer.toString(number) : "<a href=\"#try-" + number + "\">" + number + "</a>";
            out.append("<tr class=\"").append(mood(entry.outcome())).append("\"><th scope=\"row\">").append(shown).append("</th>");
            pass(target);
            entry.row().copyTo(target);
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table></div>\n</section>\n");
    }

    private void row(Incident incident, boolean filed) {
        if (Report.setAside(incident)) {
            out.append(said(incident.client().markedAddress() + " → " + incident.server().marked() + ", "
                    + Quantities.count(incident.attempts().size(), "connection") + ": " + Wording.verdict(incident.verdict())));
            return;
        }
        out.append("<td class=\"n\">").append(TimeText.second(incident.firstNanos()).replace(" UTC", "")).append("</td><td>")
                .append(said(incident.client().markedAddress() + " → " + incident.server().marked())).append("</td><td><b>")
                .append(Wording.loud(incident.outcome())).append("</b> ")
                .append(text(Wording.point(disguise.shown(Wording.says(incident.verdict()))))).append("</td>");
        if (filed) {
            out.append("<td>").append(said(report.file(incident).map(file -> CAPTURE.of(file.path())).orElse("")
                    + (incident.verdict().frames().isEmpty() ? "" : " #" + incident.verdict().frames().getLast()))).append("</td>");
        }
    }

    private static String mood(Outcome outcome) {
        return switch (outcome) {
            case FAILED, INTERRUPTED -> "bad";
            case ESTABLISHED, ABANDONED -> "good";
            case UNDETERMINED -> "unsure";
            case PROBE, NOT_RDP -> "aside";
        };
    }

    private void incident(Incident incident, boolean first, boolean filed) {
        out.append("<h2><b>").append(Wording.loud(incident.outcome())).append("</b> ")
                .append(text(Wording.point(disguise.shown(Wording.says(incident.verdict()))))).append("</h2>\n<dl>\n");
        List<String> fixes = incident.outcome() == Outcome.ESTABLISHED ? List.of() : incident.fixes();
        fixes.stream().limit(1).map(WHO::matcher).filter(Matcher::matches).forEach(fix -> fact("Who acts", text(who(fix.group(1)))));
        fact("Where", said(Wording.place(incident.verdict())));
        fact("Between", said(incident.client().markedAddress() + " → " + incident.server().marked()
                + (incident.attempts().size() > 1 ? ", " + incident.attempts().size() + " connections" : "")));
        report.file(incident).filter(_ -> filed).ifPresent(file -> fact("File", said(CAPTURE.of(file.path()))));
        fact("When", said(TimeText.second(incident.firstNanos())));
        fact("Diagnosis", "<code>" + said(incident.verdict().id()) + "</code>");
        out.append("</dl>\n");
        String proof = Wording.proof(disguise.shown(Wording.says(incident.verdict())));
        if (!proof.isEmpty()) {
            out.append("<p>").append(text(proof)).append("</p>\n");
        }
        Pages.page(incident.verdict().id()).map(Page::meaning).filter(meaning -> !meaning.isEmpty())
                .ifPresent(meaning -> out.append("<p>").append(marked(meaning.replace('\n', ' '))).append("</p>\n"));
        list("Limits of this capture", "ul", Wording.limits(report, incident, first).stream()
                .map(limit -> said(limit.says() + Wording.inBrackets(limit.frames()))).toList());
        list("Do first", "ol", fixes.stream().map(disguise::shown).map(HtmlReport::marked).toList());
        code(incident);
        ladder(incident);
        list("Not the cause", "ul", incident.excluded().stream()
                .map(e -> said(e.says() + ": " + e.because() + Wording.inBrackets(e.frames()))).toList());
        list("Also noticed", "ul", report.warnings(incident).stream()
                .map(w -> said(w.says() + Wording.inBrackets(w.frames())) + " <code>" + said(w.id()) + "</code>").toList());
        list("Less likely", "ul", incident.alternatives().stream()
                .map(o -> said(o.says() + "; but: " + o.because()) + " <code>" + said(o.id()) + "</code>").toList());
        if (incident.outcome() != Outcome.ESTABLISHED) {
            list("Look next", "ul", incident.nextLook().stream().map(disguise::shown).map(HtmlReport::marked).toList());
        }
        incident.compared().ifPresent(compared -> compared(incident, compared));
        list("Wireshark", "ul", Stream.of("<code>" + said(Wording.filter(incident)) + "</code>", Wording.decidingFilter(incident).isEmpty()
                ? "" : "<code>" + said(Wording.decidingFilter(incident)) + "</code>",
                said(Wording.decodeAs(incident))).filter(item -> !item.isEmpty()).toList());
    }

    /// @param value already HTML
    private void fact(String name, String value) {
        out.append("<div><dt>").append(name).append("</dt><dd>").append(value).append("</dd></div>\n");
    }

    /// As people are called who can do what stands behind that word.
    private static String who(String addressed) {
        return switch (addressed) {
            case "Client" -> "whoever runs the client";
            case "Server" -> "whoever runs the server";
            case "Path" -> "whoever runs the network between them";
            case "Gateway", "The RD Gateway" -> "whoever runs the RD Gateway";
            case "Capture" -> "whoever captures";
            default -> addressed;
        };
    }

    private void code(Incident incident) {
        report.codeCheck(incident).ifPresent(check -> {
            String word = check.agreement() == CodeCheck.Agreement.AGREES ? "agrees" : check.agreement() == CodeCheck.Agreement.CONTRADICTS
                    ? "contradicts the capture" : "cannot be compared";
            list("The client's code " + check.given(), "ul", List.of(said(word + ": " + check.says())));
        });
        if (!incident.clientCodes().isEmpty()) {
            out.append("<p class=\"quiet\">The client may show ").append(said(ClientCode.words(incident.clientCodes()))).append("</p>\n");
        }
    }

    private void ladder(Incident incident) {
        JudgedAttempt headline = incident.headline();
        out.append("<h3>What happened</h3>\n");
        out.append("<div class=\"scroll\">").append(Svg.of(incident, disguise)).append("</div>\n");
        steps(incident);
        Optional.ofNullable(report.evidence().courses().get(headline.attempt().stream())).filter(Course::tells)
                .filter(_ -> incident.outcome().isTrouble())
                .ifPresent(course -> out.append(Plot.of(course, headline.attempt().gateway() ? "gateway" : "server")));
        List<EventRow> all = EventRow.all(headline, incident.verdict().frames());
        out.append("<details><summary>Everything seen of this connection (").append(all.size()).append(")</summary>\n");
        table(headline, all, incident);
        out.append("</details>\n");
        if (disguise == Disguise.NONE) {
            out.append(HexTable.all(report, incident)); // bytes name hosts too
        }
        List<JudgedAttempt> others = incident.attempts().stream().filter(d -> d != headline).limit(ASIDE).toList();
        list("The other connections of this try", "ul", others.stream().map(other -> said("stream " + other.attempt().stream() + ", port "
                + other.attempt().client().port() + ", " + TimeText.second(other.attempt().first().nanos()) + ": "
                + Wording.verdict(other.verdict()))).toList());
    }

    /// The picture in words, for screens that are too narrow for it.
    private void steps(Incident incident) {
        long first = incident.headline().attempt().first().nanos();
        boolean host = incident.headline().attempt().tunnel().inner();
        out.append("<ol class=\"steps\">\n");
        for (LadderRow row : LadderRow.of(incident, false)) {
            String arrow = switch (row.way()) {
                case TO_SERVER -> !host ? "to server: " : row.whole() ? "to host: " : "to gateway: ";
                case TO_CLIENT -> "to client: ";
                case FROM_MIDDLE -> "on the way, to client: ";
                case LOST_TO_SERVER -> "to server, lost: ";
                case LOST_TO_CLIENT -> "to client, lost: ";
                case NOTE -> "";
            };
            out.append(row.deciding() ? "<li class=\"deciding\">" : "<li>").append(said((row.at().seen()
                    ? Quantities.duration(Math.max(0, row.at().nanos() - first) / 1e9) + " " : "")
                    + (row.frame() > 0 ? "#" + row.frame()
                            + " " : "")
                    + arrow + row.says())).append("</li>\n");
        }
        out.append("</ol>\n");
    }

    private void compared(Incident incident, SecondCapture compared) {
        list("With " + CAPTURE.of(compared.name()), "ul", compared.points().stream().map(point -> said(point.says()
                + Wording.inBrackets(point.frames())
                + (point.otherFrames().isEmpty() ? "" : " (there " + Wording.frames(point.otherFrames()) + ")"))).toList());
        if (compared.facts().isEmpty()) {
            return;
        }
        heading("numbers", "Packets here and there", List.of("seconds", "frame", "there", "from", "what"));
        long begin = incident.headline().attempt().first().nanos();
        for (SightingRow rung : SightingRow.of(incident, compared.facts().get(), false)) {
            Comparison.Sighting s = rung.sighting();
            boolean odd = s.fate() == Comparison.Fate.LOST || s.fate() == Comparison.Fate.INJECTED;
            boolean folded = rung.folded() > 0;
            out.append(odd && !folded ? "<tr class=\"deciding\">" : "<tr>").append("<td class=\"n\">")
                    .append(folded ? "" : said(TimeText.seconds(s.nanos() - begin, 6))).append("</td><td class=\"n\">")
                    .append(folded || s.frame() == 0 ? "" : Long.toString(s.frame())).append("</td><td class=\"n\">")
                    .append(folded || s.otherFrame() == 0 ? "" : Long.toString(s.otherFrame())).append("</td><td>")
                    .append(folded ? "" : s.from().toString()).append("</td><td>").append(said(rung.says())).append("</td></tr>\n");
        }
        out.append("</tbody>\n</table></div>\n");
    }

    private void table(JudgedAttempt headline, List<EventRow> rungs, Incident incident) {
        heading("numbers", "Seconds since the connection began", List.of("seconds", "frame", "from", "what"));
        long begin = headline.attempt().first().nanos();
        for (EventRow rung : rungs) {
            if (rung.left() > 0) {
                row("", "", "", "", rung.says());
            } else {
                row(rung.deciding() ? "deciding" : "", TimeText.seconds(rung.at().nanos() - begin, 6), Long.toString(rung.at().frame()),
                        EventText.from(rung.from()), rung.says());
            }
        }
        boolean trouble = incident.outcome().isTrouble();
        if (trouble && !headline.firstMissing().from().isEmpty()) {
            double waited = headline.firstMissing().waitedSeconds();
            row("missing", "missing", "", headline.firstMissing().from(), headline.firstMissing().says() + " did not come"
                    + (waited > 0 ? " (waited " + Quantities.duration(waited) + ")" : ""));
        }
        out.append("</tbody>\n</table></div>\n");
    }

    /// Begins a table.
    private void heading(String style, String caption, List<String> columns) {
        out.append("<div class=\"scroll\"><table class=\"").append(style).append("\">\n<caption>").append(caption)
                .append("</caption>\n<thead><tr>");
        columns.forEach(column -> out.append("<th scope=\"col\">").append(column).append("</th>"));
        out.append("</tr></thead>\n<tbody>\n");
    }

    /// @param style a word of this class, never of the wire
    private void row(String style, String time, String frame, String from, String says) {
        out.append(style.isEmpty() ? "<tr>" : "<tr class=\"" + style + "\">").append("<td class=\"n\">").append(said(time))
                .append("</td><td class=\"n\">")
                .append(said(frame)).append("</td><td>").append(said(from)).append("</td><td>").append(said(says)).append("</td></tr>\n");
    }

    private void aside(List<Entry> aside, OutputStream target) throws IOException {
        if (aside.isEmpty()) {
            return;
        }
        out.append("<section class=\"aside\">\n<h3>Set aside: no users</h3>\n<ul>\n");
        for (Entry entry : aside.subList(0, Math.min(ASIDE, aside.size()))) {
            out.append("<li>");
            pass(target);
            entry.row().copyTo(target);
            out.append("</li>\n");
        }
        out.append("</ul>\n");
        if (aside.size() > ASIDE) {
            out.append("<p>… and ").append(aside.size() - ASIDE).append(" more</p>\n");
        }
        out.append("</section>\n");
    }

    private void footer(List<Report> captures) {
        out.append("<footer>\n");
        long more = 0;
        for (Report capture : captures) {
            Map<String, String> digests = new TreeMap<>(capture.evidence().digests());
            for (FileFacts file : capture.capture().files()) {
                if (++more <= ASIDE) {
                    file(file, digest(digests.remove(file.path())));
                }
            }
            digests.forEach((path, digest) -> out.append("<p>Compared with ").append(said(CAPTURE.of(path))).append(digest(digest))
                    .append("</p>\n"));
        }
        out.append(more > ASIDE ? "<p>… and " + (more - ASIDE) + " more</p>\n" : "")
                .append("<p>Times are UTC by the clock of the host that captured, frame numbers are Wireshark's. rdptrace ")
                .append(said(report.version())).append("</p>\n</footer>\n");
    }

    /// @param digest already HTML
    private void file(FileFacts file, String digest) {
        boolean timed = file.firstNanos() != Frame.NO_TIME;
        String when = timed ? ", " + Quantities.duration((file.lastNanos() - file.firstNanos()) / 1e9) + " from "
                + TimeText.second(file.firstNanos()) : "";
        String read = file.format() + ", " + Quantities.count(file.packets(), "packet") + when;
        out.append("<p>Read ").append(said(CAPTURE.of(file.path()) + ": " + read))
                .append(digest).append("</p>\n");
    }

    private String digest(@Nullable String digest) {
        return digest == null ? "" : ", SHA-256 <code>" + said(DIGEST.of(digest)) + "</code>";
    }

    /// @param items already HTML
    private void list(String heading, String kind, List<String> items) {
        if (items.isEmpty()) {
            return;
        }
        out.append("<h3>").append(said(heading)).append("</h3>\n<").append(kind).append(">\n");
        items.forEach(item -> out.append("<li>").append(item).append("</li>\n"));
        out.append("</").append(kind).append(">\n");
    }

    private String said(String raw) {
        return text(disguise.shown(raw));
    }

    /// Text of a page: what stands between backticks is code.
    static String marked(String markdown) {
        String[] parts = markdown.split("`", -1);
        StringBuilder html = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            boolean code = i % 2 == 1 && i < parts.length - 1;
            html.append(code ? "<code>" : i % 2 == 1 ? "`" : "").append(text(parts[i])).append(code ? "</code>" : "");
        }
        return html.toString();
    }

    /// For element content and quoted attributes alike.
    static String text(String raw) {
        String safe = Printable.of(raw, LONGEST);
        StringBuilder html = new StringBuilder(safe.length() + 16);
        for (int i = 0; i < safe.length(); i++) {
            char c = safe.charAt(i);
            switch (c) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                case '\'' -> html.append("&#39;");
                default -> html.append(c);
            }
        }
        return html.toString();
    }
}

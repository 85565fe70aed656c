package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.CAPTURE;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.diagnosis.Signature.UNDETERMINED;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.timeline.Comparison;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/// The report as one page for a ticket or a mail: nothing is loaded, nothing runs, and text from the wire is text.
public final class HtmlReport {
    private static final int LONGEST = 4000;
    private static final int ASIDE = 200;

    private final Report report;
    private final Disguise disguise;
    private final StringBuilder out = new StringBuilder(16384);

    private HtmlReport(Report report, Disguise disguise) {
        this.report = report;
        this.disguise = disguise;
    }

    /// The same for strangers.
    public static void write(Report report, Disguise disguise, OutputStream out) throws IOException {
        HtmlReport html = new HtmlReport(report, disguise);
        html.page(css(), out);
        html.pass(out);
        out.flush();
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

    private void page(String css, OutputStream target) throws IOException {
        Selection tries = new Selection(report.incidents());
        Selection aside = new Selection(report.incidents());
        int place = 0;
        for (Incident incident : report.incidents()) {
            (Report.setAside(incident) ? aside : tries).take(place++);
        }
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta name=\"referrer\" content=\"no-referrer\">\n<title>").append(text(title())).append("</title>\n<style>\n")
                .append(css).append("</style>\n</head>\n<body>\n<h1>rdptrace</h1>\n");
        if (report.incidents().isEmpty()) {
            out.append("<section class=\"unsure\">\n<h2><b>NO RDP</b> in this capture</h2>\n</section>\n");
        }
        boolean first = true;
        for (Incident incident : tries) {
            incident(incident, first);
            pass(target);
            first = false;
        }
        aside(aside);
        footer();
        out.append("</body>\n</html>\n");
    }

    private String title() {
        return report.incidents().isEmpty() ? "rdptrace: no RDP"
                : "rdptrace: " + Wording.loud(report.incidents().getFirst().outcome()) + ": "
                + Wording.point(disguise.shown(Wording.says(report.incidents().getFirst().verdict())));
    }

    private static String mood(Outcome outcome) {
        return switch (outcome) {
            case FAILED, INTERRUPTED -> "bad";
            case ESTABLISHED, ABANDONED -> "good";
            case UNDETERMINED -> "unsure";
            case PROBE, NOT_RDP -> "aside";
        };
    }

    private void incident(Incident incident, boolean first) {
        out.append("<section class=\"").append(mood(incident.outcome())).append("\">\n<h2><b>").append(Wording.loud(incident.outcome()))
                .append("</b>").append(" ").append(text(Wording.point(disguise.shown(Wording.says(incident.verdict()))))).append("</h2>\n");
        out.append("<p class=\"quiet\">").append(said(Wording.place(incident.verdict()) + " · " + HOST.of(incident.client().address())
                + " → "
                + incident.server().marked() + " · " + TimeText.second(incident.firstNanos())
                + (incident.attempts().size() > 1 ? " · " + incident.attempts().size() + " connections" : "")))
                .append(" · <code>").append(said(incident.verdict().id())).append("</code></p>\n");
        String proof = Wording.proof(disguise.shown(Wording.says(incident.verdict())));
        if (!proof.isEmpty()) {
            out.append("<p>").append(text(proof)).append("</p>\n");
        }
        Pages.page(incident.verdict().id()).map(Page::meaning).filter(meaning -> !meaning.isEmpty()).ifPresent(meaning ->
                out.append("<p>").append(marked(meaning.replace('\n', ' '))).append("</p>\n"));
        list("Limits of this capture", "ul", Wording.limits(report, incident, first).stream()
                .map(limit -> said(limit.says() + Wording.inBrackets(limit.frames()))).toList());
        if (incident.outcome() != Outcome.ESTABLISHED) {
            list("Do first", "ol", incident.fixes().stream().map(disguise::shown).map(HtmlReport::marked).toList());
        }
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
        out.append("</section>\n");
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
        List<EventRow> all = EventRow.all(headline, incident.verdict().frames());
        out.append("<details><summary>Everything seen of this connection (").append(all.size()).append(")</summary>\n");
        table(headline, all, incident);
        out.append("</details>\n");
        List<JudgedAttempt> others = incident.attempts().stream().filter(d -> d != headline).limit(ASIDE).toList();
        list("The other connections of this try", "ul", others.stream().map(other -> said("stream " + other.attempt().stream() + ", port "
                + other.attempt().client().port() + ", " + TimeText.second(other.attempt().first().nanos()) + ": "
                + Wording.verdict(other.verdict()))).toList());
    }

    private void compared(Incident incident, SecondCapture compared) {
        list("With " + CAPTURE.of(compared.name()), "ul", compared.points().stream().map(point -> said(point.says()
                + Wording.inBrackets(point.frames())
                + (point.otherFrames().isEmpty() ? "" : " (there " + Wording.frames(point.otherFrames()) + ")"))).toList());
        if (compared.facts().isEmpty()) {
            return;
        }
        out.append("<div class=\"scroll\"><table>\n<tr><th>seconds</th><th>frame</th><th>there</th><th>from</th><th>what</th></tr>\n");
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
        out.append("</table></div>\n");
    }

    private void table(JudgedAttempt headline, List<EventRow> rungs, Incident incident) {
        out.append("<div class=\"scroll\"><table>\n<tr><th>seconds</th><th>frame</th><th>from</th><th>what</th></tr>\n");
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
        out.append("</table></div>\n");
    }

    /// @param style a word of this class, never of the wire
    private void row(String style, String time, String frame, String from, String says) {
        out.append(style.isEmpty() ? "<tr>" : "<tr class=\"" + style + "\">").append("<td class=\"n\">").append(said(time))
                .append("</td><td class=\"n\">")
                .append(said(frame)).append("</td><td>").append(said(from)).append("</td><td>").append(said(says)).append("</td></tr>\n");
    }

    private void aside(List<Incident> aside) {
        if (aside.isEmpty()) {
            return;
        }
        out.append("<section class=\"aside\">\n");
        list("Set aside: no users", "ul", aside.stream().limit(ASIDE).map(i -> said(HOST.of(i.client().address()) + " → "
                + i.server().marked() + ", "
                + Quantities.count(i.attempts().size(), "connection") + ": " + Wording.verdict(i.verdict()))).toList());
        if (aside.size() > ASIDE) {
            out.append("<p>… and ").append(aside.size() - ASIDE).append(" more</p>\n");
        }
        out.append("</section>\n");
    }

    private void footer() {
        out.append("<footer><section>\n");
        for (FileFacts file : report.capture().files()) {
            boolean timed = file.firstNanos() != Frame.NO_TIME;
            out.append("<p>Read ").append(said(CAPTURE.of(file.path()) + ": " + file.format() + ", " + Quantities.count(file.packets(),
                    "packet")
                    + (timed ? ", " + Quantities.duration((file.lastNanos() - file.firstNanos()) / 1e9) + " from "
                    + TimeText.second(file.firstNanos()) : "")))
                    .append("</p>\n");
        }
        out.append("<p>Frame numbers are Wireshark's. rdptrace ").append(said(report.version())).append("</p>\n</section></footer>\n");
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

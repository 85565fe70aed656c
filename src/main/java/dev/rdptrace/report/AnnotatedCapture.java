package dev.rdptrace.report;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.capture.AnnotatedCopy;
import dev.rdptrace.capture.Comments;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.timeline.Event;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// The capture again, with what the report says as comments on its packets: milestones where they happened, verdicts on the
/// packets that decided them, the summary on the section. Wireshark shows them and filters on `frame.comment`.
public final class AnnotatedCapture {
    private static final int LONGEST = 400;
    private static final int SUMMARY_LINES = 20;

    private AnnotatedCapture() {}

    /// The same; with `stripSecrets` without the secrets that the capture carries.
    public static void write(Report report, List<String> inputs, OutputStream out, boolean stripSecrets) throws IOException {
        AnnotatedCopy.write(inputs, out, comments(report), summary(report), stripSecrets, AnnotatedCopy.ALL);
    }

    /// Some of its packets, and no secrets.
    public static void write(Report report, List<String> inputs, OutputStream out, AnnotatedCopy.Wanted wanted) throws IOException {
        AnnotatedCopy.write(inputs, out, comments(report), summary(report), true, wanted);
    }

    /// Some of its packets as they are, and no secrets.
    public static void copy(List<String> inputs, OutputStream out, AnnotatedCopy.Wanted wanted) throws IOException {
        AnnotatedCopy.write(inputs, out, new Comments(), "", true, wanted);
    }

    /// Verdicts first.
    public static Comments comments(Report report) {
        Comments comments = new Comments();
        int number = 0;
        for (Incident incident : report.incidents()) {
            number++;
            String which = report.incidents().size() == 1 ? "VERDICT: " : "VERDICT " + number + "/" + report.incidents().size() + ": ";
            for (long frame : incident.verdict().frames()) {
                add(comments, frame, which + Wording.verdict(incident.verdict()) + " [" + incident.verdict().id() + "]");
            }
            report.warnings(incident).forEach(warning -> warning.frames()
                    .forEach(frame -> add(comments, frame, "note: " + warning.says())));
            incident.compared().ifPresent(compared -> compared.points().forEach(point -> point.frames()
                    .forEach(frame -> add(comments, frame, "with " + compared.name() + ": " + point.says()))));
            incident.excluded().forEach(excluded -> excluded.frames()
                    .forEach(frame -> add(comments, frame, "not the cause: " + excluded.says() + " (" + excluded.because() + ")")));
        }
        for (Incident incident : report.incidents()) {
            if (Report.setAside(incident)) {
                continue;
            }
            for (JudgedAttempt diagnosis : incident.attempts()) {
                diagnosis.attempt().events().forEach(event -> add(comments, event.at().frame(), title(event)));
            }
        }
        return comments;
    }

    private static String title(Event event) {
        return switch (event.kind()) {
            case TCP_SYN, TCP_SYN_ACK, TCP_ESTABLISHED, TCP_FIN, TCP_RST, TCP_GAP, TCP_RETRANSMISSION, TCP_ZERO_WINDOW -> "TCP: "
                    + EventText.says(event);
            case TLS_HELLO, TLS_HANDSHAKE, TLS_DONE -> "TLS: " + EventText.says(event);
            case ICMP, TLS_ALERT, CREDSSP -> EventText.says(event);
            case FIRST_BYTES, X224, RDSTLS, AAD, MCS, SECURITY, LICENSE, SHARE, ERROR_INFO, DISCONNECT, GATEWAY, UDP, UNEXPECTED,
                    SILENCE -> "RDP: " + EventText.says(event);
        };
    }

    /// On the section: what Wireshark shows under capture file properties.
    static String summary(Report report) {
        List<String> lines = new ArrayList<>();
        if (report.incidents().isEmpty()) {
            lines.add("no RDP in this capture");
        }
        report.incidents().stream().limit(SUMMARY_LINES).forEach(incident -> lines.add(incident.client().address() + " -> "
                + incident.server() + ": " + Wording.verdict(incident.verdict()) + Wording.inBrackets(incident.verdict().frames())));
        if (report.incidents().size() > SUMMARY_LINES) {
            lines.add("… and " + (report.incidents().size() - SUMMARY_LINES) + " more");
        }
        report.fitness().stream().limit(SUMMARY_LINES).forEach(fitness -> lines.add("limit: " + fitness.says()));
        return String.join("\n", lines.stream().map(AnnotatedCapture::safe).toList());
    }

    private static void add(Comments comments, long frame, String text) {
        comments.add(frame, safe(text));
    }

    private static String safe(String text) {
        return Printable.of(Identity.shown(text), LONGEST);
    }
}

package dev.rdptrace.report;

import dev.rdptrace.diagnosis.AdvisedChecks;
import dev.rdptrace.diagnosis.CodeCheck;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.ClientCodes;
import java.util.List;
import java.util.stream.Collectors;

/// What the user's client showed, held against one try; what articles advise for it; what clients show for the verdict.
final class ClientCodeText {
    private static final int MOST_CODES = 8;

    private ClientCodeText() {}

    static void write(LineWriter pen, Style style, Report report, Incident incident) {
        report.codeCheck(incident).ifPresent(check -> {
            pen.heading("The client's code " + check.given() + ":");
            String word = switch (check.agreement()) {
                case AGREES -> "agrees: ";
                case CONTRADICTS -> "contradicts the capture: ";
                case UNKNOWN -> "cannot be compared: ";
            };
            pen.bullet("-", word + check.says());
            if (!check.documented().isEmpty()) {
                pen.bullet("-", "documented as " + check.documented());
            }
            advised(pen, style.verbosity() > 0, check, AdvisedChecks.of(incident));
        });
        if (!incident.clientCodes().isEmpty()) {
            List<ClientCode> codes = incident.clientCodes();
            int shown = style.verbosity() > 0 ? codes.size() : Math.min(MOST_CODES, codes.size());
            String more = shown < codes.size() ? ", and " + (codes.size() - shown) + " more (-v)" : "";
            pen.paragraph(Ink.HEADING, "The client may show:", " " + ClientCode.words(codes.subList(0, shown)) + more, 2);
        }
    }

    /// For a code that says little: each check with what speaks for or against it, or by what is said of them.
    private static void advised(LineWriter pen, boolean each, CodeCheck check, List<AdvisedChecks.Held> advised) {
        if (advised.isEmpty() || ClientCodes.lookup(check.given()).ids().size() < ClientCodes.Answer.ALMOST_ALL) {
            return;
        }
        pen.heading("What articles advise for it, and what this capture says of that" + (each ? ":" : " (-v says why):"));
        for (AdvisedChecks.State state : AdvisedChecks.State.values()) {
            List<AdvisedChecks.Held> those = advised.stream().filter(held -> held.state() == state).toList();
            if (each) {
                those.forEach(held -> pen.bullet("-", held.says() + Wording.inBrackets(held.frames())));
            } else if (!those.isEmpty()) {
                pen.bullet("-", state + ": " + those.stream().map(held -> held.check() + Wording.inBrackets(held.frames()))
                        .collect(Collectors.joining("; ")));
            }
        }
    }
}

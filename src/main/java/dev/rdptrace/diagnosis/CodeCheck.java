package dev.rdptrace.diagnosis;

import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the user's client showed, held against what the wire shows. It is made after the verdict and never changes it.
///
/// @param given as typed
/// @param documented what the documentation says that it means, empty if it says nothing
/// @param agreement does it fit the verdict?
/// @param says one sentence for people, without a full stop
/// @param warning where the wire proves that the client's text cannot be true
public record CodeCheck(String given, String documented, Agreement agreement, String says, Optional<Warning> warning) {
    private static final int SERVER_DENIED = 7;

    public enum Agreement {
        AGREES,
        CONTRADICTS,
        UNKNOWN
    }

    public static CodeCheck of(String given, Incident incident) {
        ClientCodes.Answer answer = ClientCodes.lookup(given);
        String documented = answer.entries().stream().filter(entry -> entry.confidence() <= 'B')
                .map(entry -> entry.name().equals("-") ? entry.meaning() : entry.name() + ": " + entry.meaning())
                .collect(Collectors.joining("; "));
        if (!answer.isKnown()) {
            return new CodeCheck(given, "", Agreement.UNKNOWN, "no client is known to show this code", Optional.empty());
        }
        Finding verdict = incident.verdict();
        int told = told(incident);
        if (told > 0 && answer.extended() > 0) {
            boolean same = told == answer.extended();
            return new CodeCheck(given, documented, same ? Agreement.AGREES : Agreement.CONTRADICTS, same
                    ? "the server gave the client this very number"
                    : "the server gave the client the number " + hex(told) + ", not " + hex(answer.extended()), Optional.empty());
        }
        if (verdict.outcome() == Outcome.UNDETERMINED || incident.attempts().stream().anyMatch(d -> d.attempt().midStart())) {
            return new CodeCheck(given, documented, Agreement.UNKNOWN, "too little of the connection is in the capture to compare", Optional.empty());
        }
        if (answer.extended() == SERVER_DENIED && couldNotBeTold(incident)) {
            String says = "the client says that the server denied the connection; a server can say so only in a message that comes after the MCS"
                    + " connection, and this one never got there: the words are the client's own";
            return new CodeCheck(given, documented, Agreement.CONTRADICTS, says,
                    Optional.of(new Warning("client-code-ext7-contradicted", says, verdict.frames())));
        }
        return compare(given, documented, answer.ids(), verdict);
    }

    private static CodeCheck compare(String given, String documented, List<String> ids, Finding verdict) {
        if (ids.isEmpty()) {
            return new CodeCheck(given, documented, Agreement.UNKNOWN, "it says nothing about what happened on the wire", Optional.empty());
        }
        if (ids.contains(verdict.id())) {
            return new CodeCheck(given, documented, Agreement.AGREES, "it fits this verdict" + (ids.size() > 1 ? " and " + (ids.size() - 1) + " others" : ""),
                    Optional.empty());
        }
        if (verdict.outcome() == Outcome.ESTABLISHED) {
            return new CodeCheck(given, documented, Agreement.CONTRADICTS, "this connection succeeded; the code belongs to another one", Optional.empty());
        }
        String titles = ids.stream().limit(3).map(id -> Pages.page(id).map(Page::title).orElse(id)).collect(Collectors.joining("; "));
        boolean near = ids.stream().anyMatch(id -> Pages.page(id).filter(page -> page.phase().equals(verdict.phase().toString())).isPresent());
        return near
                ? new CodeCheck(given, documented, Agreement.UNKNOWN, "it belongs to the same phase; it is known from: " + titles, Optional.empty())
                : new CodeCheck(given, documented, Agreement.CONTRADICTS, "it is known from other failures than this one (" + titles
                        + "); it may belong to another attempt", Optional.empty());
    }

    /// The Set Error Info code that the server sent in the clear or in decrypted PDUs, 0 if none was seen.
    private static int told(Incident incident) {
        return incident.attempts().stream().mapToInt(d -> d.attempt().inner().errorInfo()).filter(code -> code > 0).findFirst().orElse(0);
    }

    /// [MS-RDPBCGR] 2.2.5.1.1 needs an MCS channel, an Early User Authorization Result a completed CredSSP.
    private static boolean couldNotBeTold(Incident incident) {
        for (Diagnosis diagnosis : incident.attempts()) {
            Attempt attempt = diagnosis.attempt();
            if (attempt.reached(Step.CONNECT_INITIAL) || attempt.reached(Step.EARLY_AUTHORIZATION) || attempt.gateway()
                    || attempt.authentication().earlyAuthorization() >= 0) {
                return false;
            }
        }
        return incident.verdict().phase().compareTo(Phase.MCS) < 0;
    }

    private static String hex(int code) {
        return "0x" + Integer.toHexString(code).toUpperCase(Locale.ROOT);
    }
}

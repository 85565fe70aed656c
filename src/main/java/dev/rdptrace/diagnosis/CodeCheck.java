package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.field.Code;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the user's client showed, held against what the wire shows. It is made after the verdict and never changes it.
///
/// @param given as typed
/// @param documented what the documentation says that it means, empty if it says nothing
/// @param agreement does it fit the verdict?
/// @param says one sentence for people, without a full stop
/// @param warning where the wire proves that the client's text cannot be true
public record CodeCheck(String given, String documented, Agreement agreement, String says, Optional<Warning> warning) {
    public static final Signature CLIENT_CODE_EXT7_CONTRADICTED =
            signature("client-code-ext7-contradicted", in(Phase.TLS), by(Culprit.UNKNOWN));

    private static final int SERVER_DENIED = 7;

    public enum Agreement {
        AGREES,
        CONTRADICTS,
        UNKNOWN
    }

    /// What a client's code says about the end of a connection, whatever the reason: words of the documentation of
    /// IMsTscAxEvents::OnDisconnected and of FreeRDP's error.h.
    private enum Tells {
        /// "Socket closed", "transport failed": the other side, or a device in its name, closed while the client waited.
        CLOSED(Set.of(0x904, 0x304, 0x404, 0x2000D, 147)),
        /// "Disconnected by server", or by a user there.
        BY_SERVER(Set.of(0x2, 0x3)),
        /// Nothing came in the time allowed.
        TIMED_OUT(Set.of(0x108, 0x704, 0x2001C)),
        /// The client itself ended it.
        BY_CLIENT(Set.of(0x1));

        private final Set<Integer> codes;

        Tells(Set<Integer> codes) {
            this.codes = codes;
        }

        static Optional<Tells> of(int code) {
            return Stream.of(values()).filter(tells -> tells.codes.contains(code)).findFirst();
        }
    }

    public static CodeCheck of(String given, Incident incident) {
        ClientCodes.Answer answer = ClientCodes.lookup(given);
        String documented = answer.entries().stream().filter(entry -> entry.confidence() <= 'B')
                .map(entry -> entry.name().equals("-") ? entry.meaning() : entry.name() + ": " + entry.meaning())
                .collect(Collectors.joining("; "));
        Optional<Code> sent = sentByTheServer(given, incident);
        if (sent.isPresent()) {
            String meaning = sent.get().name() + (sent.get().meaning().isEmpty() ? "" : ": " + sent.get().meaning());
            return new CodeCheck(given, meaning, Agreement.AGREES, "the server sent this very code", Optional.empty());
        }
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
            return new CodeCheck(given, documented, Agreement.UNKNOWN, "too little of the connection is in the capture to compare",
                    Optional.empty());
        }
        if (answer.extended() <= 0 || !couldNotBeTold(incident)) {
            Held main = compare(answer.main(), answer.ids(), incident);
            return new CodeCheck(given, documented, main.agreement(), main.says(), Optional.empty());
        }
        return untold(given, documented, answer, incident);
    }

    /// The second number is one that a server sends, and this connection never got to where it could have been sent.
    private static CodeCheck untold(String given, String documented, ClientCodes.Answer answer, Incident incident) {
        String number = answer.extended() < 10 ? Integer.toString(answer.extended()) : hex(answer.extended());
        String why = "a server can say so only in a message after the MCS connection, and this one never got there";
        if (answer.extended() != SERVER_DENIED) {
            boolean named = ClientCodes.of(incident.verdict().id()).stream().anyMatch(code -> code.extended() == answer.extended());
            return new CodeCheck(given, documented, named ? Agreement.AGREES : Agreement.CONTRADICTS, named ? "it fits this verdict"
                    : "the server never said " + number + ": " + why, Optional.empty());
        }
        Held main = answer.main() < 0 ? new Held(Agreement.UNKNOWN, "there is nothing else to compare")
                : compare(answer.main(), ClientCodes.lookup(hex(answer.main())).ids(), incident);
        String own = "the " + number + " is the client's own text here, the server never said it: " + why;
        return new CodeCheck(given, documented, main.agreement(), main.says() + "; " + own,
                Optional.of(new Warning(CLIENT_CODE_EXT7_CONTRADICTED, own, incident.verdict().frames())));
    }

    private record Held(Agreement agreement, String says) {}

    private static Held compare(int main, List<String> ids, Incident incident) {
        Finding verdict = incident.verdict();
        if (ids.contains(verdict.id())) {
            return new Held(Agreement.AGREES, "it fits this verdict" + (ids.size() > 1 ? " and " + (ids.size() - 1) + " others" : ""));
        }
        if (verdict.outcome() == Outcome.ESTABLISHED) {
            return new Held(Agreement.CONTRADICTS, "this connection succeeded; the code belongs to another one");
        }
        Optional<Held> ended = Tells.of(main).flatMap(tells -> ended(tells, incident));
        if (ended.isPresent()) {
            return ended.get();
        }
        if (ids.isEmpty()) {
            return new Held(Agreement.UNKNOWN, "it says nothing about what happened on the wire");
        }
        String titles = ids.stream().limit(3).map(id -> Pages.page(id).map(Page::title).orElse(id)).collect(Collectors.joining("; "));
        boolean near = ids.stream().anyMatch(id -> Catalog.signature(id).filter(signature -> signature.shows(verdict.phase())).isPresent());
        return near ? new Held(Agreement.UNKNOWN, "it belongs to the same phase; it is known from: " + titles)
                : new Held(Agreement.CONTRADICTS, "it is known from other failures than this one (" + titles
                + "); it may belong to another attempt");
    }

    /// The code held against how the try ended. A close that the capture shows fits every code that only says "closed".
    private static Optional<Held> ended(Tells tells, Incident incident) {
        boolean connected = incident.attempts().stream().anyMatch(d -> d.attempt().reached(Step.ESTABLISHED)
                || d.attempt().tcp().server().payloadBytes() > 0);
        boolean refused = !connected && incident.attempts().stream().anyMatch(d -> d.ending().how() == Closing.RST);
        boolean closed = connected && (others(incident.verdict().closedBy()) || incident.attempts().stream()
                .anyMatch(d -> others(d.ending().by())));
        boolean client = incident.headline().ending().by() == Culprit.CLIENT;
        boolean silence = incident.verdict().how() == Closing.SILENCE || incident.headline().ending().nobody()
                || client && incident.headline().firstMissing().waitedSeconds() >= Limits.PATIENCE_SECONDS;
        return switch (tells) {
            case CLOSED, BY_SERVER -> closed
                    ? Optional.of(new Held(Agreement.AGREES, "it fits every close by the other side or by a device, and there was one"))
                    : refused ? Optional.of(new Held(Agreement.UNKNOWN, "a connection that is refused usually shows 0x204"))
                    : connected ? Optional.of(new Held(Agreement.UNKNOWN, "the capture shows no close by the other side"))
                    : Optional.of(new Held(Agreement.CONTRADICTS, "nothing ever answered, so there was no connection to be closed"));
            case TIMED_OUT -> silence ? Optional.of(new Held(Agreement.AGREES, "it fits an answer that never came")) : Optional.empty();
            case BY_CLIENT -> client ? Optional.of(new Held(Agreement.AGREES, "the client closed the connection")) : Optional.empty();
        };
    }

    private static boolean others(Culprit by) {
        return switch (by) {
            case SERVER, PATH, GATEWAY -> true;
            case CLIENT, NONE, NOBODY, UNKNOWN -> false;
        };
    }

    /// The status, result or error number that the server itself gave, if that is what was typed.
    private static Optional<Code> sentByTheServer(String given, Incident incident) {
        return incident.attempts().stream().flatMap(d -> Reasons.of(d.attempt()).stream())
                .filter(code -> given.strip().equalsIgnoreCase(Hex.code32(code.code())) || given.strip().equalsIgnoreCase(code.name()))
                .findFirst();
    }

    /// The Set Error Info code that the server sent in the clear or in decrypted PDUs, 0 if none was seen.
    private static int told(Incident incident) {
        return incident.attempts().stream().mapToInt(d -> d.attempt().inner().error().code()).filter(code -> code > 0).findFirst()
                .orElse(0);
    }

    /// [MS-RDPBCGR] 2.2.5.1.1 needs an MCS channel, an Early User Authorization Result a completed CredSSP.
    private static boolean couldNotBeTold(Incident incident) {
        for (JudgedAttempt diagnosis : incident.attempts()) {
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

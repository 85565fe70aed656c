package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.GatewayRules.SESSION_ESTABLISHED;
import static dev.rdptrace.diagnosis.rules.PathRules.SESSION_CUT;
import static dev.rdptrace.diagnosis.rules.SessionRules.SESSION_ENDED_BY_SERVER;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Forgotten;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.List;
import java.util.Optional;

/// A session that was up: is it still, and who or what ended it?
public final class SessionEndRules {
    public static final Signature TCP_ZERO_WINDOW_CLIENT = signature("tcp-zero-window-client", in(Phase.SESSION), by(Culprit.CLIENT));
    public static final Signature TCP_IDLE_TIMEOUT_RESET =
            signature("tcp-idle-timeout-reset", in(Phase.SESSION), by(Culprit.PATH, Culprit.SERVER, Culprit.UNKNOWN));
    public static final Signature SESSION_ENDED_BY_CLIENT = signature("session-ended-by-client", in(Phase.SESSION), by(Culprit.NONE));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.PATH, SessionEndRules::clientWindowClosed, TCP_ZERO_WINDOW_CLIENT),
                rule(Weight.SHAPE, SessionEndRules::idleCut, TCP_IDLE_TIMEOUT_RESET).outranking(SESSION_CUT),
                rule(Weight.SHAPE, SessionEndRules::cut, SESSION_CUT),
                rule(Weight.SHAPE, SessionEndRules::endedByServer, SESSION_ENDED_BY_SERVER),
                rule(Weight.SHAPE, SessionEndRules::endedByClient, SESSION_ENDED_BY_CLIENT),
                rule(Weight.SHAPE, SessionEndRules::established, SESSION_ESTABLISHED));
    }

    /// A Disconnect Provider Ultimatum in its TPKT.
    private static final int ULTIMATUM = 9;
    /// A server may let somebody in and draw its refusal: a wrong password on its own logon screen, a limit on sessions.
    private static final String INSIDE = "; what was drawn in it, a refusal perhaps, cannot be seen";

    private SessionEndRules() {}

    private static Answer clientWindowClosed(Case c) {
        double zero = c.client().zeroWindow().nanos() / 1e9;
        if (!c.attempt().sessionUp() || zero < 2 || c.client().zeroWindow().frames().isEmpty()) {
            return CLEAR;
        }
        return new Found(up(c, TCP_ZERO_WINDOW_CLIENT, Outcome.ESTABLISHED, Culprit.CLIENT, Confidence.SEEN,
                "the session was up, then the client stopped taking data: its window was 0 for " + Quantities.duration(zero))
                .at(new Moment(c.client().zeroWindow().frames().getFirst(), 0)));
    }

    private static Finding up(Case c, Signature signature, Outcome outcome, Culprit side, Confidence confidence, String says) {
        return c.finding(signature, outcome, Phase.SESSION, side, confidence, says).at(c.at(Step.FONT_MAP), c.ending().at());
    }

    private static Answer idleCut(Case c) {
        boolean torn = c.ending().how() == Closing.RST || c.ending()
                .how() == Closing.FIN; // the first word of the end, so none came before it
        if (!c.attempt().sessionUp() || c.ending().byClient() || !torn || c.idle() < Limits.IDLE_SECONDS || ownReset(c)
                && !answersAfterSilence(c)) {
            return CLEAR;
        }
        return new Found(up(c, TCP_IDLE_TIMEOUT_RESET, Outcome.INTERRUPTED,
                c.ending().byDevice() ? Culprit.PATH : c.ending().how() == Closing.FIN ? Culprit.SERVER : Culprit.UNKNOWN,
                Confidence.STRONGLY_SUGGESTED, "the session was cut after " + Quantities.duration(c.idle())
                        + " without traffic, as an idle timer does"));
    }

    /// The server's host sent the reset, as far as this end can see.
    private static boolean ownReset(Case c) {
        return c.ending().reset().map(judged -> c.ending().how() == Closing.RST && judged.score() == 0).orElse(false);
    }

    /// The connection had been given up without a word to the client, who was told when it spoke again.
    private static boolean answersAfterSilence(Case c) {
        return c.ending().at().secondsSince(c.client().lastPayload()) < Limits.IDLE_SECONDS
                && c.client().lastPayload().secondsSince(c.server().last()) >= Limits.IDLE_SECONDS;
    }

    private static Answer cut(Case c) {
        boolean torn = c.ending().how() == Closing.RST || c.ending().how() == Closing.FIN && !mayBeAnnounced(c);
        if (!c.attempt().sessionUp() || !c.ending().byServer() || !torn) {
            return CLEAR;
        }
        Optional<Forgotten> forgotten = Forgotten.of(c);
        if (forgotten.isPresent()) {
            return PathRules.says(c, forgotten.get());
        }
        String quiet = c.idle() >= Limits.IDLE_SECONDS ? " after " + Quantities.duration(c.idle()) + " without traffic" : "";
        return new Found(up(c, SESSION_CUT, Outcome.INTERRUPTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the session was up for " + duration(c) + ", then the server "
                        + (c.ending().how() == Closing.RST ? "reset the connection" + quiet
                                : "closed the connection (FIN)" + quiet
                                        + ": no word of RDP or TLS came before it, as when its process dies,"
                                        + " or a proxy cuts it")));
    }

    /// [MS-RDPBCGR] 1.3.1.4: the server says good-bye with a Disconnect Provider Ultimatum. Padding may hide its size.
    private static boolean mayBeAnnounced(Case c) {
        return c.attempt().records().stream().filter(record -> record.from() == Side.SERVER && !record.at().isAfter(c.ending().at()))
                .reduce((one, next) -> next).map(record -> !record.exact() && record.fits(ULTIMATUM)).orElse(false);
    }

    private static String duration(Case c) {
        long end = c.ending().nobody() ? c.attempt().last().nanos() : c.ending().at().nanos();
        return Quantities.duration((end - c.at(Step.FONT_MAP).nanos()) / 1e9);
    }

    private static Answer endedByServer(Case c) {
        if (!c.attempt().sessionUp() || !c.ending().byServer() || c.ending().how() == Closing.RST) {
            return CLEAR;
        }
        boolean announced = c.ending().how() != Closing.FIN;
        if (!announced && !mayBeAnnounced(c)) {
            return CLEAR;
        }
        return new Found(up(c, SESSION_ENDED_BY_SERVER, Outcome.ESTABLISHED, Culprit.SERVER,
                announced ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED, "the session was up for " + duration(c)
                        + ", then the server ended it"
                        + (announced ? " in good order" + INSIDE
                                : "; its last message may be a good-bye, which the padding of this cipher hides")));
    }

    private static Answer endedByClient(Case c) {
        if (!c.attempt().sessionUp() || !c.ending().byClient()) {
            return CLEAR;
        }
        return new Found(up(c, SESSION_ENDED_BY_CLIENT, Outcome.ESTABLISHED, Culprit.NONE, Confidence.SEEN,
                "the handshake completed; the client ended the session after " + duration(c) + INSIDE));
    }

    private static Answer established(Case c) {
        if (!c.attempt().sessionUp() || !c.ending().nobody()) {
            return CLEAR;
        }
        return new Found(up(c, SESSION_ESTABLISHED, Outcome.ESTABLISHED, Culprit.NONE, Confidence.SEEN,
                "the handshake completed and the session is up" + INSIDE));
    }
}

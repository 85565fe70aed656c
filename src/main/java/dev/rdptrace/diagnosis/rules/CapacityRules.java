package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.OtherClients.Crowd;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.List;

/// What only the other clients of a server explain: it turns people away because it is full.
public final class CapacityRules {
    public static final Signature TCP_BURST_BACKLOG_OVERFLOW = signature("tcp-burst-backlog-overflow", in(Phase.TCP), by(Culprit.SERVER));
    public static final Signature RDP_PENDING_CONNECTION_LIMIT =
            signature("rdp-pending-connection-limit", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature RDP_CONNECTION_LIMIT = signature("rdp-connection-limit", in(Phase.X224), by(Culprit.SERVER));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, CapacityRules::queueFull, TCP_BURST_BACKLOG_OVERFLOW),
                rule(Weight.SHAPE, CapacityRules::tooManyPending, RDP_PENDING_CONNECTION_LIMIT),
                rule(Weight.SHAPE, CapacityRules::tooManySessions, RDP_CONNECTION_LIMIT));
    }

    private static final int SESSIONS = 2;

    private CapacityRules() {}

    private static Answer queueFull(Case c) {
        if (c.connected() || c.reached(Step.SYN_ACK) || !c.reached(Step.SYN) || c.ending().byDevice() || !c.attempt().tcp().icmp()
                .isEmpty()) {
            return CLEAR;
        }
        boolean refused = c.ending().byServer();
        Crowd crowd = c.surroundings().neighbours().crowd(c.attempt());
        if (crowd.together() < Limits.BURST || crowd.taken() < Limits.BURST_TAKEN || crowd.taken() == crowd.together() || !refused
                && c.waited(c.at(Step.SYN)) < Limits.SYN_PATIENCE_SECONDS) {
            return CLEAR;
        }
        return new Found(c.failed(TCP_BURST_BACKLOG_OVERFLOW, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED, crowd.together()
                + " connections came within a second or so; the server took " + crowd.taken() + " and "
                + (refused ? "reset" : "left unanswered") + " the others, this one among them: its queue for new connections is full"));
    }

    /// The server accepted TCP and closed at once, before security began.
    private static boolean turnedAway(Case c) {
        return c.connected() && c.ending().byServer() && c.failure().isEmpty() && !c.reached(Step.CLIENT_HELLO)
                && !c.reached(Step.CONNECT_INITIAL)
                && c.waited(c.lastStep()) < Limits.TURNED_AWAY_SECONDS && c.attempt().unread().server().isEmpty() && c.attempt().x224()
                        .other().isEmpty()
                && c.attempt().tls().broken().isEmpty();
    }

    private static Answer tooManyPending(Case c) {
        if (!turnedAway(c)) {
            return CLEAR;
        }
        Crowd crowd = c.surroundings().neighbours().crowd(c.attempt());
        if (crowd.pending() < Limits.PENDING) {
            return CLEAR;
        }
        return new Found(c.failed(RDP_PENDING_CONNECTION_LIMIT, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server turned the client away while "
                        + crowd.pending() + " other connections had begun and not finished: its limit for pending connections is reached"));
    }

    private static Answer tooManySessions(Case c) {
        if (!turnedAway(c)) {
            return CLEAR;
        }
        Crowd crowd = c.surroundings().neighbours().crowd(c.attempt());
        if (crowd.sessions() < SESSIONS || crowd.turnedAway() < 2 || crowd.letIn() > 0) {
            return CLEAR;
        }
        return new Found(c.failed(RDP_CONNECTION_LIMIT, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server turns clients away while "
                        + Quantities.count(crowd.sessions(), "session") + " to it " + (crowd.sessions() == 1 ? "is" : "are") + " up ("
                        + crowd.turnedAway() + " turned away, none let in): a limit on connections"));
    }
}

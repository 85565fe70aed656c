package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.TlsRules.SERVER_SLOW_PHASE;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.List;

/// What holds in every phase: who owed the next message and was silent, and what was sent and never arrived.
public final class TurnRules {
    public static final Signature PATH_ANSWER_LOST = signature("path-answer-lost", anyPhase(), by(Culprit.PATH));
    public static final Signature CLIENT_LEFT_IN_TLS = signature("client-left-in-tls", in(Phase.TLS), by(Culprit.CLIENT));
    public static final Signature CLIENT_STALLED = signature("client-stalled", anyPhase(), by(Culprit.CLIENT));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.PATH, TurnRules::answerLost, PATH_ANSWER_LOST),
                rule(Weight.PATH, TurnRules::closeLost, PATH_ANSWER_LOST),
                rule(Weight.SHAPE, TurnRules::leftInTls, CLIENT_LEFT_IN_TLS),
                rule(Weight.ABSENCE, TurnRules::clientStalled, CLIENT_STALLED),
                rule(Weight.ABSENCE, TurnRules::leftWaiting, SERVER_SLOW_PHASE));
    }

    private TurnRules() {}

    /// Sequence numbers ahead of what came say that something was sent (RFC 9293 3.4); the other side's acknowledgements, which
    /// stay where they were, say that it did not arrive there either: the capture did not miss it.
    private static Answer answerLost(Case c) {
        if (c.attempt().tcp().oneDirection() || c.attempt().midStart()) {
            return CLEAR;
        }
        for (Side side : new Side[] {Side.SERVER, Side.CLIENT}) {
            if (c.delivery(side).bytesGivenUp() > 0) {
                return givenUp(c, side);
            }
        }
        boolean up = c.attempt().sessionUp();
        for (Side side : new Side[] {Side.SERVER, Side.CLIENT}) {
            HalfFacts half = c.attempt().tcp().half(side);
            // At the end of a session something is always on its way.
            boolean longAgo = half.loss().announcedBytes() > 1 && c.waited(half.loss().announcedAt()) >= Limits.PATIENCE_SECONDS;
            if (!c.delivery(side).answerLost() || c.delivery(side).sizeLoss().isPresent() || up && !longAgo) {
                continue;
            }
            if (half.loss().announcedBytes() <= 1) {
                return holeStayed(c, side, half);
            }
            boolean answered = c.ending().by() == Culprit.of(side.other()) && c.ending().how() == Closing.RST
                    && c.ending().reset().orElseThrow().reset().header().hasAck();
            Moment heard = answered ? c.ending().at() : c.attempt().tcp().half(side.other()).last();
            if (!heard.isAfter(half.loss().announcedAt()) && heard.secondsSince(c.lastStep()) < Limits.HOLE_SECONDS + 2 * c.roundTrip()) {
                return new Unclear("the " + side + " sent " + Quantities.count(half.loss().announcedBytes(), "byte")
                        + " that are not in the capture; whether they arrived is not in it either");
            }
            String what = side == Side.CLIENT ? "what the client sent next (" + Quantities.count(half.loss().announcedBytes(), "byte")
                    + ", its sequence numbers say so) never arrived"
                    : "the server answered with " + Quantities.count(half.loss().announcedBytes(), "byte")
                            + " (its sequence numbers say so), which never arrived";
            return new Found(c.finding(PATH_ANSWER_LOST, up ? Outcome.INTERRUPTED : Outcome.FAILED, c.phaseOfUnseen(side), Culprit.PATH,
                    Confidence.STRONGLY_SUGGESTED, what
                            + "; smaller packets of the " + side + " do")
                    .closed(Culprit.NOBODY, Closing.SILENCE)
                    .at(c.lastStep(), half.loss().announcedAt()));
        }
        return CLEAR;
    }

    private static Answer holeStayed(Case c, Side side, HalfFacts half) {
        return new Found(c.finding(PATH_ANSWER_LOST, Outcome.FAILED, c.phaseOfUnseen(side), Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                Quantities.count(half.loss().holeBytes(), "byte") + " of the " + side + " never arrived and were never acknowledged, while "
                        + Quantities.count(half.loss().bytesBehindHole(), "byte") + " that it sent after them did")
                .closed(Culprit.NOBODY, Closing.SILENCE)
                .at(c.lastStep(), half.lastPayload()));
    }

    /// The reset is not the sender's will: its TCP had nobody to talk to any more.
    private static Answer givenUp(Case c, Side side) {
        ResetFacts reset = c.ending().reset().orElseThrow().reset();
        HalfFacts half = c.attempt().tcp().half(side);
        return new Found(c.finding(PATH_ANSWER_LOST, c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED, c.phaseOfUnseen(side),
                Culprit.PATH, Confidence.STRONGLY_SUGGESTED, "the " + side + " sent "
                        + Quantities.count(c.delivery(side).bytesGivenUp(), "byte")
                        + " that never arrived (the number of its reset says so, and no acknowledgement); "
                        + Quantities.duration(reset.at().secondsSince(half.lastPayload().seen() ? half.lastPayload() : c.lastStep()))
                        + " after its last message its TCP gave up and reset the connection")
                .at(c.lastStep(), half.lastPayload(), reset.at()));
    }

    /// A system answers a FIN with a bare reset where it has no such connection (RFC 9293 3.10.7.1): the client's had ended it before,
    /// and a system says so when it does.
    private static Answer closeLost(Case c) {
        boolean waited = c.ending().byServer() && c.ending().how() == Closing.FIN && c.clientOwedFor() > 0;
        if (!waited || c.attempt().sessionUp() || c.attempt().tcp().oneDirection() || c.attempt().midStart()) {
            return CLEAR;
        }
        for (ResetFacts reset : c.attempt().tcp().resets()) {
            if (reset.from() == Side.CLIENT && !reset.header().hasAck() && reset.afterPeerFin() && !reset.afterOwnFin()) {
                return new Found(c.finding(PATH_ANSWER_LOST, Outcome.FAILED, c.attempt().phase(), Culprit.PATH,
                        Confidence.STRONGLY_SUGGESTED, "the client's system answers the server's close with a bare reset: it had ended the"
                                + " connection long before, and that never came here, as little as what it may have said before")
                        .at(c.lastStep(), c.ending().at(), reset.at()));
            }
        }
        return CLEAR;
    }

    /// The client went away before the server's TLS messages had come to it whole.
    private static Answer leftInTls(Case c) {
        boolean answered = c.reached(Step.CLIENT_FINISHED) || c.reached(Step.TLS_DONE) || c.attempt().sessionUp();
        if (!c.reached(Step.CLIENT_HELLO) || answered || !c.ending().byClient() || c.attempt().tcp().oneDirection() || c.withGateway()
                || c.attempt().x224().request().isEmpty() || c.ending().how() == Closing.ALERT && !c.attempt().tls().alerts().getFirst()
                        .encrypted()) {
            return CLEAR;
        }
        double waited = c.waited(c.at(Step.CLIENT_HELLO));
        boolean begun = c.reached(Step.SERVER_HELLO) || c.attempt().tls().serverRecords() > 0 && c.crossed().isEmpty();
        boolean cancelled = c.ending().how() == Closing.PDU && waited >= Limits.HUMAN_SECONDS; // told as a server that did not answer
        if (!begun && (waited >= Limits.PATIENCE_SECONDS || cancelled) || !c.delivery(Side.CLIENT).acknowledgedBeforeEnd() && c.crossed()
                .isEmpty()) {
            return CLEAR;
        }
        return new Found(c.finding(CLIENT_LEFT_IN_TLS, Outcome.ABANDONED, Phase.TLS, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client left " + Quantities.duration(waited) + " after its ClientHello, " + (begun
                        ? "in the middle of the server's TLS messages" : "before the server's answer had come"))
                .at(c.at(Step.CLIENT_HELLO), c.ending().at()));
    }

    /// What the server had said arrived, it was the client's turn, and the client said nothing, whoever closed in the end.
    private static Answer clientStalled(Case c) {
        double silence = c.clientOwedFor();
        if (silence == 0 || !c.reached(Step.CLIENT_HELLO) && !c.reached(Step.CONNECT_INITIAL) || c.attempt().tcp().oneDirection()
                || c.attempt().midStart() || c.ending().byDevice()) {
            return CLEAR;
        }
        Step last = c.attempt().furthest().orElseThrow();
        if (c.ending().nobody() && silence < Limits.PATIENCE_SECONDS) {
            return new Unclear("the capture ends " + Quantities.duration(silence) + " after " + whose(last));
        }
        if (c.client().loss().unseenAcknowledged() > 0) {
            return new Unclear("the capture lacks " + Quantities.count(c.client().loss().unseenAcknowledged(), "byte")
                    + " of the client that the server received");
        }
        if (!c.delivery(Side.SERVER).acknowledged() || c.keepAliveUnanswered() || c.delivery(Side.CLIENT).answerLost()) {
            return new Unclear("not everything of the server is acknowledged: the path may be dead");
        }
        if (c.server().lastPayload().isAfter(c.lastStep()) && c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("what the two said after " + whose(last) + " is in packets that are cut short");
        }
        Step next = c.next().orElse(null);
        Finding finding = c.finding(CLIENT_STALLED, Outcome.FAILED, c.attempt().phase(), Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                (last.from() == Side.CLIENT ? "the client sent its " + last.says() : "the client received " + whose(last))
                        + " and did not go on"
                        + (next == null || next.from() != Side.CLIENT ? "" : " (" + next.says() + ")") + " for "
                        + Quantities.duration(silence)
                        + (c.ending().byServer() ? "; the server waited and closed" : c.ending().byClient() ? "; then it left" : ""));
        return new Found(finding.at(c.lastStep(), c.ending().at()));
    }

    private static String whose(Step step) {
        return "the " + step.from() + "'s " + step.says();
    }

    /// The client left while the server had its answer to the logon still before it: too soon to call the server silent.
    private static Answer leftWaiting(Case c) {
        boolean waiting = c.attempt().phase() == Phase.CREDSSP && c.owes().filter(side -> side == Side.SERVER).isPresent();
        if (!waiting || !c.ending().byClient() || c.attempt().tcp().oneDirection() || !c.delivery(Side.CLIENT).acknowledged()
                || c.delivery(Side.SERVER).answerLost()) {
            return CLEAR;
        }
        double waited = c.waited(c.lastStep());
        if (waited >= Limits.PATIENCE_SECONDS || waited < Limits.HUMAN_SECONDS) {
            return CLEAR;
        }
        return new Found(c.finding(SERVER_SLOW_PHASE, Outcome.ABANDONED, Phase.CREDSSP, Culprit.UNKNOWN, Confidence.STRONGLY_SUGGESTED,
                "the client left " + Quantities.duration(waited) + " after its " + (c.reached(Step.AUTHENTICATE) ? "logon" : "first token")
                        + ", which the server's TCP had acknowledged and nobody had answered yet")
                .at(c.lastStep(), c.ending().at()));
    }
}

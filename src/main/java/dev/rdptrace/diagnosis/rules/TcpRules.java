package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.OpeningRules.HEALTH_CHECK_TCP;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Attribution;
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
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.List;

/// Before the first byte of RDP: does TCP connect, to whom, and does the request arrive?
public final class TcpRules {
    public static final Signature TCP_SYN_ICMP_UNREACHABLE = signature("tcp-syn-icmp-unreachable", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_TTL_EXCEEDED_LOOP = signature("tcp-ttl-exceeded-loop", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_SYN_RST_BY_MIDDLEBOX = signature("tcp-syn-rst-by-middlebox", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_SYN_REFUSED = signature("tcp-syn-refused", in(Phase.TCP), by(Culprit.SERVER));
    public static final Signature TCP_SYNACK_LOST = signature("tcp-synack-lost", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_PORT_REUSE_COLLISION = signature("tcp-port-reuse-collision", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_SYN_NO_RESPONSE = signature("tcp-syn-no-response", in(Phase.TCP), by(Culprit.UNKNOWN));
    public static final Signature TCP_ACCEPT_THEN_RESET = signature("tcp-accept-then-reset", in(Phase.TCP), by(Culprit.SERVER));
    public static final Signature TCP_SYNACK_FROM_PROXY = signature("tcp-synack-from-proxy", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature TCP_CR_BLACKHOLE = signature("tcp-cr-blackhole", in(Phase.X224), by(Culprit.PATH));
    public static final Signature TCP_ZERO_WINDOW_SERVER = signature("tcp-zero-window-server", in(Phase.SESSION), by(Culprit.SERVER));
    public static final Signature TCP_ACCEPT_THEN_SILENCE = signature("tcp-accept-then-silence", in(Phase.X224), by(Culprit.SERVER));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, TcpRules::icmpUnreachable, TCP_SYN_ICMP_UNREACHABLE),
                rule(Weight.MESSAGE, TcpRules::routingLoop, TCP_TTL_EXCEEDED_LOOP),
                rule(Weight.PATH, TcpRules::synResetByDevice, TCP_SYN_RST_BY_MIDDLEBOX),
                rule(Weight.MESSAGE, TcpRules::synRefused, TCP_SYN_REFUSED),
                rule(Weight.PATH, TcpRules::synAckLost, TCP_SYNACK_LOST),
                rule(Weight.SHAPE, TcpRules::oldConnectionAnswers, TCP_PORT_REUSE_COLLISION),
                rule(Weight.ABSENCE, TcpRules::synUnanswered, TCP_SYN_NO_RESPONSE),
                rule(Weight.SHAPE, TcpRules::resetBeforeRequest, TCP_ACCEPT_THEN_RESET, HEALTH_CHECK_TCP),
                rule(Weight.PATH, TcpRules::synAckFromProxy, TCP_SYNACK_FROM_PROXY),
                rule(Weight.PATH, TcpRules::requestVanishes, TCP_CR_BLACKHOLE),
                rule(Weight.PATH, TcpRules::serverWindowClosed, TCP_ZERO_WINDOW_SERVER),
                rule(Weight.ABSENCE, TcpRules::acceptedThenSilent, TCP_ACCEPT_THEN_SILENCE));
    }

    private TcpRules() {}

    private static boolean neverConnected(Case c) {
        return !c.connected() && c.reached(Step.SYN);
    }

    private static Answer icmpUnreachable(Case c) {
        if (c.connected()) {
            return CLEAR;
        }
        for (IcmpFacts icmp : c.attempt().tcp().icmp()) {
            if (icmp.unreachable() && icmp.about() == Side.CLIENT && !c.reached(Step.SYN_ACK)) {
                boolean server = icmp.sender().equals(c.attempt().server().address());
                return new Found(c.finding(TCP_SYN_ICMP_UNREACHABLE, Outcome.FAILED, Phase.TCP,
                        Culprit.PATH, Confidence.SEEN,
                        (server ? "the server's own network stack" : HOST.of(icmp.sender())) + " rejects the connection: " + icmp.says())
                        .closed(server ? Culprit.SERVER : Culprit.PATH, Closing.ICMP).at(c.at(Step.SYN), icmp.at()));
            }
        }
        return CLEAR;
    }

    private static Answer routingLoop(Case c) {
        if (c.connected()) {
            return CLEAR;
        }
        for (IcmpFacts icmp : c.attempt().tcp().icmp()) {
            if (icmp.timeExceeded() && icmp.code() == 0 && icmp.about() == Side.CLIENT) {
                return new Found(c.finding(TCP_TTL_EXCEEDED_LOOP, Outcome.FAILED, Phase.TCP, Culprit.PATH, Confidence.SEEN,
                        "the SYN runs in a circle until its time to live is used up; " + HOST.of(icmp.sender()) + " says so")
                        .closed(Culprit.PATH, Closing.ICMP).at(c.at(Step.SYN), icmp.at()));
            }
        }
        return CLEAR;
    }

    private static boolean resetAnswersSyn(Case c) {
        return neverConnected(c) && c.ending().reset().isPresent() && c.ending().reset().get().reset().from() == Side.SERVER
                && !c.reached(Step.SYN_ACK);
    }

    private static Answer synResetByDevice(Case c) {
        if (!resetAnswersSyn(c) || !c.ending().byDevice()) {
            return CLEAR;
        }
        Attribution reset = c.ending().reset().orElseThrow();
        return new Found(c.failed(TCP_SYN_RST_BY_MIDDLEBOX, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "a device on the path refuses the connection in the server's name: " + String.join("; ", reset.signs())));
    }

    private static Answer synRefused(Case c) {
        if (!resetAnswersSyn(c) || c.ending().byDevice()) {
            return CLEAR;
        }
        // Only another packet of the host can show that the reset is its own.
        boolean known = c.ending().reset().orElseThrow().reset().habits().hopLimit() >= 0 || c.surroundings()
                .hopLimit(c.attempt(), Side.SERVER) >= 0;
        return new Found(c.failed(TCP_SYN_REFUSED, Culprit.SERVER, known ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                "nothing listens on " + c.attempt().server().marked() + ": the SYN was answered with a reset"
                        + (c.attempt().tcp().synCount() > 1 ? " (" + Quantities.count(c.attempt().tcp().synCount(), "SYN") + ")" : "")
                        + (known ? "" : "; nothing else of this host is in the capture, and a device that refuses in its name looks the"
                                + " same")));
    }

    private static Answer synAckLost(Case c) {
        if (!c.reached(Step.SYN_ACK) || c.connected() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        boolean repeated = c.attempt().tcp().synAckCount() >= 2;
        if (!repeated || c.ending().byClient()) {
            return CLEAR;
        }
        double waited = c.waited(c.at(Step.SYN_ACK));
        if (waited < (c.attempt().tcp().synAckCount() > 2 ? Limits.SYN_PATIENCE_SECONDS : Limits.SYN_ACK_TWICE_SECONDS)) {
            return new Unclear("the SYN-ACK was repeated, but the capture ends too soon after it");
        }
        boolean clientToo = c.attempt().tcp().synCount() >= 2;
        return new Found(c.failed(TCP_SYNACK_LOST, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the server answers the SYN, but its SYN-ACK (sent " + c.attempt().tcp().synAckCount() + " times) does not arrive: "
                        + (clientToo ? "the client keeps asking" : "the client's ACK never comes"))
                .at(c.at(Step.SYN)));
    }

    /// RFC 5961 4, RFC 9293 3.10.7.4: a host that still holds a connection with these ports acknowledges its old numbers.
    private static Answer oldConnectionAnswers(Case c) {
        boolean only = c.server().traffic().packets() > 0 && c.server().payloadBytes() == 0 && !c.server().fin().seen();
        if (!neverConnected(c) || c.reached(Step.SYN_ACK) || !only || c.ending().byServer() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        if (c.client().traffic().packets() > c.attempt().tcp().synCount()) {
            return new Unclear("the server answers the SYN with an ACK, and the client goes on: a SYN-ACK may be missing from the capture");
        }
        return new Found(c.failed(TCP_PORT_REUSE_COLLISION, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the server answers the SYN with an ACK"
                        + " for other numbers: it still holds an older connection from port " + c.attempt().client().port()
                        + ", which came up again too early")
                .at(c.at(Step.SYN), c.server().first()));
    }

    private static Answer synUnanswered(Case c) {
        if (!neverConnected(c) || c.server().traffic().packets() > 0 || c.reached(Step.SYN_ACK) || !c.attempt().tcp().resets().isEmpty()
                || c.attempt().tcp().icmp().stream().anyMatch(i -> !i.tooBig())) {
            return CLEAR;
        }
        double waited = c.waited(c.at(Step.SYN));
        int syns = c.attempt().tcp().synCount();
        if (waited < Limits.SYN_PATIENCE_SECONDS) {
            return new Unclear("only " + Quantities.duration(waited) + " of waiting for an answer to the SYN are captured");
        }
        if (syns == 1) {
            return new Unclear("the SYN was not repeated: either the client gave up at once, or it had an answer that is not in the"
                    + " capture");
        }
        LostSegment last = c.client().loss().unacknowledged().isEmpty() ? null : c.client().loss().unacknowledged().getFirst();
        Finding finding = c.finding(TCP_SYN_NO_RESPONSE, Outcome.FAILED, Phase.TCP, Culprit.UNKNOWN, Confidence.SEEN,
                c.attempt().server().marked() + " does not answer at all: " + Quantities.count(syns, "SYN") + " within "
                        + Quantities.duration(last != null && waited > tried(c, last) + Limits.ATTENTION_SECONDS ? tried(c, last) : waited)
                        + ", no SYN-ACK, no reset, no ICMP; " + otherPorts(c))
                .closed(Culprit.NOBODY, Closing.SILENCE).at(c.at(Step.SYN));
        return new Found(last == null ? finding : finding.at(last.last()));
    }

    /// From the first SYN to the last.
    private static double tried(Case c, LostSegment last) {
        return last.last().secondsSince(c.at(Step.SYN));
    }

    private static String otherPorts(Case c) {
        return c.otherDoor().map(door -> "its port " + door.port() + (door.answered().seen() ? " answered" : door.refused().seen()
                ? " refused: the host is up" : " did not answer either"))
                .orElse("no other port of this host was asked for in this capture");
    }

    private static Answer resetBeforeRequest(Case c) {
        boolean spoke = c.client().payloadBytes() > 0 && !c.crossed().contains(Step.REQUEST) || c.serverSpoke();
        if (!c.connected() || spoke || c.reached(Step.REQUEST) || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        if (c.ending().byServer() && !c.hostGone(Side.CLIENT) && !c.delivery(Side.CLIENT).answerLost()) {
            double silent = connectedAt(c).seen() ? c.waited(connectedAt(c)) : 0;
            if (silent >= Limits.CLIENT_SILENT_SECONDS) {
                return c.crossed().isEmpty() ? neverAsked(c, silent) : new Unclear("the server had waited " + Quantities.duration(silent)
                        + " for the client's request, which had not reached it");
            }
            String how = c.ending().how() == Closing.RST ? "reset" : "closed";
            return new Found(c.failed(TCP_ACCEPT_THEN_RESET, Culprit.SERVER, Confidence.SEEN,
                    "the server accepted the connection and " + how + " it before the client had sent anything"));
        }
        return CLEAR;
    }

    /// [MS-RDPBCGR] 1.3.1.1: the client speaks first. A server that has waited for it in vain has refused nothing.
    private static Answer neverAsked(Case c, double silent) {
        if (c.client().loss().announcedBytes() > 0 || c.client().loss().holeBytes() > 0 || !c.client().last().isAfter(c.ending().at())) {
            return new Unclear("the client may have sent a request that is lost or not in the capture");
        }
        return new Found(c.finding(HEALTH_CHECK_TCP, Outcome.PROBE, Phase.TCP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                "the client connected and said nothing for " + Quantities.duration(silent)
                        + ", until the server closed: a port check, not a user")
                .at(connectedAt(c), c.ending().at()));
    }

    /// Who closes has been connected: where the first acknowledgement comes behind the close, there was one that is not in the capture.
    private static Moment connectedAt(Case c) {
        return c.reached(Step.ESTABLISHED) && !c.at(Step.ESTABLISHED).isAfter(c.ending().at()) ? c.at(Step.ESTABLISHED)
                : c.at(Step.SYN_ACK);
    }

    private static Answer synAckFromProxy(Case c) {
        if (!c.reached(Step.SYN_ACK) || c.reached(Step.CONFIRM)) {
            return CLEAR;
        }
        boolean closedWindow = c.server().habits().synWindow() == 0;
        boolean otherHops = c.server().traffic().packets() > 2 && Attribution.between(c.server().habits().synHopLimit(),
                c.server().habits().hopLimit());
        if (!closedWindow && !otherHops || c.waited(c.at(Step.SYN_ACK)) < Limits.PATIENCE_SECONDS
                && (c.ending().nobody() || c.ending().byClient())) {
            return CLEAR;
        }
        return new Found(c.failed(TCP_SYNACK_FROM_PROXY, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "a device answered the SYN in the server's place (" + (closedWindow ? "its window was 0" : "its TTL was "
                        + c.server().habits().synHopLimit() + ", later packets have " + c.server().habits().hopLimit())
                        + "), and the server itself never spoke"));
    }

    private static Answer requestVanishes(Case c) {
        boolean sent = c.client().payloadBytes() > 0 && !c.reached(Step.CONFIRM) && c.server().payloadBytes() == 0;
        if (!sent || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        var lost = c.delivery(Side.CLIENT).lost();
        if (lost.isEmpty() || c.server().lastPayload().seen()) {
            return CLEAR;
        }
        LostSegment request = lost.get();
        if (c.delivery(Side.CLIENT).tookAtTheEnd(request)) {
            return CLEAR;
        }
        if (request.transmissions() < 3 && c.waited(request.first()) < Limits.PATIENCE_SECONDS) {
            return new Unclear("the request was not acknowledged, but the capture ends too soon after it");
        }
        boolean halfOpen = c.attempt().tcp().synAckCount() >= 2;
        return new Found(c.failed(TCP_CR_BLACKHOLE, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "TCP connected, but the RDP request was sent " + request.transmissions() + " times and never acknowledged"
                        + (halfOpen ? "; the server keeps repeating its SYN-ACK, so it never completed the connection on its side" : ""))
                .with(Phase.X224).closed(Culprit.NOBODY, Closing.SILENCE).at(request.first(), request.last()));
    }

    private static Answer serverWindowClosed(Case c) {
        double zero = c.server().zeroWindow().nanos() / 1e9;
        if (c.attempt().sessionUp() || zero < 2 && !(c.server().zeroWindow().atEnd() && c.connected()) || c.server().zeroWindow().frames()
                .isEmpty()) {
            return CLEAR;
        }
        if (c.server().payloadBytes() > 0 && !c.server().zeroWindow().atEnd() || c.server().habits().synWindow() == 0) {
            return CLEAR;
        }
        return new Found(c.failed(TCP_ZERO_WINDOW_SERVER, Culprit.SERVER, Confidence.SEEN,
                "the server's TCP is alive but takes no data: its window was 0 for " + Quantities.duration(zero))
                .with(c.reached(Step.REQUEST) || c.client().payloadBytes() > 0 || c.attempt().x224().request().isEmpty()
                        ? c.phaseOnceConnected() : Phase.TCP)
                .at(new Moment(c.server().zeroWindow().frames().getFirst(), 0)));
    }

    private static Answer acceptedThenSilent(Case c) {
        if (!c.reached(Step.REQUEST) || c.reached(Step.CONFIRM) || c.serverSpoke() || c.attempt().tcp().oneDirection()
                || c.attempt().x224().other().isPresent()) {
            return CLEAR;
        }
        if (c.ending().byServer() || c.ending().byDevice() || !c.delivery(Side.CLIENT).acknowledged() || c.delivery(Side.SERVER)
                .answerLost()) {
            return CLEAR;
        }
        if (!c.reached(Step.SYN_ACK)) {
            return new Unclear("the beginning of the connection is not in the capture, the server may have spoken in it");
        }
        double waited = c.waited(c.at(Step.REQUEST));
        if (c.keepAliveUnanswered() || c.farewellUnanswered()) {
            return new Unclear("a keep-alive or the client's FIN is still unanswered: the path may be dead");
        }
        if (waited < Limits.PATIENCE_SECONDS) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after the request") : CLEAR;
        }
        if (c.surroundings().deafClient(c.attempt(), Limits.PATIENCE_SECONDS)) {
            return new Unclear("from about this moment on nothing of any server came back to the client: its own way, or this server,"
                    + " fell silent");
        }
        return new Found(c.failed(TCP_ACCEPT_THEN_SILENCE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server's TCP acknowledged the RDP request, its RDP service did not answer within " + Quantities.duration(waited)));
    }
}

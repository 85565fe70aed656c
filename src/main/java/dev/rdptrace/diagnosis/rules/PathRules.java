package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.TurnRules.PATH_ANSWER_LOST;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Delivery.SizeLoss;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Forgotten;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.List;
import java.util.Optional;

/// What the way between the two does: forged resets, packets too big to pass, silence in the middle.
public final class PathRules {
    public static final Signature TCP_RST_BY_MIDDLEBOX_MIDFLOW =
            signature("tcp-rst-by-middlebox-midflow", anyPhase(), by(Culprit.PATH, Culprit.UNKNOWN));
    public static final Signature TCP_RST_BOTH_SIDES = signature("tcp-rst-both-sides", anyPhase(), by(Culprit.PATH));
    public static final Signature TLS_SNI_OR_POLICY_RESET = signature("tls-sni-or-policy-reset", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature SESSION_CUT =
            signature("session-cut", in(Phase.SESSION), by(Culprit.SERVER, Culprit.CLIENT, Culprit.PATH, Culprit.UNKNOWN));
    public static final Signature TCP_PATH_DEATH = signature("tcp-path-death", anyPhase(), by(Culprit.PATH));
    public static final Signature IP_FRAGMENT_LOSS = signature("ip-fragment-loss", in(Phase.UDP), by(Culprit.PATH));
    public static final Signature PMTUD_ICMP_IGNORED = signature("pmtud-icmp-ignored", anyPhase(), by(Culprit.SERVER));
    public static final Signature TLS_LARGE_CLIENTHELLO_LOST = signature("tls-large-clienthello-lost", in(Phase.TLS), by(Culprit.PATH));
    public static final Signature PMTUD_BLACKHOLE = signature("pmtud-blackhole", anyPhase(), by(Culprit.PATH));
    public static final Signature CREDSSP_LARGE_TOKEN_STALL = signature("credssp-large-token-stall", in(Phase.CREDSSP), by(Culprit.PATH));
    public static final Signature TCP_HIGH_RTT = signature("tcp-high-rtt", anyPhase(), by(Culprit.PATH));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.PATH, PathRules::resetByDevice, TCP_RST_BY_MIDDLEBOX_MIDFLOW, TCP_RST_BOTH_SIDES, TLS_SNI_OR_POLICY_RESET)
                        .outranking(TCP_PATH_DEATH, PATH_ANSWER_LOST),
                rule(Weight.PATH, PathRules::forgotten, SESSION_CUT, TCP_PATH_DEATH, TCP_RST_BY_MIDDLEBOX_MIDFLOW)
                        .outranking(PATH_ANSWER_LOST),
                rule(Weight.PATH, PathRules::fragmentsLost, IP_FRAGMENT_LOSS).outranking(PMTUD_BLACKHOLE, TCP_PATH_DEATH),
                rule(Weight.PATH, PathRules::icmpIgnored, PMTUD_ICMP_IGNORED).outranking(PMTUD_BLACKHOLE, TCP_PATH_DEATH, PATH_ANSWER_LOST),
                rule(Weight.PATH, PathRules::largeHelloLost, TLS_LARGE_CLIENTHELLO_LOST).outranking(PMTUD_BLACKHOLE, TCP_PATH_DEATH),
                rule(Weight.PATH, PathRules::blackHole, PMTUD_BLACKHOLE, CREDSSP_LARGE_TOKEN_STALL)
                        .outranking(TCP_PATH_DEATH, PATH_ANSWER_LOST),
                rule(Weight.PATH, PathRules::turnedBack, TCP_PATH_DEATH).outranking(TCP_PATH_DEATH, PATH_ANSWER_LOST),
                rule(Weight.PATH, PathRules::pathDeath, TCP_PATH_DEATH).outranking(PATH_ANSWER_LOST),
                rule(Weight.ABSENCE, PathRules::highRoundTrip, TCP_HIGH_RTT));
    }

    /// Repetitions of what was acknowledged long ago: one or two happen on every path (RFC 5682).
    private static final int DEAF = 3;

    private PathRules() {}

    private static Answer resetByDevice(Case c) {
        if (!c.connected() || c.ending().reset().isEmpty()) {
            return CLEAR;
        }
        Attribution reset = c.ending().reset().get();
        // A reset after either end has closed cannot have broken anything.
        boolean tooLate = !c.ending().at().equals(reset.reset().at()) && (reset.reset().afterOwnFin() || reset.reset().afterPeerFin());
        if (!reset.device() || tooLate || c.failure().isPresent() || !c.ending().byDevice() && !forgedBeforeAnswer(c, reset)) {
            return CLEAR;
        }
        boolean atHello = c.reached(Step.CLIENT_HELLO) && !c.reached(Step.SERVER_HELLO);
        Signature signature = reset.mirrored() ? TCP_RST_BOTH_SIDES : atHello ? TLS_SNI_OR_POLICY_RESET : TCP_RST_BY_MIDDLEBOX_MIDFLOW;
        Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
        Phase reached = c.phaseBefore(reset.reset().before().firstUncovered());
        Phase phase = reached == Phase.TCP ? Phase.X224 : reached;
        return new Found(c.finding(signature, outcome, phase, Culprit.PATH, reset.score() >= 4 ? Confidence.SEEN
                : Confidence.STRONGLY_SUGGESTED,
                "a device on the path reset the connection in the " + reset.reset().from() + "'s name: " + String.join("; ", reset.signs())
                        + (reset.hopsAway() > 0 && reset.hopsAway() < 40
                                ? "; its sender sits about " + Quantities.count(reset.hopsAway(), "hop") + " from the capture point" : ""))
                .closed(Culprit.PATH, Closing.RST).at(c.lastStep(), reset.reset().at()));
    }

    /// The forged packet is not the first sign of the end, but everything before it is its doing.
    private static boolean forgedBeforeAnswer(Case c, Attribution reset) {
        return reset.score() >= 3 && reset.reset().at().frame() < c.ending().at().frame();
    }

    /// The connection is at an end for one end that never closed it: its system started anew, or a device told it so.
    private static Answer forgotten(Case c) {
        return Forgotten.of(c).filter(forgotten -> c.failure().isEmpty() && !(c.attempt().sessionUp() && forgotten.side() == Side.SERVER))
                .map(forgotten -> says(c, forgotten)).orElse(CLEAR);
    }

    static Answer says(Case c, Forgotten forgotten) {
        ResetFacts reset = forgotten.judged().reset();
        Side side = forgotten.side();
        boolean up = c.attempt().sessionUp();
        Outcome outcome = up ? Outcome.INTERRUPTED : Outcome.FAILED;
        String knowsNothing = ": it knows nothing of the connection, which it never closed here; ";
        if (forgotten.silence().isPresent()) {
            LostSegment lost = forgotten.silence().get();
            return new Found(c.finding(up ? SESSION_CUT : TCP_PATH_DEATH, outcome, c.attempt().phase(), Culprit.UNKNOWN,
                    Confidence.STRONGLY_SUGGESTED, "the " + side + " answered nothing for "
                            + Quantities.duration(reset.at().secondsSince(lost.first())) + " (the " + side.other() + " sent "
                            + Quantities.count(lost.length(), "byte") + " " + Quantities.count(lost.transmissions(), "time")
                            + "), then its system answered with a bare reset" + knowsNothing
                            + "it started anew, slept or changed its network meanwhile, or the way to it was dead")
                    .at(lost.first(), lost.last(), reset.at()));
        }
        boolean late = forgotten.judged().behindSilence();
        boolean restarted = side == Side.SERVER && !forgotten.keepAlive() || up && forgotten.mayHaveRestarted();
        Culprit culprit = restarted ? Culprit.UNKNOWN : Culprit.PATH;
        String when = late ? ", " + Quantities.duration(reset.before().ownNanos() / 1e9) + " after its last packet" : "";
        Signature signature = up && restarted ? SESSION_CUT : TCP_RST_BY_MIDDLEBOX_MIDFLOW;
        return new Found(c.finding(signature, outcome, c.attempt().phase(), culprit,
                Confidence.STRONGLY_SUGGESTED,
                "the " + side + "'s system answers " + (forgotten.keepAlive() ? "a keep-alive" : "data") + " with a bare reset" + when
                        + knowsNothing
                        + "a device on the path has ended it towards the " + side + " in the " + side.other() + "'s name"
                        + (late ? ", or swallowed the " + side + "'s close" : "")
                        + (restarted ? ", or the " + side + " started anew" : ""))
                .closed(culprit, Closing.RST).at(c.lastStep(), reset.at()));
    }

    private static Answer fragmentsLost(Case c) {
        if (c.attempt().sessionUp()) {
            return CLEAR;
        }
        for (Side side : Side.values()) {
            for (LostSegment lost : c.attempt().tcp().half(side).loss().unacknowledged()) {
                if (lost.fragmented() && lost.inVain()) {
                    return new Found(c.failed(IP_FRAGMENT_LOSS, Culprit.PATH, Confidence.SEEN, "packets of the " + side
                            + " travel as IP fragments, and those never arrive: " + lost.ipLength() + " bytes sent " + lost.transmissions()
                            + " times without an acknowledgement, unfragmented ones get through").with(c.phaseOf(side, lost.first()))
                            .closed(Culprit.NOBODY, Closing.SILENCE)
                            .at(lost.first(), lost.last()));
                }
            }
        }
        if (c.attempt().tcp().fragmentsLost() == 0) {
            return CLEAR;
        }
        return new Found(c.failed(IP_FRAGMENT_LOSS, Culprit.PATH, Confidence.SEEN,
                "IP fragments are lost: " + Quantities.count(c.attempt().tcp().fragmentsLost(), "datagram")
                        + " of this connection never became whole, so everything larger than one fragment disappears"));
    }

    private static Answer icmpIgnored(Case c) {
        var icmp = c.icmpTooBig();
        if (icmp.isEmpty() || c.attempt().sessionUp()) {
            return CLEAR;
        }
        Side about = icmp.get().about();
        for (LostSegment lost : c.attempt().tcp().half(about).loss().unacknowledged()) {
            if (lost.inVain() && lost.ipLength() > icmp.get().mtu() && lost.last().isAfter(icmp.get().at())) {
                return new Found(c.failed(PMTUD_ICMP_IGNORED, Culprit.of(about), Confidence.SEEN,
                        Identity.HOST.of(icmp.get().sender()) + " says that packets above " + icmp.get().mtu()
                                + " bytes do not pass, and the " + about
                                + " keeps sending " + lost.ipLength())
                        .with(c.phaseOf(about, lost.first()))
                        .at(icmp.get().at(), lost.last()));
            }
        }
        return CLEAR;
    }

    /// A ClientHello of two segments whose end is lost: post-quantum key shares, or a device that cannot reassemble.
    private static Answer largeHelloLost(Case c) {
        if (c.attempt().sessionUp() || !c.reached(Step.CONFIRM) || c.reached(Step.SERVER_HELLO) || c.attempt().tls().serverRecords() > 0) {
            return CLEAR;
        }
        HalfFacts client = c.client();
        List<LostSegment> lost = client.loss().unacknowledged().stream().filter(LostSegment::inVain).toList();
        boolean twoSegments = c.attempt().tls().clientHelloSegments() >= 2 && c.attempt().tls().clientHelloLength() > 1200;
        if (lost.isEmpty() || !twoSegments || c.delivery(Side.CLIENT).tookAtTheEnd(lost.getFirst())) {
            return CLEAR;
        }
        return new Found(c.failed(TLS_LARGE_CLIENTHELLO_LOST, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the ClientHello of " + c.attempt().tls().clientHelloLength() + " bytes needs two packets, and not all of it arrives: "
                        + lost.getFirst().ipLength() + " bytes sent " + lost.getFirst().transmissions() + " times without an answer")
                .with(c.phaseOf(Side.CLIENT, lost.getFirst().first())).closed(Culprit.NOBODY, Closing.SILENCE)
                .at(lost.getFirst().first(), lost.getFirst().last()));
    }

    private static Answer blackHole(Case c) {
        if (!c.connected() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        for (Side side : new Side[] {Side.SERVER, Side.CLIENT}) {
            Optional<SizeLoss> loss = c.delivery(side).sizeLoss();
            if (loss.isEmpty() || c.icmpTooBig().isPresent()) {
                continue;
            }
            SizeLoss big = loss.get();
            boolean otherDead = c.attempt().tcp().half(side.other()).loss().unacknowledged().stream()
                    .anyMatch(s -> s.inVain() && s.ipLength() < 600);
            if (otherDead || c.ending().byDevice()) {
                continue; // small ones are lost too: that is no question of size
            }
            // The sender's end sees no answer at all if the whole path died; a packet that came later proves it alive.
            HalfFacts far = c.attempt().tcp().half(side.other());
            boolean smallOnesToo = far.keepAlives().hurried() > 0 || far.repeatedAfterReceipt() >= 2
                    || far.traffic().retransmissions() >= 2 && !far.lastAcknowledgement().isAfter(big.first());
            boolean alive = !big.sent() || far.last().isAfter(big.first());
            if (smallOnesToo || !alive) {
                continue; // nothing shows that small packets still pass: then the size is not the reason
            }
            Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
            String sizes = big.passedIp() > 0 ? big.lostIp() + " bytes do not pass, " + big.passedIp() + " do" : big.lostIp()
                    + " bytes do not pass";
            boolean token = side == Side.CLIENT && largeToken(c, big);
            Finding finding = c.finding(token ? CREDSSP_LARGE_TOKEN_STALL : PMTUD_BLACKHOLE, outcome, big.sent()
                    ? c.phaseOf(side, big.first()) : c.attempt().phase(), Culprit.PATH,
                    big.proven() ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                    (token ? "the client's first token is a large Kerberos ticket, and it does not get through: " : "")
                            + "large packets from the " + side + " disappear and no ICMP says so: " + sizes
                            + (big.transmissions() > 0 ? " (sent " + big.transmissions() + " times)" : " (the hole was never filled)")
                            + (big.passedIp() >= Limits.BIG_PACKET ? "; an MSS of " + (big.passedIp() - c.headers()) + " would get through"
                                    : ""))
                    .closed(Culprit.NOBODY, Closing.SILENCE).at(big.first(), big.last());
            return new Found(finding);
        }
        return CLEAR;
    }

    /// [MS-CSSP] 2.2.1: a ticket with many groups in it needs several packets.
    private static boolean largeToken(Case c, SizeLoss big) {
        boolean waiting = c.reached(Step.TLS_DONE) && c.selected().usesCredSsp() && !c.reached(Step.CHALLENGE) && !c.reached(Step.REFUSED);
        return waiting && big.first().isAfter(c.at(Step.TLS_DONE)) && c.attempt().records().stream()
                .filter(record -> record.from() == Side.CLIENT && record.at().isAfter(c.at(Step.TLS_DONE))).findFirst()
                .map(record -> record.plainMin() >= Limits.LARGE_TOKEN).orElse(false);
    }

    /// A router says that it drops packets of a connection that was up (RFC 792, RFC 1812 5.2.7.1), and nobody answers them.
    private static Answer turnedBack(Case c) {
        if (!c.connected()) {
            return CLEAR;
        }
        for (IcmpFacts icmp : c.attempt().tcp().icmp()) {
            Side to = icmp.about().other();
            boolean closedBefore = c.ending().by() == Culprit.of(to) && !c.ending().at().isAfter(icmp.at());
            if (!icmp.unreachable() && !icmp.timeExceeded() || closedBefore || c.attempt().tcp().half(to).lastAcknowledgement()
                    .isAfter(icmp.at())) {
                continue;
            }
            return new Found(c.finding(TCP_PATH_DEATH, c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED,
                    c.phaseOnceConnected(), Culprit.PATH, Confidence.STRONGLY_SUGGESTED, Identity.HOST.of(icmp.sender())
                            + " turns packets of the "
                            + icmp.about() + " back: " + icmp.says() + (icmp.noWay() ? ", so the way to the " + to
                                    + " is interrupted or the host is gone" : ", and nothing answers them any more"))
                    .closed(Culprit.PATH, Closing.ICMP).at(c.lastStep(), icmp.at()));
        }
        return CLEAR;
    }

    private static Answer pathDeath(Case c) {
        if (!c.connected() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        boolean answered = c.server().payloadBytes() > 0 || c.attempt().gateway() || c.attempt().midStart();
        for (Side side : answered ? Side.values() : new Side[0]) {
            HalfFacts half = c.attempt().tcp().half(side);
            HalfFacts other = c.attempt().tcp().half(side.other());
            Optional<LostSegment> lost = half.loss().unacknowledged().stream().filter(LostSegment::inVain).findFirst();
            if (lost.isEmpty() || lost.get().last().secondsSince(lost.get().first()) < Limits.REPEATS_SECONDS) {
                continue;
            }
            // Nothing whatever came back after the segment was first sent, or none while its sender still waited for it.
            boolean silent = !other.last().isAfter(lost.get().first()) || other.last().secondsSince(lost.get().first()) < 0.05
                    || c.delivery(side).unheardUntilReset(lost.get());
            // An acknowledgement of what was sent before may still have been on its way.
            boolean oneWay = !silent && (!other.lastAcknowledgement().isAfter(lost.get().first())
                    || other.lastAcknowledgement().secondsSince(lost.get().first()) < Math.max(2 * c.roundTrip(), Limits.IN_FLIGHT_SECONDS)
                    || lost.get().last().secondsSince(other.lastAcknowledgement()) >= Limits.PATIENCE_SECONDS);
            boolean justThese = oneWay && c.delivery(side).smallerPassed(lost.get());
            if ((silent || oneWay) && !(justThese && c.delivery(side).sizeLoss().isPresent()) && !c.delivery(side)
                    .tookAtTheEnd(lost.get())) {
                Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
                return new Found(c.finding(TCP_PATH_DEATH, outcome, c.phaseOf(side, lost.get().first()), Culprit.PATH,
                        Confidence.STRONGLY_SUGGESTED,
                        silent ? "the connection to the " + side.other() + " was lost: the " + side + " sent " + lost.get().length()
                                + " bytes "
                                + lost.get().transmissions() + " times over "
                                + Quantities.duration(lost.get().last().secondsSince(lost.get().first()))
                                + " and not a single packet came back"
                                : justThese ? "a message of the " + side + " (" + lost.get().length() + " bytes) never arrives, sent "
                                        + lost.get().transmissions() + " times and never acknowledged, while others of its packets do:"
                                        + " something on the"
                                        + " path drops just this one"
                                : "packets of the " + side + " no longer arrive: sent " + lost.get().transmissions()
                                        + " times, never acknowledged, while the " + side.other() + "'s own packets still come through")
                        .closed(Culprit.NOBODY, Closing.SILENCE).at(lost.get().first(), lost.get().last()));
            }
        }
        for (Side side : answered ? Side.values() : new Side[0]) {
            HalfFacts half = c.attempt().tcp().half(side);
            boolean ended = side == Side.CLIENT ? c.ending().byClient() && !c.attempt().sessionUp() : c.ending().byServer();
            if (ended && half.repeatedAfterReceipt() >= DEAF && !half.lastPayload().isAfter(c.ending().at())) {
                Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
                return new Found(c.finding(TCP_PATH_DEATH, outcome, c.attempt().phase(), Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                        "packets of the " + side.other() + " no longer arrive: it acknowledged what the " + side + " sent, and the " + side
                                + " repeated it "
                                + Quantities.count(half.repeatedAfterReceipt(), "time") + " and gave up")
                        .at(c.lastStep(), half.last(), c.ending().at()));
            }
        }
        for (Side side : Side.values()) {
            HalfFacts half = c.attempt().tcp().half(side);
            if (answered && c.delivery(side).probedInVain()) {
                boolean heard = half.keepAlives().answered() > 0;
                return new Found(c.finding(TCP_PATH_DEATH, c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED,
                        c.attempt().phase(), Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                        (heard ? "packets of the " + side.other() + " no longer arrive: it answered when the " + side
                                + " asked for a sign of life, and the " + side
                                : "the connection to the " + side.other() + " was lost: the " + side)
                                + " asked for a sign of life " + Quantities.count(half.keepAlives().sent(), "time")
                                + (heard ? " all the same"
                                        : ", heard nothing")
                                + " and gave up")
                        .at(c.lastStep(), half.last(), c.ending().at()));
            }
        }
        for (Side side : Side.values()) {
            boolean closedFirst = side == Side.CLIENT ? c.ending().byClient() && !c.attempt().sessionUp() : c.ending().byServer();
            if (answered && closedFirst && c.delivery(side).closeUnanswered()) {
                HalfFacts half = c.attempt().tcp().half(side);
                Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
                return new Found(c.finding(TCP_PATH_DEATH, outcome, c.attempt().phase(), Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                        "the connection to the " + side.other() + " was lost: the " + side + " waited, closed and repeated its FIN for "
                                + Quantities.duration(half.last().secondsSince(half.fin())) + ", and not a single packet came back")
                        .with(c.phaseOnceConnected()).at(c.lastStep(), half.fin(), half.last()));
            }
        }
        for (Side side : Side.values()) {
            HalfFacts half = c.attempt().tcp().half(side);
            double late = c.delivery(side).late();
            if (late > 0) {
                return new Found(c.finding(TCP_PATH_DEATH, c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED,
                        c.phaseOf(side, half.lastPayload()), half.loss().announcedAt().equals(c.ending().at()) ? Culprit.UNKNOWN
                                : Culprit.PATH,
                        Confidence.STRONGLY_SUGGESTED, "the way to the " + side.other()
                                + " was dead for a while: what the " + side + " said last had not come through " + Quantities.duration(late)
                                + " later, when the " + (c.ending().byServer() ? "server" : "client") + " gave up")
                        .at(half.lastPayload(), c.ending().at()));
            }
        }
        // Idle on both sides, then keep-alives without an answer.
        for (Side side : Side.values()) {
            HalfFacts half = c.attempt().tcp().half(side);
            boolean otherClosed = side == Side.CLIENT ? c.ending().byServer() : c.ending().byClient();
            boolean gaveUp = c.hostGone(side.other()) && c.ending().by() == Culprit.of(side) && c.ending().how() == Closing.RST;
            if (half.keepAlives().sent() >= 2 && (half.keepAlives().answered() == 0 || gaveUp) && !otherClosed) {
                Outcome outcome = c.attempt().sessionUp() ? Outcome.INTERRUPTED : Outcome.FAILED;
                return new Found(c.finding(TCP_PATH_DEATH, outcome, c.attempt().phase(), Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                        "the connection to the " + side.other() + " was lost: "
                                + Quantities.count(half.keepAlives().unanswered(), "keep-alive") + " of the " + side
                                + " went unanswered")
                        .with(c.phaseOnceConnected())
                        .closed(Culprit.NOBODY, Closing.SILENCE).at(c.lastStep(), half.last()));
            }
        }
        return CLEAR;
    }

    /// The client gave up while an answer could not have arrived yet.
    private static Answer highRoundTrip(Case c) {
        if (!c.connected() || c.attempt().sessionUp() || !c.outOfPatience() || c.failure().isPresent() || !c.reached(Step.CONFIRM)) {
            return CLEAR;
        }
        return new Found(c.failed(TCP_HIGH_RTT, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                "the client gave up before an answer could arrive: a"
                        + " round trip takes " + Quantities.duration(c.attempt().tcp().rttNanos() / 1e9)
                        + ", and the handshake needs more than a dozen of them"));
    }
}

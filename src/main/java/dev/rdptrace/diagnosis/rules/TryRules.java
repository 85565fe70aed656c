package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.CapacityRules.TCP_BURST_BACKLOG_OVERFLOW;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_PATH_DEATH;
import static dev.rdptrace.diagnosis.rules.SourceRules.BRUTEFORCE_NLA;
import static dev.rdptrace.diagnosis.rules.SourceRules.BRUTEFORCE_NONLA;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_NO_RESPONSE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_REFUSED;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.JudgedTry;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu.NegotiationReply;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What one connection alone does not show and the connections of one try together do.
public final class TryRules {
    public static final Signature REDIRECT_TARGET_UNREACHABLE = signature("redirect-target-unreachable", in(Phase.TCP), by(Culprit.PATH));
    public static final Signature REDIRECT_LOOP = signature("redirect-loop", in(Phase.X224), by(Culprit.SERVER));
    public static final Signature THIRD_PARTY_SEC_MISMATCH = signature("third-party-sec-mismatch", in(Phase.X224), by(Culprit.CLIENT));
    public static final Signature HEALTH_CHECK_CR = signature("health-check-cr", in(Phase.X224), by(Culprit.NONE));
    public static final Signature TCP_NAT_MAPPING_LOST = signature("tcp-nat-mapping-lost", in(Phase.SESSION), by(Culprit.PATH));

    private static final int LOOP = 3;
    private static final int CHECKS = 4;
    private static final double REGULAR = 0.2;

    private TryRules() {}

    static List<Rule<JudgedTry>> all() {
        return List.of(
                rule(Weight.SHAPE, TryRules::loop, REDIRECT_LOOP).outranking(REDIRECT_TARGET_UNREACHABLE, BRUTEFORCE_NLA,
                        BRUTEFORCE_NONLA, SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW),
                rule(Weight.SHAPE, TryRules::unreachable, REDIRECT_TARGET_UNREACHABLE)
                        .outranking(SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW),
                rule(Weight.SHAPE, TryRules::oneModeAtATime, THIRD_PARTY_SEC_MISMATCH)
                        .outranking(SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW),
                rule(Weight.SHAPE, TryRules::healthCheck, HEALTH_CHECK_CR).outranking(SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW),
                rule(Weight.SHAPE, TryRules::mappingLost, TCP_NAT_MAPPING_LOST).outranking(SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW));
    }

    /// A broker or load balancer redirected the client ([MS-RDPBCGR] 2.2.13): what became of the try is what became of its last leg.
    private static Answer unreachable(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        if (!tried.severalServers() || tried.otherFamily()) {
            return CLEAR;
        }
        JudgedAttempt last = attempts.getLast();
        Attempt leg = last.attempt();
        boolean tcp = last.outcome() == Outcome.FAILED && last.verdict().phase() == Phase.TCP && !leg.reached(Step.ESTABLISHED);
        if (!tcp) {
            return CLEAR;
        }
        Attempt before = attempts.stream().map(JudgedAttempt::attempt).filter(one -> !one.server().host().equals(leg.server().host()))
                .reduce((one, next) -> next).orElseThrow();
        String how = last.verdict().is(TCP_SYN_NO_RESPONSE) || last.verdict().is(TCP_SYNACK_LOST)
                ? "that leg got no SYN-ACK" : last.verdict().is(TCP_SYN_REFUSED) ? "nothing listens there" : last.verdict().says();
        return new Found(new Finding(REDIRECT_TARGET_UNREACHABLE, Outcome.FAILED, before.server().markedAddress()
                + " answered and redirected the client to "
                + leg.server().markedAddress() + "; " + how, Phase.TCP, last.verdict().side(), Confidence.STRONGLY_SUGGESTED,
                last.verdict()
                        .closedBy(),
                last.verdict().how(), last.verdict().frames()));
    }

    /// Every connection gets through to the session, and every one is sent on.
    private static Answer loop(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        int sentOn = 0;
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i).attempt();
            boolean token = i == 0 || attempt.x224().request().map(cr -> cr.routing().stream()
                    .anyMatch(line -> line instanceof Routing.AddressToken || line instanceof Routing.OpaqueToken)).orElse(false);
            boolean left = attempt.reached(Step.CLIENT_INFO) && !attempts.get(i).ending().nobody() && !attempts.get(i).ending().byDevice()
                    && attempt.last().secondsSince(attempt.first()) < Limits.BRIEF_SECONDS;
            if (!token || !left) {
                return CLEAR;
            }
            sentOn++;
        }
        if (sentOn < LOOP) {
            return CLEAR;
        }
        Finding last = attempts.getLast().verdict();
        return new Found(new Finding(REDIRECT_LOOP, Outcome.FAILED, "the client is sent on without end: "
                + Quantities.count(sentOn, "connection")
                + ", each opened and left at once for the next with a routing token", last.phase(), Culprit.SERVER,
                Confidence.STRONGLY_SUGGESTED,
                last.closedBy(), last.how(), last.frames()));
    }

    /// [MS-RDPBCGR] 2.2.1.1.1: a client that negotiates freely asks for all it can do at once.
    static Answer oneModeAtATime(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        boolean single = attempts.size() > 1 && attempts.stream().allMatch(d -> d.attempt().x224().request()
                .map(cr -> Integer.bitCount(cr.requestedProtocols().bits()) <= 1).orElse(false));
        Set<Integer> asked = attempts.stream().flatMap(d -> d.attempt().x224().request().stream()).map(cr -> cr.requestedProtocols().bits())
                .collect(Collectors.toSet());
        if (!single || asked.size() < 2) {
            return Answer.CLEAR;
        }
        if (attempts.stream().anyMatch(d -> d.attempt().x224().confirm().isEmpty())) {
            return new Unclear("the client asks for one security mode at a time, and not every answer is in the capture");
        }
        boolean refused = attempts.stream().allMatch(d -> d.attempt().x224().confirm().orElseThrow()
                .reply() instanceof NegotiationReply.Failure(var code)
                && (code.code() == FailureCode.SSL_REQUIRED_BY_SERVER || code.code() == FailureCode.SSL_NOT_ALLOWED_BY_SERVER
                        || code.code() == FailureCode.HYBRID_REQUIRED_BY_SERVER));
        if (!refused) {
            return Answer.CLEAR;
        }
        Finding last = attempts.getLast().verdict();
        return new Found(new Finding(THIRD_PARTY_SEC_MISMATCH, Outcome.FAILED, "the client asks for one security mode at a time ("
                + attempts.stream().map(d -> d.attempt().x224().request().orElseThrow().requestedProtocols().toString()).distinct()
                        .collect(Collectors.joining(", then "))
                + "), and the server refuses each", Phase.X224, Culprit.CLIENT,
                Confidence.SEEN,
                last.closedBy(), last.how(), attempts.stream().map(d -> d.attempt().at(Step.CONFIRM).frame()).limit(4).toList()));
    }

    /// The same first words at even intervals, and never a step further.
    static Answer healthCheck(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        boolean brief = attempts.size() > 1 && attempts.stream().allMatch(d -> d.attempt().reached(Step.REQUEST) && !d.attempt()
                .reached(Step.CLIENT_HELLO) && !d.attempt().reached(Step.CONNECT_INITIAL) && d.outcome() != Outcome.FAILED && d.attempt()
                        .reached(Step.CONFIRM)
                && d.ending().byClient());
        boolean alike = brief && attempts.stream().flatMap(d -> d.attempt().x224().request().stream())
                .map(cr -> cr.requestedProtocols() + cr.cookieName()).distinct().count() == 1;
        if (!alike) {
            return Answer.CLEAR;
        }
        if (attempts.size() < CHECKS) {
            return new Unclear("too few to know whether they come at even intervals");
        }
        double least = Double.MAX_VALUE;
        double most = 0;
        for (int i = 1; i < attempts.size(); i++) {
            double gap = attempts.get(i).attempt().first().secondsSince(attempts.get(i - 1).attempt().first());
            least = Math.min(least, gap);
            most = Math.max(most, gap);
        }
        if (least < 1 || most - least > REGULAR * most) {
            return Answer.CLEAR;
        }
        JudgedAttempt first = attempts.getFirst();
        return new Found(new Finding(HEALTH_CHECK_CR, Outcome.PROBE, "a health check: the same request every "
                + Quantities.duration((most + least) / 2) + ", "
                + attempts.size() + " times, and none goes further than the answer", Phase.X224, Culprit.NONE,
                Confidence.STRONGLY_SUGGESTED,
                first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    /// Silence, then data that nobody answers, then a new connection that works: only the old one was forgotten.
    static Answer mappingLost(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i).attempt();
            if (!attempts.get(i).verdict().is(TCP_PATH_DEATH) || !attempt.sessionUp()) {
                continue;
            }
            for (Side side : Side.values()) {
                HalfFacts other = attempt.tcp().half(side.other());
                Optional<LostSegment> lost = attempt.tcp().half(side).loss().unacknowledged().stream().filter(s -> !s.syn()).findFirst();
                double silence = lost.map(segment -> segment.first().secondsSince(other.last())).orElse(0.0);
                if (silence < Limits.MAPPING_SECONDS) {
                    continue;
                }
                Optional<Attempt> fresh = attempts.stream().skip(i + 1L).map(JudgedAttempt::attempt).filter(a -> a.reached(Step.SYN_ACK))
                        .findFirst();
                if (fresh.isEmpty()) {
                    return new Unclear("no new connection of the client shows whether the way as such still works");
                }
                Finding death = attempts.get(i).verdict();
                return new Found(new Finding(TCP_NAT_MAPPING_LOST, Outcome.INTERRUPTED, "after " + Quantities.duration(silence)
                        + " of silence nothing of the "
                        + side + "'s data was answered any more, and a new connection worked at once: a device on the path had"
                        + " forgotten this one", Phase.SESSION, Culprit.PATH, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY,
                        Closing.SILENCE, death.frames()).at(fresh.get().at(Step.SYN_ACK)));
            }
        }
        return Answer.CLEAR;
    }
}

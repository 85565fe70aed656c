package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_PATH_DEATH;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_REFUSED;

import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FailureCode;
import dev.rdptrace.wire.x224.Tpdu.NegotiationReply;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What one connection alone does not show and the connections of one try together do.
final class Several {
    public static final Signature THIRD_PARTY_SEC_MISMATCH = signature("third-party-sec-mismatch", in(Phase.X224), by(Fault.CLIENT));
    public static final Signature HEALTH_CHECK_CR = signature("health-check-cr", in(Phase.X224), by(Fault.NONE));
    public static final Signature TCP_NAT_MAPPING_LOST = signature("tcp-nat-mapping-lost", in(Phase.SESSION), by(Fault.PATH));
    public static final Signature CLIENT_VPN_FLAP = signature("client-vpn-flap", in(Phase.SESSION), by(Fault.CLIENT));
    public static final Signature TCP_PORT_CLOSED_MEANWHILE = signature("tcp-port-closed-meanwhile", in(Phase.TCP), by(Fault.SERVER));
    public static final Signature UDP_KEEPALIVE_DEATH = signature("udp-keepalive-death", in(Phase.UDP), by(Fault.PATH, Fault.UNKNOWN));

    private static final List<Function<List<Diagnosis>, Answer>> RULES = List.of(Several::oneModeAtATime, Several::healthCheck, Several::mappingLost);

    private static final int CHECKS = 4;
    private static final double REGULAR = 0.2;
    /// Address translators keep an idle connection this long at the very least.
    private static final double SHORTEST_IDLE_SECONDS = 30;
    private static final double RESTART_SECONDS = 60;
    private static final int SESSIONS = 3;
    private static final double SHORTEST_LIFE_SECONDS = 60;
    private static final double LONGEST_LIFE_SECONDS = 70;

    private Several() {}

    /// What the first rule finds that finds anything.
    static Optional<Finding> finding(List<Diagnosis> attempts) {
        return RULES.stream().map(rule -> rule.apply(attempts)).filter(Found.class::isInstance).map(answer -> ((Found) answer).finding()).findFirst();
    }

    /// [MS-RDPBCGR] 2.2.1.1.1: a client that negotiates freely asks for all it can do at once.
    static Answer oneModeAtATime(List<Diagnosis> attempts) {
        boolean single = attempts.size() > 1 && attempts.stream().allMatch(d -> d.attempt().request()
                .map(cr -> Integer.bitCount(cr.requestedProtocols().bits()) <= 1).orElse(false));
        Set<Integer> asked = attempts.stream().flatMap(d -> d.attempt().request().stream()).map(cr -> cr.requestedProtocols().bits())
                .collect(Collectors.toSet());
        if (!single || asked.size() < 2) {
            return Answer.CLEAR;
        }
        if (attempts.stream().anyMatch(d -> d.attempt().confirm().isEmpty())) {
            return new Unclear("the client asks for one security mode at a time, and not every answer is in the capture");
        }
        boolean refused = attempts.stream().allMatch(d -> d.attempt().confirm().orElseThrow().reply() instanceof NegotiationReply.Failure(var code)
                && (code.code() == FailureCode.SSL_REQUIRED_BY_SERVER || code.code() == FailureCode.SSL_NOT_ALLOWED_BY_SERVER
                        || code.code() == FailureCode.HYBRID_REQUIRED_BY_SERVER));
        if (!refused) {
            return Answer.CLEAR;
        }
        Finding last = attempts.getLast().verdict();
        return new Found(new Finding(THIRD_PARTY_SEC_MISMATCH, Outcome.FAILED, "the client asks for one security mode at a time ("
                + attempts.stream().map(d -> d.attempt().request().orElseThrow().requestedProtocols().toString()).distinct()
                        .collect(Collectors.joining(", then ")) + "), and the server refuses each", Phase.X224, Fault.CLIENT, Confidence.SEEN,
                last.closedBy(), last.how(), attempts.stream().map(d -> d.attempt().at(Step.CONFIRM).frame()).limit(4).toList()));
    }

    /// The same first words at even intervals, and never a step further.
    static Answer healthCheck(List<Diagnosis> attempts) {
        boolean brief = attempts.size() > 1 && attempts.stream().allMatch(d -> d.attempt().reached(Step.REQUEST) && !d.attempt().reached(Step.CLIENT_HELLO)
                && !d.attempt().reached(Step.CONNECT_INITIAL) && d.outcome() != Outcome.FAILED && d.attempt().reached(Step.CONFIRM)
                && d.ending().byClient());
        boolean alike = brief && attempts.stream().flatMap(d -> d.attempt().request().stream())
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
        Diagnosis first = attempts.getFirst();
        return new Found(new Finding(HEALTH_CHECK_CR, Outcome.PROBE, "a health check: the same request every " + Words.duration((most + least) / 2) + ", "
                + attempts.size() + " times, and none goes further than the answer", Phase.X224, Fault.NONE, Confidence.STRONGLY_SUGGESTED,
                first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    /// Silence, then data that nobody answers, then a new connection that works: only the old one was forgotten.
    static Answer mappingLost(List<Diagnosis> attempts) {
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i).attempt();
            if (!attempts.get(i).verdict().is(TCP_PATH_DEATH) || !attempt.sessionUp()) {
                continue;
            }
            for (Side side : Side.values()) {
                HalfFacts other = attempt.tcp().half(side.other());
                Optional<LostSegment> lost = attempt.tcp().half(side).unacknowledged().stream().filter(s -> !s.syn()).findFirst();
                double silence = lost.map(segment -> segment.first().secondsSince(other.last())).orElse(0.0);
                if (silence < SHORTEST_IDLE_SECONDS) {
                    continue;
                }
                Optional<Attempt> fresh = attempts.stream().skip(i + 1L).map(Diagnosis::attempt).filter(a -> a.reached(Step.SYN_ACK)).findFirst();
                if (fresh.isEmpty()) {
                    return new Unclear("no new connection of the client shows whether the way as such still works");
                }
                Finding death = attempts.get(i).verdict();
                return new Found(new Finding(TCP_NAT_MAPPING_LOST, Outcome.INTERRUPTED, "after " + Words.duration(silence) + " of silence nothing of the "
                        + side + "'s data was answered any more, and a new connection worked at once: a device on the path had forgotten this one",
                        Phase.SESSION, Fault.PATH, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, death.frames())
                        .at(fresh.get().at(Step.SYN_ACK)));
            }
        }
        return Answer.CLEAR;
    }

    // ---- beside a verdict ----

    /// The client's own segment size is that of the interface it sends from.
    static Optional<Warning> otherInterface(List<Diagnosis> attempts) {
        for (int i = 1; i < attempts.size(); i++) {
            Attempt before = attempts.get(i - 1).attempt();
            Attempt now = attempts.get(i).attempt();
            int was = before.tcp().client().mss();
            int is = now.tcp().client().mss();
            boolean comparable = before.tcp().syn().seen() && now.tcp().syn().seen() && before.client().isIpv4() == now.client().isIpv4()
                    && before.server().address().equals(now.server().address());
            if (comparable && was > 0 && is > 0 && was != is) {
                return Optional.of(new Warning(CLIENT_VPN_FLAP, "the client's segment size went from " + was + " to " + is
                        + " between two connections: it sends by another way, as when a VPN comes or goes", List.of(before.tcp().syn().frame(),
                                now.tcp().syn().frame())));
            }
        }
        return Optional.empty();
    }

    /// The server took a connection and ended it, and refused the next: what listened there is gone.
    static Optional<Warning> closedMeanwhile(List<Diagnosis> attempts) {
        for (int i = 1; i < attempts.size(); i++) {
            Diagnosis before = attempts.get(i - 1);
            Diagnosis now = attempts.get(i);
            double after = now.attempt().first().secondsSince(before.attempt().last());
            boolean taken = before.attempt().reached(Step.REQUEST) && before.ending().byServer() && before.verdict().closedBy() == Fault.SERVER;
            boolean same = before.attempt().server().equals(now.attempt().server());
            if (taken && same && now.verdict().is(TCP_SYN_REFUSED) && after >= 0 && after <= RESTART_SECONDS) {
                return Optional.of(new Warning(TCP_PORT_CLOSED_MEANWHILE, "the port was open for the connection that the server ended, and refuses the next "
                        + Words.duration(after) + " later: what listens there has crashed or was stopped", List.of(before.ending().at().frame(),
                                now.ending().at().frame())));
            }
        }
        return Optional.empty();
    }

    /// Sessions that end at one age as long as UDP carries them, and only then.
    static Optional<Warning> regularEnd(List<Diagnosis> attempts, Surroundings surroundings) {
        int with = 0;
        int without = 0;
        double shortest = Double.MAX_VALUE;
        double longest = 0;
        Attempt last = null;
        for (Diagnosis d : attempts) {
            Attempt attempt = d.attempt();
            if (!attempt.sessionUp() || d.ending().nobody()) {
                continue;
            }
            Optional<Contact> udp = surroundings.byHost().contacts(attempt.client().address()).stream().filter(contact -> contact.udp()
                    && contact.answered().seen() && contact.server().equals(attempt.server().address())
                    && contact.first().isAfter(attempt.first()) && attempt.last().isAfter(contact.first())).findFirst();
            double life = d.ending().at().secondsSince(udp.map(Contact::first).orElse(attempt.at(Step.FONT_MAP)));
            boolean regular = life >= SHORTEST_LIFE_SECONDS && life <= LONGEST_LIFE_SECONDS;
            if (udp.isPresent()) {
                if (!regular) {
                    return Optional.empty();
                }
                with++;
                shortest = Math.min(shortest, life);
                longest = Math.max(longest, life);
                last = attempt;
            } else if (regular) {
                return Optional.empty();
            } else {
                without++;
            }
        }
        return with < SESSIONS ? Optional.empty() : Optional.of(new Warning(UDP_KEEPALIVE_DEATH, with + " of " + with + " sessions with UDP ended "
                + Math.round(shortest) + " to " + Math.round(longest) + " s after UDP began, 0 of " + without + " without: it is the UDP transport that dies,"
                + " not the network", List.of(last.first().frame())));
    }
}

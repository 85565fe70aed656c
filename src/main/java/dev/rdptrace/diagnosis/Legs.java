package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_NO_RESPONSE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_REFUSED;

import dev.rdptrace.diagnosis.Diagnosis.Warning;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.Routing;
import java.util.List;
import java.util.Optional;

/// A try that went over several addresses: a broker or load balancer redirected it ([MS-RDPBCGR] 2.2.13), or the client
/// turned from one family of addresses to the other. What became of it is what became of its last leg.
final class Legs {
    public static final Signature REDIRECT_TARGET_UNREACHABLE = signature("redirect-target-unreachable", in(Phase.TCP), by(Fault.PATH));
    public static final Signature REDIRECT_LOOP = signature("redirect-loop", in(Phase.X224), by(Fault.SERVER));
    public static final Signature IPV6_FIRST_BLACKHOLE = signature("ipv6-first-blackhole", in(Phase.TCP), by(Fault.PATH));

    private static final int LOOP = 3;

    private Legs() {}

    private static boolean several(List<Diagnosis> attempts) {
        return !attempts.getFirst().attempt().server().address().equals(attempts.getLast().attempt().server().address());
    }

    private static boolean otherFamily(List<Diagnosis> attempts) {
        return attempts.getFirst().attempt().server().isIpv4() != attempts.getLast().attempt().server().isIpv4();
    }

    static Optional<Diagnosis> headline(List<Diagnosis> attempts) {
        return several(attempts) ? Optional.of(attempts.getLast()) : Optional.empty();
    }

    static Optional<Finding> verdict(List<Diagnosis> attempts) {
        return loop(attempts).or(() -> several(attempts) && !otherFamily(attempts) ? unreachable(attempts) : Optional.empty());
    }

    private static Optional<Finding> unreachable(List<Diagnosis> attempts) {
        Diagnosis last = attempts.getLast();
        Attempt leg = last.attempt();
        boolean tcp = last.outcome() == Outcome.FAILED && last.verdict().phase() == Phase.TCP && !leg.reached(Step.ESTABLISHED);
        if (!tcp) {
            return Optional.empty();
        }
        Attempt before = attempts.get(attempts.size() - 2).attempt();
        String how = last.verdict().is(TCP_SYN_NO_RESPONSE) || last.verdict().is(TCP_SYNACK_LOST) ? "that leg got no SYN-ACK"
                : last.verdict().is(TCP_SYN_REFUSED) ? "nothing listens there" : last.verdict().says();
        return Optional.of(new Finding(REDIRECT_TARGET_UNREACHABLE, Outcome.FAILED, before.server().address() + " answered and redirected the client to "
                + leg.server().address() + "; " + how, Phase.TCP, last.verdict().side(), Confidence.STRONGLY_SUGGESTED, last.verdict().closedBy(),
                last.verdict().how(), last.verdict().frames()));
    }

    /// Every connection gets through to the session, and every one is sent on.
    private static Optional<Finding> loop(List<Diagnosis> attempts) {
        int sentOn = 0;
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i).attempt();
            boolean token = i == 0 || attempt.request().map(cr -> cr.routing().stream()
                    .anyMatch(line -> line instanceof Routing.AddressToken || line instanceof Routing.OpaqueToken)).orElse(false);
            boolean left = attempt.reached(Step.CLIENT_INFO) && !attempts.get(i).ending().nobody() && !attempts.get(i).ending().byDevice()
                    && attempt.last().secondsSince(attempt.first()) < 15;
            if (!token || !left) {
                return Optional.empty();
            }
            sentOn++;
        }
        if (sentOn < LOOP) {
            return Optional.empty();
        }
        Finding last = attempts.getLast().verdict();
        return Optional.of(new Finding(REDIRECT_LOOP, Outcome.FAILED, "the client is sent on without end: " + Words.count(sentOn, "connection")
                + ", each opened and left at once for the next with a routing token", last.phase(), Fault.SERVER, Confidence.STRONGLY_SUGGESTED,
                last.closedBy(), last.how(), last.frames()));
    }

    /// The client asked an IPv6 address first and heard nothing.
    static Optional<Warning> sixBeforeFour(List<Diagnosis> attempts) {
        Attempt first = attempts.getFirst().attempt();
        if (!several(attempts) || !otherFamily(attempts) || first.server().isIpv4()) {
            return Optional.empty();
        }
        Attempt next = attempts.stream().map(Diagnosis::attempt).filter(a -> a.server().isIpv4()).findFirst().orElseThrow();
        return Optional.of(new Warning(IPV6_FIRST_BLACKHOLE, "the client tried " + first.server().address() + " first and lost "
                + Words.duration(next.first().secondsSince(first.first())) + ": no answer over IPv6, then it took " + next.server().address(),
                List.of(first.first().frame(), next.first().frame())));
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.diagnosis.JudgedAttempt.Milestone;
import dev.rdptrace.diagnosis.JudgedAttempt.Missing;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// RDP over UDP without the TCP connection that it belongs to ([MS-RDPEUDP] 1.3): the capture was taken of UDP only, or began later. What
/// became of the datagrams can be told, not what became of the session. Beside its TCP connection it is a warning, see `UdpRules`.
public final class UdpAlone {
    /// A client opens two transports, and asks for each several times.
    private static final double ONE_TRY_SECONDS = 30;
    private static final Fitness WITHOUT_TCP = new Fitness("udp-alone",
            "the TCP connection that the UDP belongs to, and that decides about the"
                    + " session, is not in the capture",
            List.of(), false);

    private static final Fitness WITHOUT_GATEWAY = new Fitness("udp-alone",
            "no TCP connection to this gateway was read, which decides about the session: the capture does not have it, or --gateway has to"
                    + " name it",
            List.of(), false);

    private UdpAlone() {}

    /// Judges transports that have no TCP connection beside them, as tries of their clients.
    ///
    /// @param alone in the order in which they began
    /// @param endNanos end of the capture
    public static List<Incident> judge(List<SideTransport> alone, long endNanos) {
        List<List<SideTransport>> tries = new ArrayList<>();
        for (SideTransport transport : alone) {
            Optional<List<SideTransport>> same = tries.reversed().stream().filter(one -> goesOn(one.getLast(), transport)).findFirst();
            same.orElseGet(() -> {
                tries.add(new ArrayList<>());
                return tries.getLast();
            }).add(transport);
        }
        List<Incident> incidents = new ArrayList<>();
        tries.forEach(one -> incident(one, endNanos).ifPresent(incidents::add));
        return incidents;
    }

    private static boolean goesOn(SideTransport before, SideTransport next) {
        return before.client().host().equals(next.client().host()) && before.server().equals(next.server())
                && next.first().secondsSince(before.fromClient().last()) <= ONE_TRY_SECONDS;
    }

    private static Optional<Incident> incident(List<SideTransport> one, long endNanos) {
        List<JudgedAttempt> attempts = new ArrayList<>();
        for (SideTransport transport : one) {
            Ranked.strongest(Rules.UDP, new UdpCase(transport, endNanos))
                    .ifPresent(verdict -> attempts.add(diagnosis(transport, verdict, endNanos)));
        }
        if (attempts.isEmpty()) {
            return Optional.empty();
        }
        JudgedAttempt headline = attempts.getFirst();
        for (JudgedAttempt other : attempts) {
            headline = Incidents.rank(other.outcome()) < Incidents.rank(headline.outcome()) ? other : headline;
        }
        return Optional.of(Incidents.incident(headline.attempt().client(), headline.attempt().server(), headline.verdict(), headline,
                attempts, one));
    }

    private static JudgedAttempt diagnosis(SideTransport t, Finding verdict, long endNanos) {
        Attempt attempt = t.alone();
        boolean helloSent = t.security().clientHello().first().seen();
        Milestone last = t.security().serverHello().seen() ? new Milestone(t.security().serverHello().frame(), "ServerHello over UDP")
                : t.isGatewayChannel() && t.isAnswered() ? new Milestone(t.fromServer().last().frame(), "datagrams of the gateway")
                : t.synAck().first().seen() ? new Milestone(t.synAck().first().frame(), "RDPUDP SYN and ACK") : new Milestone(0, "nothing");
        boolean failed = verdict.outcome() == Outcome.FAILED;
        Missing missing = !failed ? new Missing("", "", 0) : !t.synAck().first().seen() && !t.isGatewayChannel()
                ? new Missing("server", "RDPUDP SYN and ACK", waited(t, endNanos))
                : helloSent && !t.security().serverHello().seen()
                        ? new Missing("server", "ServerHello over UDP", waited(t, endNanos))
                : new Missing("", "", 0);
        return new JudgedAttempt(attempt, new Ending(Culprit.NOBODY, Closing.SILENCE, Moment.NEVER, Optional.empty()), verdict, List.of(),
                List.of(), List.of(), List.of(t.isGatewayChannel() ? WITHOUT_GATEWAY : WITHOUT_TCP), last, missing);
    }

    private static double waited(SideTransport t, long endNanos) {
        return Math.round((endNanos - t.first().nanos()) / 1e3) / 1e6;
    }
}

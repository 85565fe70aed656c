package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.OverUdp.UDP_BLOCKED;
import static dev.rdptrace.diagnosis.OverUdp.UDP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.OverUdp.UDP_SYN_MTU;
import static dev.rdptrace.diagnosis.OverUdp.UDP_TLS_FAILED;
import static dev.rdptrace.diagnosis.Several.UDP_KEEPALIVE_DEATH;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.diagnosis.Diagnosis.Milestone;
import dev.rdptrace.diagnosis.Diagnosis.Missing;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// RDP over UDP without the TCP connection that it belongs to ([MS-RDPEUDP] 1.3): the capture was taken of UDP only, or began later. What
/// became of the datagrams can be told, not what became of the session. Beside its TCP connection it is a warning, see [OverUdp].
public final class UdpAlone {
    public static final Signature UDP_PORT_CHECK = signature("udp-port-check", in(Phase.UDP), by(Fault.NONE));

    /// A client opens two transports, and asks for each several times.
    private static final double ONE_TRY_SECONDS = 30;
    /// [MS-RDPEUDP] 3.1.6.1: a SYN is repeated three times at least.
    private static final int ASKED_OFTEN = 3;
    private static final double PATIENCE_SECONDS = 6;
    private static final double HELLO_SECONDS = 1;
    private static final int SENT_IN_VAIN = 3;
    private static final double DEAD_SECONDS = 60;
    private static final Fitness WITHOUT_TCP = new Fitness("udp-alone", "the TCP connection that the UDP belongs to, and that decides about the"
            + " session, is not in the capture", List.of(), false);

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
                && next.first().secondsSince(before.clientLast()) <= ONE_TRY_SECONDS;
    }

    private static Optional<Incident> incident(List<SideTransport> one, long endNanos) {
        List<Diagnosis> attempts = new ArrayList<>();
        for (SideTransport transport : one) {
            finding(transport, endNanos).ifPresent(verdict -> attempts.add(diagnosis(transport, verdict, endNanos)));
        }
        if (attempts.isEmpty()) {
            return Optional.empty();
        }
        Diagnosis headline = attempts.getFirst();
        for (Diagnosis other : attempts) {
            headline = Incidents.rank(other.outcome()) < Incidents.rank(headline.outcome()) ? other : headline;
        }
        return Optional.of(Incidents.incident(headline.attempt().client(), headline.attempt().server(), headline.verdict(), headline, attempts));
    }

    private static Diagnosis diagnosis(SideTransport t, Finding verdict, long endNanos) {
        Attempt attempt = t.alone();
        boolean helloSent = t.clientHello().seen();
        Milestone last = t.serverHello().seen() ? new Milestone(t.serverHello().frame(), "ServerHello over UDP")
                : t.answered().seen() ? new Milestone(t.answered().frame(), "RDPUDP SYN and ACK") : new Milestone(0, "nothing");
        boolean failed = verdict.outcome() == Outcome.FAILED;
        Missing missing = !failed ? new Missing("", "", 0) : !t.answered().seen()
                ? new Missing("server", "RDPUDP SYN and ACK", waited(t, endNanos)) : helloSent && !t.serverHello().seen()
                ? new Missing("server", "ServerHello over UDP", waited(t, endNanos)) : new Missing("", "", 0);
        return new Diagnosis(attempt, new Ending(Fault.NOBODY, How.SILENCE, Moment.NEVER, Optional.empty()), verdict, List.of(), List.of(),
                List.of(), List.of(WITHOUT_TCP), last, missing);
    }

    private static double waited(SideTransport t, long endNanos) {
        return Math.round((endNanos - t.first().nanos()) / 1e3) / 1e6;
    }

    // ---- what became of it ----

    private static Optional<Finding> finding(SideTransport t, long endNanos) {
        if (t.asks() == 0) {
            return knocks(t);
        }
        return Optional.of(t.answered().seen() ? answered(t, endNanos) : t.tooBig().seen() ? tooBig(t) : t.refused().isPresent()
                ? refused(t, t.refused().get()) : unanswered(t, endNanos));
    }

    /// No client of RDP sends an empty datagram, and one alone may be anything.
    private static Optional<Finding> knocks(SideTransport t) {
        if (t.refused().isEmpty() && t.knocks() < 2) {
            return Optional.empty();
        }
        String says = Words.count(t.knocks(), "empty datagram") + " to UDP " + t.server() + ", which no RDP client sends: a check of the port; "
                + t.refused().map(error -> "it was answered with \"" + error.says() + "\" by " + error.sender()).orElse("nothing answered");
        return Optional.of(new Finding(UDP_PORT_CHECK, Outcome.PROBE, says, Phase.UDP, Fault.NONE, Confidence.STRONGLY_SUGGESTED,
                t.refused().map(error -> blamed(t, error)).orElse(Fault.NOBODY), t.refused().isPresent() ? How.ICMP : How.SILENCE, List.of())
                .at(t.knocked(), t.refused().map(IcmpFacts::at).orElse(t.lastKnocked())));
    }

    private static Fault blamed(SideTransport t, IcmpFacts error) {
        return error.sender().equals(t.server().address()) ? Fault.SERVER : Fault.PATH;
    }

    private static Finding tooBig(SideTransport t) {
        return new Finding(UDP_SYN_MTU, Outcome.FAILED, "RDP's first UDP packet, " + t.mtu() + " bytes, does not fit the path"
                + (t.pathMtu() > 0 ? ", which carries " + t.pathMtu() : ""), Phase.UDP, Fault.PATH, Confidence.SEEN, Fault.PATH, How.ICMP, List.of())
                .at(t.asked(), t.tooBig());
    }

    private static Finding refused(SideTransport t, IcmpFacts error) {
        Fault by = blamed(t, error);
        // Whether a host is down or the way to it, the router that misses it does not know.
        boolean missed = by == Fault.PATH && (error.timeExceeded() || List.of("no route to destination", "address unreachable",
                "network unreachable", "host unreachable", "destination network unknown", "destination host unknown").contains(error.says()));
        return new Finding(UDP_BLOCKED, Outcome.FAILED, "RDP over UDP is refused: "
                + (by == Fault.SERVER ? "the server itself" : error.sender() + ", on the way,") + " answers \"" + error.says() + "\"", Phase.UDP,
                missed ? Fault.UNKNOWN : by, missed ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN, by, How.ICMP, List.of())
                .at(t.asked(), error.at());
    }

    private static Finding unanswered(SideTransport t, long endNanos) {
        double waited = (endNanos - t.lastAsked().nanos()) / 1e9;
        if (t.clientSent() > 0) {
            return undetermined(t, "the client went on over UDP as if it had been answered; the server's datagrams are not in it");
        }
        String asked = Words.count(t.asks(), "SYN") + (t.asks() > 1 ? " in " + Words.duration(t.lastAsked().secondsSince(t.asked())) : "");
        if (t.asks() == 1 && waited >= PATIENCE_SECONDS) {
            return new Finding(UDP_PORT_CHECK, Outcome.PROBE, "one SYN of RDP over UDP got no answer and was not repeated, as a client would do"
                    + ": a check of the port", Phase.UDP, Fault.NONE, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, List.of())
                    .at(t.asked());
        }
        if (t.asks() < ASKED_OFTEN && waited < PATIENCE_SECONDS) {
            return undetermined(t, "it ends after " + asked + " of RDP over UDP, an answer may have come later");
        }
        return new Finding(UDP_BLOCKED, Outcome.FAILED, "RDP over UDP to " + t.server() + " gets no answer: " + asked
                + ", not a datagram back", Phase.UDP, Fault.UNKNOWN, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, List.of())
                .at(t.asked(), t.lastAsked());
    }

    private static Finding answered(SideTransport t, long endNanos) {
        boolean repeats = t.asks() >= 2 && t.lastAsked().isAfter(t.answered());
        if (t.answers() >= ASKED_OFTEN && t.clientSent() == 0 && repeats) {
            return new Finding(UDP_SYNACK_LOST, Outcome.FAILED, "the server answered over UDP " + t.answers() + " times and the client went on"
                    + " asking: the answers do not reach it", Phase.UDP, Fault.PATH, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE,
                    List.of()).at(t.answered(), t.lastAsked());
        }
        if (!t.serverHello().seen() && t.alert().seen()) {
            Fault by = Fault.of(t.alertFrom());
            return new Finding(UDP_TLS_FAILED, Outcome.FAILED, "the security of the UDP transport was refused, the "
                    + (t.alertFrom() == Side.CLIENT ? "client" : "server") + " sent alert " + t.alertCode(), Phase.UDP, by, Confidence.SEEN, by,
                    How.ALERT, List.of()).at(t.clientHello(), t.alert());
        }
        if (!t.serverHello().seen() && t.clientHellos() >= 2 && t.lastClientHello().secondsSince(t.clientHello()) >= HELLO_SECONDS) {
            return new Finding(UDP_TLS_FAILED, Outcome.FAILED, "the UDP transport was agreed on, then the client's ClientHello came "
                    + t.clientHellos() + " times in " + Words.duration(t.lastClientHello().secondsSince(t.clientHello()))
                    + " and no ServerHello", Phase.UDP, Fault.UNKNOWN, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, List.of())
                    .at(t.clientHello(), t.lastClientHello());
        }
        if (t.isUp()) {
            boolean serverSilent = t.clientAlone() >= SENT_IN_VAIN && t.clientLast().secondsSince(t.serverLast()) >= DEAD_SECONDS;
            boolean clientSilent = t.serverAlone() >= SENT_IN_VAIN && t.serverLast().secondsSince(t.clientLast()) >= DEAD_SECONDS;
            if (serverSilent || clientSilent) {
                Moment silent = serverSilent ? t.serverLast() : t.clientLast();
                Moment speaking = serverSilent ? t.clientLast() : t.serverLast();
                return new Finding(UDP_KEEPALIVE_DEATH, Outcome.INTERRUPTED, "RDP over UDP went dead in one direction: nothing came from the "
                        + (serverSilent ? "server" : "client") + " for " + Words.duration(speaking.secondsSince(silent)) + ", while the "
                        + (serverSilent ? "client" : "server") + " went on", Phase.UDP, Fault.UNKNOWN, Confidence.STRONGLY_SUGGESTED,
                        Fault.NOBODY, How.SILENCE, List.of()).at(silent, speaking);
            }
            return undetermined(t, "RDP over UDP came up; how the session ended stands in its TCP connection");
        }
        if (t.clientSent() == 0 && t.asks() == 1 && (endNanos - t.answered().nanos()) / 1e9 >= PATIENCE_SECONDS) {
            return new Finding(UDP_PORT_CHECK, Outcome.PROBE, "the client asked for RDP over UDP, was answered and did not go on: a check of the"
                    + " port", Phase.UDP, Fault.NONE, Confidence.STRONGLY_SUGGESTED, Fault.NOBODY, How.SILENCE, List.of())
                    .at(t.asked(), t.answered());
        }
        return undetermined(t, "RDP over UDP was agreed on, and what followed does not tell how it ended");
    }

    private static Finding undetermined(SideTransport t, String why) {
        return new Finding(Signature.UNDETERMINED, Outcome.UNDETERMINED, "this capture cannot tell: " + why, Phase.UDP, Fault.UNKNOWN,
                Confidence.CANNOT_TELL, Fault.NOBODY, How.SILENCE, List.of()).at(t.asked(), t.clientLast());
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Incident.Excluded;
import dev.rdptrace.diagnosis.OtherClients.Welcome;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What cannot be the cause: it worked, or it was never reached.
final class Exclusions {
    private Exclusions() {}

    static List<Excluded> of(JudgedAttempt d, Finding verdict) {
        Attempt attempt = d.attempt();
        List<Excluded> list = new ArrayList<>();
        boolean trouble = verdict.outcome().isTrouble();
        if (!trouble) {
            return list;
        }
        boolean read = attempt.reached(Step.ESTABLISHED) && verdict.phase() != Phase.TCP;
        if (read) {
            add(list, "address, routing, a closed or filtered port" + (attempt.gateway() ? " of the gateway" : ""), "TCP connected",
                    attempt.at(Step.ESTABLISHED));
        }
        if (attempt.reached(Step.CONFIRM) && verdict.phase().compareTo(Phase.X224) > 0) {
            add(list, "the RDP listener, the requested security protocol", "the server answered the request with its choice",
                    attempt.at(Step.CONFIRM));
        }
        if (attempt.reached(Step.TLS_DONE) && verdict.phase().compareTo(Phase.TLS) > 0) {
            add(list, "TLS versions, cipher suites, the server's private key", "the TLS handshake completed", attempt.at(Step.TLS_DONE));
        }
        if (attempt.reached(Step.ACCEPTED) && verdict.phase().compareTo(Phase.CREDSSP) > 0) {
            add(list, "user name and password", "the server accepted the logon", attempt.at(Step.ACCEPTED));
        }
        if (verdict.phase().compareTo(Phase.CREDSSP) < 0 && attempt.authentication()
                .mechanism() == AuthenticationFacts.Mechanism.NONE) {
            add(list, "user name, password, account, licence", "the connection broke before anything of them was sent", Moment.NEVER);
        } else if (verdict.phase() == Phase.CREDSSP) {
            add(list, "licensing, session limits, graphics", "the connection broke before the session was asked for", Moment.NEVER);
        }
        if (!verdict.id().startsWith("pmtud") && !verdict.id().startsWith("ip-fragment") && fullSize(attempt)) {
            list.add(new Excluded("the path MTU towards the client", "packets of "
                    + attempt.tcp().half(Side.SERVER).traffic().largestDeliveredIp()
                    + " bytes arrived", List.of()));
        }
        return List.copyOf(list);
    }

    /// Packets of the server as large as they get arrived, and were not put together by the network card.
    static boolean fullSize(Attempt attempt) {
        return attempt.tcp().half(Side.SERVER).traffic().largestDeliveredIp() >= Limits.FULL_PACKET && attempt.tcp().half(Side.SERVER)
                .traffic().superFrames() == 0;
    }

    private static void add(List<Excluded> list, String says, String because, Moment at) {
        list.add(new Excluded(says, because, at.seen() ? List.of(at.frame()) : List.of()));
    }

    /// Another client got through the same handshake: the server's TLS is fine, and only what the two do differently counts.
    static List<Excluded> besides(JudgedAttempt headline, Finding verdict, Surroundings surroundings) {
        Attempt attempt = headline.attempt();
        if (verdict.outcome() == Outcome.FAILED && verdict.phase() == Phase.TCP && !attempt.tcp().synAck().seen()) {
            return surroundings.byHost().otherDoor(attempt).filter(door -> door.answered().seen()).map(door -> List.of(new Excluded(
                    "the host being off, its address, the way to it", "its port " + door.port() + " answered",
                    List.of(door.answered().frame()))))
                    .orElse(List.of());
        }
        boolean atHello = verdict.phase() == Phase.TLS && verdict.outcome() == Outcome.FAILED && !attempt.reached(Step.SERVER_HELLO);
        Optional<Welcome> welcome = surroundings.neighbours().welcome(attempt);
        if (!atHello || attempt.tls().clientHello().isEmpty() || welcome.isEmpty()) {
            return List.of();
        }
        List<String> differences = welcome.get().offered().beyond(attempt.tls().clientHello().get());
        return List.of(new Excluded("the server's TLS as such", Identity.HOST.of(welcome.get().client()) + " got "
                + welcome.get().chosen().version().name()
                + " from it" + (differences.isEmpty() ? " with the same versions and cipher suites" : "; what only that client offers: "
                        + String.join("; ", differences)),
                List.of()));
    }
}

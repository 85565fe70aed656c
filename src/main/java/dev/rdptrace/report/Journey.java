package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.HOST;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.share.Redirection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The legs of the way to a host: through a broker that sends the client on, to the gateway and from there on where a tunnel was read, and
/// UDP beside TCP.
///
/// @param transport `tcp` or `udp`
/// @param did what was achieved, as in `connected after 3 ms` or `not connected`
/// @param done [Moment#NEVER] where it was not done
/// @param broke the phase in which the try broke on this leg
record Journey(String from, String to, String transport, Moment began, String did, Moment done, Optional<Phase> broke) {
    /// More are not listed.
    private static final int MOST_HOPS = 4;

    private Journey(String from, String to, String transport, Moment began, String did, Moment done) {
        this(from, to, transport, began, did, done, Optional.empty());
    }

    static List<Journey> of(Incident incident) {
        Attempt attempt = incident.headline().attempt();
        List<Journey> legs = new ArrayList<>(hops(incident));
        legs.addAll(through(attempt));
        for (SideTransport udp : incident.overUdp()) {
            if (udp.syn().first().seen()) {
                String to = (attempt.gateway() ? "gateway" : "server") + ", port " + udp.server().port();
                legs.add(new Journey("client", to, "udp", udp.syn().first(), "answered", udp.synAck().first()));
            }
        }
        return legs;
    }

    /// The connections of a client that was sent on, in order: the last one to each host; none where it was not.
    static List<Journey> hops(Incident incident) {
        List<JudgedAttempt> hops = new ArrayList<>();
        for (JudgedAttempt next : incident.attempts()) {
            boolean again = !hops.isEmpty() && !Tries.sentOn(hops.getLast().attempt(), next.attempt());
            if (again) {
                hops.removeLast();
            }
            hops.add(next);
        }
        boolean hidden = hops.size() < 2 || hops.stream().anyMatch(hop -> hop.attempt().gateway() || hop.attempt().overUdp());
        List<Journey> legs = new ArrayList<>();
        for (JudgedAttempt hop : hidden ? List.<JudgedAttempt>of() : hops) {
            legs.add(hop(hop, hop == hops.getLast()));
        }
        if (legs.size() > MOST_HOPS) {
            legs.subList(MOST_HOPS / 2, legs.size() - MOST_HOPS / 2).clear();
        }
        return legs;
    }

    private static Journey hop(JudgedAttempt hop, boolean last) {
        Attempt attempt = hop.attempt();
        Moment told = attempt.told(Redirection.class).findFirst().map(Event::at).orElse(last ? Moment.NEVER : attempt.last());
        boolean broke = last && !told.seen() && hop.outcome().isTrouble();
        return new Journey("client", attempt.server().markedAddress(), "tcp", attempt.first(), told.seen() ? "sent on" : "in session",
                told.seen() ? told : attempt.at(Step.FONT_MAP), broke ? Optional.of(hop.verdict().phase()) : Optional.empty());
    }

    /// The legs of one connection: none without a gateway, or where its tunnel was not read.
    static List<Journey> through(Attempt attempt) {
        GatewayFacts tunnel = attempt.tunnel();
        List<Journey> legs = new ArrayList<>();
        if (!tunnel.way().asked().seen()) {
            return legs;
        }
        legs.add(new Journey("client", "gateway", "tcp", attempt.first(), "tunnel ready", tunnel.way().asked()));
        legs.add(new Journey("gateway", ("host " + HOST.of(tunnel.way().target())).strip(), "tcp", tunnel.way().asked(), "connected",
                tunnel.way().opened() ? tunnel.way().answered() : Moment.NEVER));
        if (tunnel.inner() && attempt.steps().containsKey(Step.REQUEST)) {
            legs.add(new Journey("client", "host", "tcp", attempt.steps().get(Step.REQUEST), "in session",
                    attempt.steps().getOrDefault(Step.FONT_MAP, Moment.NEVER)));
        }
        return legs;
    }

    double seconds() {
        return done.seen() ? Math.max(0, done.nanos() - began.nanos()) / 1e9 : -1;
    }

    /// One line of the picture.
    String says() {
        return from + " – " + to + (transport.equals("udp") ? " over UDP" : "") + ": "
                + (done.seen() ? did + " after " + Quantities.duration(seconds()) : "not " + did)
                + broke.map(phase -> ", broke in the " + phase.title()).orElse("");
    }
}

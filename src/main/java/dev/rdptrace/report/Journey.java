package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.HOST;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;

/// The legs of the way to a host: to the gateway and from there on where a tunnel was read, and UDP beside TCP.
///
/// @param transport `tcp` or `udp`
/// @param did what was achieved, as in `connected after 3 ms` or `not connected`
/// @param done [Moment#NEVER] where it was not done
record Journey(String from, String to, String transport, Moment began, String did, Moment done) {

    static List<Journey> of(Incident incident) {
        Attempt attempt = incident.headline().attempt();
        List<Journey> legs = new ArrayList<>(through(attempt));
        for (SideTransport udp : incident.overUdp()) {
            if (udp.syn().first().seen()) {
                String to = (attempt.gateway() ? "gateway" : "server") + ", port " + udp.server().port();
                legs.add(new Journey("client", to, "udp", udp.syn().first(), "answered", udp.synAck().first()));
            }
        }
        return legs;
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
                + (done.seen() ? did + " after " + Quantities.duration(seconds()) : "not " + did);
    }
}

package dev.rdptrace.watch;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import java.util.ArrayList;
import java.util.List;

/// Which packets belong to tries: those of their connections, what routers said of them, RDP over UDP, and what the client asked of DNS
/// and Kerberos shortly before.
public final class TryPackets {
    private static final long BEFORE_NANOS = 15_000_000_000L;
    private static final int DNS = 53;
    private static final int KERBEROS = 88;

    private final Packet packet = new Packet();
    private final List<Span> spans = new ArrayList<>();

    private record Span(Incident incident, long from, long to) {}

    public TryPackets(List<Incident> incidents) {
        for (Incident incident : incidents) {
            long from = Long.MAX_VALUE;
            long to = Long.MIN_VALUE;
            for (JudgedAttempt one : incident.attempts()) {
                from = Math.min(from, one.attempt().first().nanos());
                to = Math.max(to, one.attempt().last().nanos());
            }
            spans.add(new Span(incident, from == Frame.NO_TIME ? from : from - BEFORE_NANOS, to));
        }
    }

    static boolean isCompanion(int port) {
        return port == DNS || port == KERBEROS;
    }

    public boolean has(Frame frame) {
        Verdict verdict = packet.wrap(frame);
        for (Span span : spans) {
            if (span.from <= frame.nanos() && belongs(verdict, span.incident, frame.nanos() <= span.to)) {
                return true;
            }
        }
        return false;
    }

    private boolean belongs(Verdict verdict, Incident incident, boolean before) {
        Endpoint client = incident.client();
        Endpoint server = incident.server();
        return switch (verdict) {
            case TCP -> isOfAttempt(incident) || before && isClientsCompanion(client);
            case UDP -> before && (isClientsCompanion(client) || is(client, packet.sourceHigh(), packet.sourceLow())
                    && is(server, packet.destinationHigh(),
                            packet.destinationLow())
                    || is(server, packet.sourceHigh(), packet.sourceLow())
                            && is(client, packet.destinationHigh(), packet.destinationLow()));
            case ICMP -> packet.quoted() && (is(client, packet.quotedSourceHigh(), packet.quotedSourceLow())
                    && is(server, packet.quotedDestinationHigh(),
                            packet.quotedDestinationLow())
                    || is(server, packet.quotedSourceHigh(), packet.quotedSourceLow())
                            && is(client, packet.quotedDestinationHigh(),
                                    packet.quotedDestinationLow()));
            case ARP -> before && (is(server, packet.destinationHigh(), packet.destinationLow())
                    || is(server, packet.sourceHigh(), packet.sourceLow()));
            case FRAGMENT, OTHER_IP -> is(client, packet.sourceHigh(), packet.sourceLow())
                    && is(server, packet.destinationHigh(), packet.destinationLow())
                    || is(server, packet.sourceHigh(), packet.sourceLow()) && is(client, packet.destinationHigh(), packet.destinationLow());
            case NOT_IP, ENCRYPTED_TUNNEL, CUT, MALFORMED, UNKNOWN_LINK -> false;
        };
    }

    private boolean isOfAttempt(Incident incident) {
        for (JudgedAttempt one : incident.attempts()) {
            Attempt attempt = one.attempt();
            if (isFrom(attempt.client()) && isTo(attempt.server()) || isFrom(attempt.server()) && isTo(attempt.client())) {
                return true;
            }
        }
        return false;
    }

    private boolean isFrom(Endpoint end) {
        return end.port() == packet.sourcePort() && is(end, packet.sourceHigh(), packet.sourceLow());
    }

    private boolean isTo(Endpoint end) {
        return end.port() == packet.destinationPort() && is(end, packet.destinationHigh(), packet.destinationLow());
    }

    private boolean isClientsCompanion(Endpoint client) {
        return isCompanion(packet.destinationPort()) && is(client, packet.sourceHigh(), packet.sourceLow())
                || isCompanion(packet.sourcePort()) && is(client, packet.destinationHigh(), packet.destinationLow());
    }

    private static boolean is(Endpoint end, long high, long low) {
        return end.low() == low && end.high() == high;
    }
}

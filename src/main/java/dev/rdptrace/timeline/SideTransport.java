package dev.rdptrace.timeline;

import dev.rdptrace.timeline.Happening.Note;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// [MS-RDPEUDP] 1.3: the UDP that a client and a server set up beside their TCP connection, from one port of the client to the
/// server's. Times are [Moment#NEVER] for what did not come.
///
/// @param stream Wireshark's `udp.stream`
/// @param knocks empty datagrams of the client
/// @param knocked first of these
/// @param lastKnocked last of these
/// @param refused first ICMP error that quotes a datagram of the client and says that it was not delivered, not for its size
/// @param asked first SYN
/// @param lastAsked last SYN
/// @param asks SYNs
/// @param mtu largest datagram that the client wants, bytes of UDP payload
/// @param tooBig a router says that the SYN does not fit
/// @param pathMtu what fits, bytes of the IP packet; 0 if nobody says
/// @param answered first SYN+ACK
/// @param answers SYN+ACKs
/// @param agreed version in the SYN+ACK, -1 where it tells none
/// @param clientHello first ClientHello of TLS or DTLS
/// @param lastClientHello last one
/// @param clientHellos how often
/// @param serverHello first ServerHello
/// @param alert first alert that was not encrypted
/// @param alertCode RFC 5246 7.2, -1 without
/// @param alertFrom who sent it
/// @param clientSent datagrams of the client but its SYNs
/// @param serverSent datagrams of the server but its SYN+ACKs
/// @param clientAlone of these, how many the client sent after the server's last
/// @param serverAlone of these, how many the server sent after the client's last
/// @param clientLast last datagram of the client
/// @param serverLast last datagram of the server
public record SideTransport(int stream, Endpoint client, Endpoint server, int knocks, Moment knocked, Moment lastKnocked,
        Optional<IcmpFacts> refused, Moment asked, Moment lastAsked, int asks, int mtu, Moment tooBig, int pathMtu,
        Moment answered, int answers, int agreed, Moment clientHello, Moment lastClientHello, int clientHellos, Moment serverHello,
        Moment alert, int alertCode, Side alertFrom, long clientSent, long serverSent, long clientAlone, long serverAlone,
        Moment clientLast, Moment serverLast) {

    /// First datagram of the client: a SYN or an empty one.
    public Moment first() {
        return !asked.seen() || knocked.seen() && asked.isAfter(knocked) ? knocked : asked;
    }

    /// The same as an attempt of its own, where the capture does not have the TCP connection that it belongs to.
    public Attempt alone() {
        List<Event> events = new ArrayList<>();
        if (knocks > 0) {
            event(events, knocked, "client", knocks == 1 ? Note.of("an empty datagram") : Note.of("{} empty datagrams, the first", knocks));
        }
        if (asked.seen()) {
            event(events, asked, "client", first("RDPUDP SYN, datagrams of {} bytes", asks, mtu));
        }
        if (asks > 1) {
            event(events, lastAsked, "client", Note.of("RDPUDP SYN, the last"));
        }
        if (answered.seen()) {
            event(events, answered, "server", first("RDPUDP SYN and ACK", answers));
        }
        if (clientHello.seen()) {
            event(events, clientHello, "client", first("ClientHello", clientHellos));
        }
        if (serverHello.seen()) {
            event(events, serverHello, "server", Note.of("ServerHello"));
        }
        if (alert.seen()) {
            event(events, alert, alertFrom.toString(), Note.of("alert {}", alertCode));
        }
        if (tooBig.seen()) {
            event(events, tooBig, "", Note.of("ICMP: the SYN does not fit"));
        }
        refused.ifPresent(error -> event(events, error.at(), error.sender(), Note.of("ICMP from {}: {}", error.sender(), error.says())));
        events.sort(Comparator.comparingLong(event -> event.at().frame()));
        TcpFacts transport = new TcpFacts(Moment.NEVER, 0, Moment.NEVER, 0, 0, Moment.NEVER, -1,
                HalfFacts.ofDatagrams(knocks + asks + clientSent, first(), clientLast),
                HalfFacts.ofDatagrams(answers + serverSent, answered, serverLast), List.of(), List.of(), 0, 0, false, false, 0, 0, 0);
        return new Attempt(stream, client, server, true, false, Map.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(),
                TlsFacts.NONE, AuthenticationFacts.NONE, InnerFacts.NONE, Optional.empty(), Optional.empty(), new int[2], "", 0, List.of(),
                List.copyOf(events), transport, false, GatewayFacts.NONE, Attempt.End.CAPTURE_ENDED);
    }

    private static Note first(String pattern, int of, Object... parts) {
        return of > 1 ? Note.of(pattern + ", the first of {}", Stream.concat(Stream.of(parts), Stream.of(of)).toArray())
                : Note.of(pattern, parts);
    }

    private static void event(List<Event> events, Moment at, String from, Note what) {
        events.add(new Event(at, from, Event.Kind.UDP, Phase.UDP, false, what));
    }

    /// Both sides have spoken behind the handshake, and security came up as far as can be seen.
    public boolean isUp() {
        return answered.seen() && serverHello.seen() && clientSent > 1 && serverSent > 0;
    }
}

package dev.rdptrace.timeline;

import static dev.rdptrace.bytes.Identity.HOST;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
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
/// @param offered version in the last SYN, -1 where it tells none, which means 1
/// @param lossy what is lost is not sent again: RDP-UDP-L
/// @param correlationId of the connection, which the main connection may have told too ([MS-RDPBCGR] 2.2.1.1.2); 32 hex digits, or empty
/// @param cookieHash SHA-256 of the cookie that the server gave on the main connection, 64 hex digits, or empty
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
/// @param tunnel its creation, read with keys
/// @param fromClient what the client sent behind the handshake
/// @param fromServer what the server sent behind it
public record SideTransport(int stream, Endpoint client, Endpoint server, int knocks, Moment knocked, Moment lastKnocked,
        Optional<IcmpFacts> refused, Moment asked, Moment lastAsked, int asks, int offered, boolean lossy, String correlationId, String
        cookieHash, int mtu, Moment tooBig, int pathMtu, Moment answered, int answers, int agreed, Moment clientHello, Moment
        lastClientHello, int clientHellos, Moment serverHello, Moment alert, int alertCode, Side alertFrom, Tunnel tunnel, DatagramFacts
        fromClient, DatagramFacts fromServer) {

    /// [MS-RDPEMT] 1.3.1: the client asks for the tunnel, and the server answers.
    ///
    /// @param requestId that the server gave on the main connection, -1 where it was not read
    /// @param cookieHash SHA-256 of the security cookie that it gave there, 64 hex digits, or empty
    /// @param result an HRESULT, 0 for success or no answer
    public record Tunnel(Moment asked, long requestId, String cookieHash, Moment answered, int result) {
        public static final Tunnel NONE = new Tunnel(Moment.NEVER, -1, "", Moment.NEVER, 0);
    }

    /// DTLS itself: the side channel of a gateway, [MS-TSGU] 1.3.3, in which RDP over UDP is hidden.
    public boolean isGatewayChannel() {
        return asks == 0 && knocks == 0;
    }

    /// First datagram of the client: a SYN, an empty one or a ClientHello.
    public Moment first() {
        return !asked.seen() && !knocked.seen() ? clientHello : !asked.seen() || knocked.seen() && asked.isAfter(knocked) ? knocked : asked;
    }

    /// [MS-RDPEUDP] 2.2.2.9: who names no version speaks the first.
    public static int version(int named) {
        return named == -1 ? 1 : named;
    }

    /// From the SYN to its answer; -1 unknown, also where a SYN that was sent again leaves open which one is answered.
    public long rttNanos() {
        return answered.seen() && asks == 1 ? answered.nanos() - asked.nanos() : -1;
    }

    /// The whole way there and back at its quickest: from the capture point to the server and back, and to the client and back; -1
    /// where one part is unknown.
    public long roundTripNanos() {
        long server = rttNanos() < 0 ? fromClient.ackNanos() : fromClient.ackNanos() < 0 ? rttNanos()
                : Math.min(rttNanos(), fromClient.ackNanos());
        return server < 0 || fromServer.ackNanos() < 0 ? -1 : server + fromServer.ackNanos();
    }

    /// Part of what both sides said that was sent again; -1 where they said nothing.
    public double repeated() {
        long carrying = fromClient.carrying() + fromServer.carrying();
        return carrying == 0 ? -1 : (fromClient.repeats() + fromServer.repeats()) / (double) carrying;
    }

    /// As people call it.
    public static String versionName(int named) {
        return named == RdpUdpDatagram.VERSION_3 ? "3" : Integer.toString(version(named));
    }

    public DatagramFacts sentBy(Side side) {
        return side == Side.CLIENT ? fromClient : fromServer;
    }

    /// The same as an attempt of its own, where the capture does not have the TCP connection that it belongs to.
    public Attempt alone() {
        List<Event> events = new ArrayList<>();
        if (knocks > 0) {
            event(events, knocked, "client", knocks == 1 ? Note.of("an empty datagram") : Note.of("{} empty datagrams, the first", knocks));
        }
        if (asked.seen()) {
            event(events, asked, "client", first("RDPUDP SYN, version {}, datagrams of {} bytes", asks, versionName(offered), mtu));
        }
        if (asks > 1) {
            event(events, lastAsked, "client", Note.of("RDPUDP SYN, the last"));
        }
        if (answered.seen()) {
            event(events, answered, "server", first("RDPUDP SYN and ACK, version {}", answers, versionName(agreed)));
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
        if (tunnel.asked().seen()) {
            event(events, tunnel.asked(), "client", Note.of("Tunnel Create Request for request {}", tunnel.requestId()));
        }
        if (tunnel.answered().seen()) {
            event(events, tunnel.answered(), "server", Note.of("Tunnel Create Response {}", Hex.code32(tunnel.result())));
        }
        for (Side side : Side.values()) {
            DatagramFacts.Stuck stuck = sentBy(side).stuck();
            if (stuck.repeats() > 1) {
                event(events, stuck.last(), side.toString(), Note.of("the same {} bytes once more, {} times by now", stuck.bytes(),
                        stuck.repeats() + 1));
            }
        }
        if (tooBig.seen()) {
            event(events, tooBig, "", Note.of("ICMP: the SYN does not fit"));
        }
        refused.ifPresent(error -> event(events, error.at(), error.sender(), Note.of("ICMP from {}: {}",
                HOST.of(error.sender()), error.says())));
        events.sort(Comparator.comparingLong(event -> event.at().frame()));
        TcpFacts transport = new TcpFacts(Moment.NEVER, 0, Moment.NEVER, 0, 0, Moment.NEVER, -1,
                HalfFacts.ofDatagrams(knocks + asks + fromClient.sent(), first(), fromClient.last()),
                HalfFacts.ofDatagrams(answers + fromServer.sent(), answered, fromServer.last()), List.of(), List.of(), 0, 0, false,
                false, 0, 0, 0);
        return new Attempt(stream, client, server, true, false, Map.of(), List.of(), Attempt.Negotiation.NONE,
                TlsFacts.NONE, AuthenticationFacts.NONE, InnerFacts.NONE, Attempt.Unread.NOTHING, Attempt.Proxy.NONE, List.of(),
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
        return answered.seen() && serverHello.seen() && fromClient.sent() > 1 && fromServer.sent() > 0;
    }
}

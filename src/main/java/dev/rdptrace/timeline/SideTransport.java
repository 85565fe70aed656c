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
/// @param knock empty datagrams of the client
/// @param syn its SYNs
/// @param offer what the SYN says
/// @param path what routers say of it
/// @param synAck the server's answer
/// @param security TLS or DTLS inside, as far as it is in the clear
/// @param tunnel its creation, read with keys
/// @param fromClient what the client sent behind the handshake
/// @param fromServer what the server sent behind it
public record SideTransport(int stream, Endpoint client, Endpoint server, Repeated knock, Repeated syn, Offer offer, Path path,
        SynAck synAck, Security security, Tunnel tunnel, DatagramFacts fromClient, DatagramFacts fromServer) {

    /// The same said once or more.
    public record Repeated(int times, Moment first, Moment last) {
        public static final Repeated NEVER = new Repeated(0, Moment.NEVER, Moment.NEVER);

        /// Said again.
        public Repeated at(Moment again) {
            return new Repeated(times + 1, times == 0 ? again : first, again);
        }
    }

    /// What stands in the SYN.
    ///
    /// @param version of the last SYN, -1 where it tells none, which means 1
    /// @param lossy what is lost is not sent again: RDP-UDP-L
    /// @param correlationId of the connection, which the main connection may have told too ([MS-RDPBCGR] 2.2.1.1.2); 32 hex
    /// digits, or empty
    /// @param cookieHash SHA-256 of the cookie that the server gave on the main connection, 64 hex digits, or empty
    /// @param mtu largest datagram that the client wants, bytes of UDP payload
    public record Offer(int version, boolean lossy, String correlationId, String cookieHash, int mtu) {}

    /// What routers say.
    ///
    /// @param refused first ICMP error that quotes a datagram of the client and says that it was not delivered, not for its size
    /// @param tooBig the SYN does not fit
    /// @param mtu what fits, bytes of the IP packet; 0 if nobody says
    public record Path(Optional<IcmpFacts> refused, Moment tooBig, int mtu) {}

    /// @param version that it agrees to, -1 where it tells none
    public record SynAck(int times, Moment first, int version) {}

    /// @param serverHello first ServerHello
    /// @param alertAt first alert that was not encrypted
    /// @param alertCode RFC 5246 7.2, -1 without
    /// @param alertFrom who sent it
    public record Security(Repeated clientHello, Moment serverHello, Moment alertAt, int alertCode, Side alertFrom) {}

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
        return syn.times() == 0 && knock.times() == 0;
    }

    /// What the client asks for the transport with: SYNs, or the ClientHellos of DTLS.
    public Repeated asked() {
        return isGatewayChannel() ? security.clientHello() : syn;
    }

    /// The server has answered that.
    public boolean isAnswered() {
        return synAck.first().seen() || isGatewayChannel() && fromServer.sent() > 0;
    }

    /// First datagram of the client: a SYN, an empty one or a ClientHello.
    public Moment first() {
        return !syn.first().seen() && !knock.first().seen() ? security.clientHello().first() : !syn.first().seen() || knock.first().seen()
                && syn.first().isAfter(knock.first()) ? knock.first() : syn.first();
    }

    /// [MS-RDPEUDP] 2.2.2.9: who names no version speaks the first.
    public static int version(int named) {
        return named == -1 ? 1 : named;
    }

    /// From the SYN to its answer; -1 unknown, also where a SYN that was sent again leaves open which one is answered.
    public long rttNanos() {
        return synAck.first().seen() && syn.times() == 1 ? synAck.first().nanos() - syn.first().nanos() : -1;
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
        if (knock.times() > 0) {
            event(events, knock.first(), "client", knock.times() == 1 ? Note.of("an empty datagram")
                    : Note.of("{} empty datagrams, the first", knock.times()));
        }
        if (syn.first().seen()) {
            event(events, syn.first(), "client", first("RDPUDP SYN, version {}, datagrams of {} bytes", syn.times(),
                    versionName(offer.version()), offer.mtu()));
        }
        if (syn.times() > 1) {
            event(events, syn.last(), "client", Note.of("RDPUDP SYN, the last"));
        }
        if (synAck.first().seen()) {
            event(events, synAck.first(), "server", first("RDPUDP SYN and ACK, version {}", synAck.times(), versionName(synAck.version())));
        }
        if (security.clientHello().first().seen()) {
            event(events, security.clientHello().first(), "client", first("ClientHello", security.clientHello().times()));
        }
        if (security.serverHello().seen()) {
            event(events, security.serverHello(), "server", Note.of("ServerHello"));
        }
        if (security.alertAt().seen()) {
            event(events, security.alertAt(), security.alertFrom().toString(), Note.of("alert {}", security.alertCode()));
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
        if (path.tooBig().seen()) {
            event(events, path.tooBig(), "", Note.of("ICMP: the SYN does not fit"));
        }
        path.refused().ifPresent(error -> event(events, error.at(), error.sender(), Note.of("ICMP from {}: {}",
                HOST.of(error.sender()), error.says())));
        events.sort(Comparator.comparingLong(event -> event.at().frame()));
        TcpFacts transport = new TcpFacts(Moment.NEVER, 0, Moment.NEVER, 0, 0, Moment.NEVER, -1,
                HalfFacts.ofDatagrams(knock.times() + syn.times() + fromClient.sent(), first(), fromClient.last()),
                HalfFacts.ofDatagrams(synAck.times() + fromServer.sent(), synAck.first(), fromServer.last()), List.of(), List.of(), 0, 0,
                false, false, 0, 0, 0);
        return new Attempt(stream, client, server, true, false, Map.of(), List.of(), Attempt.Negotiation.NONE,
                TlsFacts.NONE, AuthenticationFacts.NONE, InnerFacts.NONE, Attempt.Unread.NOTHING, Attempt.Proxy.NONE, List.of(),
                List.copyOf(events), transport, isGatewayChannel(), GatewayFacts.NONE, Attempt.End.CAPTURE_ENDED);
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
        return isAnswered() && security.serverHello().seen() && fromClient.sent() > 1 && fromServer.sent() > 0;
    }
}

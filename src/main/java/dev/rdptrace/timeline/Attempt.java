package dev.rdptrace.timeline;

import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// One connection, whole: everything that was learnt about it, and nothing concluded.
///
/// @param stream Wireshark's `tcp.stream`; its `udp.stream` of what is [#overUdp]
/// @param rolesCertain who is client was seen, not guessed by ports
/// @param midStart the capture has no SYN of it and its first bytes are not the beginning of RDP
/// @param steps when each [Step] was taken
/// @param inferred steps that were judged by record sizes, not read
/// @param tls what was seen of TLS
/// @param authentication what was seen of CredSSP, RDSTLS or RDS-AAD
/// @param inner what the inner PDUs said
/// @param records encrypted application records by size, bounded
/// @param events the story in order
/// @param tcp the transport
/// @param gateway judged as the leg to an RD Gateway
/// @param tunnel what was read of that leg
/// @param end why it is no longer followed
public record Attempt(int stream, Endpoint client, Endpoint server, boolean rolesCertain, boolean midStart, Map<Step, Moment> steps,
        List<Step> inferred, Negotiation x224, TlsFacts tls, AuthenticationFacts authentication, InnerFacts inner, Unread unread,
        Proxy proxy, List<SizedRecord> records, List<Event> events, TcpFacts tcp, boolean gateway, GatewayFacts tunnel, End end) {

    /// Of Hyper-V's consoles.
    public static final int CONSOLE_PORT = 2179;

    /// The X.224 connection ([MS-RDPBCGR] 1.3.1.1).
    ///
    /// @param other a Disconnect Request or Error TPDU of the server
    public record Negotiation(Optional<Tpdu.ConnectionRequest> request, Optional<Tpdu.ConnectionConfirm> confirm, Optional<Tpdu> other) {
        static final Negotiation NONE = new Negotiation(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// Bytes that are no message of RDP.
    ///
    /// @param client what the client's first bytes are, where they are not an RDP request
    /// @param server what the server's first bytes are, where they are no RDP confirm
    /// @param ofClient bytes at the end of the client's stream that are no whole message
    /// @param ofServer the same of the server's
    public record Unread(Optional<FirstBytes> client, Optional<FirstBytes> server, int ofClient, int ofServer) {
        static final Unread NOTHING = new Unread(Optional.empty(), Optional.empty(), 0, 0);
    }

    /// A SOCKS, HTTP CONNECT or PROXY header before RDP.
    ///
    /// @param says in words, or empty
    /// @param port the port that it names as the destination, 0 none
    public record Proxy(String says, int port) {
        static final Proxy NONE = new Proxy("", 0);
    }

    /// How the following ended.
    public enum End {
        CLOSED,
        CAPTURE_ENDED,
        EVICTED
    }

    /// The same connection with fewer steps.
    public Attempt withSteps(Map<Step, Moment> fewer) {
        return with(fewer, tls);
    }

    private Attempt with(Map<Step, Moment> otherSteps, TlsFacts otherTls) {
        return new Attempt(stream, client, server, rolesCertain, midStart, otherSteps, inferred, x224, otherTls,
                authentication, inner, unread, proxy, records, events, tcp, gateway, tunnel, end);
    }

    /// The attempt as the host behind a gateway takes part in it, where RDP with it was read: TLS with the host, and its steps, stand in
    /// the place of TLS with the gateway. The alerts are those of both: either ends it.
    public Attempt withHost() {
        if (tunnel.host().isEmpty()) {
            return this;
        }
        GatewayFacts.Host host = tunnel.host().get();
        Map<Step, Moment> own = new EnumMap<>(steps);
        own.keySet().removeIf(step -> step.phase() == Phase.TLS);
        own.putAll(host.steps());
        List<TlsFacts.AlertSeen> alerts = Stream.concat(host.tls().alerts().stream(), tls.alerts().stream())
                .sorted(Comparator.comparingLong(alert -> alert.at().frame())).toList();
        return with(Collections.unmodifiableMap(own), host.tls().with(alerts));
    }

    /// Is it RDP over UDP whose TCP connection the capture does not have?
    public boolean overUdp() {
        return !events.isEmpty() && events.getFirst().kind() == Event.Kind.UDP;
    }

    /// [MS-RDPEPS] 1.3: did the client ask for one of several sources before all else?
    public boolean preconnected() {
        return firstOf(Preconnection.class).isPresent();
    }

    /// The first message of a kind.
    public <T> Optional<T> firstOf(Class<T> type) {
        for (Event event : events) {
            if (type.isInstance(event.what())) {
                return Optional.of(type.cast(event.what()));
            }
        }
        return Optional.empty();
    }

    /// The events of what `type` says.
    public Stream<Event> told(Class<?> type) {
        return events.stream().filter(event -> type.isInstance(event.what()));
    }

    /// [MS-RDPBCGR] 5.4.2.2: no negotiation in the clear; TLS and CredSSP at once, and RDP inside.
    public boolean direct() {
        return x224.request().isEmpty() && x224.confirm().isEmpty() && !gateway && tls.clientHello().isPresent()
                && direct(preconnected(), server);
    }

    /// May the client begin with TLS here?
    public static boolean direct(boolean preconnected, Endpoint server) {
        return preconnected || server.port() == CONSOLE_PORT;
    }

    public boolean reached(Step step) {
        return steps.containsKey(step);
    }

    /// When `step` was taken, [Moment#NEVER] if it was not.
    public Moment at(Step step) {
        return steps.getOrDefault(step, Moment.NEVER);
    }

    /// The furthest step taken; empty where not even a SYN was seen.
    public Optional<Step> furthest() {
        Step furthest = null;
        for (Step step : steps.keySet()) {
            if (furthest == null || step.compareTo(furthest) > 0) {
                furthest = step;
            }
        }
        return Optional.ofNullable(furthest);
    }

    /// The phase the connection was in when it ended.
    public Phase phase() {
        return furthest().map(Step::phase).orElse(Phase.TCP);
    }

    /// Was the session up?
    public boolean sessionUp() {
        return reached(Step.FONT_MAP);
    }

    /// First packet of either side.
    public Moment first() {
        Moment client = tcp.client().first();
        Moment server = tcp.server().first();
        if (!client.seen()) {
            return server.seen() || tcp.resets().isEmpty() ? server : tcp.resets().getFirst().at();
        }
        return server.seen() && server.frame() < client.frame() ? server : client;
    }

    /// Last packet of either side, resets included.
    public Moment last() {
        Moment last = tcp.client().last().frame() > tcp.server().last().frame() ? tcp.client().last() : tcp.server().last();
        if (!tcp.resets().isEmpty() && tcp.resets().getLast().at().frame() > last.frame()) {
            last = tcp.resets().getLast().at();
        }
        return last;
    }
}

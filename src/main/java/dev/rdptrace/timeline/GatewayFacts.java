package dev.rdptrace.timeline;

import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.gateway.HttpHead.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was read of the leg to an RD Gateway, [MS-TSGU], where its TLS could be opened.
///
/// @param read HTTP was read at all
/// @param clear it stands in the clear: a device before the gateway takes the TLS off
/// @param http what was said in HTTP
/// @param refused what the gateway refused
/// @param way to the host
/// @param channel the connection's part in the tunnel
/// @param web RDP of a browser in a WebSocket
/// @param host RDP with the host behind it, as far as it was read
public record GatewayFacts(boolean read, boolean clear, Http http, Refusal refused, Way way, Channel channel, Web web,
        Optional<Host> host) {

    public static final GatewayFacts NONE = new GatewayFacts(false, false, Http.NONE, Refusal.NONE,
            new Way("", Moment.NEVER, Moment.NEVER, false), new Channel(false, Moment.NEVER, Moment.NEVER, 0), Web.NONE, Optional.empty());

    /// What was said in HTTP.
    ///
    /// @param statuses of the answers, in order; over RPC none for the connection to the gateway once its last request was taken,
    ///     which shows in nothing being answered ([MS-RPCH] 2.1.2.1.3)
    /// @param reasons their words, in the same order
    /// @param schemes authentication schemes of the last answer that offered any
    /// @param credentials the client answered an offer with credentials
    /// @param asked the client used a method that only tunnels have ([MS-TSGU] 2.2.3.1)
    /// @param service what the client asked the gateway's web server for last
    /// @param overRpc it asked for the older transport, RPC over HTTP ([MS-RPCH] 2.1.2)
    /// @param upgrade the client asked for WebSocket
    /// @param upgraded the gateway agreed to it
    /// @param lastAnswer the last answer
    public record Http(List<Integer> statuses, List<String> reasons, List<String> schemes, boolean credentials, boolean asked,
            Service service, boolean overRpc, boolean upgrade, boolean upgraded, Moment lastAnswer) {
        static final Http NONE = new Http(List.of(), List.of(), List.of(), false, false, Service.TUNNEL, false, false, false,
                Moment.NEVER);

        public Http {
            statuses = List.copyOf(statuses);
            reasons = List.copyOf(reasons);
            schemes = List.copyOf(schemes);
        }
    }

    /// @param what `handshake`, `tunnel`, `authorization`, `channel`, `close`, or empty
    /// @param error its code, 0 none
    public record Refusal(String what, int error, Moment at) {
        public static final Refusal NONE = new Refusal("", 0, Moment.NEVER);
    }

    /// @param target the computer the client asks for, or empty
    /// @param asked when it asks for it
    /// @param answered when the gateway answers that
    /// @param opened the gateway opened the way to it
    public record Way(String target, Moment asked, Moment answered, boolean opened) {}

    /// @param out this is the connection from the gateway of a tunnel that takes two, and the gateway agreed to it
    ///     ([MS-TSGU] 3.3.5.1, [MS-RPCH] 2.1.2.1.4)
    /// @param requested the client's first packet in the tunnel, on whichever connection
    /// @param answered the gateway's first packet; over RPC that both connections have come together at the gateway
    /// @param inStatus HTTP status that decides on the connection to the gateway of such a tunnel, 0 where none was read
    public record Channel(boolean out, Moment requested, Moment answered, int inStatus) {}

    /// RDP of a browser in a WebSocket, which is none of [MS-TSGU].
    ///
    /// @param carrier how the WebSocket carries it
    /// @param refusal the gateway's
    /// @param close by the gateway
    public record Web(Carrier carrier, Optional<CleanPath.Refusal> refusal, Close close) {
        public static final Web NONE = new Web(Carrier.NONE, Optional.empty(), Close.NONE);

        /// How.
        public enum Carrier {
            NONE("none"),
            /// The gateway has the TLS with the host.
            CLEAN_PATH("RDCleanPath"),
            /// The client has it, as without a gateway.
            BYTES("RDP in a WebSocket");

            private final String title;

            Carrier(String title) {
                this.title = title;
            }

            @Override
            public String toString() {
                return title;
            }
        }

        /// RFC 6455 7.4.
        ///
        /// @param code -1 where none was given
        public record Close(int code, @Identifies(Identity.TEXT) String reason, Moment at) {
            public static final Close NONE = new Close(-1, "", Moment.NEVER);
        }
    }

    /// The host behind the gateway.
    ///
    /// @param tls what was seen of the TLS inside the tunnel
    /// @param steps when the steps of that TLS were taken
    public record Host(TlsFacts tls, Map<Step, Moment> steps) {}

    /// It was read that another service of the gateway's web server was asked for, and gave what it has: no way to a host was wanted.
    public boolean otherService() {
        return read && http.service() != Service.TUNNEL && status() > 0 && status() < 400;
    }

    /// The events of RDP inside the tunnel stand on this connection.
    public boolean tells() {
        return channel.out() || http.upgraded();
    }

    /// RDP was read inside the tunnel.
    public boolean inner() {
        return host.isPresent();
    }

    /// Which answer decides: the first that is an error and no mere demand to sign in, else the last; -1 without any.
    private int decisive() {
        for (int i = 0; i < http.statuses().size(); i++) {
            if (http.statuses().get(i) >= 400 && http.statuses().get(i) != 401) {
                return i;
            }
        }
        return http.statuses().size() - 1;
    }

    /// The HTTP status that decides, 0 where there was none.
    public int status() {
        return http.statuses().isEmpty() ? 0 : http.statuses().get(decisive());
    }

    /// The words with it.
    public String reason() {
        return http.reasons().isEmpty() ? "" : http.reasons().get(decisive());
    }

    /// The words with the decisive answer, where it has this status; the other connection of a tunnel has its own.
    public Optional<String> reason(int status) {
        return Optional.of(reason()).filter(_ -> status == status());
    }

    public GatewayError gatewayError() {
        return new GatewayError(refused.error());
    }
}

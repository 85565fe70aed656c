package dev.rdptrace.timeline;

import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.gateway.HttpHead.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was read of the leg to an RD Gateway, [MS-TSGU], where its TLS could be opened.
///
/// @param read HTTP was read at all
/// @param clear it stands in the clear: a device before the gateway takes the TLS off
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
/// @param refusal what the gateway refused: `handshake`, `tunnel`, `authorization`, `channel`, `close`, or empty
/// @param error code of that refusal, 0 none
/// @param refusalAt when
/// @param target the computer the client asks for, or empty
/// @param hostAsked when it asks for it
/// @param hostAnswered when the gateway answers that
/// @param opened the gateway opened the way to it
/// @param host RDP with the host behind it, as far as it was read
/// @param lastAnswer the last HTTP answer
/// @param out this is the connection from the gateway of a tunnel that takes two, and the gateway agreed to it
///     ([MS-TSGU] 3.3.5.1, [MS-RPCH] 2.1.2.1.4)
/// @param requested the client's first packet in the tunnel, on whichever connection
/// @param answered the gateway's first packet; over RPC that both connections have come together at the gateway
/// @param inStatus HTTP status that decides on the connection to the gateway of such a tunnel, 0 where none was read
public record GatewayFacts(boolean read, boolean clear, List<Integer> statuses, List<String> reasons, List<String> schemes,
        boolean credentials, boolean asked, Service service, boolean overRpc, boolean upgrade, boolean upgraded, String refusal,
        int error, Moment refusalAt, String target, Moment hostAsked, Moment hostAnswered, boolean opened, Optional<Host> host,
        Moment lastAnswer, boolean out, Moment requested, Moment answered, int inStatus) {

    public static final GatewayFacts NONE = new GatewayFacts(false, false, List.of(), List.of(), List.of(), false, false, Service.TUNNEL,
            false, false, false, "", 0, Moment.NEVER, "", Moment.NEVER, Moment.NEVER, false, Optional.empty(), Moment.NEVER, false,
            Moment.NEVER, Moment.NEVER, 0);

    /// The host behind the gateway.
    ///
    /// @param tls what was seen of the TLS inside the tunnel
    /// @param steps when the steps of that TLS were taken
    public record Host(TlsFacts tls, Map<Step, Moment> steps) {}

    /// It was read that another service of the gateway's web server was asked for, and gave what it has: no way to a host was wanted.
    public boolean otherService() {
        return read && service != Service.TUNNEL && status() > 0 && status() < 400;
    }

    /// The events of RDP inside the tunnel stand on this connection.
    public boolean tells() {
        return out || upgraded;
    }

    /// RDP was read inside the tunnel.
    public boolean inner() {
        return host.isPresent();
    }

    public GatewayFacts {
        statuses = List.copyOf(statuses);
        reasons = List.copyOf(reasons);
        schemes = List.copyOf(schemes);
    }

    /// Which answer decides: the first that is an error and no mere demand to sign in, else the last; -1 without any.
    private int decisive() {
        for (int i = 0; i < statuses.size(); i++) {
            if (statuses.get(i) >= 400 && statuses.get(i) != 401) {
                return i;
            }
        }
        return statuses.size() - 1;
    }

    /// The HTTP status that decides, 0 where there was none.
    public int status() {
        return statuses.isEmpty() ? 0 : statuses.get(decisive());
    }

    /// The words with it.
    public String reason() {
        return reasons.isEmpty() ? "" : reasons.get(decisive());
    }

    /// The words with the decisive answer, where it has this status; the other connection of a tunnel has its own.
    public Optional<String> reason(int status) {
        return Optional.of(reason()).filter(_ -> status == status());
    }

    public GatewayError gatewayError() {
        return new GatewayError(error);
    }
}

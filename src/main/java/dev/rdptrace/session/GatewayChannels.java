package dev.rdptrace.session;

import dev.rdptrace.timeline.Moment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Finds the other half of a tunnel: without WebSocket the packets of an RD Gateway take two connections, one a direction,
/// and what joins them is the RDG-Connection-Id of their requests ([MS-TSGU] 2.2.3.2.1, 3.3.5.1).
public final class GatewayChannels {
    /// Tunnels remembered; the oldest are forgotten.
    private static final int MOST = 1024;
    private static final int LONGEST_ID = 64;

    private final Map<String, Tunnel> tunnels = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Tunnel> eldest) {
            return size() > MOST;
        }
    };

    /// What one tunnel has told, whichever connection it came on.
    static final class Tunnel {
        /// The stream of the first channel, and the one that tells what is inside.
        final int stream;
        int teller;
        final TunnelledRdp inner;
        final GatewayCalls calls = new GatewayCalls();
        String refusal = "";
        int error;
        Moment refusalAt = Moment.NEVER;
        String target = "";
        Moment hostAsked = Moment.NEVER;
        Moment hostAnswered = Moment.NEVER;
        boolean opened;
        Moment requested = Moment.NEVER;
        Moment answered = Moment.NEVER;
        int inStatus;

        Tunnel(int stream, TunnelledRdp inner) {
            this.stream = stream;
            this.teller = stream;
            this.inner = inner;
        }
    }

    /// The tunnel that another connection has begun under this name; else `own` gets the name.
    Optional<Tunnel> join(String id, Tunnel own) {
        if (id.isEmpty() || id.length() > LONGEST_ID) {
            return Optional.empty();
        }
        Tunnel first = tunnels.putIfAbsent(id, own);
        return first == null || first == own ? Optional.empty() : Optional.of(first);
    }
}

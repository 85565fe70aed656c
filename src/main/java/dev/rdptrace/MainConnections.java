package dev.rdptrace;

import dev.rdptrace.incident.MainConnection;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Parties;
import dev.rdptrace.timeline.SideTransport;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which connections over TCP there are for a transport over UDP to belong to.
final class MainConnections {
    private static final int LIMIT = 1 << 16;

    /// Connections between two hosts.
    private static final class Between {
        int begun;
        int asking; // of these, how many ended and had told the cookies of the transports that belong to them
    }

    /// The latest: who watches for weeks meets more than these.
    private static final class Latest<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        Latest() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > LIMIT;
        }
    }

    /// By the two hosts.
    private final Map<Parties, Between> pairs = new Latest<>();
    private final Set<String> names = Collections.newSetFromMap(new Latest<>());

    void begins(Endpoint client, Endpoint server) {
        pairs.computeIfAbsent(new Parties(client.host(), server.host()), _ -> new Between()).begun++;
    }

    void ended(Attempt attempt) {
        Between between = pairs.get(new Parties(attempt.client().host(), attempt.server().host()));
        MainConnection main = MainConnection.of(attempt);
        names.addAll(main.names());
        if (between != null) {
            between.asking += main.requests().isEmpty() ? 0 : 1;
        }
    }

    /// Those that belong to none: no connection names them, and none of the same two hosts may be theirs.
    List<SideTransport> withoutOne(List<SideTransport> all) {
        return all.stream().filter(transport -> MainConnection.names(transport).stream().noneMatch(names::contains)
                && !mayBelong(transport)).toList();
    }

    private boolean mayBelong(SideTransport transport) {
        Between between = pairs.get(new Parties(transport.client().host(), transport.server().host()));
        return between != null && (between.asking < between.begun || transport.offer().cookieHash().isEmpty());
    }
}

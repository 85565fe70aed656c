package dev.rdptrace;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.tls.ClientHello;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which parties' attempts have to be looked at together, for one try may go over several addresses: of a client that is redirected or
/// turns to the other family of addresses, or of one connection seen on both sides of an address translation. It errs on the side of
/// yes, [dev.rdptrace.incident.Tries] decides. Some twenty bytes an attempt; a full list has it say less.
final class RelatedParties {
    private static final int LEGS = 8192;
    private static final int TWINS = 8192;
    /// Attempts looked at for one leg.
    private static final int NEIGHBOURS = 4096;
    private static final long REDIRECTION_NANOS = 5_000_000_000L;
    private static final long FAMILY_NANOS = 30_000_000_000L;
    private static final long SAME_TIME_NANOS = 20_000_000L;
    private static final int NEIGHBOUR_PORTS = 8;
    private static final int PLACE_BITS = 21;
    private static final long MILLI = 1_000_000;

    /// Whose attempt: the addresses of client and server, and the server's port. Compared by hand: what the language makes of a record has
    /// the JVM write a dozen classes at the first comparison.
    record Parties(long clientHigh, long clientLow, long serverHigh, long serverLow, int port) {
        static Parties of(Attempt attempt) {
            return new Parties(attempt.client().high(), attempt.client().low(), attempt.server().high(), attempt.server().low(),
                    attempt.server().port());
        }

        boolean sameClient(Parties other) {
            return clientHigh == other.clientHigh && clientLow == other.clientLow;
        }

        /// Differs for most clients that are not the same.
        int client() {
            return Long.hashCode(clientHigh * 31 + clientLow);
        }

        boolean ofIpv4() {
            return serverHigh == 0 && serverLow >>> 32 == 0xffffL;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Parties p && clientLow == p.clientLow && serverLow == p.serverLow && port == p.port
                    && clientHigh == p.clientHigh
                    && serverHigh == p.serverHigh;
        }

        @Override
        public int hashCode() {
            return Long.hashCode((clientLow * 31 + serverLow) * 31 + port + clientHigh * 17 + serverHigh);
        }
    }

    /// An attempt that another may go on with.
    ///
    /// @param client see [Parties#client]
    /// @param turned it was not answered, and the client may turn to the other family; else it was sent on
    private record Leg(int parties, int client, int port, boolean turned, long firstNanos, long lastNanos) {}

    private record Seen(int parties, long firstNanos) {}

    private final List<Parties> all = new ArrayList<>();
    private final List<Leg> legs = new ArrayList<>();
    private final Map<Long, Seen> twins = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Seen> eldest) {
            return size() > TWINS;
        }
    };
    private int[] groups = new int[64]; // of each of the parties: another of its group, or itself
    // of each attempt
    private long[] firstNanos = new long[64];
    private int[] ports = new int[64];
    private int[] owners = new int[64];
    private int[] clients = new int[64]; // see [Parties#client]
    private int size;

    /// A number for parties that are new.
    int number(Parties parties) {
        if (all.size() == groups.length) {
            groups = Arrays.copyOf(groups, 2 * groups.length);
        }
        groups[all.size()] = all.size();
        all.add(parties);
        return all.size() - 1;
    }

    void add(int parties, Attempt attempt) {
        if (size == firstNanos.length) {
            firstNanos = Arrays.copyOf(firstNanos, 2 * size);
            ports = Arrays.copyOf(ports, 2 * size);
            owners = Arrays.copyOf(owners, 2 * size);
            clients = Arrays.copyOf(clients, 2 * size);
        }
        firstNanos[size] = attempt.first().nanos();
        ports[size] = attempt.client().port();
        clients[size] = all.get(parties).client();
        owners[size++] = parties;
        boolean turned = attempt.tcp().syn().seen() && !attempt.tcp().synAck().seen();
        boolean sentOn = attempt.inner().redirection().seen() || attempt.reached(Step.CLIENT_INFO) && attempt.tcp().client().fin().seen();
        if ((turned || sentOn) && legs.size() < LEGS) {
            legs.add(new Leg(parties, all.get(parties).client(), attempt.client().port(), turned, attempt.first().nanos(),
                    attempt.last().nanos()));
        }
        if (attempt.tcp().client().payloadBytes() > 0) {
            twin(parties, attempt);
        }
    }

    private void twin(int parties, Attempt attempt) {
        long looks = attempt.tls().clientHello().map(ClientHello::random).map(Arrays::hashCode)
                .orElseGet(() -> attempt.client().port() * 31 + (int) attempt.tcp().client().payloadBytes());
        Seen before = twins.put(looks << 32 | attempt.server().port(), new Seen(parties, attempt.first().nanos()));
        if (before != null && before.parties() != parties && Math.abs(before.firstNanos() - attempt.first().nanos()) <= SAME_TIME_NANOS) {
            join(before.parties(), parties);
        }
    }

    private void join(int one, int other) {
        groups[group(one)] = group(other);
    }

    private int group(int parties) {
        int at = parties;
        while (groups[at] != at) {
            groups[at] = groups[groups[at]];
            at = groups[at];
        }
        return at;
    }

    /// The group of each of the parties, to be asked when all attempts are known.
    int[] groups() {
        long[] order = new long[size];
        long least = size == 0 ? 0 : Arrays.stream(firstNanos, 0, size).min().orElseThrow();
        for (int i = 0; i < size; i++) {
            order[i] = (firstNanos[i] - least) / MILLI << PLACE_BITS | i;
        }
        Arrays.sort(order);
        for (Leg leg : legs) {
            long from = Math.max(0, (leg.turned() ? leg.firstNanos() : leg.lastNanos() - REDIRECTION_NANOS) - least) / MILLI;
            long to = ((leg.turned() ? leg.firstNanos() + FAMILY_NANOS : leg.lastNanos() + REDIRECTION_NANOS) - least) / MILLI;
            int begin = Arrays.binarySearch(order, from << PLACE_BITS);
            begin = begin < 0 ? -begin - 1 : begin;
            for (int i = begin; i < size && i - begin < NEIGHBOURS && order[i] >>> PLACE_BITS <= to; i++) {
                int next = (int) (order[i] & (1 << PLACE_BITS) - 1);
                if (mayGoOn(leg, next)) {
                    join(leg.parties(), owners[next]);
                }
            }
        }
        int[] found = new int[all.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = group(i);
        }
        return found;
    }

    private boolean mayGoOn(Leg leg, int next) {
        if (owners[next] == leg.parties()
                || (leg.turned() ? Math.abs(ports[next] - leg.port()) > NEIGHBOUR_PORTS : clients[next] != leg.client())) {
            return false;
        }
        Parties before = all.get(leg.parties());
        Parties after = all.get(owners[next]);
        return leg.turned() ? before.ofIpv4() != after.ofIpv4() && before.port() == after.port() : before.sameClient(after);
    }
}

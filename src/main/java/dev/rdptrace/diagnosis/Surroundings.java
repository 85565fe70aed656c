package dev.rdptrace.diagnosis;

import dev.rdptrace.incident.MainConnection;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What the rest of the capture says about the parties of one attempt.
public final class Surroundings {
    private static final int LIMIT = 65_536;
    /// Who tries a password now and then is known after hours.
    private static final long SOURCE_MEMORY_NANOS = 12 * 3_600_000_000_000L;

    private static final long[] ONE_RECORDING = {};

    private long captureEndNanos;
    private long[] endsByNetwork = ONE_RECORDING;
    private boolean headersCut;
    private final Recent<Endpoint, Integer> hopLimits = new Recent<>(LIMIT);
    private final OtherClients neighbours = new OtherClients();
    private final Sources sources = new Sources();
    /// What main connections are called by the transports over UDP that belong to them.
    private final Recent<String, Boolean> mainConnections = new Recent<>(LIMIT);
    private Companions companions = Companions.NONE;
    private @Nullable CompanionsByHost byHost; // made when it is asked for

    public Surroundings() {}

    /// @param captureEndNanos time of the last packet of the capture
    public Surroundings(List<Attempt> attempts, long captureEndNanos) {
        attempts.forEach(this::note);
        now(captureEndNanos);
    }

    /// Learns from one more attempt.
    public void note(Attempt attempt) {
        neighbours.note(attempt);
        sources.note(attempt);
        MainConnection.of(attempt).names().forEach(name -> mainConnections.learn(name, _ -> true));
        if (attempt.tcp().server().traffic().packets() > 0) {
            hopLimits.learn(attempt.server().host(), _ -> attempt.tcp().server().habits().hopLimit());
        }
        if (attempt.tcp().client().traffic().packets() > 0) {
            hopLimits.learn(attempt.client().host(), _ -> attempt.tcp().client().habits().hopLimit());
        }
    }

    /// Begins to forget: what was learnt before the last turn and not since, and attempts that ended before `nanos`. Routes
    /// and servers change while somebody listens for weeks.
    public void turn(long nanos) {
        hopLimits.turn();
        mainConnections.turn();
        neighbours.turn(nanos);
        sources.forgetBefore(nanos - SOURCE_MEMORY_NANOS);
    }

    /// Packets were cut before their headers ended, so that an answer may be among them.
    public void headersCut(boolean cut) {
        headersCut = cut;
    }

    public boolean headersCut() {
        return headersCut;
    }

    /// What other traffic says about the parties.
    public void companions(Companions facts) {
        companions = facts;
        byHost = null;
    }

    /// Some connection is the one that the transport names.
    public boolean namesItsMain(SideTransport transport) {
        return MainConnection.names(transport).stream().anyMatch(mainConnections::has);
    }

    /// All is learnt: from now on several threads may ask.
    public void settled() {
        byHost();
    }

    public Companions companions() {
        return companions;
    }

    public CompanionsByHost byHost() {
        if (byHost == null) {
            byHost = new CompanionsByHost(companions);
        }
        return byHost;
    }

    /// What other connections of the capture met at the same servers.
    public OtherClients neighbours() {
        return neighbours;
    }

    /// What each client did at all servers.
    public Sources sources() {
        return sources;
    }

    /// Within so many seconds after the server's last packet the client ceased to hear anybody, while it went on talking to several
    /// hosts: then this server's silence says nothing about the server.
    public boolean deafClient(Attempt attempt, double seconds) {
        OptionalLong since = sources.unheardSince(attempt);
        return since.isPresent() && since.getAsLong() - attempt.tcp().server().last().nanos() < seconds * 1e9;
    }

    /// The capture goes on until `nanos` at least.
    public void now(long nanos) {
        captureEndNanos = Math.max(captureEndNanos, nanos);
    }

    /// The clock of the capture was set back to `nanos`.
    public void setBack(long nanos) {
        captureEndNanos = nanos;
    }

    /// The capture is of several recordings: when that of each interface ends, by its index.
    public void recordingsEnd(long[] nanosByNetwork) {
        endsByNetwork = nanosByNetwork;
    }

    /// When the recording ends that holds this attempt.
    public long recordingEndNanos(Attempt attempt) {
        int network = attempt.tcp().network();
        return 0 <= network && network < endsByNetwork.length ? endsByNetwork[network] : captureEndNanos;
    }

    /// TTL that the address shows elsewhere in the capture, or -1.
    public int hopLimit(Attempt attempt, Side side) {
        return hopLimits.find((side == Side.CLIENT ? attempt.client() : attempt.server()).host()).orElse(-1);
    }
}

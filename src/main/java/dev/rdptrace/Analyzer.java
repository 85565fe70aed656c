package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.capture.TimeOrdered;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.GatewayShape;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Fragments;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.FirstPayload;
import dev.rdptrace.session.GatewayChannels;
import dev.rdptrace.session.InternedFacts;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.x224.Tpdu.ConnectionRequest;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The whole program: frames become packets, packets connections, connections attempts with their story, attempts of one
/// user a try, and every try gets a verdict. [#analyze(PacketSource, Options, BooleanSupplier)] reads to the end and
/// judges then; [RunningAnalysis] judges while packets come.
///
/// ```
/// PacketSource ─▶ Packet ─▶ Connections ─ bytes in order ─▶ RdpSession ─▶ Attempt ─▶ Tries ─▶ Incidents ─▶ reports
/// ```
public final class Analyzer {
    private static final int RDP_PORT = 3389;
    private static final int HTTPS = 443;
    private static final int ICMPV6 = 58;
    /// Fragments of one datagram travel together.
    private static final long FRAGMENT_PATIENCE_NANOS = 500_000_000L;
    /// How much of a capture that is out of order is held to sort it.
    private static final long REORDER_BYTES = 64L << 20;
    static final CaptureFacts NO_FACTS = new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of());

    /// @param ports more ports to take for RDP
    /// @param gateways endpoints that are RD Gateways
    /// @param anyGateway take every TLS connection to a gateway's port for one, whatever its address (it may be translated)
    /// @param secrets keys for the TLS of any connection; those embedded in a capture come on top of them
    public record Options(Set<Integer> ports, Set<Endpoint> gateways, boolean anyGateway, Optional<Secrets> secrets) {
        public static final Options NONE = new Options(Set.of(), Set.of(), false);

        public Options(Set<Integer> ports, Set<Endpoint> gateways, boolean anyGateway) {
            this(ports, gateways, anyGateway, Optional.empty());
        }
    }

    /// A capture of which packets are left out that would make no difference. It knows who reads it, so as to tell him that there were
    /// such packets, and to see that they would not have made one.
    interface Thinned extends PacketSource {
        void readBy(Analyzer analyzer);

        /// What was told of a connection may rest on what its packets lack.
        void ended(Attempt attempt);
    }

    /// How to begin reading (again).
    public interface Opening {
        PacketSource open() throws IOException;
    }

    private final BitSet rdpPorts = new BitSet(65536);
    private final BitSet gatewayPorts = new BitSet(65536);
    private final BitSet followedPorts = new BitSet(65536);
    private final Set<Endpoint> gateways;
    private final boolean anyGateway;
    private final Secrets secrets;
    private final boolean alwaysOpen;
    private final Embedded embedded;
    final Connections connections;
    final Packet packet = new Packet();
    private final InternedFacts familiar = new InternedFacts();
    private final GatewayChannels channels = new GatewayChannels();
    private final MainConnections overTcp = new MainConnections();
    final CompanionPackets companions;
    Verdict verdict = Verdict.MALFORMED; // of the packet in hand
    final long[] verdicts = new long[Verdict.values().length];
    final RecordedSpans recordings = new RecordedSpans();
    long frames;
    long lastNanos;
    private long clockSetFrame = -1; // the last one before the clock was set forward
    boolean headersCut;
    private boolean followed;

    /// @param quiet told of handshakes that have stopped
    /// @param done told of connections that are over
    Analyzer(Options options, Embedded embedded, int flowLimit, int crowd, Consumer<Attempt> quiet, Consumer<Attempt> done) {
        this.embedded = embedded;
        alwaysOpen = options.secrets().isPresent();
        secrets = options.secrets().orElse(embedded.secrets);
        rdpPorts.set(RDP_PORT);
        options.ports().forEach(rdpPorts::set);
        gateways = options.gateways();
        anyGateway = options.anyGateway();
        gateways.forEach(gateway -> gatewayPorts.set(gateway.port()));
        followedPorts.or(rdpPorts);
        followedPorts.or(gatewayPorts);
        followedPorts.set(Attempt.CONSOLE_PORT);
        companions = new CompanionPackets(packet, rdpPorts, this::keys);
        connections = new Connections(new RdpInterest(ifWanted(quiet), ifWanted(attempt -> {
            overTcp.ended(attempt);
            done.accept(attempt);
        })), flowLimit, crowd);
    }

    /// Reads `source` to its end, or until `stop` says so, and judges everything in it.
    public static Analysis analyze(PacketSource source, Options options, BooleanSupplier stop) throws IOException {
        return analyze(source, options, new Embedded(new Secrets(new KeyLog()), source::facts), stop);
    }

    private static Analysis analyze(PacketSource source, Options options, Embedded embedded, BooleanSupplier stop) throws IOException {
        Whole whole = new Whole(options, embedded);
        if (source instanceof Thinned thinned) {
            thinned.readBy(whole.analyzer);
            whole.thinned = thinned;
        }
        Frame frame = new Frame();
        while (source.next(frame)) {
            whole.accept(frame);
            if ((whole.analyzer.frames & 0xfff) == 0 && stop.getAsBoolean()) {
                return whole.end(source.facts()).stopped(source.share());
            }
        }
        return whole.end(source.facts());
    }

    /// Reads to the end and judges then.
    public static final class Whole {
        private final AttemptStore attempts = new AttemptStore();
        private final Embedded embedded;
        private final Analyzer analyzer;
        private @Nullable Thinned thinned;

        /// @param facts of the capture as far as it has been read
        public Whole(Options options, Supplier<CaptureFacts> facts) {
            this(options, new Embedded(new Secrets(new KeyLog()), facts));
        }

        private Whole(Options options, Embedded embedded) {
            this.embedded = embedded;
            analyzer = new Analyzer(options, embedded, Connections.FLOW_LIMIT, Integer.MAX_VALUE, _ -> {}, this::ended);
        }

        public void accept(Frame frame) {
            analyzer.accept(frame);
        }

        /// See [RunningAnalysis#clockSet].
        public void clockSet(long nanos) {
            analyzer.clockSet(nanos);
        }

        private void ended(Attempt attempt) {
            if (thinned != null) {
                thinned.ended(attempt);
            }
            if (analyzer.clockWasSetDuring(attempt)) {
                attempts.note(attempt);
            } else {
                attempts.add(attempt);
            }
        }

        public Analysis end(CaptureFacts facts) {
            analyzer.end();
            embedded.late = embedded.add(analyzer.secrets) && analyzer.followed;
            List<Incident> incidents = attempts.judge(analyzer.lastNanos, analyzer.recordings.ends(facts), analyzer.headersCut,
                    analyzer.companions.facts(), analyzer.aloneOverUdp(analyzer.companions.facts()));
            return analyzer.analysis(facts, incidents, attempts.dropped());
        }
    }

    Analysis analysis(CaptureFacts facts, List<Incident> incidents, long dropped) {
        return new Analysis(facts, incidents, frames, connections.streams(), connections.evicted(), connections.forgotten(), dropped,
                verdicts.clone(), companions.facts(), Optional.empty());
    }

    /// The secrets that a capture carries, as far as they have been come by.
    static final class Embedded {
        private final Secrets secrets;
        private final Supplier<CaptureFacts> facts;
        private int known;
        /// Some came when connections had already gone by that they may open.
        private boolean late;

        Embedded(Secrets secrets, Supplier<CaptureFacts> facts) {
            this.secrets = secrets;
            this.facts = facts;
        }

        /// Adds the new ones; answers whether there were any.
        boolean add(Secrets to) {
            List<byte[]> all = facts.get().secrets();
            int before = known;
            for (; known < all.size(); known++) {
                to.keyLog().add(all.get(known));
            }
            return known > before;
        }
    }

    /// Reads files, and reads them again where the first reading shows that it must be done otherwise: secrets that stand
    /// behind the packets they open, packets out of time order, or a gateway that was named by an address the capture does
    /// not hold.
    public static Analysis analyze(Opening opening, Options options, BooleanSupplier stop) throws IOException {
        Secrets secrets = options.secrets().orElseGet(() -> new Secrets(new KeyLog()));
        Options suited = options;
        Reading reading = analyzeOnce(opening, suited, secrets, stop, false);
        if (reading.analysis.stopped().isPresent()) {
            return reading.analysis; // another reading would not come as far
        }
        if (reading.late) {
            reading = analyzeOnce(opening, suited, secrets, stop, false);
        }
        if (!options.gateways().isEmpty() && reading.analysis.incidents().stream()
                .noneMatch(i -> options.gateways().contains(i.server()))) {
            suited = new Options(options.ports(), options.gateways(), true, options.secrets());
            reading = analyzeOnce(opening, suited, secrets, stop, false);
        }
        return reading.analysis.stopped().isEmpty() && reading.analysis.disordered()
                ? analyzeOnce(opening, suited, secrets, stop, true).analysis
                : reading.analysis;
    }

    /// `source` in the order of its times, as far as that can be had in bounded memory.
    public static PacketSource sorted(PacketSource source) {
        return new TimeOrdered(source, REORDER_BYTES);
    }

    private record Reading(Analysis analysis, boolean late) {}

    private static Reading analyzeOnce(Opening opening, Options options, Secrets secrets, BooleanSupplier stop, boolean timeOrdered)
            throws IOException {
        try (PacketSource file = opening.open(); PacketSource source = timeOrdered ? sorted(file) : file) {
            Embedded embedded = new Embedded(secrets, source::facts);
            return new Reading(analyze(source, options, embedded, stop), embedded.late);
        }
    }

    private boolean mayBeGateway(Endpoint server) {
        return !rdpPorts.get(server.port()) && (server.port() == HTTPS || anyGateway && gatewayPorts.get(server.port()));
    }

    void clockSet(long nanos) {
        connections.expire(lastNanos + 1, 0); // what the last packet closed has ended as well
        lastNanos = nanos;
        connections.setForward(nanos);
        clockSetFrame = frames;
    }

    boolean clockWasSetDuring(Attempt attempt) {
        boolean synBefore = attempt.tcp().syn().seen() && attempt.tcp().syn().frame() <= clockSetFrame;
        return (synBefore || attempt.first().frame() <= clockSetFrame) && !attempt.sessionUp();
    }

    void accept(Frame frame) {
        frames++;
        recordings.note(frame.interfaceIndex(), frame.nanos());
        if (frame.nanos() != Frame.NO_TIME && frame.nanos() > lastNanos) {
            lastNanos = frame.nanos();
        }
        long nanos = frame.nanos() == Frame.NO_TIME ? lastNanos : frame.nanos();
        verdict = packet.wrap(frame);
        verdicts[verdict.ordinal()]++;
        switch (verdict) {
            case TCP -> {
                connections.accept(packet, frame.number(), nanos);
                companions.accept(false, frame.number(), nanos);
            }
            case ICMP -> {
                headersCut |= !companions.namesItsPacket() && frame.length() < frame.wireLength();
                companions.icmp(frame.number(), nanos);
                connections.acceptIcmp(packet, packet.protocol() == ICMPV6, frame.number(), nanos);
            }
            case CUT -> headersCut = true;
            case UDP -> companions.accept(true, frame.number(), nanos);
            case ARP -> companions.arp(frame.number(), nanos);
            case FRAGMENT, OTHER_IP, NOT_IP, ENCRYPTED_TUNNEL, MALFORMED, UNKNOWN_LINK -> {}
        }
    }

    /// RDP over UDP that belongs to no TCP connection that was followed.
    List<SideTransport> aloneOverUdp(Companions all) {
        return overTcp.withoutOne(all.sideTransports());
    }

    void end() {
        for (Fragments.Incomplete lost : packet.fragments().incomplete()) {
            if (lost.portsKnown() && lastNanos - lost.firstNanos() > FRAGMENT_PATIENCE_NANOS) {
                connections.fragmentsLost(lost.sourceHigh(), lost.sourceLow(), lost.sourcePort(), lost.destinationHigh(),
                        lost.destinationLow(), lost.destinationPort());
            }
        }
        connections.end();
    }

    /// What may open the TLS of a conversation that begins now.
    private Optional<Secrets> keys() {
        followed = true;
        embedded.add(secrets);
        return alwaysOpen || !secrets.isEmpty() ? Optional.of(secrets) : Optional.empty();
    }

    private void learn(Endpoint server) {
        connections.learn(server);
    }

    /// A connection on an RDP port, with RDP in it, to the console of a virtual machine, through a proxy to an RDP port, to a gateway
    /// that was named, or with the tunnel of one in it is an attempt; any other is nobody's business.
    private Consumer<Attempt> ifWanted(Consumer<Attempt> consumer) {
        return attempt -> {
            boolean expected = rdpPorts.get(attempt.server().port()) || rdpPorts.get(attempt.client().port());
            boolean gateway = gateways.contains(attempt.server()) || anyGateway && gatewayPorts.get(attempt.server().port());
            boolean named = gateway && !attempt.tunnel().otherService();
            boolean recognized = attempt.gateway() && attempt.proxy().says().isEmpty() && GatewayShape.fits(attempt);
            boolean through = !attempt.proxy().says().isEmpty() && rdpPorts.get(attempt.proxy().port());
            boolean console = attempt.preconnected() || attempt.server().port() == Attempt.CONSOLE_PORT && attempt.rolesCertain()
                    && attempt.unread().client().isEmpty() && attempt.unread().server().isEmpty();
            if (expected || attempt.x224().request().filter(ConnectionRequest::ofRdp).isPresent() || named || recognized || through
                    || console) {
                consumer.accept(attempt);
            } else if (attempt.tls().forVirtualDesktop()) {
                companions.virtualDesktop(attempt);
            }
        };
    }

    private final class RdpInterest implements Connections.Interest {
        private final Consumer<Attempt> quiet;
        private final Consumer<Attempt> done;

        RdpInterest(Consumer<Attempt> quiet, Consumer<Attempt> done) {
            this.quiet = quiet;
            this.done = done;
        }

        @Override
        public StreamListener follow(Connection connection) {
            Endpoint server = connection.server();
            overTcp.begins(connection.client(), server);
            return new RdpSession(connection, gateways.contains(server), mayBeGateway(server), keys(), familiar, channels,
                    Analyzer.this::learn, quiet, done);
        }

        @Override
        public boolean port(int port) {
            return followedPorts.get(port);
        }

        @Override
        public Connections.Speaker firstPayload(int serverPort, byte[] bytes, int offset, int length) {
            return FirstPayload.speaker(serverPort, bytes, offset, length);
        }
    }
}

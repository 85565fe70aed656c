package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.capture.TimeOrdered;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.diagnosis.UdpAlone;
import dev.rdptrace.incident.OpenTries;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.incident.Try;
import dev.rdptrace.net.Fragments;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.UdpStreams;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.Bystanders;
import dev.rdptrace.session.Familiar;
import dev.rdptrace.session.GatewayChannels;
import dev.rdptrace.session.GatewayName;
import dev.rdptrace.session.GatewayShape;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu.ConnectionRequest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The whole program: frames become packets, packets connections, connections attempts with their story, attempts of one
/// user a try, and every try gets a verdict. [#analyze(PacketSource, Options, BooleanSupplier)] reads to the end and
/// judges then; [Stream] judges while packets come.
///
/// ```
/// PacketSource ─ Frame ─▶ Packet ─▶ Connections ─ bytes in order ─▶ RdpSession ─▶ Attempt ─▶ Tries ─▶ Incidents ─▶ reports
/// ```
public final class Analyzer {
    private static final int RDP_PORT = 3389;
    private static final int HTTPS = 443;
    private static final int ICMPV6 = 58;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SOCKS_METHODS = 10;
    /// Bytes of a transport header that hold its ports.
    private static final int PORTS = 4;
    /// Hosts that speak RDP to each other, and are remembered.
    private static final int PAIRS = 1 << 16;
    /// Fragments of one datagram travel together.
    private static final long FRAGMENT_PATIENCE_NANOS = 500_000_000L;
    /// How much of a capture that is out of order is held to sort it.
    private static final long REORDER_BYTES = 64L << 20;
    private static final CaptureFacts NO_FACTS = new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of());

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

    /// Two hosts between which a connection was followed.
    private record Pair(Endpoint client, Endpoint server) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Pair p && client.equals(p.client) && server.equals(p.server);
        }

        @Override
        public int hashCode() {
            return client.hashCode() * 31 + server.hashCode();
        }
    }

    /// How to begin reading (again).
    public interface Opening {
        PacketSource open() throws IOException;
    }

    private final BitSet rdpPorts = new BitSet(65536);
    private final BitSet udpPorts = new BitSet(65536); // of servers that speak RDP over UDP, or may
    private final BitSet gatewayPorts = new BitSet(65536);
    private final BitSet followedPorts = new BitSet(65536);
    private final Set<Endpoint> gateways;
    private final boolean anyGateway;
    private final Secrets secrets;
    private final boolean alwaysOpen;
    private final Embedded embedded;
    private final Connections connections;
    private final Packet packet = new Packet();
    private final Familiar familiar = new Familiar();
    private final GatewayChannels channels = new GatewayChannels();
    private final Bystanders bystanders = new Bystanders();
    private final Set<Pair> overTcp = new HashSet<>();
    private final UdpStreams udpStreams = new UdpStreams();
    private final long[] verdicts = new long[Verdict.values().length];
    private final Recordings recordings = new Recordings();
    private long frames;
    private long lastNanos;
    private long clockSetFrame = -1; // the last one before the clock was set forward
    private boolean headersCut;
    private boolean followed;

    /// @param quiet told of handshakes that have stopped
    /// @param done told of connections that are over
    private Analyzer(Options options, Embedded embedded, int flowLimit, Consumer<Attempt> quiet, Consumer<Attempt> done) {
        this.embedded = embedded;
        alwaysOpen = options.secrets().isPresent();
        secrets = options.secrets().orElse(embedded.secrets);
        rdpPorts.set(RDP_PORT);
        options.ports().forEach(rdpPorts::set);
        udpPorts.or(rdpPorts);
        gateways = options.gateways();
        anyGateway = options.anyGateway();
        gateways.forEach(gateway -> gatewayPorts.set(gateway.port()));
        followedPorts.or(rdpPorts);
        followedPorts.or(gatewayPorts);
        followedPorts.set(Attempt.CONSOLE_PORT);
        connections = new Connections(new RdpInterest(ifWanted(quiet), ifWanted(done)), flowLimit);
    }

    /// Reads `source` to its end, or until `stop` says so, and judges everything in it.
    public static Analysis analyze(PacketSource source, Options options, BooleanSupplier stop) throws IOException {
        return analyze(source, options, new Embedded(new Secrets(new KeyLog()), source::facts), stop);
    }

    private static Analysis analyze(PacketSource source, Options options, Embedded embedded, BooleanSupplier stop) throws IOException {
        Whole whole = new Whole(options, embedded);
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
        private final Gathered attempts = new Gathered();
        private final Embedded embedded;
        private final Analyzer analyzer;

        /// @param facts of the capture as far as it has been read
        public Whole(Options options, Supplier<CaptureFacts> facts) {
            this(options, new Embedded(new Secrets(new KeyLog()), facts));
        }

        private Whole(Options options, Embedded embedded) {
            this.embedded = embedded;
            analyzer = new Analyzer(options, embedded, Connections.FLOW_LIMIT, _ -> { }, this::ended);
        }

        public void accept(Frame frame) {
            analyzer.accept(frame);
        }

        /// See [Stream#clockSet].
        public void clockSet(long nanos) {
            analyzer.clockSet(nanos);
        }

        private void ended(Attempt attempt) {
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
                    analyzer.bystanders.facts(), analyzer.aloneOverUdp(analyzer.bystanders.facts()));
            return analyzer.analysis(facts, incidents, attempts.dropped());
        }
    }

    private Analysis analysis(CaptureFacts facts, List<Incident> incidents, long dropped) {
        return new Analysis(facts, incidents, frames, connections.streams(), connections.evicted(), connections.forgotten(), dropped,
                verdicts.clone(), bystanders.facts(), Optional.empty());
    }

    /// The secrets that a capture carries, as far as they have been come by.
    private static final class Embedded {
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
        if (!options.gateways().isEmpty() && reading.analysis.incidents().stream().noneMatch(i -> options.gateways().contains(i.server()))) {
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

    /// Judges while packets come: from a pipe, a live capture or a replay. Every attempt is judged as it ends, with the
    /// earlier ones of its try; a handshake that stops without a close is judged when it has been quiet for a while, and
    /// again if it goes on.
    public static final class Stream {
        /// A little more than the rules want to call it silence, and less than the five seconds between the keep-alives of clients.
        private static final long QUIET_NANOS = 4_200_000_000L;
        /// Long enough for what follows a close on any network, and short enough for a verdict within two seconds of it.
        private static final long LINGER_NANOS = 750_000_000L;
        /// What other traffic says about an attempt it says minutes before at most.
        private static final long MEMORY_NANOS = 300_000_000_000L;
        /// Who listens for weeks meets more flows than anybody wants to remember.
        private static final int FLOW_LIMIT = 1 << 18;
        /// Packets overtake each other by much less; somebody has set the clock back.
        private static final long CLOCK_STEP_NANOS = 5_000_000_000L;

        private final Analyzer analyzer;
        private final OpenTries tries = new OpenTries();
        private final Surroundings surroundings = new Surroundings();
        private final Consumer<Incident> verdicts;
        private final Set<Integer> told = new HashSet<>();
        private final Set<Long> toldOverUdp = new HashSet<>();
        private final int keep;
        private final ArrayDeque<Attempt> kept = new ArrayDeque<>();
        private BooleanSupplier tooLate = () -> false;
        private long unjudged;
        private long lastTick;
        private long lastTurn = Long.MAX_VALUE;

        /// @param verdicts told of every try as it stands, each time one of its attempts ends or stops
        /// @param keep how many of the latest attempts a final [#report] may be about; with 0 there is none, and what is long past
        ///     is forgotten
        public Stream(Options options, int keep, Consumer<Incident> verdicts) {
            this.keep = keep;
            this.verdicts = verdicts;
            this.analyzer = new Analyzer(options, new Embedded(new Secrets(new KeyLog()), () -> NO_FACTS),
                    keep == 0 ? FLOW_LIMIT : Connections.FLOW_LIMIT, this::stopped, this::ended);
        }

        public void accept(Frame frame) {
            if (keep == 0 && frame.nanos() != Frame.NO_TIME && frame.nanos() < analyzer.lastNanos - CLOCK_STEP_NANOS) {
                setBack(frame.nanos());
            }
            analyzer.accept(frame);
            if (analyzer.lastNanos - lastTick > 250_000_000L) {
                tick(analyzer.lastNanos);
            }
        }

        /// What happened later by the old clock happened just now: otherwise everything would seem silent until the clock has
        /// caught up with itself.
        private void setBack(long nanos) {
            analyzer.lastNanos = nanos;
            analyzer.connections.setBack(nanos);
            surroundings.setBack(nanos);
            lastTick = nanos;
            lastTurn = nanos;
        }

        /// The clock was set forward to `nanos`: nothing has been silent for that long. Of handshakes under way nobody knows who
        /// waited for whom; they are not judged.
        public void clockSet(long nanos) {
            analyzer.clockSet(nanos);
            surroundings.now(nanos);
            lastTick = nanos;
            lastTurn = nanos;
        }

        /// Time has passed although no packet may have come; `nanos` is on the clock of the packets.
        public void tick(long nanos) {
            lastTick = nanos;
            surroundings.now(nanos);
            surroundings.headersCut(analyzer.headersCut);
            Companions companions = analyzer.bystanders.facts();
            surroundings.companions(companions);
            overUdp(analyzer.aloneOverUdp(companions), nanos, QUIET_NANOS);
            analyzer.connections.expire(nanos, LINGER_NANOS);
            analyzer.connections.restUntil(nanos, QUIET_NANOS);
            tries.forgetBefore(nanos);
            if (keep == 0) {
                forget(nanos);
            }
        }

        private void forget(long nanos) {
            analyzer.connections.giveUp(nanos);
            lastTurn = Math.min(lastTurn, nanos);
            if (nanos - lastTurn > MEMORY_NANOS) {
                lastTurn = nanos;
                surroundings.turn(nanos - MEMORY_NANOS);
                analyzer.bystanders.forgetBefore(nanos - MEMORY_NANOS);
            }
        }

        /// No more will come; what is open is judged as it stands.
        public void finish() {
            finish(() -> false);
        }

        /// The same, for as long as there is time: thousands may be open.
        ///
        /// @param late asked before each is judged
        /// @return how many were not judged
        public long finish(BooleanSupplier late) {
            tooLate = late;
            surroundings.now(analyzer.lastNanos);
            surroundings.companions(analyzer.bystanders.facts());
            analyzer.end();
            if (!late.getAsBoolean()) {
                overUdp(analyzer.aloneOverUdp(analyzer.bystanders.facts()), analyzer.lastNanos, 0);
            }
            return unjudged;
        }

        /// Tells what became of UDP that has no TCP beside it, once the client has been quiet for so long.
        private void overUdp(List<SideTransport> alone, long nanos, long quietNanos) {
            List<SideTransport> quiet = alone.stream().filter(transport -> nanos - transport.clientLast().nanos() >= quietNanos).toList();
            for (Incident incident : UdpAlone.judge(quiet, nanos)) {
                boolean open = quietNanos > 0 && incident.outcome() == Outcome.UNDETERMINED;
                long first = incident.attempts().getFirst().attempt().first().frame();
                if (!open && toldOverUdp.size() < 1 << 16 && toldOverUdp.add(first)) {
                    verdicts.accept(incident);
                }
            }
        }

        /// The whole so far: what was counted, and the latest attempts judged together.
        public Analysis report(CaptureFacts facts) {
            List<Attempt> attempts = new ArrayList<>(kept);
            attempts.sort(Comparator.comparingInt(Attempt::stream));
            List<Incident> incidents = new ArrayList<>(Incidents.judge(Tries.of(attempts), surroundings));
            incidents.addAll(UdpAlone.judge(analyzer.aloneOverUdp(analyzer.bystanders.facts()), analyzer.lastNanos));
            return analyzer.analysis(facts, Incidents.inOrder(incidents), 0);
        }

        /// TCP connections seen so far.
        public long streams() {
            return analyzer.connections.streams();
        }

        /// Connections followed now.
        public long followed() {
            return analyzer.connections.following();
        }

        private void stopped(Attempt attempt) {
            if (analyzer.clockWasSetDuring(attempt)) {
                return;
            }
            Try one = tries.add(attempt);
            Incident incident = Incidents.judge(one, surroundings);
            boolean broken = incident.outcome() == Outcome.FAILED || incident.outcome() == Outcome.INTERRUPTED;
            if (broken && !saidOfTwin(one, attempt, incident) && told.size() < 1 << 16 && told.add(attempt.stream())) {
                verdicts.accept(incident);
            }
        }

        private void ended(Attempt attempt) {
            if (tooLate.getAsBoolean()) {
                unjudged += told.remove(attempt.stream()) ? 0 : 1;
                return;
            }
            surroundings.note(attempt);
            if (analyzer.clockWasSetDuring(attempt)) {
                told.remove(attempt.stream());
                return;
            }
            if (keep > 0) {
                if (kept.size() == keep) {
                    kept.removeFirst();
                }
                kept.add(attempt);
            }
            Try one = tries.add(attempt);
            Incident incident = Incidents.judge(one, surroundings);
            boolean saidAlready = told.remove(attempt.stream()) || saidOfTwin(one, attempt, incident);
            if (!saidAlready || incident.outcome() == Outcome.ESTABLISHED) {
                verdicts.accept(incident);
            }
        }

        /// The same connection was judged before, as it looked on the other side of an address translation, and this adds nothing.
        private boolean saidOfTwin(Try one, Attempt attempt, Incident incident) {
            List<Attempt> before = one.attempts().stream().filter(other -> other != attempt).toList();
            return before.stream().anyMatch(other -> Tries.twins(other, attempt))
                    && Incidents.judge(new Try(one.client(), one.server(), before), surroundings).verdict().id().equals(incident.verdict().id());
        }
    }

    private boolean mayBeGateway(Endpoint server) {
        return !rdpPorts.get(server.port()) && (server.port() == HTTPS || anyGateway && gatewayPorts.get(server.port()));
    }

    private void clockSet(long nanos) {
        connections.expire(lastNanos + 1, 0); // what the last packet closed has ended as well
        lastNanos = nanos;
        connections.setForward(nanos);
        clockSetFrame = frames;
    }

    private boolean clockWasSetDuring(Attempt attempt) {
        boolean synBefore = attempt.tcp().syn().seen() && attempt.tcp().syn().frame() <= clockSetFrame;
        return (synBefore || attempt.first().frame() <= clockSetFrame) && !attempt.sessionUp();
    }

    private void accept(Frame frame) {
        frames++;
        recordings.note(frame.interfaceIndex(), frame.nanos());
        if (frame.nanos() != Frame.NO_TIME && frame.nanos() > lastNanos) {
            lastNanos = frame.nanos();
        }
        long nanos = frame.nanos() == Frame.NO_TIME ? lastNanos : frame.nanos();
        Verdict verdict = packet.wrap(frame);
        verdicts[verdict.ordinal()]++;
        switch (verdict) {
            case TCP -> {
                connections.accept(packet, frame.number(), nanos);
                bystander(false, frame.number(), nanos);
            }
            case ICMP -> acceptIcmp(frame, nanos);
            case CUT -> headersCut = true;
            case UDP -> bystander(true, frame.number(), nanos);
            case ARP -> bystanders.arp(packet.sourceLow(), packet.arpSenderMac(), frame.number(), nanos);
            case FRAGMENT, OTHER_IP, NOT_IP, ENCRYPTED_TUNNEL, MALFORMED, UNKNOWN_LINK -> { }
        }
    }

    private void bystander(boolean udp, long frame, long nanos) {
        if (udp && !overUdp(frame, nanos)) {
            return;
        }
        boolean knock = !udp && packet.has(Packet.SYN | Packet.RST);
        if (knock) {
            bystanders.knock(packet.has(Packet.SYN), packet.has(Packet.ACK), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                    packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(), packet.hopLimit(), frame, nanos);
        }
        boolean controller = knock && (Bystanders.controller(packet.destinationPort()) || Bystanders.controller(packet.sourcePort()));
        if (controller || Bystanders.known(udp, packet.destinationPort()) || Bystanders.known(udp, packet.sourcePort())) {
            bystanders.accept(new Bystanders.Seen(udp, !udp && packet.has(Packet.SYN) && !packet.has(Packet.ACK), !udp && packet.has(Packet.RST),
                    packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(),
                    packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(), frame, nanos));
        }
    }

    /// Answers whether the datagram is worth another look.
    private boolean overUdp(long frame, long nanos) {
        int stream = udpStreams.number(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort());
        boolean toServer = udpPorts.get(packet.destinationPort());
        if (!toServer && !udpPorts.get(packet.sourcePort())) {
            if (Bystanders.known(true, packet.destinationPort())
                    || !RdpUdpPacket.isClientSyn(packet.bytes(), packet.payloadOffset(), packet.payloadCaptured())) {
                return true;
            }
            udpPorts.set(packet.destinationPort());
            toServer = true;
        }
        if (toServer) {
            return bystanders.overUdp(stream, true, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                    packet.destinationLow(), packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(),
                    packet.payloadLength() == 0, frame, nanos);
        }
        return bystanders.overUdp(stream, false, packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(), packet.sourceHigh(),
                packet.sourceLow(), packet.sourcePort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(),
                    packet.payloadLength() == 0, frame, nanos);
    }

    private void acceptIcmp(Frame frame, long nanos) {
        boolean transport = packet.quotedProtocol() == UDP || packet.quotedProtocol() == TCP;
        boolean whose = packet.quoted() && (!transport || packet.quotedTransport() >= PORTS);
        headersCut |= !whose && frame.length() < frame.wireLength();
        if (packet.quoted() && transport) {
            boolean udp = packet.quotedProtocol() == UDP;
            boolean tooBig = IcmpFacts.tooBig(packet.protocol() == ICMPV6, packet.icmpType(), packet.icmpCode());
            if (udp && whose) {
                quotedDatagram(tooBig, frame.number(), nanos);
            }
            if (!(udp && tooBig && packet.quotedDestinationPort() == RDP_PORT)
                    && Bystanders.known(udp, packet.quotedDestinationPort())) {
                bystanders.refused(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedDestinationHigh(),
                        packet.quotedDestinationLow(), packet.quotedDestinationPort(), udp, frame.number(), nanos);
            }
        }
        connections.acceptIcmp(packet, packet.protocol() == ICMPV6, frame.number(), nanos);
    }

    /// RDP over UDP between two hosts of which no TCP connection was followed.
    private List<SideTransport> aloneOverUdp(Companions companions) {
        return companions.sideTransports().stream()
                .filter(transport -> !overTcp.contains(new Pair(transport.client().host(), transport.server().host()))).toList();
    }

    private void quotedDatagram(boolean tooBig, long frame, long nanos) {
        udpStreams.number(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(), packet.quotedDestinationHigh(),
                packet.quotedDestinationLow(), packet.quotedDestinationPort());
        if (!udpPorts.get(packet.quotedDestinationPort())) {
            return;
        }
        if (tooBig) {
            bystanders.tooBig(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(), packet.quotedDestinationHigh(),
                    packet.quotedDestinationLow(), packet.quotedDestinationPort(), packet.icmpMtu(), frame, nanos);
            return;
        }
        IcmpFacts error = new IcmpFacts(new Moment(frame, nanos), Endpoint.address(packet.sourceHigh(), packet.sourceLow()), Side.CLIENT,
                packet.protocol() == ICMPV6, packet.icmpType(), packet.icmpCode(), packet.icmpMtu(), packet.quotedLength(), false,
                packet.hopLimit());
        if (error.unreachable() || error.timeExceeded()) {
            bystanders.undelivered(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                    packet.quotedDestinationHigh(), packet.quotedDestinationLow(), packet.quotedDestinationPort(), error);
        }
    }

    private void end() {
        for (Fragments.Incomplete lost : packet.fragments().incomplete()) {
            if (lost.portsKnown() && lastNanos - lost.firstNanos() > FRAGMENT_PATIENCE_NANOS) {
                connections.fragmentsLost(lost.sourceHigh(), lost.sourceLow(), lost.sourcePort(), lost.destinationHigh(),
                        lost.destinationLow(), lost.destinationPort());
            }
        }
        connections.end();
    }

    private void learn(Endpoint server) {
        connections.learn(server);
    }

    /// A connection on an RDP port, with RDP in it, to the console of a virtual machine, through a proxy to an RDP port, to a gateway
    /// that was named, or with the tunnel of one in it is an attempt; any other is nobody's business.
    private Consumer<Attempt> ifWanted(Consumer<Attempt> consumer) {
        return attempt -> {
            boolean expected = rdpPorts.get(attempt.server().port()) || rdpPorts.get(attempt.client().port());
            boolean named = gateways.contains(attempt.server()) || anyGateway && gatewayPorts.get(attempt.server().port());
            boolean recognized = attempt.gateway() && attempt.prologue().isEmpty() && GatewayShape.fits(attempt);
            boolean through = !attempt.prologue().isEmpty() && rdpPorts.get(attempt.prologuePort());
            boolean console = attempt.preconnected() || attempt.server().port() == Attempt.CONSOLE_PORT && attempt.rolesCertain()
                    && attempt.clientOpening().isEmpty() && attempt.serverOpening().isEmpty();
            if (expected || attempt.request().filter(ConnectionRequest::ofRdp).isPresent() || named || recognized || through || console) {
                consumer.accept(attempt);
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
            followed = true;
            if (overTcp.size() < PAIRS) {
                overTcp.add(new Pair(connection.client().host(), server.host()));
            }
            embedded.add(secrets);
            Optional<Secrets> keys = alwaysOpen || !secrets.isEmpty() ? Optional.of(secrets) : Optional.empty();
            return new RdpSession(connection, gateways.contains(server), mayBeGateway(server), keys, familiar, channels, Analyzer.this::learn, quiet,
                    done);
        }

        @Override
        public boolean port(int port) {
            return followedPorts.get(port);
        }

        @Override
        public Connections.Speaker firstPayload(int serverPort, byte[] bytes, int offset, int length) {
            if (FirstBytes.couldBeConnectionRequest(bytes, offset, length) || mayLeadToRdp(bytes, offset, length)
                    || Preconnection.begins(bytes, offset, length) || GatewayName.fits(serverPort, bytes, offset, length)) {
                return Connections.Speaker.CLIENT;
            }
            // The request was overtaken by its answer.
            return FirstBytes.couldBeConnectionConfirm(bytes, offset, length) ? Connections.Speaker.SERVER : Connections.Speaker.NOBODY;
        }

        /// A PROXY header, SOCKS or an HTTP CONNECT may stand before RDP; of any, the first segment may hold the beginning only.
        private static boolean mayLeadToRdp(byte[] bytes, int offset, int length) {
            return switch (length == 0 ? 0 : bytes[offset]) {
                case 'P' -> begins(bytes, offset, length, "PROXY ");
                case 'C' -> begins(bytes, offset, length, "CONNECT ");
                case '\r' -> begins(bytes, offset, length, "\r\n\r\n\0\r\nQUIT\n");
                case 4 -> length < 2 || bytes[offset + 1] == 1;
                case 5 -> length < 2 || bytes[offset + 1] > 0 && bytes[offset + 1] <= SOCKS_METHODS && length <= 2 + bytes[offset + 1];
                default -> false;
            };
        }

        private static boolean begins(byte[] bytes, int offset, int length, String text) {
            for (int i = 0; i < length && i < text.length(); i++) {
                if (bytes[offset + i] != text.charAt(i)) {
                    return false;
                }
            }
            return true;
        }
    }
}

package dev.rdptrace;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.net.Fragments;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.wire.x224.FirstBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// The whole program in one method: frames become packets, packets connections, connections attempts with their story,
/// attempts of one user a try, and every try gets a verdict.
///
/// ```
/// PacketSource ─ Frame ─▶ Packet ─▶ Connections ─ bytes in order ─▶ RdpSession ─▶ Attempt ─▶ Tries ─▶ Incidents ─▶ reports
/// ```
public final class Analyzer {
    private static final int RDP_PORT = 3389;

    /// @param ports more ports to take for RDP
    /// @param gateways endpoints that are RD Gateways
    public record Options(Set<Integer> ports, Set<Endpoint> gateways) {
        public static final Options NONE = new Options(Set.of(), Set.of());
    }

    private final BitSet ports = new BitSet(65536);
    private final Set<Endpoint> gateways;
    private final List<Attempt> attempts = new ArrayList<>();
    private final Connections connections;
    private final long[] verdicts = new long[Verdict.values().length];
    private long frames;
    private long lastNanos;

    private Analyzer(Options options) {
        ports.set(RDP_PORT);
        options.ports().forEach(ports::set);
        gateways = options.gateways();
        gateways.forEach(gateway -> ports.set(gateway.port()));
        connections = new Connections(new RdpInterest(), connection -> {
            Endpoint server = connection.server();
            return new RdpSession(connection, gateways.contains(server), this::learn, this::collect);
        });
    }

    /// Reads `source` to its end, or until `stop` says so, and judges everything in it.
    public static Analysis analyze(PacketSource source, Options options, BooleanSupplier stop) throws IOException {
        Analyzer analyzer = new Analyzer(options);
        Frame frame = new Frame();
        Packet packet = new Packet();
        while (source.next(frame)) {
            analyzer.accept(frame, packet);
            if ((analyzer.frames & 0xfff) == 0 && stop.getAsBoolean()) {
                break;
            }
        }
        for (Fragments.Incomplete lost : packet.fragments().incomplete()) {
            if (lost.portsKnown()) {
                analyzer.connections.fragmentsLost(lost.sourceHigh(), lost.sourceLow(), lost.sourcePort(), lost.destinationHigh(),
                        lost.destinationLow(), lost.destinationPort());
            }
        }
        analyzer.connections.end();
        List<Incident> incidents = Incidents.judge(Tries.of(analyzer.attempts), new Surroundings(analyzer.attempts, analyzer.lastNanos));
        return new Analysis(source.facts(), incidents, analyzer.frames, analyzer.connections.streams(), analyzer.connections.evicted(),
                analyzer.connections.forgotten(), analyzer.verdicts.clone());
    }

    private void accept(Frame frame, Packet packet) {
        frames++;
        if (frame.nanos() != Frame.NO_TIME && frame.nanos() > lastNanos) {
            lastNanos = frame.nanos();
        }
        long nanos = frame.nanos() == Frame.NO_TIME ? lastNanos : frame.nanos();
        Verdict verdict = packet.wrap(frame);
        verdicts[verdict.ordinal()]++;
        switch (verdict) {
            case TCP -> connections.accept(packet, frame.number(), nanos);
            case ICMP -> connections.acceptIcmp(packet, packet.protocol() == 58, frame.number(), nanos);
            case UDP, ARP, FRAGMENT, OTHER_IP, NOT_IP, ENCRYPTED_TUNNEL, CUT, MALFORMED, UNKNOWN_LINK -> { }
        }
    }

    private void learn(Endpoint server) {
        connections.learn(server);
    }

    /// A connection on an RDP port or with RDP in it is an attempt; a stranger on another port is nobody's business.
    private void collect(Attempt attempt) {
        boolean expected = ports.get(attempt.server().port()) || ports.get(attempt.client().port());
        if (expected || attempt.request().isPresent()) {
            attempts.add(attempt);
        }
    }

    private final class RdpInterest implements Connections.Interest {
        @Override
        public boolean port(int port) {
            return ports.get(port);
        }

        @Override
        public Connections.Speaker firstPayload(byte[] bytes, int offset, int length) {
            if (FirstBytes.couldBeConnectionRequest(bytes, offset, length) || mayLeadToRdp(bytes, offset, length)) {
                return Connections.Speaker.CLIENT;
            }
            // The request was overtaken by its answer.
            return FirstBytes.couldBeConnectionConfirm(bytes, offset, length) ? Connections.Speaker.SERVER : Connections.Speaker.NOBODY;
        }

        /// A PROXY header, SOCKS or an HTTP CONNECT may stand before RDP.
        private static boolean mayLeadToRdp(byte[] bytes, int offset, int length) {
            if (length < 3) {
                return false;
            }
            return switch (bytes[offset]) {
                case 'P' -> length > 6 && bytes[offset + 1] == 'R' && bytes[offset + 2] == 'O' && bytes[offset + 3] == 'X';
                case 'C' -> length > 8 && bytes[offset + 1] == 'O' && bytes[offset + 2] == 'N' && bytes[offset + 7] == ' ';
                case '\r' -> length >= 16 && bytes[offset + 1] == '\n' && bytes[offset + 7] == 'Q';
                case 4 -> length >= 9 && bytes[offset + 1] == 1;
                case 5 -> length == 2 + bytes[offset + 1] && length <= 8;
                default -> false;
            };
        }
    }
}

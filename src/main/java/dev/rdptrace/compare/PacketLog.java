package dev.rdptrace.compare;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/// The packets of those connections of a capture that an analysis has found worth it, read in a second pass. A packet of
/// any other connection costs one look-up.
public final class PacketLog {
    private static final int LEGS = 4096;
    /// So many of one connection are compared, and of all together; that there are more is noted.
    public static final int PACKETS_OF_A_LEG = 20_000;
    public static final int PACKETS = 400_000;
    private static final int SLOTS = 1 << 14;

    /// Both directions between two endpoints, which may have had several connections one after the other.
    private static final class Flow {
        private final Endpoint client;
        private final Endpoint server;
        private final Flow next;
        private final List<ConnectionPackets> legs = new ArrayList<>();

        Flow(Endpoint client, Endpoint server, Flow next) {
            this.client = client;
            this.server = server;
            this.next = next;
        }

        boolean fromClient(Packet p) {
            return p.sourceLow() == client.low() && p.sourcePort() == client.port() && p.sourceHigh() == client.high()
                    && p.destinationLow() == server.low() && p.destinationPort() == server.port() && p.destinationHigh() == server.high();
        }

        boolean fromServer(Packet p) {
            return p.sourceLow() == server.low() && p.sourcePort() == server.port() && p.sourceHigh() == server.high()
                    && p.destinationLow() == client.low() && p.destinationPort() == client.port() && p.destinationHigh() == client.high();
        }

        /// The connection that a frame of these endpoints belongs to.
        ConnectionPackets at(long frame) {
            ConnectionPackets found = legs.getFirst();
            for (int i = 1; i < legs.size() && legs.get(i).leg().firstFrame() <= frame; i++) {
                found = legs.get(i);
            }
            return found;
        }
    }

    private final Flow[] table = new Flow[SLOTS];
    private final List<ConnectionPackets> legs = new ArrayList<>();
    private long firstNanos = Long.MAX_VALUE;
    private long lastNanos = Long.MIN_VALUE;
    private int kept;

    private PacketLog(List<Leg> all) {
        List<Leg> ordered = new ArrayList<>(all);
        ordered.sort(Comparator.comparingLong(Leg::firstFrame));
        for (Leg one : ordered.subList(0, Math.min(LEGS, ordered.size()))) {
            ConnectionPackets leg = new ConnectionPackets(one);
            flow(one).legs.add(leg);
            legs.add(leg);
        }
    }

    /// A log of packets that were taken from a capture before.
    ///
    /// @param seen of the capture, as [SeenPackets] wrote them, in the order of its frames
    /// @param firstNanos time of the earliest frame of any kind
    /// @param lastNanos time of the latest frame of any kind
    public static PacketLog of(List<Leg> legs, List<SeenPackets> seen, long firstNanos, long lastNanos) {
        PacketLog log = new PacketLog(legs);
        log.firstNanos = firstNanos;
        log.lastNanos = lastNanos;
        for (SeenPackets some : seen) {
            some.forEach((source, destination, segment) -> log.keep(source, destination, segment, some.cut()));
        }
        log.legs.forEach(ConnectionPackets::sort);
        return log;
    }

    private Flow flow(Leg leg) {
        int slot = slot(leg.client().low(), leg.client().port(), leg.server().low(), leg.server().port());
        for (Flow flow = table[slot]; flow != null; flow = flow.next) {
            if (flow.client.equals(leg.client()) && flow.server.equals(leg.server())) {
                return flow;
            }
        }
        table[slot] = new Flow(leg.client(), leg.server(), table[slot]);
        return table[slot];
    }

    /// The same for both directions.
    private static int slot(long low, int port, long otherLow, int otherPort) {
        long mixed = (low + port * 0x9e3779b97f4a7c15L ^ otherLow + otherPort * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
        return (int) (mixed >>> 48) & SLOTS - 1;
    }

    /// Reads the packets of `attempts`, which an analysis of the same source found.
    public static PacketLog read(PacketSource source, List<Attempt> attempts, BooleanSupplier stop) throws IOException {
        PacketLog log = new PacketLog(attempts.stream().map(Leg::of).toList());
        Frame frame = new Frame();
        Packet packet = new Packet();
        while (source.next(frame)) {
            if ((frame.number() & 0xfff) == 0 && stop.getAsBoolean()) {
                break;
            }
            if (frame.nanos() == Frame.NO_TIME) {
                continue; // without a time nothing can be aligned
            }
            log.firstNanos = Math.min(log.firstNanos, frame.nanos());
            log.lastNanos = Math.max(log.lastNanos, frame.nanos());
            if (packet.wrap(frame) == Verdict.TCP) {
                log.keep(packet, frame);
            }
        }
        log.legs.forEach(ConnectionPackets::sort);
        return log;
    }

    private void keep(Packet packet, Frame frame) {
        int slot = slot(packet.sourceLow(), packet.sourcePort(), packet.destinationLow(), packet.destinationPort());
        for (Flow flow = table[slot]; flow != null; flow = flow.next) {
            boolean fromClient = flow.fromClient(packet);
            if (fromClient || flow.fromServer(packet)) {
                ConnectionPackets leg = flow.at(frame.number());
                if (room(leg)) {
                    leg.add(SeenSegment.of(packet, fromClient ? Side.CLIENT : Side.SERVER, frame.number(), frame.nanos()));
                }
                return;
            }
        }
    }

    /// @param cut the flow has packets that were not taken down
    private void keep(Endpoint source, Endpoint destination, SeenSegment segment, boolean cut) {
        int slot = slot(source.low(), source.port(), destination.low(), destination.port());
        for (Flow flow = table[slot]; flow != null; flow = flow.next) {
            boolean fromClient = flow.client.equals(source) && flow.server.equals(destination);
            if (fromClient || flow.server.equals(source) && flow.client.equals(destination)) {
                ConnectionPackets leg = flow.at(segment.frame());
                if (room(leg)) {
                    leg.add(segment.from(fromClient ? Side.CLIENT : Side.SERVER));
                }
                if (cut) {
                    flow.legs.forEach(ConnectionPackets::overflow);
                }
                return;
            }
        }
    }

    /// There is room for one packet more, which is counted.
    private boolean room(ConnectionPackets leg) {
        if (kept == PACKETS || leg.size() >= PACKETS_OF_A_LEG) {
            leg.overflow();
            return false;
        }
        kept++;
        return true;
    }

    List<ConnectionPackets> legs() {
        return legs;
    }

    /// Time of the earliest frame of any kind.
    long firstNanos() {
        return firstNanos;
    }

    /// Time of the latest frame of any kind.
    long lastNanos() {
        return lastNanos;
    }
}

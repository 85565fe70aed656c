package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import java.util.Arrays;

/// All TCP connections of a capture: numbers them as Wireshark does and follows those worth it.
///
/// A connection is worth following when one of its ports is an RDP port, when its server has spoken RDP on that port
/// before, or when its first payload looks like RDP ([Interest#firstPayload]). Any other costs a few words in an
/// open-addressing table and no object.
public final class Connections {

    /// What makes a connection worth following.
    public interface Interest {
        /// A port that is followed from the first packet on.
        boolean port(int port);

        /// Could this be the first payload of a connection to follow? Called with the first payload of either side, and the
        /// port it goes to.
        boolean firstPayload(int port, byte[] bytes, int offset, int length);

        /// Begins to follow one; what comes of it is told to the answer.
        StreamListener follow(Connection connection);
    }

    /// Connections followed at once; beyond it the one that was quiet longest is judged as it stands.
    public static final int FOLLOWED_LIMIT = 1 << 17;
    /// Flows known at once; beyond it quiet ones that are not followed are forgotten.
    public static final int FLOW_LIMIT = 1 << 21;
    /// So many bytes of a quoted TCP header make Wireshark give it a stream number.
    private static final int NUMBERED_QUOTE = 16;
    private static final long LINGER_NANOS = 2_000_000_000L;

    private static final byte FREE = 0;
    private static final byte CANDIDATE = 1;
    private static final byte IGNORED = 2;
    private static final byte FOLLOWED = 3;

    private final Interest interest;

    // the table: one slot a flow, canonical order (lower endpoint first)
    private int mask;
    private int used;
    private byte[] state;
    private long[] lowHigh;
    private long[] lowLow;
    private long[] highHigh;
    private long[] highLow;
    private int[] ports;
    private int[] number;
    private int[] baseLow; // initial sequence number of the lower endpoint, seen or reckoned
    private int[] baseHigh;
    private byte[] flags; // LOW_BASED, HIGH_BASED, LOW_IS_CLIENT, CLOSED
    private int[] lastSeen; // packet counter, for forgetting
    private long[] synAt; // frame of SYN, SYN-ACK, ACK and their times, of candidates only
    private Connection[] followed;

    private static final int LOW_BASED = 1;
    private static final int HIGH_BASED = 2;
    private static final int BASED = LOW_BASED | HIGH_BASED;
    private static final int LOW_IS_CLIENT = 4;
    private static final int ROLES_KNOWN = 8;
    private static final int CLOSED = 16;
    private static final int MOMENTS = 6;

    private int streams;
    private int clock;
    private long evicted;
    private long forgotten;
    private final Chain open = new Chain();
    private final Chain resting = new Chain();
    private final Chain closing = new Chain();
    private int following;
    private final RdpEndpoints known = new RdpEndpoints();

    public Connections(Interest interest) {
        this.interest = interest;
        allocate(1 << 12);
    }

    private void allocate(int size) {
        mask = size - 1;
        state = new byte[size];
        lowHigh = new long[size];
        lowLow = new long[size];
        highHigh = new long[size];
        highLow = new long[size];
        ports = new int[size];
        number = new int[size];
        baseLow = new int[size];
        baseHigh = new int[size];
        flags = new byte[size];
        lastSeen = new int[size];
        synAt = new long[size * MOMENTS];
        followed = new Connection[size];
    }

    /// Streams seen so far.
    public int streams() {
        return streams;
    }

    /// Connections followed now.
    public int following() {
        return following;
    }

    /// Connections judged early for lack of room.
    public long evicted() {
        return evicted;
    }

    /// Flows not followed that were forgotten for lack of room; numbers may differ from Wireshark's after that.
    public long forgotten() {
        return forgotten;
    }

    /// The server spoke RDP: follow every connection to this endpoint from its SYN on.
    public void learn(Endpoint server) {
        known.add(server.high(), server.low(), server.port());
    }

    // ---- packets ----

    /// One TCP segment.
    public void accept(Packet packet, long frame, long nanos) {
        clock++;
        int slot = lookup(packet);
        boolean pureSyn = (packet.flags() & (Packet.SYN | Packet.ACK)) == Packet.SYN;
        if (state[slot] == FREE) {
            slot = insert(slot, packet);
        } else if (pureSyn) {
            renew(slot, packet);
        }
        lastSeen[slot] = clock;
        if ((flags[slot] & BASED) != BASED) {
            noteBase(slot, packet);
        }
        if (packet.has(Packet.SYN | Packet.FIN | Packet.RST)) {
            noteFlags(slot, packet, pureSyn);
        }
        switch (state[slot]) {
            case IGNORED -> { }
            case FOLLOWED -> follow(slot, packet, frame, nanos);
            default -> consider(slot, packet, frame, nanos);
        }
        if ((clock & 0x3ff) == 0) {
            expire(nanos);
        }
    }

    private void consider(int slot, Packet packet, long frame, long nanos) {
        boolean wanted = interest.port(packet.sourcePort()) || interest.port(packet.destinationPort())
                || !known.isEmpty() && (known.has(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                        || known.has(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort()));
        if (!wanted) {
            if (packet.payloadLength() == 0) {
                noteHandshake(slot, packet, frame, nanos);
                return;
            }
            if (!interest.firstPayload(packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured())) {
                state[slot] = IGNORED;
                return;
            }
        }
        begin(slot, packet, wanted, frame, nanos);
        follow(slot, packet, frame, nanos);
    }

    private void noteHandshake(int slot, Packet packet, long frame, long nanos) {
        int at = slot * MOMENTS;
        if (packet.has(Packet.SYN)) {
            int which = packet.has(Packet.ACK) ? 2 : 0;
            if (synAt[at + which] == 0) {
                synAt[at + which] = frame;
                synAt[at + which + 1] = nanos;
            }
        } else if (packet.has(Packet.ACK) && synAt[at + 4] == 0 && synAt[at + 2] != 0) {
            synAt[at + 4] = frame;
            synAt[at + 5] = nanos;
        }
    }

    private void begin(int slot, Packet packet, boolean wanted, long frame, long nanos) {
        boolean sourceIsLow = sourceIsLow(packet);
        boolean sourceIsClient;
        boolean certain = (flags[slot] & ROLES_KNOWN) != 0;
        if (certain) {
            sourceIsClient = ((flags[slot] & LOW_IS_CLIENT) != 0) == sourceIsLow;
        } else if (interest.port(packet.sourcePort()) != interest.port(packet.destinationPort())) {
            sourceIsClient = interest.port(packet.destinationPort());
        } else if (known.has(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())) {
            sourceIsClient = false;
        } else if (!wanted) {
            sourceIsClient = true; // its first payload looks like a request
        } else {
            sourceIsClient = packet.sourcePort() >= packet.destinationPort();
        }
        Endpoint source = new Endpoint(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
        Endpoint destination = new Endpoint(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        Connection connection = new Connection(number[slot], sourceIsClient ? source : destination,
                sourceIsClient ? destination : source, certain, slot);
        int at = slot * MOMENTS;
        connection.recall(synAt[at], synAt[at + 1], synAt[at + 2], synAt[at + 3], synAt[at + 4], synAt[at + 5]);
        connection.listenWith(interest.follow(connection));
        followed[slot] = connection;
        state[slot] = FOLLOWED;
        open.addNewest(connection);
        following++;
        if (following > FOLLOWED_LIMIT) {
            Connection victim = closing.oldest() != null ? closing.oldest() : resting.oldest() != null ? resting.oldest() : open.oldest();
            evicted++;
            finish(victim, StreamListener.End.EVICTED);
        }
    }

    private void follow(int slot, Packet packet, long frame, long nanos) {
        Connection connection = followed[slot];
        connection.accept(packet, frame, nanos);
        if (connection.closing) {
            return;
        }
        (connection.resting ? resting : open).remove(connection);
        connection.resting = false;
        if (connection.isClosed()) {
            connection.closing = true;
            closing.addNewest(connection);
        } else {
            open.addNewest(connection);
        }
    }

    /// An ICMP error; what it quotes tells whose connection it is about.
    public void acceptIcmp(Packet packet, boolean version6, long frame, long nanos) {
        if (!packet.quoted() || packet.quotedProtocol() != 6) {
            return;
        }
        boolean quotedIsLow = isLow(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                packet.quotedDestinationHigh(), packet.quotedDestinationLow(), packet.quotedDestinationPort());
        long aHigh = quotedIsLow ? packet.quotedSourceHigh() : packet.quotedDestinationHigh();
        long aLow = quotedIsLow ? packet.quotedSourceLow() : packet.quotedDestinationLow();
        long bHigh = quotedIsLow ? packet.quotedDestinationHigh() : packet.quotedSourceHigh();
        long bLow = quotedIsLow ? packet.quotedDestinationLow() : packet.quotedSourceLow();
        int portPair = quotedIsLow ? packet.quotedSourcePort() << 16 | packet.quotedDestinationPort()
                : packet.quotedDestinationPort() << 16 | packet.quotedSourcePort();
        int slot = find(aHigh, aLow, bHigh, bLow, portPair);
        if (state[slot] == FREE && packet.quotedTransport() >= NUMBERED_QUOTE) {
            // Wireshark numbers a connection that only an error speaks of.
            clock++;
            insert(slot, aHigh, aLow, bHigh, bLow, portPair);
            return;
        }
        if (state[slot] != FOLLOWED) {
            return;
        }
        Connection connection = followed[slot];
        Side about = packet.quotedSourcePort() == connection.client().port() && packet.quotedSourceLow() == connection.client().low()
                ? Side.CLIENT : Side.SERVER;
        HalfStream half = connection.half(about);
        boolean quotesSyn = half.basedOnSyn() && packet.quotedSequence() == half.initialSequence();
        connection.onIcmp(new IcmpFacts(new Moment(frame, nanos), Endpoint.address(packet.sourceHigh(), packet.sourceLow()), about,
                version6, packet.icmpType(), packet.icmpCode(), packet.icmpMtu(), packet.quotedLength(), quotesSyn,
                packet.hopLimit()));
    }

    /// An IP datagram between these endpoints never became whole.
    public void fragmentsLost(long sourceHigh, long sourceLow, int sourcePort, long destinationHigh, long destinationLow, int destinationPort) {
        boolean sourceIsLow = isLow(sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
        int slot = sourceIsLow
                ? find(sourceHigh, sourceLow, destinationHigh, destinationLow, sourcePort << 16 | destinationPort)
                : find(destinationHigh, destinationLow, sourceHigh, sourceLow, destinationPort << 16 | sourcePort);
        if (state[slot] == FOLLOWED) {
            followed[slot].onFragmentsLost();
        }
    }

    // ---- ends ----

    /// The capture is over: what is still open is judged as it stands, in the order of its stream numbers.
    public void end() {
        Connection[] rest = new Connection[following];
        int count = 0;
        for (Connection connection : followed) {
            if (connection != null) {
                rest[count++] = connection;
            }
        }
        Arrays.sort(rest, 0, count, (a, b) -> Integer.compare(a.stream(), b.stream()));
        for (int i = 0; i < count; i++) {
            finish(rest[i], StreamListener.End.CAPTURE_ENDED);
        }
    }

    /// Judges connections that were closed and have been quiet for two seconds.
    public void expire(long nanos) {
        Connection oldest = closing.oldest();
        while (oldest != null && nanos - oldest.lastNanos() > LINGER_NANOS) {
            finish(oldest, StreamListener.End.CLOSED);
            oldest = closing.oldest();
        }
    }

    /// Tells the listeners of connections that have been quiet for `quietNanos`.
    public void restUntil(long nanos, long quietNanos) {
        Connection oldest = open.oldest();
        while (oldest != null && nanos - oldest.lastNanos() > quietNanos) {
            open.remove(oldest);
            resting.addNewest(oldest);
            oldest.resting = true;
            oldest.onQuiet(nanos);
            oldest = open.oldest();
        }
    }

    private void finish(Connection connection, StreamListener.End why) {
        (connection.closing ? closing : connection.resting ? resting : open).remove(connection);
        following--;
        if (followed[connection.slot] == connection) {
            followed[connection.slot] = null;
            state[connection.slot] = IGNORED;
        }
        connection.end(why);
    }

    // ---- the table ----

    /// Wireshark begins a new stream when a SYN comes whose sequence number is not the one it knows, whatever was before.
    ///
    /// The same SYN after a close is one more try under the same number: Windows repeats a SYN that was refused.
    private void renew(int slot, Packet packet) {
        boolean low = sourceIsLow(packet);
        boolean based = (flags[slot] & (low ? LOW_BASED : HIGH_BASED)) != 0;
        boolean other = based && packet.sequence() != (low ? baseLow[slot] : baseHigh[slot]);
        if (!other && (flags[slot] & CLOSED) == 0) {
            return;
        }
        if (state[slot] == FOLLOWED) {
            finish(followed[slot], StreamListener.End.REPLACED);
        }
        state[slot] = CANDIDATE;
        flags[slot] = 0;
        Arrays.fill(synAt, slot * MOMENTS, slot * MOMENTS + MOMENTS, 0);
        if (other) {
            number[slot] = streams++;
        }
    }

    /// The sequence number that a SYN has, or must have had as the first packet of each direction suggests.
    private void noteBase(int slot, Packet packet) {
        boolean low = sourceIsLow(packet);
        if ((flags[slot] & (low ? LOW_BASED : HIGH_BASED)) == 0) {
            setBase(slot, low, packet.has(Packet.SYN) ? packet.sequence() : packet.sequence() - 1);
        }
        if ((flags[slot] & (low ? HIGH_BASED : LOW_BASED)) == 0 && packet.has(Packet.ACK)) {
            setBase(slot, !low, packet.acknowledgement() - 1);
        }
    }

    private void setBase(int slot, boolean low, int sequence) {
        if (low) {
            baseLow[slot] = sequence;
        } else {
            baseHigh[slot] = sequence;
        }
        flags[slot] |= (byte) (low ? LOW_BASED : HIGH_BASED);
    }

    private void noteFlags(int slot, Packet packet, boolean pureSyn) {
        if (!packet.has(Packet.SYN)) {
            flags[slot] |= CLOSED;
        } else if ((flags[slot] & ROLES_KNOWN) == 0) {
            flags[slot] |= ROLES_KNOWN;
            if (sourceIsLow(packet) == pureSyn) {
                flags[slot] |= LOW_IS_CLIENT;
            }
        }
    }

    private static boolean sourceIsLow(Packet packet) {
        return isLow(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort());
    }

    private static boolean isLow(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        if (aHigh != bHigh) {
            return aHigh < bHigh;
        }
        return aLow != bLow ? aLow < bLow : aPort <= bPort;
    }

    private int lookup(Packet packet) {
        return sourceIsLow(packet)
                ? find(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(),
                        packet.sourcePort() << 16 | packet.destinationPort())
                : find(packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow(),
                        packet.destinationPort() << 16 | packet.sourcePort());
    }

    private int find(long aHigh, long aLow, long bHigh, long bLow, int portPair) {
        int slot = (int) mix(aHigh, aLow, bHigh, bLow, portPair) & mask;
        while (state[slot] != FREE && (ports[slot] != portPair || lowLow[slot] != aLow || highLow[slot] != bLow
                || lowHigh[slot] != aHigh || highHigh[slot] != bHigh)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private static long mix(long aHigh, long aLow, long bHigh, long bLow, int portPair) {
        long hash = (aLow ^ aHigh * 31) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 29 ^ bLow ^ bHigh * 31) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ hash >>> 32 ^ portPair) * 0x94D049BB133111EBL;
        return hash ^ hash >>> 31;
    }

    private int insert(int freeSlot, Packet packet) {
        return sourceIsLow(packet)
                ? insert(freeSlot, packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(),
                        packet.sourcePort() << 16 | packet.destinationPort())
                : insert(freeSlot, packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow(),
                        packet.destinationPort() << 16 | packet.sourcePort());
    }

    private int insert(int freeSlot, long aHigh, long aLow, long bHigh, long bLow, int portPair) {
        int slot = freeSlot;
        if (used * 2 > mask) {
            if (mask + 1 < FLOW_LIMIT * 2) {
                rebuild((mask + 1) * 2, Integer.MIN_VALUE);
            } else {
                rebuild(mask + 1, clock - used / 4);
            }
            slot = find(aHigh, aLow, bHigh, bLow, portPair);
        }
        state[slot] = CANDIDATE;
        lowHigh[slot] = aHigh;
        lowLow[slot] = aLow;
        highHigh[slot] = bHigh;
        highLow[slot] = bLow;
        ports[slot] = portPair;
        number[slot] = streams++;
        flags[slot] = 0;
        lastSeen[slot] = clock;
        used++;
        return slot;
    }

    /// Moves what is kept into a new table; flows that are not followed and were last seen before `seenSince` are dropped.
    private void rebuild(int size, int seenSince) {
        byte[] oldState = state;
        long[] oldLowHigh = lowHigh;
        long[] oldLowLow = lowLow;
        long[] oldHighHigh = highHigh;
        long[] oldHighLow = highLow;
        int[] oldPorts = ports;
        int[] oldNumber = number;
        int[] oldBaseLow = baseLow;
        int[] oldBaseHigh = baseHigh;
        byte[] oldFlags = flags;
        int[] oldLastSeen = lastSeen;
        long[] oldSynAt = synAt;
        Connection[] oldFollowed = followed;
        allocate(size);
        used = 0;
        for (int i = 0; i < oldState.length; i++) {
            if (oldState[i] == FREE) {
                continue;
            }
            if (oldState[i] != FOLLOWED && oldLastSeen[i] < seenSince) {
                forgotten++;
                continue;
            }
            int slot = find(oldLowHigh[i], oldLowLow[i], oldHighHigh[i], oldHighLow[i], oldPorts[i]);
            state[slot] = oldState[i];
            lowHigh[slot] = oldLowHigh[i];
            lowLow[slot] = oldLowLow[i];
            highHigh[slot] = oldHighHigh[i];
            highLow[slot] = oldHighLow[i];
            ports[slot] = oldPorts[i];
            number[slot] = oldNumber[i];
            baseLow[slot] = oldBaseLow[i];
            baseHigh[slot] = oldBaseHigh[i];
            flags[slot] = oldFlags[i];
            lastSeen[slot] = oldLastSeen[i];
            System.arraycopy(oldSynAt, i * MOMENTS, synAt, slot * MOMENTS, MOMENTS);
            followed[slot] = oldFollowed[i];
            if (followed[slot] != null) {
                followed[slot].slot = slot;
            }
            used++;
        }
    }

    /// Endpoints that have spoken RDP.
    private static final class RdpEndpoints {
        private static final int LIMIT = 4096;
        private final java.util.HashSet<Endpoint> endpoints = new java.util.HashSet<>();
        private final boolean[] portSeen = new boolean[65536];

        void add(long high, long low, int port) {
            if (endpoints.size() < LIMIT && endpoints.add(new Endpoint(high, low, port))) {
                portSeen[port] = true;
            }
        }

        boolean isEmpty() {
            return endpoints.isEmpty();
        }

        boolean has(long high, long low, int port) {
            return portSeen[port] && endpoints.contains(new Endpoint(high, low, port));
        }
    }

    /// Connections from the quietest to the most recently active.
    private static final class Chain {
        private Connection oldest;
        private Connection newest;

        Connection oldest() {
            return oldest;
        }

        void addNewest(Connection connection) {
            connection.older = newest;
            connection.newer = null;
            if (newest == null) {
                oldest = connection;
            } else {
                newest.newer = connection;
            }
            newest = connection;
        }

        void remove(Connection connection) {
            if (connection.older == null) {
                oldest = connection.newer;
            } else {
                connection.older.newer = connection.newer;
            }
            if (connection.newer == null) {
                newest = connection.older;
            } else {
                connection.newer.older = connection.older;
            }
            connection.older = null;
            connection.newer = null;
        }
    }
}

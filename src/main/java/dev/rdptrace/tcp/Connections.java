package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import org.jspecify.annotations.Nullable;

/// All TCP connections of a capture: numbers them as Wireshark does and follows those worth it.
///
/// A connection is worth following when one of its ports is an RDP port, when its server has spoken RDP on that port
/// before, or when its first payload looks like RDP ([Interest#firstPayload]); where that needs more bytes, it is followed until
/// they have come. Any other costs a few words in an open-addressing table and no object.
public final class Connections {

    /// What makes a connection worth following.
    public interface Interest {
        /// A port that is followed from the first packet on.
        boolean port(int port);

        /// Who speaks like this first in a connection to follow? Called with the first payload, of either side, and the port
        /// it goes to.
        Speaker firstPayload(int port, byte[] bytes, int offset, int length);

        /// Begins to follow one; what comes of it is told to the answer.
        StreamListener follow(Connection connection);
    }

    /// Whose first payload something looks like.
    public enum Speaker {
        NOBODY,
        /// More bytes are needed: of those the client sends.
        UNCLEAR,
        CLIENT,
        SERVER
    }

    /// Connections followed at once, some 6 KB each. Beyond it one is judged as it stands: first of those that were closed,
    /// then of those that have carried nothing, so that a flood cannot drive out a session; the one that was quiet longest.
    public static final int FOLLOWED_LIMIT = 1 << 14;
    /// With so many followed, a connection on another port whose server greets is nobody's: mail, files and shells do, and each would be
    /// followed until its client has spoken.
    private static final int GREETED = 1 << 10;
    /// Flows known at once, unless said.
    public static final int FLOW_LIMIT = FlowTable.LIMIT;
    /// Bytes of payload held for all connections together.
    public static final long HELD_LIMIT = 64L << 20;
    /// So many bytes of a quoted TCP header make Wireshark give it a stream number.
    private static final int NUMBERED_QUOTE = 16;
    private static final long LINGER_NANOS = 2_000_000_000L;
    /// Nobody repeats the last packet of a connection for longer.
    private static final long REPEAT_NANOS = 120_000_000_000L;
    /// A client repeats its SYN at last after a minute, and gives up after another.
    private static final long HOLLOW_PATIENCE_NANOS = 300_000_000_000L;
    /// Keep-alives of TCP itself come every two hours where nobody has set anything else.
    private static final long PATIENCE_NANOS = 3 * 3600_000_000_000L;

    private final Interest interest;
    private final int crowd;

    private final Handshakes handshakes = new Handshakes();
    private final BufferPool pages = new BufferPool();
    private final Moments moments = new Moments();
    private final FlowTable overIpv4;
    private final FlowTable overIpv6;
    private FlowTable flows; // that of the packet at hand
    private @Nullable StreamListener follower; // of its connection
    private final Difference difference = new Difference(); // that it made
    private final Packet earlier = new Packet();
    private final FollowedConnections followed = new FollowedConnections();
    private int streams;
    private int clock;
    private int recent; // what the clock was when the last stretch of time began
    private int past; // and the one before
    private long stretchNanos = Long.MIN_VALUE;
    private boolean patient;
    private long tickNanos; // when connections were last looked through
    private long evicted;
    private long waiting;
    private long held;
    private final RdpEndpoints known = new RdpEndpoints();

    public Connections(Interest interest) {
        this(interest, FLOW_LIMIT, Integer.MAX_VALUE);
    }

    /// @param flowLimit flows known at once
    /// @param crowd so many connections followed, and one on an RDP port is followed no sooner than its first payload, as on any
    ///     other port: a flood of SYNs costs next to nothing
    public Connections(Interest interest, int flowLimit, int crowd) {
        this.interest = interest;
        this.crowd = crowd;
        overIpv4 = new FlowTable(false, handshakes, flowLimit);
        overIpv6 = new FlowTable(true, handshakes, flowLimit);
        flows = overIpv4;
    }

    /// Streams seen so far.
    public int streams() {
        return streams;
    }

    /// Connections followed now.
    public int following() {
        return followed.count();
    }

    /// Connections judged early for lack of room.
    public long evicted() {
        return evicted;
    }

    /// Connections of which nothing but the opening was looked at because of the crowd.
    public long waiting() {
        return waiting;
    }

    /// Flows not followed that were forgotten for lack of room; numbers may differ from Wireshark's after that.
    public long forgotten() {
        return overIpv4.forgotten() + overIpv6.forgotten();
    }

    /// The server spoke RDP: follow every connection to this endpoint from its SYN on.
    public void learn(Endpoint server) {
        known.add(server.high(), server.low(), server.port());
    }

    /// Who follows the connection of the packet that was accepted last; `null` where nobody does.
    public @Nullable StreamListener follower() {
        return follower;
    }

    /// Who follows the connection of this packet, before it is accepted; `null` where nobody does.
    public @Nullable StreamListener followerOf(Packet packet) {
        return find(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(), packet.destinationLow(),
                packet.destinationPort()) && flows.state() == FlowTable.FOLLOWED ? followed.at(flows.holder()).listener() : null;
    }

    /// Of the segment that was accepted last.
    public Difference difference() {
        return difference;
    }

    /// From now on connections that were closed are followed a little longer than any other reader would who began to read elsewhere.
    public void followLonger() {
        patient = true;
    }

    /// A segment was left out that made no difference where it was read, see [#difference].
    public void leftOut(long nanos) {
        clock++;
        tick(nanos);
    }

    /// One TCP segment.
    public void accept(Packet packet, long frame, long nanos) {
        clock++;
        follower = null;
        difference.any();
        boolean low = FlowTable.isLow(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort());
        flows = table(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow());
        if (!flows.find(packet, low)) {
            flows.insertBetween(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                    packet.destinationLow(), packet.destinationPort(), streams++, clock, past);
        } else {
            flows.seen(clock);
            if (flows.isSettled() && !packet.has(Packet.SYN | Packet.FIN | Packet.RST)) {
                difference.none(flows);
                tick(nanos);
                return;
            }
            if ((packet.flags() & (Packet.SYN | Packet.ACK)) == Packet.SYN) {
                renew(packet, low);
            }
        }
        if (!flows.has(FlowTable.LOW_BASED) || !flows.has(FlowTable.HIGH_BASED)) {
            noteBase(packet, low);
        }
        if (packet.has(Packet.SYN | Packet.FIN | Packet.RST)) {
            noteFlags(packet, low);
        }
        switch (flows.state()) {
            case FlowTable.IGNORED -> difference.settle(flows);
            case FlowTable.FOLLOWED -> follow(followed.at(flows.holder()), packet, frame, nanos);
            default -> consider(packet, low, frame, nanos);
        }
        tick(nanos);
    }

    private void tick(long nanos) {
        if ((clock & 0x3ff) == 0) {
            expire(patient ? tickNanos : nanos);
            tickNanos = nanos;
            if (Math.abs(nanos - stretchNanos) >= REPEAT_NANOS) {
                past = recent;
                recent = clock;
                stretchNanos = nanos;
            }
        }
    }

    private void consider(Packet packet, boolean low, long frame, long nanos) {
        boolean wanted = interest.port(packet.sourcePort()) || interest.port(packet.destinationPort())
                || known.has(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())
                || known.has(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        Speaker speaker = Speaker.CLIENT;
        if (packet.payloadLength() == 0 && (!wanted || followed.count() >= crowd)) {
            waiting += wanted && flows.holder() < 0 && packet.has(Packet.SYN) ? 1 : 0;
            noteHandshake(packet, low, frame, nanos);
            return;
        }
        if (!wanted) {
            speaker = interest.firstPayload(packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured());
            boolean greeting = followed.count() < GREETED && flows.has(FlowTable.ROLES_KNOWN) && flows.has(FlowTable.LOW_IS_CLIENT) != low;
            if (speaker == Speaker.NOBODY && !greeting && isFirst(packet, low)) {
                handshakes.release(flows.holder());
                flows.state(FlowTable.IGNORED);
                difference.settle(flows);
                return;
            }
            speaker = speaker == Speaker.NOBODY ? Speaker.UNCLEAR : speaker; // what the client says first is still to come
        }
        waiting -= waiting > 0 && wanted && flows.holder() >= 0 ? 1 : 0;
        follow(begin(packet, low, wanted, speaker), packet, frame, nanos);
    }

    /// Is this the payload that its sender sent first? The first that comes may have been overtaken on its way.
    private boolean isFirst(Packet packet, boolean low) {
        return !flows.has(low ? FlowTable.LOW_BASED : FlowTable.HIGH_BASED) || packet.sequence() == flows.base(low) + 1;
    }

    /// Keeps the three packets of an opening until it is known whether anybody wants them.
    private void noteHandshake(Packet packet, boolean low, long frame, long nanos) {
        int which = flows.holder();
        int step = packet.has(Packet.SYN) ? packet.has(Packet.ACK) ? Handshakes.SYN_ACK : Handshakes.SYN
                : Handshakes.ACK;
        boolean completes = packet.has(Packet.ACK) && !packet.has(Packet.FIN | Packet.RST) && flows.has(FlowTable.LOW_IS_CLIENT) == low
                && handshakes.has(which, Handshakes.SYN_ACK);
        boolean anew = step == Handshakes.SYN_ACK && packet.sequence() != flows.base(low)
                && !handshakes.has(which, Handshakes.ACK);
        if (anew) {
            setBase(low, packet.sequence());
        }
        if (step == Handshakes.ACK && !completes || handshakes.has(which, step) && !anew) {
            return;
        }
        if (which < 0) {
            which = handshakes.take();
            flows.holder(which);
        }
        handshakes.note(which, step, packet, frame, nanos);
    }

    /// What a flow that turned out to be worth following had shown before.
    private void recallHandshake(Connection connection, int which, Packet packet, boolean sourceIsClient) {
        for (int step = 0; step < Handshakes.STEPS; step++) {
            if (handshakes.has(which, step)) {
                handshakes.recall(which, step, earlier, packet, sourceIsClient == (step == Handshakes.SYN_ACK));
                connection.accept(earlier, handshakes.frame(which, step), handshakes.nanos(which, step));
            }
        }
        handshakes.release(which);
    }

    private Connection begin(Packet packet, boolean low, boolean wanted, Speaker speaker) {
        boolean sourceIsClient;
        boolean certain = flows.has(FlowTable.ROLES_KNOWN);
        if (certain) {
            sourceIsClient = flows.has(FlowTable.LOW_IS_CLIENT) == low;
        } else if (interest.port(packet.sourcePort()) != interest.port(packet.destinationPort())) {
            sourceIsClient = interest.port(packet.destinationPort());
        } else if (known.has(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort())) {
            sourceIsClient = false;
        } else if (!wanted) {
            sourceIsClient = speaker != Speaker.SERVER;
        } else {
            sourceIsClient = packet.sourcePort() >= packet.destinationPort();
        }
        Endpoint source = new Endpoint(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort());
        Endpoint destination = new Endpoint(packet.destinationHigh(), packet.destinationLow(), packet.destinationPort());
        Connection connection = new Connection(flows.number(), sourceIsClient ? source : destination,
                sourceIsClient ? destination : source, certain, followed.takePlace(), pages, moments, interest,
                !wanted && speaker == Speaker.UNCLEAR);
        Side sideOfLow = sourceIsClient == low ? Side.CLIENT : Side.SERVER;
        recallBase(connection.half(sideOfLow), FlowTable.LOW_BASED, true, low, packet);
        recallBase(connection.half(sideOfLow.other()), FlowTable.HIGH_BASED, false, low, packet);
        recallHandshake(connection, flows.holder(), packet, sourceIsClient);
        followed.add(connection);
        flows.holder(connection.place);
        flows.state(FlowTable.FOLLOWED);
        return connection;
    }

    /// The SYN told where the stream begins; what comes first need not be its beginning.
    private void recallBase(HalfStream half, int based, boolean ofLow, boolean sourceIsLow, Packet packet) {
        if (flows.has(based) && !packet.has(Packet.SYN) && (ofLow != sourceIsLow || packet.sequence() == flows.base(ofLow) + 1)) {
            half.beginsAt(flows.base(ofLow) + 1);
        }
    }

    private void follow(Connection connection, Packet packet, long frame, long nanos) {
        follower = connection.listener();
        connection.accept(packet, frame, nanos);
        if (connection.isUnwanted()) {
            finish(connection, StreamListener.End.UNWANTED);
            difference.settle(flows);
            return;
        }
        followed.moved(connection);
        int now = connection.heldBytes();
        held += now - connection.held;
        connection.held = now;
        while (held > HELD_LIMIT || followed.count() > FOLLOWED_LIMIT) {
            evicted++;
            finish(followed.mostDispensable(), StreamListener.End.EVICTED);
        }
    }

    /// An ICMP error; what it quotes tells whose connection it is about.
    public void acceptIcmp(Packet packet, boolean version6, long frame, long nanos) {
        if (!packet.quoted() || packet.quotedProtocol() != 6) {
            return;
        }
        if (!find(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(), packet.quotedDestinationHigh(),
                packet.quotedDestinationLow(), packet.quotedDestinationPort())) {
            if (packet.quotedTransport() >= NUMBERED_QUOTE) {
                // Wireshark numbers a connection that only an error speaks of.
                flows.insertBetween(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                        packet.quotedDestinationHigh(), packet.quotedDestinationLow(), packet.quotedDestinationPort(), streams++, clock,
                        past);
            }
            return;
        }
        if (flows.state() != FlowTable.FOLLOWED) {
            return;
        }
        Connection connection = followed.at(flows.holder());
        Side about = packet.quotedSourcePort() == connection.client().port() && packet.quotedSourceLow() == connection.client().low()
                ? Side.CLIENT : Side.SERVER;
        HalfStream half = connection.half(about);
        boolean quotesSyn = half.basedOnSyn() && packet.quotedSequence() == half.initialSequence();
        connection.onIcmp(new IcmpFacts(new Moment(frame, nanos), Endpoint.address(packet.sourceHigh(), packet.sourceLow()), about,
                version6, packet.icmpType(), packet.icmpCode(), packet.icmpMtu(), packet.quotedLength(), quotesSyn,
                packet.hopLimit()));
    }

    /// An IP datagram between these endpoints never became whole.
    public void fragmentsLost(long sourceHigh, long sourceLow, int sourcePort, long destinationHigh, long destinationLow,
            int destinationPort) {
        if (find(sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort)
                && flows.state() == FlowTable.FOLLOWED) {
            followed.at(flows.holder()).onFragmentsLost();
        }
    }

    /// The capture is over: what is still open is judged as it stands, in the order of its stream numbers.
    public void end() {
        for (Connection connection : followed.byStream()) {
            finish(connection, StreamListener.End.CAPTURE_ENDED);
        }
    }

    /// Judges connections that were closed and have been quiet for two seconds.
    public void expire(long nanos) {
        expire(nanos, LINGER_NANOS);
    }

    /// The same after `lingerNanos`, where somebody waits for the verdict.
    public void expire(long nanos, long lingerNanos) {
        Connection oldest = followed.closing.oldest();
        while (oldest != null && nanos - oldest.lastNanos() > lingerNanos) {
            finish(oldest, StreamListener.End.CLOSED);
            oldest = followed.closing.oldest();
        }
    }

    /// Tells the listeners of connections that have been quiet for `quietNanos`.
    public void restUntil(long nanos, long quietNanos) {
        rest(followed.hollow, nanos, quietNanos);
        rest(followed.open, nanos, quietNanos);
    }

    private void rest(FollowedConnections.Chain chain, long nanos, long quietNanos) {
        Connection oldest = chain.oldest();
        while (oldest != null && nanos - oldest.lastNanos() > quietNanos) {
            followed.rests(oldest);
            oldest.onQuiet(nanos);
            oldest = chain.oldest();
        }
    }

    /// Judges connections whose listeners were told that they are quiet and that have been so for much longer: they will
    /// hardly go on, and whoever listens for weeks cannot wait for all of them.
    public void giveUp(long nanos) {
        giveUp(followed.silent, nanos, HOLLOW_PATIENCE_NANOS);
        giveUp(followed.resting, nanos, PATIENCE_NANOS);
    }

    /// The clock was set back to `nanos`.
    public void setBack(long nanos) {
        for (Connection connection : followed.byStream()) {
            connection.setBack(nanos);
        }
    }

    /// The clock was set forward to `nanos`.
    public void setForward(long nanos) {
        for (Connection connection : followed.byStream()) {
            connection.setForward(nanos);
        }
    }

    private void giveUp(FollowedConnections.Chain chain, long nanos, long patienceNanos) {
        Connection oldest = chain.oldest();
        while (oldest != null && nanos - oldest.lastNanos() > patienceNanos) {
            finish(oldest, StreamListener.End.GIVEN_UP);
            oldest = chain.oldest();
        }
    }

    /// Moves the cursor of the table to this connection.
    private void finish(Connection connection, StreamListener.End why) {
        followed.remove(connection);
        held -= connection.held;
        Endpoint client = connection.client();
        Endpoint server = connection.server();
        if (find(client.high(), client.low(), client.port(), server.high(), server.low(), server.port())
                && flows.state() == FlowTable.FOLLOWED && flows.holder() == connection.place) {
            flows.state(FlowTable.IGNORED);
        }
        connection.end(why);
        connection.stopBuffering(); // hands its buffers on
    }

    /// Wireshark begins a new stream when a SYN comes whose sequence number is not the one it knows, whatever was before.
    ///
    /// The same SYN after a close is one more try under the same number: Windows repeats a SYN that was refused.
    private void renew(Packet packet, boolean low) {
        boolean based = flows.has(low ? FlowTable.LOW_BASED : FlowTable.HIGH_BASED);
        boolean other = based && packet.sequence() != flows.base(low);
        if (!other && !flows.has(FlowTable.CLOSED)) {
            return;
        }
        int number = other ? streams++ : flows.number();
        switch (flows.state()) {
            case FlowTable.FOLLOWED -> finish(followed.at(flows.holder()), StreamListener.End.REPLACED);
            case FlowTable.CANDIDATE -> handshakes.release(flows.holder());
        }
        flows.begin(number);
        flows.seen(clock);
    }

    /// The sequence number that a SYN has, or must have had as the first packet of each direction suggests.
    private void noteBase(Packet packet, boolean low) {
        if (!flows.has(low ? FlowTable.LOW_BASED : FlowTable.HIGH_BASED)) {
            setBase(low, packet.has(Packet.SYN) ? packet.sequence() : packet.sequence() - 1);
        }
        if (!flows.has(low ? FlowTable.HIGH_BASED : FlowTable.LOW_BASED) && packet.has(Packet.ACK)) {
            setBase(!low, packet.acknowledgement() - 1);
        }
    }

    private void setBase(boolean low, int sequence) {
        flows.base(low, sequence);
        flows.mark(low ? FlowTable.LOW_BASED : FlowTable.HIGH_BASED);
    }

    private void noteFlags(Packet packet, boolean low) {
        if (!packet.has(Packet.SYN)) {
            flows.mark(FlowTable.CLOSED);
        } else if (!flows.has(FlowTable.ROLES_KNOWN)) {
            flows.mark(FlowTable.ROLES_KNOWN);
            if (low != packet.has(Packet.ACK)) {
                flows.mark(FlowTable.LOW_IS_CLIENT);
            }
        }
    }

    private boolean find(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        flows = table(aHigh, aLow, bHigh, bLow);
        return flows.findBetween(aHigh, aLow, aPort, bHigh, bLow, bPort);
    }

    private FlowTable table(long aHigh, long aLow, long bHigh, long bLow) {
        return FlowTable.isNarrow(aHigh, aLow, bHigh, bLow) ? overIpv4 : overIpv6;
    }
}

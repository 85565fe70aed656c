package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.TcpFacts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One TCP connection that is worth following.
public final class Connection {
    private static final int LIST_LIMIT = 16;
    /// Two captures of one packet (mirror port, `any`) are closer than this; a real retransmission never is.
    private static final long DUPLICATE_NANOS = 1_000_000L;
    /// Copies from a second capture point, told by another TTL and the same identification, may be this far apart.
    private static final long SECOND_POINT_NANOS = 500_000_000L;
    private static final int RECENT = 16;
    /// A server that speaks first says who it is, in a few lines at most.
    private static final long LONGEST_GREETING = 4096;
    private static final int LONGEST_TEXT = 120;
    private static final int SHORTEST_TEXT = 4;
    /// A SYN that nobody answers is repeated about as often.
    private static final int RECENT_AT_FIRST = 4;
    private static final long[] NO_LONGS = new long[0];
    private static final byte[] NO_BYTES = new byte[0];

    private final int stream;
    private final Endpoint client;
    private final Endpoint server;
    private final boolean rolesCertain;
    private final HalfStream clientHalf;
    private final HalfStream serverHalf;
    private final Moments moments;
    private final StreamListener listener;
    private Connections.@Nullable Interest undecided;
    private boolean unwanted;

    private Moment syn = Moment.NEVER;
    private long lastSynNanos;
    private int synCount;
    private Moment synAck = Moment.NEVER;
    private int synAckCount;
    private int synAckVariants;
    private long synAckMac = -1;
    private Moment established = Moment.NEVER;
    private long rttNanos = -1;
    private long lastSynAckNanos;
    private List<ResetFacts> resets = List.of();
    private List<IcmpFacts> icmp = List.of();
    private int fragmented;
    private int fragmentsLost;
    private int timeWentBack;
    private long lastNanos;
    private int network;
    private boolean ended;
    private boolean clientAnswered; // the client acknowledged something beyond its own SYN

    // recent packets, to know a copy when it comes
    private long[] recentKey = NO_LONGS;
    private long[] recentNanos = NO_LONGS;
    private byte[] recentHopLimit = NO_BYTES;
    private int recentAt;

    // kept for Connections and FollowedConnections
    FollowedConnections.@Nullable Chain chain;
    int held; // bytes, as last accounted for
    boolean closing;
    int place;

    /// @param undecided the client's bytes must tell whether anybody wants this connection
    Connection(int stream, Endpoint client, Endpoint server, boolean rolesCertain, int place, BufferPool pages, Moments moments,
            Connections.Interest interest, boolean undecided) {
        this.clientHalf = new HalfStream(pages, moments);
        this.serverHalf = new HalfStream(pages, moments);
        this.moments = moments;
        this.stream = stream;
        this.client = client;
        this.server = server;
        this.rolesCertain = rolesCertain;
        this.place = place;
        this.undecided = undecided ? interest : null;
        this.listener = interest.follow(this);
    }

    /// What has come shows that nobody wants it, or is so much of the server alone that nothing else will.
    boolean isUnwanted() {
        return unwanted || undecided != null && serverHalf.payloadBytes() > LONGEST_GREETING;
    }

    private void tellBytes(Side from) {
        if (undecided != null && from == Side.CLIENT) {
            OrderedBytes said = clientHalf.bytes();
            Connections.Speaker speaker = undecided.firstPayload(server.port(), said.buffer(), said.start(), said.available());
            unwanted = speaker == Connections.Speaker.NOBODY || speaker == Connections.Speaker.SERVER;
            undecided = speaker == Connections.Speaker.UNCLEAR ? undecided : null;
        }
        if (!unwanted) {
            listener.onBytes(from);
        }
    }

    StreamListener listener() {
        return listener;
    }

    /// Wireshark's `tcp.stream`.
    public int stream() {
        return stream;
    }

    public Endpoint client() {
        return client;
    }

    public Endpoint server() {
        return server;
    }

    /// The SYN or SYN-ACK was seen; otherwise the roles are judged by ports.
    public boolean rolesCertain() {
        return rolesCertain;
    }

    public HalfStream half(Side side) {
        return side == Side.CLIENT ? clientHalf : serverHalf;
    }

    /// What this side has sent and nobody has taken yet.
    public OrderedBytes bytes(Side side) {
        return half(side).bytes();
    }

    /// The other side has acknowledged all that this one has sent before `offset` of its stream.
    public boolean acknowledged(Side side, long offset) {
        return half(side).acknowledgedTo(offset);
    }

    /// This side has sent something that the other one has not acknowledged yet.
    public boolean isWaiting(Side side) {
        return half(side).waiting();
    }

    /// The latest bytes of this side, where it was agreed that only those matter; nothing otherwise.
    public StreamTail lastWords(Side side) {
        return half(side).bytes().lastWords();
    }

    public long lastNanos() {
        return lastNanos;
    }

    /// No more bytes are wanted; segments are still counted.
    void stopBuffering() {
        clientHalf.bytes().stopBuffering();
        serverHalf.bytes().stopBuffering();
    }

    /// Nothing but the latest bytes is wanted, at the end.
    public void keepLastWords() {
        clientHalf.bytes().keepLastWords();
        serverHalf.bytes().keepLastWords();
    }

    /// Neither side has sent any payload.
    boolean isHollow() {
        return clientHalf.payloadBytes() == 0 && serverHalf.payloadBytes() == 0;
    }

    /// Memory that payload takes, in bytes.
    int heldBytes() {
        return clientHalf.bytes().heldBytes() + serverHalf.bytes().heldBytes();
    }

    public boolean isClosed() {
        return !resets.isEmpty() || clientHalf.finSeen() && serverHalf.finSeen();
    }

    // ---- packets ----

    /// Who sent a packet of this connection.
    public Side sender(Packet packet) {
        return packet.sourcePort() == client.port() && packet.sourceLow() == client.low() && packet.sourceHigh() == client.high()
                ? Side.CLIENT : Side.SERVER;
    }

    void accept(Packet packet, long frame, long time) {
        Side from = sender(packet);
        long nanos = time;
        network = packet.network();
        if (nanos < lastNanos) {
            timeWentBack++;
        } else {
            lastNanos = nanos;
        }
        HalfStream me = half(from);
        HalfStream peer = half(from.other());
        if (isCopy(packet, nanos)) {
            me.onDuplicate();
            return;
        }
        if (packet.fragmented()) {
            fragmented++;
        }
        if (packet.has(Packet.RST)) {
            onReset(packet, from, me, peer, frame, nanos);
            return;
        }
        if (!packet.has(Packet.SYN)) {
            me.standsOn(packet.sequence());
        }
        if (packet.has(Packet.ACK)) {
            peer.standsOn(packet.acknowledgement());
        }
        me.onSegment(packet, frame, nanos);
        if (packet.has(Packet.SYN)) {
            onSyn(packet, from, me, frame, nanos);
        }
        boolean grew = false;
        if (packet.payloadLength() > 0) {
            grew = me.onPayload(packet, frame, nanos);
            closeGaps(from, me, frame, nanos, false);
        } else if (!packet.has(Packet.SYN | Packet.FIN) && packet.has(Packet.ACK) && me.ackedMax() >= 0
                && me.offsetOf(packet.sequence()) == me.sentMax() - 1 && !me.finSeen()) {
            me.onKeepAlive(nanos);
        }
        if (packet.has(Packet.ACK)) {
            onAcknowledgement(packet, from, me, peer, frame, nanos);
        }
        peer.onAnyAnswer();
        closeGaps(from.other(), peer, frame, nanos, false); // what it acknowledges came before what it says
        boolean firstFin = packet.has(Packet.FIN) && !me.finSeen();
        if (packet.has(Packet.FIN)) {
            me.onFin(packet.sequence(), packet.payloadLength(), frame, nanos);
        }
        if (firstFin) {
            if (grew) {
                tellBytes(from);
                grew = false;
            }
            listener.onFin(from, moments.of(frame, nanos));
        }
        if (grew) {
            tellBytes(from);
        }
    }

    private void onSyn(Packet packet, Side from, HalfStream me, long frame, long nanos) {
        if (from == Side.CLIENT && !packet.has(Packet.ACK)) {
            if (synCount++ == 0) {
                syn = moments.of(frame, nanos);
            }
            lastSynNanos = nanos;
            me.onSyn(packet, frame, nanos);
            listener.onSyn(from, synCount - 1, moments.of(frame, nanos));
        } else if (from == Side.SERVER && packet.has(Packet.ACK)) {
            lastSynAckNanos = nanos;
            boolean other = me.basedOnSyn() && me.initialSequence() != packet.sequence();
            if (synAckCount++ == 0) {
                synAck = moments.of(frame, nanos);
                synAckVariants = 1;
                synAckMac = packet.sourceMac();
                if (synCount > 0) {
                    rttNanos = Math.max(0, nanos - lastSynNanos);
                }
            } else if (other && (packet.hopLimit() != me.synHopLimit() || packet.sourceMac() != synAckMac)) {
                synAckVariants++; // the same host may choose a new number: SYN cookies, balancers without a memory
            }
            me.onSyn(packet, frame, nanos);
            listener.onSyn(from, synAckCount - 1, moments.of(frame, nanos));
        } else {
            me.onSyn(packet, frame, nanos);
        }
    }

    private void onAcknowledgement(Packet packet, Side from, HalfStream me, HalfStream peer, long frame, long nanos) {
        long acknowledged = peer.offsetOf(packet.acknowledgement());
        if (from == Side.CLIENT && !packet.has(Packet.SYN)) {
            clientAnswered = true;
            if (!established.seen() && syn.seen()) {
                established = moments.of(frame, nanos);
                if (synAck.seen() && rttNanos >= 0) {
                    // What acknowledges more than the SYN is no answer to that, which is not in the capture.
                    rttNanos = acknowledged > 0 ? -1 : rttNanos + Math.max(0, nanos - lastSynAckNanos);
                }
                listener.onEstablished(established);
            }
        }
        if (peer.onAcknowledged(acknowledged, frame, nanos) && acknowledged > 0) {
            me.noteAcknowledging(frame, nanos);
        }
        for (int i = 0; i < packet.sackBlocks(); i++) {
            peer.onSelectivelyAcknowledged(peer.offsetOf(packet.sackLeft(i)), peer.offsetOf(packet.sackRight(i)));
        }
        if (!packet.has(Packet.SYN)) {
            me.onWindow(packet.window(), frame, nanos);
        }
    }

    private void closeGaps(Side side, HalfStream half, long frame, long nanos, boolean atEnd) {
        while (half.gapIsCertain(atEnd, nanos)) {
            long offset = half.bytes().nextOffset();
            long skipped = half.skipGap();
            if (skipped == 0) {
                return;
            }
            listener.onGap(side, offset, skipped, moments.of(frame, nanos));
            tellBytes(side);
        }
    }

    /// Of a side that the capture does not hold at all only the other one's acknowledgements tell.
    private void closeLastGaps(Side side, HalfStream half, HalfStream peer) {
        HalfStream witness = half.isSilent() ? peer : half;
        closeGaps(side, half, witness.bytes().lastFrame(), witness.lastNanos(), true);
    }

    private void onReset(Packet packet, Side from, HalfStream me, HalfStream peer, long frame, long nanos) {
        boolean ack = packet.has(Packet.ACK);
        ResetFacts reset = new ResetFacts(moments.of(frame, nanos), from,
                new ResetFacts.Header(packet.hopLimit(), packet.identification(), packet.dontFragment(), ack, packet.window(),
                        packet.timestamps(), words(packet)),
                new ResetFacts.Habits(me.usualHopLimit(), me.timestamps() && peer.timestamps(),
                        me.continuesIdentification(packet.identification())),
                new ResetFacts.Sequence(me.isNext(packet.sequence()), me.isBehindClose(packet.sequence()), me.aheadBy(packet.sequence())),
                new ResetFacts.Before(peer.isSilent() ? -1 : nanos - peer.lastNanos(), me.isSilent() ? -1 : nanos - me.lastNanos(),
                        peer.lastLength(), peer.lastWasSyn(), ack ? peer.firstFrameFrom(peer.offsetOf(packet.acknowledgement())) : 0),
                me.finSeen(), peer.finSeen());
        if (resets.isEmpty()) {
            resets = new ArrayList<>(1);
        }
        if (resets.size() < LIST_LIMIT) {
            resets.add(reset);
        }
        if (packet.has(Packet.ACK) && me.isNext(packet.sequence())) {
            peer.onLastAcknowledged(peer.offsetOf(packet.acknowledgement()), frame, nanos);
        }
        listener.onReset(reset);
    }

    /// RFC 9293 3.5.3: a reset may carry text that says why it was sent. Anything else in one means nothing to anybody.
    private static String words(Packet packet) {
        int from = packet.payloadOffset();
        int to = from + Math.min(packet.payloadCaptured(), LONGEST_TEXT);
        while (to > from && packet.bytes()[to - 1] <= ' ' && packet.bytes()[to - 1] >= 0) {
            to--;
        }
        for (int i = from; i < to; i++) {
            if (packet.bytes()[i] < ' ' || packet.bytes()[i] > '~') {
                return "";
            }
        }
        return to - from < SHORTEST_TEXT ? "" : new String(packet.bytes(), from, to - from, StandardCharsets.US_ASCII);
    }

    void onIcmp(IcmpFacts error) {
        if (icmp.isEmpty()) {
            icmp = new ArrayList<>(1);
        }
        if (icmp.size() < LIST_LIMIT) {
            icmp.add(error);
            listener.onIcmp(error);
        }
    }

    void onFragmentsLost() {
        fragmentsLost++;
    }

    private boolean isCopy(Packet packet, long nanos) {
        long key = packet.sequence() * 0x9E3779B97F4A7C15L;
        key = (key ^ packet.acknowledgement()) * 0xC2B2AE3D27D4EB4FL;
        key = (key ^ packet.payloadLength() << 16 ^ packet.flags() ^ packet.window() << 9) * 0x165667B19E3779F9L;
        key = (key ^ packet.identification() ^ (long) packet.timestampValue() << 20 ^ packet.sourcePort()) * 0x9E3779B97F4A7C15L;
        boolean marked = packet.identification() > 0 || packet.timestamps();
        for (int i = 0; i < recentKey.length; i++) {
            if (recentKey[i] == key) {
                long apart = Math.abs(nanos - recentNanos[i]);
                boolean otherPoint = marked && packet.identification() > 0 && (byte) packet.hopLimit() != recentHopLimit[i];
                if (apart < DUPLICATE_NANOS || otherPoint && apart < SECOND_POINT_NANOS) {
                    return true;
                }
            }
        }
        if (recentAt == RECENT) {
            recentAt = 0;
        } else if (recentAt == recentKey.length) {
            int size = recentAt == 0 ? RECENT_AT_FIRST : RECENT;
            recentKey = Arrays.copyOf(recentKey, size);
            recentNanos = Arrays.copyOf(recentNanos, size);
            recentHopLimit = Arrays.copyOf(recentHopLimit, size);
        }
        recentKey[recentAt] = key;
        recentNanos[recentAt] = nanos;
        recentHopLimit[recentAt] = (byte) packet.hopLimit();
        recentAt++;
        return false;
    }

    void setBack(long nanos) {
        lastNanos = Math.min(lastNanos, nanos);
    }

    void setForward(long nanos) {
        lastNanos = Math.max(lastNanos, nanos);
    }

    void onQuiet(long nanos) {
        listener.onQuiet(nanos);
    }

    // ---- the end ----

    void end(StreamListener.End why) {
        if (!ended) {
            ended = true;
            closeLastGaps(Side.CLIENT, clientHalf, serverHalf);
            closeLastGaps(Side.SERVER, serverHalf, clientHalf);
            listener.onEnd(why);
        }
    }

    /// The transport as it stands.
    public TcpFacts facts() {
        boolean serverMustHaveSpoken = clientAnswered && serverHalf.isSilent();
        boolean clientMustHaveSpoken = clientHalf.isSilent() && !serverHalf.isSilent();
        return new TcpFacts(syn, synCount, synAck, synAckCount, synAckVariants, established, rttNanos, clientHalf.facts(lastNanos),
                serverHalf.facts(lastNanos), List.copyOf(resets), List.copyOf(icmp), fragmented, fragmentsLost,
                serverMustHaveSpoken || clientMustHaveSpoken, clientHalf.overflowed() || serverHalf.overflowed(),
                clientHalf.cutPayload() + serverHalf.cutPayload(), timeWentBack, network);
    }
}

package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.TcpFacts;
import java.util.ArrayList;
import java.util.List;

/// One TCP connection that is worth following.
public final class Connection {
    private static final int LIST_LIMIT = 16;
    /// Two captures of one packet (mirror port, `any`) are closer than this; a real retransmission never is.
    private static final long DUPLICATE_NANOS = 1_000_000L;
    /// Copies from a second capture point, told by another TTL and the same identification, may be this far apart.
    private static final long SECOND_POINT_NANOS = 500_000_000L;
    private static final int RECENT = 16;

    private final int stream;
    private final Endpoint client;
    private final Endpoint server;
    private final boolean rolesCertain;
    private final HalfStream clientHalf;
    private final HalfStream serverHalf;
    private StreamListener listener;

    private Moment syn = Moment.NEVER;
    private long lastSynNanos;
    private int synCount;
    private Moment synAck = Moment.NEVER;
    private int synAckCount;
    private int synAckVariants;
    private Moment established = Moment.NEVER;
    private long rttNanos = -1;
    private long lastSynAckNanos;
    private final List<ResetFacts> resets = new ArrayList<>(1);
    private final List<IcmpFacts> icmp = new ArrayList<>(0);
    private int fragmented;
    private int fragmentsLost;
    private int timeWentBack;
    private long lastNanos;
    private boolean ended;
    private boolean clientAnswered; // the client acknowledged something beyond its own SYN

    // recent packets, to know a copy when it comes
    private final long[] recentKey = new long[RECENT];
    private final long[] recentNanos = new long[RECENT];
    private final int[] recentHopLimit = new int[RECENT];
    private int recentAt;

    // places in the lists of Connections
    Connection older;
    Connection newer;
    Connections.Chain chain;
    int held; // bytes, as last accounted for
    boolean closing;
    int place;

    Connection(int stream, Endpoint client, Endpoint server, boolean rolesCertain, int place, Pages pages) {
        this.clientHalf = new HalfStream(pages);
        this.serverHalf = new HalfStream(pages);
        this.stream = stream;
        this.client = client;
        this.server = server;
        this.rolesCertain = rolesCertain;
        this.place = place;
    }

    void listenWith(StreamListener listener) {
        this.listener = listener;
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

    public long lastNanos() {
        return lastNanos;
    }

    /// No more bytes are wanted; segments are still counted.
    void stopBuffering() {
        clientHalf.stopBuffering();
        serverHalf.stopBuffering();
    }

    /// Nothing but the latest bytes is wanted, at the end.
    public void keepLastWords() {
        clientHalf.keepLastWords();
        serverHalf.keepLastWords();
    }

    /// Neither side has sent any payload.
    boolean isHollow() {
        return clientHalf.payloadBytes() == 0 && serverHalf.payloadBytes() == 0;
    }

    /// Memory that payload takes, in bytes.
    int heldBytes() {
        return clientHalf.heldBytes() + serverHalf.heldBytes();
    }

    public boolean isClosed() {
        return !resets.isEmpty() || clientHalf.finSeen() && serverHalf.finSeen();
    }

    /// What a flow that turned out to be worth following had shown before.
    void recall(long synFrame, long synNanos, long synAckFrame, long synAckNanos, long ackFrame, long ackNanos) {
        if (ackFrame != 0 && synAckFrame != 0) {
            established = new Moment(ackFrame, ackNanos);
        }
        if (synFrame != 0) {
            syn = new Moment(synFrame, synNanos);
        }
        if (synAckFrame != 0) {
            synAck = new Moment(synAckFrame, synAckNanos);
        }
    }

    // ---- packets ----

    void accept(Packet packet, long frame, long time) {
        Side from = packet.sourcePort() == client.port() && packet.sourceLow() == client.low() && packet.sourceHigh() == client.high()
                ? Side.CLIENT : Side.SERVER;
        long nanos = time;
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
        if (packet.has(Packet.FIN) && !me.finSeen()) {
            me.onFin(packet.sequence(), packet.payloadLength(), frame, nanos);
            if (grew) {
                listener.onBytes(from);
                grew = false;
            }
            listener.onFin(from, frame, nanos);
        }
        if (grew) {
            listener.onBytes(from);
        }
        closeGaps(from.other(), peer, frame, nanos, false);
    }

    private void onSyn(Packet packet, Side from, HalfStream me, long frame, long nanos) {
        if (from == Side.CLIENT && !packet.has(Packet.ACK)) {
            if (synCount++ == 0) {
                syn = new Moment(frame, nanos);
            }
            lastSynNanos = nanos;
            me.onSyn(packet, frame, nanos);
            listener.onSyn(from, synCount - 1, frame, nanos);
        } else if (from == Side.SERVER && packet.has(Packet.ACK)) {
            lastSynAckNanos = nanos;
            boolean other = me.basedOnSyn() && me.initialSequence() != packet.sequence();
            if (synAckCount++ == 0) {
                synAck = new Moment(frame, nanos);
                synAckVariants = 1;
                if (synCount > 0) {
                    rttNanos = Math.max(0, nanos - lastSynNanos);
                }
            } else if (other) {
                synAckVariants++;
            }
            me.onSyn(packet, frame, nanos);
            listener.onSyn(from, synAckCount - 1, frame, nanos);
        } else {
            me.onSyn(packet, frame, nanos);
        }
    }

    private void onAcknowledgement(Packet packet, Side from, HalfStream me, HalfStream peer, long frame, long nanos) {
        long acknowledged = peer.offsetOf(packet.acknowledgement());
        if (from == Side.CLIENT && !packet.has(Packet.SYN)) {
            clientAnswered = true;
            if (!established.seen() && synAck.seen()) {
                established = new Moment(frame, nanos);
                if (rttNanos >= 0) {
                    rttNanos = rttNanos + Math.max(0, nanos - lastSynAckNanos);
                }
                listener.onEstablished(frame, nanos);
            }
        }
        if (peer.onAcknowledged(acknowledged) && acknowledged > 0) {
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
            long offset = half.offset() + half.available();
            long skipped = half.skipGap();
            if (skipped == 0) {
                return;
            }
            listener.onGap(side, offset, skipped, frame, nanos);
            listener.onBytes(side);
        }
    }

    private void onReset(Packet packet, Side from, HalfStream me, HalfStream peer, long frame, long nanos) {
        ResetFacts reset = new ResetFacts(new Moment(frame, nanos), from, packet.hopLimit(), me.usualHopLimit(), packet.identification(),
                packet.dontFragment(), packet.has(Packet.ACK), packet.window(), packet.timestamps(), me.timestamps() && peer.timestamps(),
                me.isNext(packet.sequence()), me.finSeen(), peer.finSeen(), peer.isSilent() ? -1 : nanos - peer.lastNanos(),
                me.isSilent() ? -1 : nanos - me.lastNanos(), peer.lastLength(), peer.lastWasSyn(),
                packet.has(Packet.ACK) ? peer.firstFrameFrom(peer.offsetOf(packet.acknowledgement())) : 0);
        if (resets.size() < LIST_LIMIT) {
            resets.add(reset);
        }
        listener.onReset(reset);
    }

    void onIcmp(IcmpFacts error) {
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
        for (int i = 0; i < RECENT; i++) {
            if (recentKey[i] == key) {
                long apart = Math.abs(nanos - recentNanos[i]);
                boolean otherPoint = marked && packet.identification() > 0 && packet.hopLimit() != recentHopLimit[i];
                if (apart < DUPLICATE_NANOS || otherPoint && apart < SECOND_POINT_NANOS) {
                    return true;
                }
            }
        }
        recentKey[recentAt] = key;
        recentNanos[recentAt] = nanos;
        recentHopLimit[recentAt] = packet.hopLimit();
        recentAt = (recentAt + 1) % RECENT;
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
            closeGaps(Side.CLIENT, clientHalf, clientHalf.lastFrame(), clientHalf.lastNanos(), true);
            closeGaps(Side.SERVER, serverHalf, serverHalf.lastFrame(), serverHalf.lastNanos(), true);
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
                clientHalf.cutPayload() + serverHalf.cutPayload(), timeWentBack);
    }
}

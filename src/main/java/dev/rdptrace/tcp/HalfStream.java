package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.HalfFacts.Habits;
import dev.rdptrace.timeline.HalfFacts.KeepAlives;
import dev.rdptrace.timeline.HalfFacts.Loss;
import dev.rdptrace.timeline.HalfFacts.Traffic;
import dev.rdptrace.timeline.HalfFacts.ZeroWindow;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;

/// What one end of a connection sends: its sequence numbers and the fate of its segments, which [InFlight] and [SenderHabits]
/// keep; [Reassembly] puts the bytes in order.
///
/// Stream offsets count payload bytes from the one after the SYN; where the SYN was not seen, from the first payload
/// byte seen, and may then be negative.
public final class HalfStream {
    /// Pieces of what the capture point sees whole as well are no further behind it.
    private static final long PIECES_NANOS = 1_000_000L;
    /// No window is larger without scaling (RFC 9293 3.1), and no answer to a logon is.
    private static final int LARGEST_WINDOW = 65_535;
    /// No retransmission timer is shorter (RFC 6298 2.4; Linux 200 ms, Windows 300 ms).
    private static final long DEAF_NANOS = 150_000_000L;

    // sequence numbers
    private boolean based;
    private boolean basedOnSyn;
    private int base; // sequence number of stream offset 0
    private int otherBase; // what it is after the SYN that was last sent with another number
    private boolean answeredAnew;
    private long sentMax; // end of the highest payload byte seen
    private long ackedMax = Long.MIN_VALUE; // highest offset the peer acknowledged
    private long ackedNanos; // when it did
    private long ackedFrame;

    // the fate of segments
    private final InFlight inFlight = new InFlight();
    private final SenderHabits habits = new SenderHabits();
    private long packets;
    private long payloadBytes;
    private int retransmissions;
    private int repeatedAfterReceipt;
    private int lossRepairs;
    private int outOfOrder;
    private int largestSent;
    private int mss = -1;
    private int synWindow = -1;
    private boolean timestamps;
    private boolean dontFragment;
    private int shrunkSegments;
    private long announced = Long.MIN_VALUE; // highest offset that a segment without payload stands at, ahead of all that was seen
    private long announcedFrame;
    private long announcedNanos;
    private int superFrames;
    private int duplicates;
    private int cutPayload;
    private Moment first = Moment.NEVER;
    private long beforeLastNanos;
    private int lastLength;
    private boolean lastSyn;
    private long lastPayloadFrame;
    private long lastPayloadNanos;
    private int lastPayloadLength;
    private long lastAcknowledgementFrame;
    private long lastAcknowledgementNanos;
    private long finOffset = Long.MIN_VALUE;
    private Moment fin = Moment.NEVER;
    private int finRepeats;

    private final Reassembly bytes;
    private final Moments moments;

    HalfStream(BufferPool pages, Moments moments) {
        bytes = new Reassembly(pages, moments);
        this.moments = moments;
    }

    /// More bytes came than are kept: no more are delivered.
    public boolean overflowed() {
        return bytes.overflowed();
    }

    Reassembly bytes() {
        return bytes;
    }

    /// Sequence number of this side's SYN where it was seen.
    int initialSequence() {
        return base - 1;
    }

    boolean basedOnSyn() {
        return basedOnSyn;
    }

    boolean isSilent() {
        return packets == 0;
    }

    long sentMax() {
        return sentMax;
    }

    long ackedMax() {
        return ackedMax;
    }

    boolean finSeen() {
        return fin.seen();
    }

    long lastNanos() {
        return bytes.lastNanos();
    }

    long payloadBytes() {
        return payloadBytes;
    }

    int lastLength() {
        return lastLength;
    }

    boolean lastWasSyn() {
        return lastSyn;
    }

    boolean timestamps() {
        return timestamps;
    }

    int cutPayload() {
        return cutPayload;
    }

    /// The peer has acknowledged all before `offset`.
    boolean acknowledgedTo(long offset) {
        return ackedMax >= offset;
    }

    /// Something was sent that the peer has not acknowledged yet.
    boolean waiting() {
        return !inFlight.isEmpty();
    }

    // ---- feeding ----

    void onDuplicate() {
        duplicates++;
    }

    /// Habits of every segment but resets.
    void onSegment(Packet packet, long frame, long nanos) {
        if (packets++ == 0) {
            first = moments.of(frame, nanos);
        }
        beforeLastNanos = bytes.lastNanos();
        bytes.onSegment(frame, nanos);
        lastLength = packet.payloadLength();
        lastSyn = packet.has(Packet.SYN);
        habits.count(packet);
        if (packet.dontFragment() && packet.payloadLength() > 0) {
            dontFragment = true;
        }
        if (packet.payloadLength() > 9200) {
            superFrames++;
        }
        if (based && packet.payloadLength() == 0 && !packet.has(Packet.SYN)) {
            long stands = offsetOf(packet.sequence());
            if (stands > announced && stands > (fin.seen() ? finOffset + 1 : sentMax)) {
                announced = stands;
                announcedFrame = frame;
                announcedNanos = nanos;
            }
        }
    }

    void onSyn(Packet packet, long frame, long nanos) {
        int sequence = packet.sequence() + 1;
        if (!basedOnSyn) {
            if (!based || bytes.isAtBegin()) {
                rebase(sequence);
            }
            basedOnSyn = true;
            bytes.beginIsKnown();
            habits.noteSyn(packet);
            mss = packet.mss();
            synWindow = packet.window();
            timestamps = packet.timestamps();
        } else if (sequence != base) {
            otherBase = sequence;
            answeredAnew = true;
        }
        if (!inFlight.repeat(-1, 1, frame, nanos) && ackedMax < 0) {
            inFlight.add(-1, 1, packet.ipLength(), packet.fragmented(), frame, nanos);
        }
    }

    /// A SYN that was answered twice leaves open which answer counts: the one whose number the other side acknowledges first, or
    /// that this side's next segment goes on from.
    void standsOn(int number) {
        if (answeredAnew && number == otherBase && ackedMax < 0 && payloadBytes == 0) {
            otherBase = base;
            rebase(number);
        }
    }

    /// The SYN was seen before this connection was followed.
    void beginsAt(int sequence) {
        rebase(sequence);
        bytes.beginIsKnown();
    }

    private void rebase(int sequence) {
        based = true;
        base = sequence;
    }

    /// Of a byte of this side.
    public long offsetOf(int sequence) {
        if (!based) {
            rebase(sequence);
        }
        // Unwrap against what was sent last: two numbers of one window are never 2 GB apart.
        int near = base + (int) sentMax;
        return sentMax + (sequence - near);
    }

    /// Payload of one segment. Answers whether bytes in order were added.
    boolean onPayload(Packet packet, long frame, long nanos) {
        int length = packet.payloadLength();
        long offset = offsetOf(packet.sequence());
        long end = offset + length;
        if (length == 1 && ackedMax >= 0 && offset == ackedMax - 1) {
            onKeepAlive(nanos);
            return false;
        }
        if (offset < sentMax) {
            noteRepeated(offset, end, packet, frame, nanos);
        } else {
            if (offset > sentMax && packets > 1) {
                inFlight.delivered(length, packet.ipLength());
            }
            addOutstanding(offset, length, packet, frame, nanos);
        }
        if (end > sentMax) {
            payloadBytes += end - Math.max(offset, sentMax);
            sentMax = end;
            lastPayloadFrame = frame;
            lastPayloadNanos = nanos;
            lastPayloadLength = length;
        }
        largestSent = Math.max(largestSent, length);
        if (packet.payloadCaptured() < length) {
            cutPayload++;
        }
        return bytes.accept(offset, packet, packets == 1, frame, nanos);
    }

    void onKeepAlive(long nanos) {
        habits.onKeepAlive(nanos, beforeLastNanos);
    }

    void onAnyAnswer() {
        habits.onAnyAnswer();
    }

    /// A segment larger than the MSS has just been seen, and this is a piece of it: the capture point shows what the system
    /// hands over as well as what the card, or the next host on a bridge, makes of it. Nobody sends again so soon (RFC 6298 2.4).
    private boolean isPieceOfLast(long offset, long end, long nanos) {
        return mss > 0 && lastPayloadLength > mss && nanos - lastPayloadNanos < PIECES_NANOS && offset >= sentMax - lastPayloadLength
                && end <= sentMax && end - offset < lastPayloadLength;
    }

    private void noteRepeated(long offset, long end, Packet packet, long frame, long nanos) {
        if (isPieceOfLast(offset, end, nanos)) {
            duplicates++;
            return;
        }
        if (inFlight.repeat(offset, packet.payloadLength(), frame, nanos)) {
            retransmissions++;
            int rest = inFlight.shrink(offset, packet.payloadLength(), packet.ipLength());
            if (rest > 0) {
                // The sender cut the segment in two: what is on its way now is the smaller one.
                shrunkSegments++;
                addOutstanding(end, rest, packet.ipLength() - packet.payloadLength() + rest, packet.fragmented(), frame, nanos);
            }
            return;
        }
        if (bytes.isMissing(offset)) {
            // Fills a hole. Within a few milliseconds it was overtaken; later it was sent again.
            if (nanos - lastPayloadNanos < 3_000_000L) {
                outOfOrder++;
            } else {
                lossRepairs++;
            }
            addOutstanding(offset, packet.payloadLength(), packet, frame, nanos);
        } else {
            retransmissions++;
            noteDeaf(end, nanos);
        }
    }

    /// Sent again although the peer's acknowledgement of all before `end` has long passed here: it does not arrive.
    private void noteDeaf(long end, long nanos) {
        if (end <= ackedMax && nanos - ackedNanos > DEAF_NANOS) {
            repeatedAfterReceipt++;
        }
    }

    private void addOutstanding(long offset, int length, Packet packet, long frame, long nanos) {
        addOutstanding(offset, length, packet.ipLength(), packet.fragmented(), frame, nanos);
    }

    private void addOutstanding(long offset, int length, int ipLength, boolean fragmented, long frame, long nanos) {
        if (offset + length > ackedMax) {
            inFlight.add(offset, length, ipLength, fragmented, frame, nanos);
        } else if (offset >= 0) {
            inFlight.delivered(length, ipLength);
            inFlight.receipt(frame, Receipts.BEFORE, 1, ipLength);
        }
    }

    /// The peer's packet in `frame` acknowledges everything before `offset`. Answers whether this was news.
    boolean onAcknowledged(long offset, long frame, long nanos) {
        if (offset <= ackedMax) {
            return false;
        }
        ackedMax = offset;
        ackedNanos = nanos;
        ackedFrame = frame;
        inFlight.acknowledged(offset, frame, nanos);
        return true;
    }

    /// The peer's reset acknowledges everything before `offset`, which counts where that is more than was seen: it was sent, then,
    /// and the capture lacks it (RFC 9293 3.10.7).
    void onLastAcknowledged(long offset, long frame, long nanos) {
        if (based && offset > sentMax + 1 && offset - sentMax <= LARGEST_WINDOW) {
            onAcknowledged(offset, frame, nanos);
        }
    }

    /// The peer reports having `[from, to)` ahead of a hole.
    void onSelectivelyAcknowledged(long from, long to) {
        inFlight.arrivedAhead(from, to);
    }

    /// This side acknowledged new bytes of the other one.
    void noteAcknowledging(long frame, long nanos) {
        lastAcknowledgementFrame = frame;
        lastAcknowledgementNanos = nanos;
    }

    void onWindow(int window, long frame, long nanos) {
        habits.onWindow(window, frame, nanos);
    }

    void onFin(int sequence, int length, long frame, long nanos) {
        if (!fin.seen()) {
            fin = moments.of(frame, nanos);
            finOffset = offsetOf(sequence) + length;
        } else {
            finRepeats++;
            noteDeaf(finOffset + 1, nanos);
        }
    }

    int synHopLimit() {
        return habits.synHopLimit();
    }

    int usualHopLimit() {
        return habits.usualHopLimit();
    }

    /// Is `sequence` the one this side would use next, as far as seen?
    boolean isNext(int sequence) {
        if (!based) {
            return false;
        }
        long offset = offsetOf(sequence);
        return offset == sentMax || fin.seen() && offset == finOffset + 1 || offset == Math.max(ackedMax, 0);
    }

    /// Bytes that `sequence` leaves between what was seen and itself, 0 none.
    long aheadBy(int sequence) {
        return based ? Math.max(0, offsetOf(sequence) - Math.max(sentMax, ackedMax)) : 0;
    }

    /// Does `identification` follow the last one as a counter does?
    boolean continuesIdentification(int identification) {
        return habits.continuesIdentification(identification);
    }

    /// Does `sequence` leave room for a FIN behind what was seen, and for nothing else?
    boolean isBehindClose(int sequence) {
        return based && !fin.seen() && offsetOf(sequence) == sentMax + 1;
    }

    /// Frame of the first unacknowledged payload segment at or behind `offset`, 0 if there is none.
    long firstFrameFrom(long offset) {
        return inFlight.firstFrameFrom(offset);
    }

    /// Has the peer acknowledged bytes that are not here?
    boolean gapIsCertain(boolean atEnd, long nanos) {
        return bytes.gapIsCertain(acknowledgedPayload(), atEnd, nanos);
    }

    /// Skips what is missing up to where bytes go on. Answers how many bytes were skipped, 0 if none can be.
    long skipGap() {
        return bytes.skipGap(acknowledgedPayload());
    }

    /// A FIN takes a sequence number too; it is no missing byte.
    private long acknowledgedPayload() {
        return fin.seen() ? Math.min(ackedMax, Math.max(finOffset, bytes.nextOffset())) : ackedMax;
    }

    // ---- the result ----

    /// The last payload came after a packet that stands behind it: its first copy was lost before the capture point.
    private boolean saidBehindAnnouncement() {
        return lastPayloadFrame > announcedFrame && announced > 0 && announced >= (fin.seen() ? finOffset : sentMax);
    }

    /// Its FIN, or the packet that acknowledges one number behind its last byte: that is a FIN which the capture lacks (RFC 9293 3.4).
    private Moment closed() {
        return !fin.seen() && based && ackedMax == sentMax + 1 ? new Moment(ackedFrame, ackedNanos) : fin;
    }

    HalfFacts facts(long endNanos) {
        long reached = Math.max(Math.max(bytes.nextOffset(), ackedMax), sentMax);
        long stands = announced - (fin.seen() && announced > finOffset ? 1 : 0);
        long announcedBytes = based && stands > reached ? stands - reached : 0;
        Moment announcement = announcedBytes > 0 || saidBehindAnnouncement() ? new Moment(announcedFrame, announcedNanos) : Moment.NEVER;
        Moment close = closed();
        boolean closeTaken = close.seen() && ackedMax > (fin.seen() ? finOffset : sentMax);
        Traffic traffic = new Traffic(packets, retransmissions, lossRepairs, outOfOrder, duplicates, largestSent,
                inFlight.largestDelivered(), inFlight.largestDeliveredIp(), shrunkSegments, superFrames);
        Loss loss = new Loss(inFlight.lost(), inFlight.smallestLostIp(), bytes.hole(), bytes.aheadBytes(), announcedBytes, announcement,
                based && ackedMax > sentMax + 1 ? ackedMax - sentMax : 0, inFlight.stalledSince(), inFlight.stalledUntil());
        Habits inCommon = new Habits(habits.usualHopLimit(), habits.synHopLimit(), habits.payloadHopLimit(), habits.identification(),
                mss, synWindow, timestamps, dontFragment);
        ZeroWindow zeroWindow = new ZeroWindow(habits.zeroWindowNanos(endNanos), habits.zeroWindowFrames(), habits.isWindowZero());
        KeepAlives keepAlives = new KeepAlives(habits.keepAlives(), habits.keepAlivesAnswered(), habits.keepAlivesHurried());
        return new HalfFacts(first, new Moment(bytes.lastFrame(), bytes.lastNanos()), new Moment(lastPayloadFrame, lastPayloadNanos), close,
                finRepeats, closeTaken ? new Moment(ackedFrame, ackedNanos) : Moment.NEVER,
                new Moment(lastAcknowledgementFrame, lastAcknowledgementNanos), payloadBytes, traffic, loss, inCommon, zeroWindow,
                keepAlives, repeatedAfterReceipt, inFlight.receipts());
    }
}

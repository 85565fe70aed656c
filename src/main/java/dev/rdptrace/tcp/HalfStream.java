package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import java.util.Arrays;

/// What one end of a connection sends: its bytes in order, and the fate of its segments, which [InFlight] and [SenderHabits] keep.
///
/// Stream offsets count payload bytes from the one after the SYN; where the SYN was not seen, from the first payload
/// byte seen, and may then be negative. Bytes that the capture does not hold are zeros in [#buffer] and not
/// [#isWhole].
public final class HalfStream implements OrderedBytes {
    /// Bytes kept in order and not yet taken; a TLS record is at most 18 KB, an MCS PDU 64 KB.
    static final int BUFFER_LIMIT = 1 << 18;
    /// Packets to wait for missing bytes that the peer has acknowledged: capture threads may swap neighbours.
    private static final long PIECES_NANOS = 1_000_000L;
    /// No window is larger without scaling (RFC 9293 3.1), and no answer to a logon is.
    private static final int LARGEST_WINDOW = 65_535;
    private static final int GAP_PACKETS = 6;
    private static final long GAP_NANOS = 1_000_000L;
    /// No retransmission timer is shorter (RFC 6298 2.4; Linux 200 ms, Windows 300 ms).
    private static final long DEAF_NANOS = 150_000_000L;
    private static final byte[] NOTHING = new byte[0];

    // sequence numbers
    private boolean based;
    private boolean basedOnSyn;
    private boolean beginKnown;
    private int base; // sequence number of stream offset 0
    private int otherBase; // what it is after the SYN that was last sent with another number
    private boolean answeredAnew;
    private long sentMax; // end of the highest payload byte seen
    private long ackedMax = Long.MIN_VALUE; // highest offset the peer acknowledged
    private long ackedNanos; // when it did
    private long ackedFrame;

    // bytes in order
    private boolean buffering = true;
    private int page = BufferPool.NONE; // holds them
    private int head;
    private int tail;
    private long headOffset;
    private long nextOffset;
    private boolean overflow;
    private LongRanges absent = LongRanges.NONE;
    private StreamTail lastWords = StreamTail.NONE;

    private OutOfOrder ahead = OutOfOrder.NONE;
    private int ackedBeyondAge;
    private long ackedBeyondSince;

    private final FrameRuns runs = new FrameRuns();

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
    private long announced = Long.MIN_VALUE; // highest offset that a segment without payload stands at
    private long announcedFrame;
    private long announcedNanos;
    private int superFrames;
    private int duplicates;
    private int cutPayload;
    private Moment first = Moment.NEVER;
    private long lastFrame;
    private long lastNanos;
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

    private final BufferPool pages;
    private final Moments moments;

    HalfStream(BufferPool pages, Moments moments) {
        this.pages = pages;
        this.moments = moments;
    }

    // ---- bytes in order, for the listener ----

    @Override
    public byte[] buffer() {
        return pages.bytes(page);
    }

    @Override
    public int start() {
        return head;
    }

    @Override
    public int available() {
        return tail - head;
    }

    @Override
    public long offset() {
        return headOffset;
    }

    @Override
    public void take(int length) {
        head += length;
        headOffset += length;
        runs.forgetBefore(headOffset);
        absent.forgetBefore(headOffset);
        if (head == tail) {
            release();
        }
    }

    /// The caller may still look at the bytes he has just taken; they stay as they are until the next packet.
    private void release() {
        pages.give(page);
        page = BufferPool.NONE;
        head = 0;
        tail = 0;
    }

    @Override
    public boolean isWhole(long offset, int length) {
        return !absent.touches(offset, offset + length);
    }

    @Override
    public int captured(long offset, int length) {
        return (int) (absent.firstIn(offset, offset + length) - offset);
    }

    @Override
    public long nextBoundary(long offset) {
        return runs.boundary(offset, headOffset + available());
    }

    @Override
    public Moment completed(long from, long to) {
        Moment latest = runs.latest(from, to, moments);
        return latest.seen() ? latest : moments.of(lastFrame, lastNanos);
    }

    @Override
    public int segments(long from, long to) {
        return runs.count(from, to);
    }

    /// From now on only the fate of segments is followed, no bytes are kept.
    public void stopBuffering() {
        buffering = false;
        release();
        ahead = OutOfOrder.NONE;
        runs.clear();
    }

    /// From now on bytes are not delivered; the latest are kept for [#lastWords].
    void keepLastWords() {
        stopBuffering();
        lastWords = new StreamTail();
    }

    /// The latest bytes, where it was agreed that only those matter; nothing otherwise.
    public StreamTail lastWords() {
        return lastWords;
    }

    /// Sequence number of this side's SYN where it was seen.
    int initialSequence() {
        return base - 1;
    }

    boolean basedOnSyn() {
        return basedOnSyn;
    }

    /// Memory that payload and the marks on it take, in bytes.
    int heldBytes() {
        return buffer().length + ahead.heldBytes() + runs.heldBytes();
    }

    public boolean isSilent() {
        return packets == 0;
    }

    long sentMax() {
        return sentMax;
    }

    long ackedMax() {
        return ackedMax;
    }

    public boolean finSeen() {
        return fin.seen();
    }

    public long lastNanos() {
        return lastNanos;
    }

    public long lastFrame() {
        return lastFrame;
    }

    public long payloadBytes() {
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

    boolean overflowed() {
        return overflow;
    }

    /// Something was sent that the peer has not acknowledged yet.
    public boolean waiting() {
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
        lastFrame = frame;
        beforeLastNanos = lastNanos;
        lastNanos = nanos;
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
            if (stands > announced) {
                announced = stands;
                announcedFrame = frame;
                announcedNanos = nanos;
            }
        }
    }

    void onSyn(Packet packet, long frame, long nanos) {
        int sequence = packet.sequence() + 1;
        if (!basedOnSyn) {
            long shift = based ? sequence - base : 0;
            if (!based) {
                rebase(sequence);
            } else if (shift != 0 && headOffset == 0 && nextOffset == 0) {
                rebase(sequence);
            }
            basedOnSyn = true;
            beginKnown = true;
            habits.noteSyn(packet);
            mss = packet.mss();
            synWindow = packet.window();
            timestamps = packet.timestamps();
        } else if (sequence != base) {
            otherBase = sequence;
            answeredAnew = true;
        }
        if (!inFlight.repeat(-1, frame, nanos) && ackedMax < 0) {
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
        beginKnown = true;
    }

    private void rebase(int sequence) {
        based = true;
        base = sequence;
    }

    long offsetOf(int sequence) {
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
        return accept(offset, packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(), length, frame, nanos);
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
        if (inFlight.repeat(offset, frame, nanos)) {
            retransmissions++;
            int rest = inFlight.shrink(offset, packet.payloadLength(), packet.ipLength());
            if (rest > 0) {
                // The sender cut the segment in two: what is on its way now is the smaller one.
                shrunkSegments++;
                addOutstanding(end, rest, packet.ipLength() - packet.payloadLength() + rest, packet.fragmented(), frame, nanos);
            }
            return;
        }
        if (offset >= nextOffset && !ahead.holds(offset)) {
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
            inFlight.receipt(frame, Receipts.BEFORE, ipLength);
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
        inFlight.acknowledged(offset, frame);
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
    void onSelectivelyAcknowledged(long from, long to, long frame) {
        inFlight.acknowledged(from, to, frame);
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

    // ---- reassembly ----

    private boolean accept(long offset, byte[] bytes, int from, int captured, int length, long frame, long nanos) {
        if (!buffering) {
            nextOffset = Math.max(nextOffset, offset + length);
            if (lastWords != StreamTail.NONE) {
                lastWords.segment(offset, bytes, from, captured, length, frame, nanos);
            }
            return false;
        }
        if (!beginKnown && (packets == 1 || nextOffset == 0 && headOffset == 0 && offset < 0 && tail == head)) {
            // The capture starts in the middle, and this is the earliest byte it holds.
            nextOffset = offset;
            headOffset = offset;
        }
        if (offset + length <= nextOffset) {
            return false;
        }
        if (offset > nextOffset) {
            if (ahead == OutOfOrder.NONE) {
                ahead = new OutOfOrder();
            }
            overflow |= !ahead.add(offset, bytes, from, captured, length, frame, nanos);
            return false;
        }
        int skip = (int) (nextOffset - offset);
        append(bytes, from + skip, Math.max(0, captured - skip), length - skip, frame, nanos);
        drainAhead();
        return true;
    }

    private void append(byte[] bytes, int from, int captured, int length, long frame, long nanos) {
        if (available() + length > BUFFER_LIMIT) {
            overflow = true;
            stopBuffering();
            return;
        }
        if (tail + length > buffer().length) {
            makeRoom(length);
        }
        byte[] buffer = buffer();
        if (captured > 0) {
            System.arraycopy(bytes, from, buffer, tail, captured);
        }
        if (captured < length) {
            Arrays.fill(buffer, tail + captured, tail + length, (byte) 0);
            if (absent == LongRanges.NONE) {
                absent = new LongRanges();
            }
            absent.add(nextOffset + captured, nextOffset + length);
        }
        tail += length;
        nextOffset += length;
        runs.add(nextOffset, frame, nanos);
    }

    private void makeRoom(int length) {
        int kept = available();
        int target = page;
        if (kept + length > buffer().length) {
            target = pages.take(kept + length);
        }
        System.arraycopy(buffer(), head, pages.bytes(target), 0, kept);
        if (target != page) {
            pages.give(page);
        }
        page = target;
        head = 0;
        tail = kept;
    }

    private void drainAhead() {
        while (ahead.count() > 0 && ahead.offset() <= nextOffset) {
            int skip = (int) (nextOffset - ahead.offset());
            int length = ahead.length();
            byte[] data = ahead.data();
            long frame = ahead.frame();
            long nanos = ahead.nanos();
            ahead.removeFirst();
            if (skip < length) {
                append(data, Math.min(skip, data.length), Math.max(0, data.length - skip), length - skip, frame, nanos);
            }
        }
    }

    /// Has the peer acknowledged bytes that are not here? True only after some packets, since files may be out of order.
    boolean gapIsCertain(boolean atEnd, long nanos) {
        if (!buffering || ackedMax <= nextOffset || !hasGap()) {
            ackedBeyondAge = 0;
            return false;
        }
        if (ackedBeyondAge++ == 0) {
            ackedBeyondSince = nanos;
        }
        return atEnd || ackedBeyondAge > GAP_PACKETS || nanos - ackedBeyondSince > GAP_NANOS;
    }

    private boolean hasGap() {
        // A FIN takes a sequence number too; it is no missing byte.
        return !(fin.seen() && ackedMax == finOffset + 1 && nextOffset >= finOffset);
    }

    /// Skips what is missing up to where bytes go on. Answers how many bytes were skipped, 0 if none can be.
    long skipGap() {
        long to = ahead.count() > 0 ? Math.min(ahead.offset(), ackedMax) : ackedMax;
        if (fin.seen()) {
            to = Math.min(to, Math.max(finOffset, nextOffset));
        }
        long missing = to - nextOffset;
        if (missing <= 0) {
            return 0;
        }
        if (missing > BUFFER_LIMIT / 2 || available() + missing > BUFFER_LIMIT) {
            overflow = true;
            stopBuffering();
            return missing;
        }
        ackedBeyondAge = 0;
        long frame = ahead.count() > 0 ? ahead.frame() : lastFrame;
        long nanos = ahead.count() > 0 ? ahead.nanos() : lastNanos;
        append(NOTHING, 0, 0, (int) missing, frame, nanos);
        if (buffering) {
            drainAhead();
        }
        return missing;
    }

    // ---- the result ----

    /// The last payload came after a packet that stands behind it: its first copy was lost before the capture point.
    private boolean saidBehindAnnouncement() {
        return lastPayloadFrame > announcedFrame && announced > 0 && announced >= (fin.seen() ? finOffset : sentMax);
    }

    HalfFacts facts(long endNanos) {
        long hole = ahead.count() > 0 ? ahead.offset() - nextOffset : 0;
        long reached = Math.max(nextOffset, ackedMax);
        long announcedBytes = based && announced - (fin.seen() && announced > finOffset ? 1 : 0) > Math.max(reached, sentMax)
                ? announced - (fin.seen() && announced > finOffset ? 1 : 0) - Math.max(reached, sentMax) : 0;
        return new HalfFacts(packets, payloadBytes, retransmissions, lossRepairs, outOfOrder, largestSent, inFlight.largestDelivered(),
                inFlight.largestDeliveredIp(), inFlight.smallestLostIp(), inFlight.lost(), Math.max(hole, 0), announcedBytes, ahead.bytes(),
                based && ackedMax > sentMax + 1 ? ackedMax - sentMax : 0, habits.usualHopLimit(), habits.synHopLimit(),
                habits.identification(), mss, synWindow, timestamps, dontFragment, habits.zeroWindowNanos(endNanos),
                habits.zeroWindowFrames(), habits.isWindowZero(), habits.keepAlives(), habits.keepAlivesAnswered(),
                habits.keepAlivesHurried(), shrunkSegments, superFrames, duplicates, first, new Moment(lastFrame, lastNanos),
                new Moment(lastPayloadFrame, lastPayloadNanos), fin, fin.seen() && ackedMax > finOffset
                ? new Moment(ackedFrame, ackedNanos) : Moment.NEVER,
                new Moment(lastAcknowledgementFrame, lastAcknowledgementNanos), repeatedAfterReceipt,
                announcedBytes > 0 || saidBehindAnnouncement() ? new Moment(announcedFrame, announcedNanos) : Moment.NEVER,
                inFlight.receipts(), habits.payloadHopLimit());
    }
}

package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.HalfFacts.IdentificationHabit;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What one end of a connection sends: its bytes in order, and the fate of its segments.
///
/// Stream offsets count payload bytes from the one after the SYN; where the SYN was not seen, from the first payload
/// byte seen, and may then be negative. Bytes that the capture does not hold are zeros in [#buffer] and not
/// [#isWhole].
public final class HalfStream {
    /// Bytes kept in order and not yet taken; a TLS record is at most 18 KB, an MCS PDU 64 KB.
    static final int BUFFER_LIMIT = 1 << 18;
    /// Bytes kept that came ahead of a hole.
    static final int AHEAD_LIMIT = 1 << 18;
    private static final int AHEAD_SEGMENTS = 256;
    /// Packets to wait for missing bytes that the peer has acknowledged: capture threads may swap neighbours.
    private static final int GAP_PACKETS = 6;
    private static final long GAP_NANOS = 1_000_000L;
    private static final int OUTSTANDING_LIMIT = 128;
    private static final int RUN_LIMIT = 4096;
    private static final byte[] NOTHING = new byte[0];

    // sequence numbers
    private boolean based;
    private boolean basedOnSyn;
    private boolean beginKnown;
    private int base; // sequence number of stream offset 0
    private long sentMax; // end of the highest payload byte seen
    private long ackedMax = Long.MIN_VALUE; // highest offset the peer acknowledged

    // bytes in order
    private boolean buffering = true;
    private byte[] buffer = NOTHING;
    private int head;
    private int tail;
    private long headOffset;
    private long nextOffset;
    private boolean overflow;
    private final LongRanges absent = new LongRanges();
    private LastWords lastWords = LastWords.NONE;

    // bytes ahead of a hole
    private int aheadCount;
    private int aheadBytes;
    private long[] aheadOffset = NO_LONGS;
    private byte[][] aheadData = new byte[0][];
    private int[] aheadLength = NO_INTS;
    private long[] aheadFrame = NO_LONGS;
    private long[] aheadNanos = NO_LONGS;
    private int ackedBeyondAge;
    private long ackedBeyondSince;

    // which frame brought which bytes
    private int runHead;
    private int runTail;
    private long[] runEnd = NO_LONGS;
    private long[] runFrame = NO_LONGS;
    private long[] runNanos = NO_LONGS;

    // segments on their way
    private int outstanding;
    private long[] sentOffset = NO_LONGS;
    private int[] sentLength = NO_INTS;
    private int[] sentIpLength = NO_INTS;
    private int[] sentTimes = NO_INTS;
    private boolean[] sentFragmented = new boolean[0];
    private long[] sentFrame = NO_LONGS;
    private long[] sentNanos = NO_LONGS;
    private long[] sentLastFrame = NO_LONGS;
    private long[] sentLastNanos = NO_LONGS;

    // habits and counts
    private long packets;
    private long payloadBytes;
    private int retransmissions;
    private int lossRepairs;
    private int outOfOrder;
    private int largestSent;
    private int largestDelivered;
    private int largestDeliveredIp;
    private int synHopLimit = -1;
    private final int[] hopLimits = new int[4];
    private final int[] hopLimitCounts = new int[4];
    private int identificationsZero;
    private int identificationsCounting;
    private int identificationsOther;
    private int lastIdentification = -1;
    private int mss = -1;
    private int windowScale = -1;
    private int synWindow = -1;
    private boolean timestamps;
    private boolean dontFragment;
    private long zeroSince = Long.MIN_VALUE;
    private long zeroNanos;
    private final List<Long> zeroFrames = new ArrayList<>(0);
    private int keepAlives;
    private int keepAlivesAnswered;
    private int keepAlivesHurried;
    private long keepAliveNanos = Long.MIN_VALUE;
    private long keepAliveIdleNanos;
    private int shrunkSegments;
    private long announced = Long.MIN_VALUE; // highest offset that a segment without payload stands at
    private boolean keepAliveOpen;
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
    private long lastAcknowledgementFrame;
    private long lastAcknowledgementNanos;
    private long finOffset = Long.MIN_VALUE;
    private Moment fin = Moment.NEVER;

    private static final long[] NO_LONGS = new long[0];
    private static final int[] NO_INTS = new int[0];

    private final Pages pages;

    HalfStream(Pages pages) {
        this.pages = pages;
    }

    // ---- bytes in order, for the listener ----

    /// The bytes in order that were not yet taken lie at `[start(), start() + available())`.
    public byte[] buffer() {
        return buffer;
    }

    public int start() {
        return head;
    }

    public int available() {
        return tail - head;
    }

    /// Stream offset of the first byte not yet taken.
    public long offset() {
        return headOffset;
    }

    /// Takes `length` bytes.
    public void take(int length) {
        head += length;
        headOffset += length;
        while (runHead < runTail && runEnd[runHead] <= headOffset && runTail - runHead > 1) {
            runHead++;
        }
        absent.forgetBefore(headOffset);
        if (head == tail) {
            release();
        }
    }

    /// The caller may still look at the bytes he has just taken; they stay as they are until the next packet.
    private void release() {
        pages.give(buffer);
        buffer = NOTHING;
        head = 0;
        tail = 0;
    }

    /// Were all of `length` bytes at stream offset `offset` captured?
    public boolean isWhole(long offset, int length) {
        return !absent.touches(offset, offset + length);
    }

    /// How many of `length` bytes at stream offset `offset` were captured before the first that was not.
    public int captured(long offset, int length) {
        return (int) (absent.firstIn(offset, offset + length) - offset);
    }

    /// Where the next segment boundary after `offset` lies, or -1: the place to look for a message after a hole.
    public long nextBoundary(long offset) {
        for (int i = runHead; i < runTail; i++) {
            if (runEnd[i] > offset && runEnd[i] < headOffset + available()) {
                return runEnd[i];
            }
        }
        return -1;
    }

    /// The frame whose arrival completed bytes `[from, to)`.
    public Moment completed(long from, long to) {
        long frame = 0;
        long nanos = 0;
        long begin = Long.MIN_VALUE;
        for (int i = runHead; i < runTail && begin < to; i++) {
            if (runEnd[i] > from && runFrame[i] > frame) {
                frame = runFrame[i];
                nanos = runNanos[i];
            }
            begin = runEnd[i];
        }
        return frame == 0 ? new Moment(lastFrame, lastNanos) : new Moment(frame, nanos);
    }

    /// How many segments brought bytes `[from, to)`.
    public int segments(long from, long to) {
        int count = 0;
        long begin = Long.MIN_VALUE;
        for (int i = runHead; i < runTail && begin < to; i++) {
            if (runEnd[i] > from) {
                count++;
            }
            begin = runEnd[i];
        }
        return count;
    }

    /// From now on only the fate of segments is followed, no bytes are kept.
    public void stopBuffering() {
        buffering = false;
        release();
        aheadCount = 0;
        aheadBytes = 0;
        aheadData = new byte[0][];
        aheadOffset = NO_LONGS;
        aheadLength = NO_INTS;
        aheadFrame = NO_LONGS;
        aheadNanos = NO_LONGS;
        runHead = 0;
        runTail = 0;
        runEnd = NO_LONGS;
        runFrame = NO_LONGS;
        runNanos = NO_LONGS;
    }

    /// From now on bytes are not delivered; the latest are kept for [#lastWords].
    void keepLastWords() {
        stopBuffering();
        lastWords = new LastWords();
    }

    /// The latest bytes, where it was agreed that only those matter; nothing otherwise.
    public LastWords lastWords() {
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
        return buffer.length + aheadBytes + 48 * aheadOffset.length + 24 * runEnd.length;
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

    boolean finAcknowledged() {
        return fin.seen() && ackedMax > finOffset;
    }

    public long lastNanos() {
        return lastNanos;
    }

    long beforeLastNanos() {
        return beforeLastNanos;
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

    int windowScale() {
        return windowScale;
    }

    int cutPayload() {
        return cutPayload;
    }

    boolean overflowed() {
        return overflow;
    }

    /// Something was sent that the peer has not acknowledged yet.
    public boolean waiting() {
        return outstanding > 0;
    }

    // ---- feeding ----

    void onDuplicate() {
        duplicates++;
    }

    /// Habits of every segment but resets.
    void onSegment(Packet packet, long frame, long nanos) {
        if (packets++ == 0) {
            first = new Moment(frame, nanos);
        }
        lastFrame = frame;
        beforeLastNanos = lastNanos;
        lastNanos = nanos;
        lastLength = packet.payloadLength();
        lastSyn = packet.has(Packet.SYN);
        countHopLimit(packet.hopLimit());
        countIdentification(packet.identification());
        if (packet.dontFragment() && packet.payloadLength() > 0) {
            dontFragment = true;
        }
        if (packet.payloadLength() > 9200) {
            superFrames++;
        }
        if (based && packet.payloadLength() == 0 && !packet.has(Packet.SYN)) {
            announced = Math.max(announced, offsetOf(packet.sequence()));
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
            synHopLimit = packet.hopLimit();
            mss = packet.mss();
            windowScale = packet.windowScale();
            synWindow = packet.window();
            timestamps = packet.timestamps();
        }
        int at = find(-1);
        if (at >= 0) {
            sentTimes[at]++;
            sentLastFrame[at] = frame;
            sentLastNanos[at] = nanos;
        } else if (ackedMax < 0) {
            addOutstanding(-1, 1, packet.ipLength(), packet.fragmented(), frame, nanos);
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
        if (length == 1 && offset == sentMax - 1 && ackedMax >= sentMax) {
            onKeepAlive(nanos, beforeLastNanos);
            return false;
        }
        if (offset < sentMax) {
            noteRepeated(offset, end, packet, frame, nanos);
        } else {
            if (offset > sentMax && packets > 1) {
                deliveredBehindHole(length, packet.ipLength());
            }
            addOutstanding(offset, length, packet.ipLength(), packet.fragmented(), frame, nanos);
        }
        if (end > sentMax) {
            payloadBytes += end - Math.max(offset, sentMax);
            sentMax = end;
            lastPayloadFrame = frame;
            lastPayloadNanos = nanos;
        }
        largestSent = Math.max(largestSent, length);
        if (packet.payloadCaptured() < length) {
            cutPayload++;
        }
        return accept(offset, packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(), length, frame, nanos);
    }

    /// An answered probe starts the idle time anew, an unanswered one is repeated sooner.
    void onKeepAlive(long nanos, long previousNanos) {
        keepAlives++;
        keepAliveOpen = true;
        if (keepAliveNanos == Long.MIN_VALUE || previousNanos > keepAliveNanos) {
            keepAliveIdleNanos = nanos - previousNanos;
        } else if (nanos - keepAliveNanos < keepAliveIdleNanos * 3 / 4) {
            keepAlivesHurried++;
        }
        keepAliveNanos = nanos;
    }

    void onAnyAnswer() {
        if (keepAliveOpen) {
            keepAliveOpen = false;
            keepAlivesAnswered++;
        }
    }

    /// A segment that came although an earlier one is missing has proven that its size passes.
    private void deliveredBehindHole(int length, int ipLength) {
        if (length > largestDelivered) {
            largestDelivered = length;
            largestDeliveredIp = ipLength;
        }
    }

    private void noteRepeated(long offset, long end, Packet packet, long frame, long nanos) {
        int at = find(offset);
        if (at >= 0) {
            retransmissions++;
            sentTimes[at]++;
            sentLastFrame[at] = frame;
            sentLastNanos[at] = nanos;
            if (packet.payloadLength() < sentLength[at]) {
                // The sender cut the segment in two: what is on its way now is the smaller one.
                int rest = sentLength[at] - packet.payloadLength();
                sentLength[at] = packet.payloadLength();
                sentIpLength[at] = packet.ipLength();
                shrunkSegments++;
                addOutstanding(end, rest, packet.ipLength() - packet.payloadLength() + rest, packet.fragmented(), frame, nanos);
            }
            return;
        }
        if (offset >= nextOffset && !isAhead(offset)) {
            // Fills a hole. Within a few milliseconds it was overtaken; later it was sent again.
            if (nanos - lastPayloadNanos < 3_000_000L) {
                outOfOrder++;
            } else {
                lossRepairs++;
            }
            addOutstanding(offset, packet.payloadLength(), packet.ipLength(), packet.fragmented(), frame, nanos);
        } else {
            retransmissions++;
        }
    }

    private boolean isAhead(long offset) {
        for (int i = 0; i < aheadCount; i++) {
            if (aheadOffset[i] <= offset && offset < aheadOffset[i] + aheadLength[i]) {
                return true;
            }
        }
        return false;
    }

    /// The peer acknowledged everything before `offset`. Answers whether this was news.
    boolean onAcknowledged(long offset) {
        if (offset <= ackedMax) {
            return false;
        }
        ackedMax = offset;
        int kept = 0;
        for (int i = 0; i < outstanding; i++) {
            if (sentOffset[i] + sentLength[i] <= offset) {
                if (sentOffset[i] >= 0 && sentLength[i] > largestDelivered) {
                    largestDelivered = sentLength[i];
                    largestDeliveredIp = sentIpLength[i];
                }
            } else {
                move(i, kept++);
            }
        }
        outstanding = kept;
        return true;
    }

    /// The peer reports having `[from, to)` ahead of a hole.
    void onSelectivelyAcknowledged(long from, long to) {
        int kept = 0;
        for (int i = 0; i < outstanding; i++) {
            if (sentOffset[i] >= from && sentOffset[i] + sentLength[i] <= to) {
                if (sentLength[i] > largestDelivered) {
                    largestDelivered = sentLength[i];
                    largestDeliveredIp = sentIpLength[i];
                }
            } else {
                move(i, kept++);
            }
        }
        outstanding = kept;
    }

    /// This side acknowledged new bytes of the other one.
    void noteAcknowledging(long frame, long nanos) {
        lastAcknowledgementFrame = frame;
        lastAcknowledgementNanos = nanos;
    }

    void onWindow(int window, long frame, long nanos) {
        if (window == 0) {
            if (zeroSince == Long.MIN_VALUE) {
                zeroSince = nanos;
            }
            if (zeroFrames.size() < 8) {
                zeroFrames.add(frame);
            }
        } else if (zeroSince != Long.MIN_VALUE) {
            zeroNanos += nanos - zeroSince;
            zeroSince = Long.MIN_VALUE;
        }
    }

    void onFin(int sequence, int length, long frame, long nanos) {
        if (!fin.seen()) {
            fin = new Moment(frame, nanos);
            finOffset = offsetOf(sequence) + length;
        }
    }

    int usualHopLimit() {
        int best = 0;
        for (int i = 1; i < 4; i++) {
            if (hopLimitCounts[i] > hopLimitCounts[best]) {
                best = i;
            }
        }
        return hopLimitCounts[best] == 0 ? -1 : hopLimits[best];
    }

    /// Is `sequence` the one this side would use next, as far as seen?
    boolean isNext(int sequence) {
        if (!based) {
            return false;
        }
        long offset = offsetOf(sequence);
        return offset == sentMax || fin.seen() && offset == finOffset + 1 || offset == Math.max(ackedMax, 0);
    }

    private void countHopLimit(int hopLimit) {
        for (int i = 0; i < 4; i++) {
            if (hopLimitCounts[i] == 0 || hopLimits[i] == hopLimit) {
                hopLimits[i] = hopLimit;
                hopLimitCounts[i]++;
                return;
            }
        }
    }

    private void countIdentification(int identification) {
        if (identification < 0) {
            return;
        }
        if (identification == 0) {
            identificationsZero++;
        } else if (lastIdentification >= 0) {
            int step = identification - lastIdentification & 0xffff;
            if (step > 0 && step < 512) {
                identificationsCounting++;
            } else {
                identificationsOther++;
            }
        }
        if (identification != 0) {
            lastIdentification = identification;
        }
    }

    private IdentificationHabit identificationHabit() {
        if (identificationsZero + identificationsCounting + identificationsOther < 2) {
            return IdentificationHabit.UNKNOWN;
        }
        if (identificationsZero > 4 * (identificationsCounting + identificationsOther)) {
            return IdentificationHabit.ZERO;
        }
        return identificationsCounting >= 2 * identificationsOther ? IdentificationHabit.COUNTING : IdentificationHabit.RANDOM;
    }

    // ---- segments on their way ----

    /// Frame of the first unacknowledged payload segment at or behind `offset`, 0 if there is none.
    long firstFrameFrom(long offset) {
        long first = 0;
        for (int i = 0; i < outstanding; i++) {
            if (sentOffset[i] >= offset && sentOffset[i] >= 0 && (first == 0 || sentFrame[i] < first)) {
                first = sentFrame[i];
            }
        }
        return first;
    }

    private int find(long offset) {
        for (int i = 0; i < outstanding; i++) {
            if (sentOffset[i] == offset) {
                return i;
            }
        }
        return -1;
    }

    private void addOutstanding(long offset, int length, int ipLength, boolean fragmented, long frame, long nanos) {
        if (offset + length <= ackedMax || outstanding == OUTSTANDING_LIMIT) {
            if (offset + length <= ackedMax && offset >= 0) {
                deliveredBehindHole(length, ipLength);
            }
            return;
        }
        if (outstanding == sentOffset.length) {
            int size = Math.max(8, outstanding * 2);
            sentOffset = Arrays.copyOf(sentOffset, size);
            sentLength = Arrays.copyOf(sentLength, size);
            sentIpLength = Arrays.copyOf(sentIpLength, size);
            sentTimes = Arrays.copyOf(sentTimes, size);
            sentFragmented = Arrays.copyOf(sentFragmented, size);
            sentFrame = Arrays.copyOf(sentFrame, size);
            sentNanos = Arrays.copyOf(sentNanos, size);
            sentLastFrame = Arrays.copyOf(sentLastFrame, size);
            sentLastNanos = Arrays.copyOf(sentLastNanos, size);
        }
        sentOffset[outstanding] = offset;
        sentLength[outstanding] = length;
        sentIpLength[outstanding] = ipLength;
        sentTimes[outstanding] = 1;
        sentFragmented[outstanding] = fragmented;
        sentFrame[outstanding] = frame;
        sentNanos[outstanding] = nanos;
        sentLastFrame[outstanding] = frame;
        sentLastNanos[outstanding] = nanos;
        outstanding++;
    }

    private void move(int from, int to) {
        if (from != to) {
            sentOffset[to] = sentOffset[from];
            sentLength[to] = sentLength[from];
            sentIpLength[to] = sentIpLength[from];
            sentTimes[to] = sentTimes[from];
            sentFragmented[to] = sentFragmented[from];
            sentFrame[to] = sentFrame[from];
            sentNanos[to] = sentNanos[from];
            sentLastFrame[to] = sentLastFrame[from];
            sentLastNanos[to] = sentLastNanos[from];
        }
    }

    // ---- reassembly ----

    private boolean accept(long offset, byte[] bytes, int from, int captured, int length, long frame, long nanos) {
        if (!buffering) {
            nextOffset = Math.max(nextOffset, offset + length);
            if (lastWords != LastWords.NONE) {
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
            keepAhead(offset, bytes, from, captured, length, frame, nanos);
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
        if (tail + length > buffer.length) {
            makeRoom(length);
        }
        if (captured > 0) {
            System.arraycopy(bytes, from, buffer, tail, captured);
        }
        if (captured < length) {
            Arrays.fill(buffer, tail + captured, tail + length, (byte) 0);
            absent.add(nextOffset + captured, nextOffset + length);
        }
        tail += length;
        nextOffset += length;
        addRun(nextOffset, frame, nanos);
    }

    private void makeRoom(int length) {
        int kept = available();
        byte[] target = buffer;
        if (kept + length > buffer.length) {
            target = pages.take(kept + length);
        }
        System.arraycopy(buffer, head, target, 0, kept);
        if (target != buffer) {
            pages.give(buffer);
        }
        buffer = target;
        head = 0;
        tail = kept;
    }

    private void addRun(long end, long frame, long nanos) {
        if (runTail == runEnd.length) {
            int kept = runTail - runHead;
            if (runHead > 0) {
                System.arraycopy(runEnd, runHead, runEnd, 0, kept);
                System.arraycopy(runFrame, runHead, runFrame, 0, kept);
                System.arraycopy(runNanos, runHead, runNanos, 0, kept);
            } else if (kept == RUN_LIMIT) {
                runEnd[kept - 1] = end; // so many tiny segments: the last frame stands for them
                return;
            } else {
                int size = Math.max(16, kept * 2);
                runEnd = Arrays.copyOf(runEnd, size);
                runFrame = Arrays.copyOf(runFrame, size);
                runNanos = Arrays.copyOf(runNanos, size);
            }
            runHead = 0;
            runTail = kept;
        }
        runEnd[runTail] = end;
        runFrame[runTail] = frame;
        runNanos[runTail] = nanos;
        runTail++;
    }

    private void keepAhead(long offset, byte[] bytes, int from, int captured, int length, long frame, long nanos) {
        if (aheadCount == AHEAD_SEGMENTS || aheadBytes + length > AHEAD_LIMIT) {
            overflow = true;
            return;
        }
        if (aheadCount == aheadOffset.length) {
            int size = Math.max(8, aheadCount * 2);
            aheadOffset = Arrays.copyOf(aheadOffset, size);
            aheadData = Arrays.copyOf(aheadData, size);
            aheadLength = Arrays.copyOf(aheadLength, size);
            aheadFrame = Arrays.copyOf(aheadFrame, size);
            aheadNanos = Arrays.copyOf(aheadNanos, size);
        }
        int at = aheadCount;
        while (at > 0 && aheadOffset[at - 1] > offset) {
            aheadOffset[at] = aheadOffset[at - 1];
            aheadData[at] = aheadData[at - 1];
            aheadLength[at] = aheadLength[at - 1];
            aheadFrame[at] = aheadFrame[at - 1];
            aheadNanos[at] = aheadNanos[at - 1];
            at--;
        }
        aheadOffset[at] = offset;
        aheadData[at] = Arrays.copyOfRange(bytes, from, from + captured);
        aheadLength[at] = length;
        aheadFrame[at] = frame;
        aheadNanos[at] = nanos;
        aheadCount++;
        aheadBytes += length;
    }

    private void drainAhead() {
        int used = 0;
        while (used < aheadCount && aheadOffset[used] <= nextOffset) {
            int skip = (int) (nextOffset - aheadOffset[used]);
            if (skip < aheadLength[used]) {
                byte[] data = aheadData[used];
                append(data, Math.min(skip, data.length), Math.max(0, data.length - skip), aheadLength[used] - skip,
                        aheadFrame[used], aheadNanos[used]);
                if (!buffering) {
                    return;
                }
            }
            aheadBytes -= aheadLength[used];
            used++;
        }
        if (used > 0) {
            aheadCount -= used;
            System.arraycopy(aheadOffset, used, aheadOffset, 0, aheadCount);
            System.arraycopy(aheadData, used, aheadData, 0, aheadCount);
            System.arraycopy(aheadLength, used, aheadLength, 0, aheadCount);
            System.arraycopy(aheadFrame, used, aheadFrame, 0, aheadCount);
            System.arraycopy(aheadNanos, used, aheadNanos, 0, aheadCount);
            Arrays.fill(aheadData, aheadCount, aheadCount + used, null);
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
        long to = aheadCount > 0 ? Math.min(aheadOffset[0], ackedMax) : ackedMax;
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
        long frame = aheadCount > 0 ? aheadFrame[0] : lastFrame;
        long nanos = aheadCount > 0 ? aheadNanos[0] : lastNanos;
        append(NOTHING, 0, 0, (int) missing, frame, nanos);
        if (buffering) {
            drainAhead();
        }
        return missing;
    }

    // ---- the result ----

    HalfFacts facts(long endNanos) {
        List<LostSegment> lost = new ArrayList<>();
        int smallestLostIp = 0;
        for (int i = 0; i < outstanding && lost.size() < 16; i++) {
            lost.add(new LostSegment(sentLength[i], sentIpLength[i], sentTimes[i], new Moment(sentFrame[i], sentNanos[i]),
                    new Moment(sentLastFrame[i], sentLastNanos[i]), sentFragmented[i], sentOffset[i] < 0));
            if (sentTimes[i] >= 3 && sentOffset[i] >= 0 && (smallestLostIp == 0 || sentIpLength[i] < smallestLostIp)) {
                smallestLostIp = sentIpLength[i];
            }
        }
        long hole = aheadCount > 0 ? aheadOffset[0] - nextOffset : 0;
        long reached = Math.max(nextOffset, ackedMax);
        long announcedBytes = based && announced - (fin.seen() && announced > finOffset ? 1 : 0) > Math.max(reached, sentMax)
                ? announced - (fin.seen() && announced > finOffset ? 1 : 0) - Math.max(reached, sentMax) : 0;
        return new HalfFacts(packets, payloadBytes, retransmissions, lossRepairs, outOfOrder, largestSent, largestDelivered,
                largestDeliveredIp, smallestLostIp, List.copyOf(lost), Math.max(hole, 0), announcedBytes, aheadBytes,
                based && ackedMax > sentMax + 1 ? ackedMax - sentMax : 0, usualHopLimit(), synHopLimit, identificationHabit(), mss,
                synWindow, timestamps, dontFragment, zeroNanos + (zeroSince == Long.MIN_VALUE ? 0 : Math.max(0, endNanos - zeroSince)),
                List.copyOf(zeroFrames), zeroSince != Long.MIN_VALUE, keepAlives, keepAlivesAnswered, keepAlivesHurried, shrunkSegments, superFrames, duplicates, first,
                new Moment(lastFrame, lastNanos), new Moment(lastPayloadFrame, lastPayloadNanos), fin, finAcknowledged(),
                new Moment(lastAcknowledgementFrame, lastAcknowledgementNanos));
    }
}

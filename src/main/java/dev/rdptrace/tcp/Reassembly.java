package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Moment;
import java.util.Arrays;

/// Puts what one end sends in order, from segments that come in any.
///
/// Offsets count as in [HalfStream]. Bytes that the capture does not hold are zeros in [#buffer] and not [#isWhole].
final class Reassembly implements OrderedBytes {
    /// Bytes kept in order and not yet taken; a TLS record is at most 18 KB, an MCS PDU 64 KB.
    static final int BUFFER_LIMIT = 1 << 18;
    /// Packets to wait for missing bytes that the peer has acknowledged: capture threads may swap neighbours.
    private static final int GAP_PACKETS = 6;
    private static final long GAP_NANOS = 1_000_000L;
    private static final byte[] NOTHING = new byte[0];

    private final BufferPool pages;
    private final Moments moments;
    private boolean buffering = true;
    private boolean beginKnown;
    private int page = BufferPool.NONE; // holds the bytes in order
    private int head;
    private int tail;
    private long headOffset;
    private long nextOffset;
    private boolean overflow;
    private LongRanges absent = LongRanges.NONE;
    private OutOfOrder ahead = OutOfOrder.NONE;
    private int ackedBeyondAge;
    private long ackedBeyondSince;
    private final FrameRuns runs = new FrameRuns();
    private StreamTail lastWords = StreamTail.NONE;
    private long lastFrame; // of any segment, with payload or without
    private long lastNanos;

    Reassembly(BufferPool pages, Moments moments) {
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

    /// From now on no bytes are kept.
    void stopBuffering() {
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

    StreamTail lastWords() {
        return lastWords;
    }

    // ---- what has come ----

    long lastFrame() {
        return lastFrame;
    }

    long lastNanos() {
        return lastNanos;
    }

    /// Memory that payload and the marks on it take, in bytes.
    int heldBytes() {
        return buffer().length + ahead.heldBytes() + runs.heldBytes();
    }

    boolean overflowed() {
        return overflow;
    }

    /// Where the bytes in order end.
    long nextOffset() {
        return nextOffset;
    }

    /// Nothing has come in order yet.
    boolean isAtBegin() {
        return headOffset == 0 && nextOffset == 0;
    }

    boolean isMissing(long offset) {
        return offset >= nextOffset && !ahead.holds(offset);
    }

    /// Bytes that are missing before the first that came ahead, 0 where none did.
    long hole() {
        return ahead.count() > 0 ? Math.max(0, ahead.offset() - nextOffset) : 0;
    }

    /// Bytes that came ahead of a hole.
    int aheadBytes() {
        return ahead.bytes();
    }

    // ---- feeding ----

    /// Any segment, at the time it came.
    void onSegment(long frame, long nanos) {
        lastFrame = frame;
        lastNanos = nanos;
    }

    /// Offset 0 is where the stream begins.
    void beginIsKnown() {
        beginKnown = true;
    }

    /// Payload at `offset`. Answers whether bytes in order were added.
    ///
    /// @param first no segment of this side came before
    boolean accept(long offset, Packet packet, boolean first, long frame, long nanos) {
        byte[] bytes = packet.bytes();
        int from = packet.payloadOffset();
        int captured = packet.payloadCaptured();
        int length = packet.payloadLength();
        if (!buffering) {
            nextOffset = Math.max(nextOffset, offset + length);
            if (lastWords != StreamTail.NONE) {
                lastWords.segment(offset, bytes, from, captured, length, frame, nanos);
            }
            return false;
        }
        if (!beginKnown && (first || isAtBegin() && offset < 0 && tail == head)) {
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
    ///
    /// @param acknowledged end of the payload that it acknowledged
    boolean gapIsCertain(long acknowledged, boolean atEnd, long nanos) {
        if (!buffering || acknowledged <= nextOffset) {
            ackedBeyondAge = 0;
            return false;
        }
        if (ackedBeyondAge++ == 0) {
            ackedBeyondSince = nanos;
        }
        return atEnd || ackedBeyondAge > GAP_PACKETS || nanos - ackedBeyondSince > GAP_NANOS;
    }

    /// Skips what is missing up to where bytes go on. Answers how many bytes were skipped, 0 if none can be.
    long skipGap(long acknowledged) {
        long missing = (ahead.count() > 0 ? Math.min(ahead.offset(), acknowledged) : acknowledged) - nextOffset;
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
}

package dev.rdptrace.capture;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.bytes.Identity;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Reads the frames of one file or pipe in one format. The frame window points into the [InputBuffer] and is valid until the next.
abstract class FormatReader implements Closeable {
    /// A longer packet is damage, not a packet: no link carries it, and no length field may decide how much memory is used.
    static final int MAX_PACKET = 16 << 20;

    /// Packets of several interfaces or processors come slightly out of order; that is nothing to speak of.
    private static final long NOTABLE_NANOS = 1_000_000_000L;

    /// Sees each block of a pcapng file that is not a frame, while it is passed over.
    interface Passed {
        /// @param type of the block
        /// @param length of the block, all of it, from [InputBuffer#at]
        /// @param firstInterface what interface 0 of its section is in the whole input
        void block(int type, InputBuffer feed, int length, int firstInterface) throws IOException;
    }

    final Input input;
    final InputBuffer feed;
    final CaptureNotes ledger;
    private int consumed;
    private long packets;
    private long firstNanos = Frame.NO_TIME;
    private long lastNanos = Frame.NO_TIME;
    private long previousNanos = Long.MIN_VALUE / 2;
    private boolean ranBack;
    private @Nullable String truncated;
    private boolean ended;

    FormatReader(Input input, InputBuffer feed, CaptureNotes ledger) {
        this.input = input;
        this.feed = feed;
        this.ledger = ledger;
    }

    abstract String format();

    /// Sets `frame` to the next one and [#hold]s its record; `false` at a clean end.
    ///
    /// @throws Damage where the bytes cannot be followed
    abstract boolean read(Frame frame, long number) throws IOException;

    /// Where the pcapng blocks go that are no frames; does nothing for other formats.
    void passed(Passed to) {}

    /// The whole record of the current frame lies in the feed, this long.
    final int held() {
        return consumed;
    }

    /// The record that starts at [InputBuffer#at] stays there until the next frame is wanted.
    final void hold(int length) {
        consumed = length;
    }

    final boolean next(Frame frame) throws IOException {
        if (ended) {
            return false;
        }
        feed.take(consumed);
        consumed = 0;
        try {
            if (read(frame, packets + 1)) {
                packets++;
                long nanos = frame.nanos();
                if (nanos != Frame.NO_TIME) {
                    if (previousNanos - nanos > NOTABLE_NANOS && !ranBack) {
                        ranBack = true;
                        ledger.note(Identity.CAPTURE.of(input.name()) + ": the time runs back by " + (previousNanos - nanos) / 1_000_000
                                + " ms at packet "
                                + packets);
                    }
                    previousNanos = nanos;
                    firstNanos = firstNanos == Frame.NO_TIME ? nanos : Math.min(firstNanos, nanos);
                    lastNanos = Math.max(lastNanos, nanos);
                }
                return true;
            }
        } catch (Damage damage) {
            truncated = Errors.message(damage) + ", after " + packets + (packets == 1 ? " packet" : " packets");
        }
        ended = true;
        close();
        return false;
    }

    /// Needs `length` bytes at the feed.
    ///
    /// @param what for the message: `a record header`
    final void need(int length, String what) throws IOException {
        if (!feed.has(length)) {
            throw new Damage("ends inside " + what + " at byte " + feed.position() + ": " + feed.available() + " of "
                    + length + " bytes are there");
        }
    }

    /// Bytes of the file that have been read, as it is there: compressed where it is compressed.
    final long taken() {
        return ended ? input.size() : input.suffix().isEmpty() ? feed.position() : input.taken();
    }

    final CaptureFacts.FileFacts facts() {
        return new CaptureFacts.FileFacts(input.name(), format() + input.suffix(), packets, input.size(), firstNanos, lastNanos, truncated);
    }

    @Override
    public void close() throws IOException {
        feed.close();
    }

    /// Seconds and a fraction in nanoseconds as nanoseconds since 1970, held at the ends of what a `long` can say.
    static long nanos(long seconds, long fraction) {
        if (seconds > Long.MAX_VALUE / 1_000_000_000L - 10) {
            return Long.MAX_VALUE;
        }
        if (seconds < Long.MIN_VALUE / 1_000_000_000L + 10) {
            return Long.MIN_VALUE + 1;
        }
        return seconds * 1_000_000_000L + fraction;
    }
}

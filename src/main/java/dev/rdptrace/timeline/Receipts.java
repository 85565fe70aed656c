package dev.rdptrace.timeline;

import java.util.Arrays;

/// Which payload segments of one side the other side acknowledged (RFC 9293 3.4, RFC 2018), and with which packet. Segments
/// are named by the frame that first carried them. Bounded: of what is not in here nothing is known.
public final class Receipts {
    public static final Receipts NONE = new Receipts(new long[0]);

    /// No packet acknowledged it.
    public static final long NEVER = Long.MAX_VALUE;
    /// It came, and something that was said before it did not: whoever reads the stream has not seen it (RFC 2018).
    public static final long AHEAD = Long.MAX_VALUE - 1;
    /// It was acknowledged before the capture shows it: packets may stand in another order than they came.
    public static final long BEFORE = 0;
    /// It is not in here.
    public static final long UNKNOWN = -1;

    /// Words of a segment: its frame, the frame that acknowledges it; how often it was sent, and in the lower half the bytes of its IP
    /// packet.
    public static final int WORDS = 3;

    private final long[] words;

    /// @param words [#WORDS] for each segment
    public Receipts(long[] words) {
        this.words = words;
    }

    public long[] words() {
        return words.clone();
    }

    /// The frame that acknowledges the segment which `frame` carried, or [#NEVER], [#AHEAD], [#BEFORE], [#UNKNOWN].
    public long of(long frame) {
        for (int i = 0; i < words.length; i += WORDS) {
            if (words[i] == frame) {
                return words[i + 1];
            }
        }
        return UNKNOWN;
    }

    /// Bytes of the IP packet that `frame` carried, 0 if it is not in here.
    public int bytes(long frame) {
        for (int i = 0; i < words.length; i += WORDS) {
            if (words[i] == frame) {
                return (int) words[i + 2];
            }
        }
        return 0;
    }

    /// How often what `frame` carried was sent, 0 if it is not in here.
    public int times(long frame) {
        for (int i = 0; i < words.length; i += WORDS) {
            if (words[i] == frame) {
                return (int) (words[i + 2] >>> 32);
            }
        }
        return 0;
    }

    public boolean holds(long frame) {
        return of(frame) != UNKNOWN;
    }

    /// The last frame before `frame` that carried payload, 0 if none did.
    public long lastBefore(long frame) {
        long last = 0;
        for (int i = 0; i < words.length; i += WORDS) {
            if (words[i] < frame) {
                last = Math.max(last, words[i]);
            }
        }
        return last;
    }

    /// The largest IP packet, in bytes, among those first sent in a later frame than `frame` that arrived; 0 if none did.
    public int largestAfter(long frame) {
        int largest = 0;
        for (int i = 0; i < words.length; i += WORDS) {
            if (words[i] > frame && words[i + 1] != NEVER) {
                largest = Math.max(largest, (int) words[i + 2]);
            }
        }
        return largest;
    }

    /// Something that was first sent before `frame` was sent so often, and had not been acknowledged by then.
    public boolean inVainUntil(long frame) {
        for (int i = 0; i < words.length; i += WORDS) {
            boolean waiting = words[i] < frame && (words[i + 1] == NEVER || words[i + 1] > frame && words[i + 1] < AHEAD);
            if (waiting && words[i + 2] >>> 32 >= LostSegment.IN_VAIN) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Receipts receipts && Arrays.equals(words, receipts.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return "Receipts" + Arrays.toString(words);
    }
}

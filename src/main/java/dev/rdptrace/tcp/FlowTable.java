package dev.rdptrace.tcp;

import java.util.Arrays;

/// Every TCP flow of a capture in a few big arrays: open addressing, eight words a flow, so that a look-up in a table of
/// a million flows waits for memory once or twice and not for one array after the other.
///
/// A flow has a canonical order: its *low* end is the lower of its two endpoints. [#find] moves a cursor to the flow, or
/// to the free place for it; the accessors speak of the flow under the cursor. The table is cut into [#SEGMENTS] by
/// hash, each of which grows by itself: growing never needs the whole table twice, nor a pause.
final class FlowTable {
    /// Flows known at once; beyond it quiet ones that are not followed are forgotten.
    static final int LIMIT = 1 << 20;

    static final int FREE = 0;
    static final int CANDIDATE = 1;
    static final int IGNORED = 2;
    static final int FOLLOWED = 3;

    static final int LOW_BASED = 1 << 2;
    static final int HIGH_BASED = 1 << 3;
    static final int LOW_IS_CLIENT = 1 << 4;
    static final int ROLES_KNOWN = 1 << 5;
    static final int CLOSED = 1 << 6;

    private static final int STATE = 3;
    /// Three bits that count payloads which came before the first one in sequence.
    private static final int EARLY_SHIFT = 7;
    private static final int EARLY = 7 << EARLY_SHIFT;

    private static final int SEGMENTS = 64;
    private static final int SMALLEST = 64;
    private static final int NOBODY = -1;

    // the words of a flow; the first three tell most flows apart
    private static final int WORDS = 8;
    private static final int LOW_ADDRESS = 0;
    private static final int HIGH_ADDRESS = 1;
    private static final int PORTS_AND_FLAGS = 2;
    private static final int SEEN_AND_HOLDER = 3;
    private static final int BASES = 4;
    private static final int NUMBER = 5;
    private static final int LOW_ADDRESS_UPPER = 6;
    private static final int HIGH_ADDRESS_UPPER = 7;

    private static final long LOWER_HALF = 0xffff_ffffL;

    private final long[][] segments = new long[SEGMENTS][SMALLEST * WORDS];
    private final int[] used = new int[SEGMENTS];
    private int flows;
    private long forgotten;
    private final Handshakes handshakes;

    // the cursor
    private long[] words = segments[0];
    private int at;
    private int segment;

    FlowTable(Handshakes handshakes) {
        this.handshakes = handshakes;
    }

    /// Flows not followed that were forgotten for lack of room.
    long forgotten() {
        return forgotten;
    }

    /// Moves the cursor to the flow between these ends, or to the place where it would be. Answers whether it is there.
    ///
    /// @param ports of the low end in the upper, of the high end in the lower sixteen bits
    boolean find(long lowUpper, long low, long highUpper, long high, int ports) {
        long hash = mix(lowUpper, low, highUpper, high, ports);
        segment = (int) (hash >>> 58);
        words = segments[segment];
        long[] w = words;
        int mask = w.length - 1;
        int place = (int) hash * WORDS & mask;
        while (true) {
            long key = w[place + PORTS_AND_FLAGS];
            if ((key & STATE) == FREE) {
                at = place;
                return false;
            }
            if ((int) (key >>> 32) == ports && w[place + LOW_ADDRESS] == low && w[place + HIGH_ADDRESS] == high
                    && w[place + LOW_ADDRESS_UPPER] == lowUpper && w[place + HIGH_ADDRESS_UPPER] == highUpper) {
                at = place;
                return true;
            }
            place = place + WORDS & mask;
        }
    }

    private static long mix(long lowUpper, long low, long highUpper, long high, int ports) {
        long hash = (low ^ lowUpper * 31) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 29 ^ high ^ highUpper * 31) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ hash >>> 32 ^ ports) * 0x94D049BB133111EBL;
        return hash ^ hash >>> 31;
    }

    /// Puts a new candidate under the cursor, which [#find] has moved to its place.
    ///
    /// @param clock packets seen so far
    void insert(long lowUpper, long low, long highUpper, long high, int ports, int number, int clock) {
        if (used[segment] * 8 >= words.length / WORDS * 5) {
            if (flows < LIMIT || !forget(clock)) {
                resize(words.length * 2);
            }
            find(lowUpper, low, highUpper, high, ports);
        }
        words[at + LOW_ADDRESS] = low;
        words[at + HIGH_ADDRESS] = high;
        words[at + LOW_ADDRESS_UPPER] = lowUpper;
        words[at + HIGH_ADDRESS_UPPER] = highUpper;
        words[at + PORTS_AND_FLAGS] = (long) ports << 32;
        words[at + SEEN_AND_HOLDER] = (long) clock << 32;
        begin(number);
        used[segment]++;
        flows++;
    }

    /// Makes the flow under the cursor a new candidate.
    void begin(int number) {
        words[at + PORTS_AND_FLAGS] = words[at + PORTS_AND_FLAGS] & ~LOWER_HALF | CANDIDATE;
        words[at + NUMBER] = number;
        words[at + BASES] = 0;
        holder(NOBODY);
    }

    int state() {
        return (int) words[at + PORTS_AND_FLAGS] & STATE;
    }

    void state(int state) {
        words[at + PORTS_AND_FLAGS] = words[at + PORTS_AND_FLAGS] & ~STATE | state;
    }

    boolean has(int flag) {
        return (words[at + PORTS_AND_FLAGS] & flag) != 0;
    }

    void mark(int flag) {
        words[at + PORTS_AND_FLAGS] |= flag;
    }

    /// Counts a payload that came before the first one in sequence; `false` when there have been enough of them.
    boolean early() {
        long key = words[at + PORTS_AND_FLAGS];
        if ((key & EARLY) == EARLY) {
            return false;
        }
        words[at + PORTS_AND_FLAGS] = key + (1 << EARLY_SHIFT);
        return true;
    }

    /// Wireshark's stream number.
    int number() {
        return (int) words[at + NUMBER];
    }

    void seen(int clock) {
        words[at + SEEN_AND_HOLDER] = words[at + SEEN_AND_HOLDER] & LOWER_HALF | (long) clock << 32;
    }

    /// Where what this flow needs beyond its words is kept: its handshake, or its connection where it is followed.
    int holder() {
        return (int) words[at + SEEN_AND_HOLDER];
    }

    void holder(int holder) {
        words[at + SEEN_AND_HOLDER] = words[at + SEEN_AND_HOLDER] & ~LOWER_HALF | holder & LOWER_HALF;
    }

    /// Initial sequence number of one end, as far as [#LOW_BASED] or [#HIGH_BASED] says that it is known.
    int base(boolean low) {
        return (int) (low ? words[at + BASES] >>> 32 : words[at + BASES]);
    }

    void base(boolean low, int sequence) {
        long bases = words[at + BASES];
        words[at + BASES] = low ? bases & LOWER_HALF | (long) sequence << 32 : bases & ~LOWER_HALF | sequence & LOWER_HALF;
    }

    private void resize(int length) {
        long[] old = segments[segment];
        segments[segment] = new long[length];
        move(old, Integer.MAX_VALUE, 0);
    }

    /// Drops what has been quiet from the segment under the cursor, until there is room. It happens to one segment after
    /// the other, so that on the whole the quiet go first.
    private boolean forget(int clock) {
        int quiet = flows;
        do {
            quiet /= 4;
            long[] old = segments[segment];
            segments[segment] = new long[old.length];
            int dropped = move(old, quiet, clock);
            used[segment] -= dropped;
            flows -= dropped;
            forgotten += dropped;
        } while (quiet > 0 && used[segment] * 2 >= words.length / WORDS);
        return used[segment] * 2 < words.length / WORDS;
    }

    /// Moves the flows of a segment to its new array, but for those that are not followed and were not seen among the last
    /// `quiet` packets. Answers how many were left out.
    private int move(long[] old, int quiet, int clock) {
        long[] target = segments[segment];
        int mask = target.length - 1;
        int dropped = 0;
        for (int from = 0; from < old.length; from += WORDS) {
            int state = (int) old[from + PORTS_AND_FLAGS] & STATE;
            if (state == FREE) {
                continue;
            }
            if (state != FOLLOWED && quiet != Integer.MAX_VALUE && clock - (int) (old[from + SEEN_AND_HOLDER] >>> 32) >= quiet) {
                if (state == CANDIDATE) {
                    handshakes.release((int) old[from + SEEN_AND_HOLDER]);
                }
                dropped++;
                continue;
            }
            int to = (int) mix(old[from + LOW_ADDRESS_UPPER], old[from + LOW_ADDRESS], old[from + HIGH_ADDRESS_UPPER],
                    old[from + HIGH_ADDRESS], (int) (old[from + PORTS_AND_FLAGS] >>> 32)) * WORDS & mask;
            while ((target[to + PORTS_AND_FLAGS] & STATE) != FREE) {
                to = to + WORDS & mask;
            }
            System.arraycopy(old, from, target, to, WORDS);
        }
        return dropped;
    }

    /// When a candidate's SYN, SYN-ACK and ACK came. Most flows need this for three packets only, so it is kept apart
    /// from them and handed on.
    static final class Handshakes {
        static final int SYN = 0;
        static final int SYN_ACK = 2;
        static final int ACK = 4;

        private static final int MOMENTS = 6;
        private static final int CHUNK_SHIFT = 10;
        private static final int CHUNK = 1 << CHUNK_SHIFT;

        private long[][] chunks = new long[0][];
        private int made;
        private int free = NOBODY; // each free one holds the number of the next

        int take() {
            if (free == NOBODY) {
                if (made == chunks.length << CHUNK_SHIFT) {
                    chunks = Arrays.copyOf(chunks, chunks.length + 1);
                    chunks[chunks.length - 1] = new long[CHUNK * MOMENTS];
                }
                return made++;
            }
            int taken = free;
            long[] chunk = chunks[taken >> CHUNK_SHIFT];
            int first = (taken & CHUNK - 1) * MOMENTS;
            free = (int) chunk[first];
            Arrays.fill(chunk, first, first + MOMENTS, 0);
            return taken;
        }

        /// @param which what [#take] gave, or a negative number for nothing
        void release(int which) {
            if (which >= 0) {
                chunks[which >> CHUNK_SHIFT][(which & CHUNK - 1) * MOMENTS] = free;
                free = which;
            }
        }

        /// 0 where it was not seen, or where there is no handshake.
        long frame(int which, int step) {
            return which < 0 ? 0 : chunks[which >> CHUNK_SHIFT][(which & CHUNK - 1) * MOMENTS + step];
        }

        long nanos(int which, int step) {
            return which < 0 ? 0 : chunks[which >> CHUNK_SHIFT][(which & CHUNK - 1) * MOMENTS + step + 1];
        }

        void note(int which, int step, long frame, long nanos) {
            int at = (which & CHUNK - 1) * MOMENTS + step;
            chunks[which >> CHUNK_SHIFT][at] = frame;
            chunks[which >> CHUNK_SHIFT][at + 1] = nanos;
        }
    }
}

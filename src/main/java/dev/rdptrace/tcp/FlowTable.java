package dev.rdptrace.tcp;

import java.util.Arrays;

/// The TCP flows of a capture over one version of IP in a few big arrays: open addressing, four words for a flow over
/// IPv4, eight for one over IPv6. All that an uninteresting packet needs of its flow lies in the first two words, so that
/// a look-up in a table of a million flows waits for memory once.
///
/// A flow has a canonical order: its *low* end is the lower of its two endpoints. [#find] moves a cursor to the flow, or
/// to the free place for it; the accessors speak of the flow under the cursor. The table is cut into [#SEGMENTS] by
/// hash, each of which grows by itself: growing never needs the whole table twice, nor a pause.
final class FlowTable {
    /// Flows known at once unless said; beyond it quiet ones that are not followed are forgotten.
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
    private static final int SETTLED = IGNORED | LOW_BASED | HIGH_BASED;
    /// Three bits that count payloads which came before the first one in sequence.
    private static final int EARLY_SHIFT = 7;
    private static final int EARLY = 7 << EARLY_SHIFT;
    private static final int FLAGS = (1 << 10) - 1;

    /// When a flow was last seen is known to a thousand packets, in the rest of the flags' half word.
    private static final int SEEN_SHIFT = 10;
    private static final int SEEN = -1 << SEEN_SHIFT;

    private static final int SEGMENTS = 64;
    private static final int SMALLEST = 64;
    private static final int NOBODY = -1;

    // the words of a flow
    private static final int ADDRESSES = 0; // of the low end and the high end; where they do not fit, a digest of them
    private static final int KEY = 1; // ports, when it was seen, flags
    private static final int BASES = 2;
    private static final int NUMBER_AND_HOLDER = 3;
    private static final int NARROW = 4;
    private static final int LOW_UPPER = 4;
    private static final int LOW = 5;
    private static final int HIGH_UPPER = 6;
    private static final int HIGH = 7;
    private static final int WIDE = 8;

    private static final long LOWER_HALF = 0xffff_ffffL;
    private static final long MAPPED = 0xffffL;

    private final boolean wide;
    private final int size; // words of a flow
    private final long[][] segments;
    private final int[] used = new int[SEGMENTS];
    private int flows;
    private long forgotten;
    private final Handshakes handshakes;
    private final int limit;

    // the cursor
    private long[] words;
    private int at;
    private int segment;

    /// @param wide for addresses of IPv6
    FlowTable(boolean wide, Handshakes handshakes, int limit) {
        this.wide = wide;
        this.size = wide ? WIDE : NARROW;
        this.segments = new long[SEGMENTS][SMALLEST * size];
        this.words = segments[0];
        this.handshakes = handshakes;
        this.limit = limit;
    }

    /// Are both addresses of IPv4, as [dev.rdptrace.net.Packet] writes them?
    static boolean isNarrow(long aHigh, long aLow, long bHigh, long bLow) {
        return (aHigh | bHigh) == 0 && aLow >>> 32 == MAPPED && bLow >>> 32 == MAPPED;
    }

    /// Flows not followed that were forgotten for lack of room.
    long forgotten() {
        return forgotten;
    }

    /// Moves the cursor to the flow between these ends, or to the place where it would be. Answers whether it is there.
    ///
    /// @param ports of the low end in the upper, of the high end in the lower sixteen bits
    boolean find(long lowUpper, long low, long highUpper, long high, int ports) {
        if (wide) {
            return findWide(lowUpper, low, highUpper, high, ports);
        }
        long addresses = low << 32 | high & LOWER_HALF;
        int place = begin(addresses, ports);
        long[] w = words;
        int mask = w.length - 1;
        while (true) {
            long key = w[place + KEY];
            if ((int) (key >>> 32) == ports && w[place + ADDRESSES] == addresses && ((int) key & STATE) != FREE) {
                at = place;
                return true;
            }
            if (((int) key & STATE) == FREE) {
                at = place;
                return false;
            }
            place = place + NARROW & mask;
        }
    }

    private boolean findWide(long lowUpper, long low, long highUpper, long high, int ports) {
        long digest = digest(lowUpper, low, highUpper, high);
        int place = begin(digest, ports);
        long[] w = words;
        int mask = w.length - 1;
        while (true) {
            long key = w[place + KEY];
            if (((int) key & STATE) == FREE) {
                at = place;
                return false;
            }
            if ((int) (key >>> 32) == ports && w[place + ADDRESSES] == digest && w[place + LOW] == low && w[place + HIGH] == high
                    && w[place + LOW_UPPER] == lowUpper && w[place + HIGH_UPPER] == highUpper) {
                at = place;
                return true;
            }
            place = place + WIDE & mask;
        }
    }

    /// Chooses the segment, and answers where in it a search begins.
    private int begin(long addresses, int ports) {
        long hash = mix(addresses, ports);
        segment = (int) (hash >>> 58);
        words = segments[segment];
        return (int) hash * size & words.length - 1;
    }

    private static long digest(long lowUpper, long low, long highUpper, long high) {
        long hash = (low ^ lowUpper * 31) * 0x9E3779B97F4A7C15L;
        return (hash ^ hash >>> 29 ^ high ^ highUpper * 31) * 0xBF58476D1CE4E5B9L;
    }

    private static long mix(long addresses, int ports) {
        long hash = (addresses ^ addresses >>> 29) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 32 ^ ports) * 0x94D049BB133111EBL;
        return hash ^ hash >>> 31;
    }

    /// Puts a new candidate under the cursor, which [#find] has moved to its place.
    ///
    /// @param clock packets seen so far
    void insert(long lowUpper, long low, long highUpper, long high, int ports, int number, int clock) {
        if (used[segment] * 2 >= words.length / size) {
            if (flows < limit || !forget(clock)) {
                resize(words.length * 2);
            }
            find(lowUpper, low, highUpper, high, ports);
        }
        if (wide) {
            words[at + ADDRESSES] = digest(lowUpper, low, highUpper, high);
            words[at + LOW_UPPER] = lowUpper;
            words[at + LOW] = low;
            words[at + HIGH_UPPER] = highUpper;
            words[at + HIGH] = high;
        } else {
            words[at + ADDRESSES] = low << 32 | high & LOWER_HALF;
        }
        words[at + KEY] = (long) ports << 32;
        begin(number);
        seen(clock);
        used[segment]++;
        flows++;
    }

    /// Makes the flow under the cursor a new candidate.
    void begin(int number) {
        words[at + KEY] = words[at + KEY] & ~FLAGS | CANDIDATE;
        words[at + BASES] = 0;
        words[at + NUMBER_AND_HOLDER] = (long) number << 32 | NOBODY & LOWER_HALF;
    }

    /// Nothing is to be learnt of this flow any more, but that it ends or that another one takes its place.
    boolean isSettled() {
        return ((int) words[at + KEY] & (STATE | LOW_BASED | HIGH_BASED)) == SETTLED;
    }

    int state() {
        return (int) words[at + KEY] & STATE;
    }

    void state(int state) {
        words[at + KEY] = words[at + KEY] & ~STATE | state;
    }

    boolean has(int flag) {
        return (words[at + KEY] & flag) != 0;
    }

    void mark(int flag) {
        words[at + KEY] |= flag;
    }

    /// Counts a payload that came before the first one in sequence; `false` when there have been enough of them.
    boolean early() {
        long key = words[at + KEY];
        if ((key & EARLY) == EARLY) {
            return false;
        }
        words[at + KEY] = key + (1 << EARLY_SHIFT);
        return true;
    }

    /// Wireshark's stream number.
    int number() {
        return (int) (words[at + NUMBER_AND_HOLDER] >>> 32);
    }

    /// Written once in a thousand packets only: what is not written need not go back to memory.
    void seen(int clock) {
        long key = words[at + KEY];
        if (((int) key ^ clock) >>> SEEN_SHIFT != 0) {
            words[at + KEY] = key & ~(SEEN & LOWER_HALF) | clock & SEEN & LOWER_HALF;
        }
    }

    /// Where what this flow needs beyond its words is kept: its handshake, or its connection where it is followed.
    int holder() {
        return (int) words[at + NUMBER_AND_HOLDER];
    }

    void holder(int holder) {
        words[at + NUMBER_AND_HOLDER] = words[at + NUMBER_AND_HOLDER] & ~LOWER_HALF | holder & LOWER_HALF;
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
        } while (quiet > 0 && used[segment] * 2 >= words.length / size);
        return used[segment] * 2 < words.length / size;
    }

    /// Moves the flows of a segment to its new array, but for those that are not followed and were not seen among the last
    /// `quiet` packets. Answers how many were left out.
    private int move(long[] old, int quiet, int clock) {
        long[] target = segments[segment];
        int mask = target.length - 1;
        int dropped = 0;
        for (int from = 0; from < old.length; from += size) {
            int key = (int) old[from + KEY];
            int state = key & STATE;
            if (state == FREE) {
                continue;
            }
            if (state != FOLLOWED && quiet != Integer.MAX_VALUE && (clock & SEEN) - (key & SEEN) >= quiet) {
                if (state == CANDIDATE) {
                    handshakes.release((int) old[from + NUMBER_AND_HOLDER]);
                }
                dropped++;
                continue;
            }
            int to = (int) mix(old[from + ADDRESSES], (int) (old[from + KEY] >>> 32)) * size & mask;
            while ((target[to + KEY] & STATE) != FREE) {
                to = to + size & mask;
            }
            System.arraycopy(old, from, target, to, size);
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

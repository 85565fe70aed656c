package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;

/// The TCP flows of a capture over one version of IP in a few big arrays: open addressing, four words for a flow over
/// IPv4, eight for one over IPv6. All that an uninteresting packet needs of its flow lies in the first two words, so that
/// a look-up in a table of a million flows waits for memory once.
///
/// A flow has a canonical order: its *low* end is the lower of its two endpoints. [#find] moves a cursor to the flow, or
/// to the free place for it; the accessors speak of the flow under the cursor. The table is cut into [#SEGMENTS] by
/// hash, each of which grows by itself: growing never needs the whole table twice, nor a pause.
///
/// A file of any size has no more flows alive than hosts can hold, but it has ended ones without number: where there are
/// more than [#CROWD], those that were closed long ago make room for others before a segment grows.
final class FlowTable {
    /// Flows known at once unless said; beyond it quiet ones that are not followed are forgotten.
    static final int LIMIT = 1 << 20;
    /// So many flows are remembered for good.
    static final int CROWD = 1 << 16;

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

    /// When a flow was last seen is known to a thousand packets, in the rest of the flags' half word.
    private static final int SEEN_SHIFT = 10;
    private static final int SEEN = -1 << SEEN_SHIFT;
    private static final int FLAGS = ~SEEN;

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
    private final int shift; // of the size, a power of two
    private final long[][] segments;
    private final int[] used = new int[SEGMENTS];
    private int flows;
    private long forgotten;
    private final Handshakes handshakes;
    private final int limit;
    private final int crowd;

    // the cursor
    private long[] words;
    private int at;
    private int segment;

    /// @param wide for addresses of IPv6
    FlowTable(boolean wide, Handshakes handshakes, int limit) {
        this(wide, handshakes, limit, CROWD);
    }

    FlowTable(boolean wide, Handshakes handshakes, int limit, int crowd) {
        this.wide = wide;
        this.size = wide ? WIDE : NARROW;
        this.shift = Integer.numberOfTrailingZeros(size);
        this.segments = new long[SEGMENTS][SMALLEST * size];
        this.words = segments[0];
        this.handshakes = handshakes;
        this.limit = limit;
        this.crowd = crowd;
    }

    /// Are both addresses of IPv4, as [Packet] writes them?
    static boolean isNarrow(long aHigh, long aLow, long bHigh, long bLow) {
        return (aHigh | bHigh) == 0 && aLow >>> 32 == MAPPED && bLow >>> 32 == MAPPED;
    }

    /// Flows not followed that were forgotten for lack of room.
    long forgotten() {
        return forgotten;
    }

    static boolean isLow(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        if (aHigh != bHigh) {
            return aHigh < bHigh;
        }
        return aLow != bLow ? aLow < bLow : aPort <= bPort;
    }

    /// Moves the cursor to the flow of a packet.
    ///
    /// @param low its source is the low end
    boolean find(Packet packet, boolean low) {
        return low
                ? find(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(),
                        packet.sourcePort() << 16 | packet.destinationPort())
                : find(packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow(),
                        packet.destinationPort() << 16 | packet.sourcePort());
    }

    /// The same with two ends of which either may be the low one.
    boolean findBetween(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        return isLow(aHigh, aLow, aPort, bHigh, bLow, bPort)
                ? find(aHigh, aLow, bHigh, bLow, aPort << 16 | bPort)
                : find(bHigh, bLow, aHigh, aLow, bPort << 16 | aPort);
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
            place += NARROW;
            if (place == w.length) {
                place = 0;
            }
        }
    }

    private boolean findWide(long lowUpper, long low, long highUpper, long high, int ports) {
        long digest = digest(lowUpper, low, highUpper, high);
        int place = begin(digest, ports);
        long[] w = words;
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
            place += WIDE;
            if (place == w.length) {
                place = 0;
            }
        }
    }

    /// Chooses the segment, and answers where in it a search begins.
    private int begin(long addresses, int ports) {
        long hash = mix(addresses, ports);
        segment = (int) (hash >>> 58);
        words = segments[segment];
        return place(hash, words.length);
    }

    /// Where in a segment of any length a search begins.
    private int place(long hash, int length) {
        return (int) ((hash & LOWER_HALF) * (length >>> shift) >>> 32) << shift;
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
    /// @param past what `clock` was when flows closed by then can be taken to be over, or 0
    void insert(long lowUpper, long low, long highUpper, long high, int ports, int number, int clock, int past) {
        if (isFull()) {
            boolean room = flows >= limit ? forget(clock) : flows >= crowd && past > 0 && dropClosed(clock, clock - past);
            if (!room) {
                grow();
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

    /// The same with two ends of which either may be the low one.
    void insertBetween(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort, int number, int clock, int past) {
        if (isLow(aHigh, aLow, aPort, bHigh, bLow, bPort)) {
            insert(aHigh, aLow, bHigh, bLow, aPort << 16 | bPort, number, clock, past);
        } else {
            insert(bHigh, bLow, aHigh, aLow, bPort << 16 | aPort, number, clock, past);
        }
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

    /// Two thirds of the places of the segment under the cursor are taken.
    private boolean isFull() {
        return used[segment] * 3 >= (segments[segment].length >>> shift) * 2;
    }

    private void grow() {
        long[] old = segments[segment];
        segments[segment] = new long[(old.length >>> shift) * 3 / 2 << shift];
        move(old, FREE, Integer.MAX_VALUE, 0);
    }

    /// Drops what was closed and has been quiet since from the segment under the cursor, and answers whether that was enough
    /// of it: a segment that is always nearly full would be gone through again and again.
    private boolean dropClosed(int clock, int quiet) {
        drop(CLOSED, quiet, clock);
        return used[segment] * 2 < segments[segment].length >>> shift;
    }

    /// Drops what has been quiet from the segment under the cursor, until there is room. It happens to one segment after
    /// the other, so that on the whole the quiet go first.
    private boolean forget(int clock) {
        int quiet = flows;
        do {
            quiet /= 4;
            forgotten += drop(FREE, quiet, clock);
        } while (quiet > 0 && isFull());
        return !isFull();
    }

    private int drop(int marked, int quiet, int clock) {
        long[] old = segments[segment];
        segments[segment] = new long[old.length];
        int dropped = move(old, marked, quiet, clock);
        used[segment] -= dropped;
        flows -= dropped;
        return dropped;
    }

    /// Moves the flows of a segment to its new array, but for those so marked that are not followed and were not seen among
    /// the last `quiet` packets. Answers how many were left out.
    private int move(long[] old, int marked, int quiet, int clock) {
        long[] target = segments[segment];
        int dropped = 0;
        for (int from = 0; from < old.length; from += size) {
            int key = (int) old[from + KEY];
            int state = key & STATE;
            if (state == FREE) {
                continue;
            }
            if (state != FOLLOWED && (key & marked) == marked && quiet != Integer.MAX_VALUE && (clock & SEEN) - (key & SEEN) >= quiet) {
                if (state == CANDIDATE) {
                    handshakes.release((int) old[from + NUMBER_AND_HOLDER]);
                }
                dropped++;
                continue;
            }
            int to = place(mix(old[from + ADDRESSES], (int) (old[from + KEY] >>> 32)), target.length);
            while ((target[to + KEY] & STATE) != FREE) {
                to += size;
                if (to == target.length) {
                    to = 0;
                }
            }
            System.arraycopy(old, from, target, to, size);
        }
        return dropped;
    }
}

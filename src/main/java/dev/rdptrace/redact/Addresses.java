package dev.rdptrace.redact;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Other addresses, the same for the same one. Two that share their first bits share as many afterwards, so that networks stay networks;
/// private, link-local and multicast addresses stay such. What an address becomes follows from nothing but the order in which addresses
/// were met, so that no key can undo it, and so that what is given twice is not changed the second time.
final class Addresses {
    /// Each takes a hundred bytes.
    static final int MOST = 1 << 19;
    private static final long MAPPED = 0xffff_0000_0000L;
    /// The last byte of the first host of a network.
    private static final int HOST = 100;
    private static final int PUBLIC_BITS = 96 + 8;
    /// RFC 9637: 3fff::/20 is for documentation, room for so many networks of 32 bits.
    private static final long DOCUMENTATION = 0x3fff_0000L;
    private static final int MOST_GLOBAL = 1 << 12;
    private static final int MOST_PUBLIC = 232;
    private static final long SOLICITED = 0xff02L << 48;
    private static final long SOLICITED_LOW = 0x1_ff00_0000L;

    private static final long BROADCAST = 0xffff_ffff_ffffL;
    /// IPv4 multicast, bridges, Cisco, precision time.
    private static final Set<Long> GROUPS = Set.of(0x01005eL, 0x0180c2L, 0x01000cL, 0x011b19L);
    private static final long LOCAL = 0x0200_0000_0001L;
    private static final long LOCAL_GROUP = 0x0300_0000_0001L;

    private record Ip(long high, long low) implements Comparable<Ip> {
        @Override
        public int compareTo(Ip other) {
            int first = Long.compareUnsigned(high, other.high);
            return first != 0 ? first : Long.compareUnsigned(low, other.low);
        }

        /// Bits that both begin with.
        int shared(Ip other) {
            return high != other.high ? Long.numberOfLeadingZeros(high ^ other.high) : 64 + Long.numberOfLeadingZeros(low ^ other.low);
        }

        /// `bits` of this one, then those of `rest`.
        Ip then(int bits, Ip rest) {
            long first = bits >= 64 ? -1 : bits == 0 ? 0 : -1L << 64 - bits;
            long second = bits <= 64 ? 0 : bits >= 128 ? -1 : -1L << 128 - bits;
            return new Ip(high & first | rest.high & ~first, low & second | rest.low & ~second);
        }

        Ip flip(int bit) {
            return bit < 64 ? new Ip(high ^ 1L << 63 - bit, low) : new Ip(high, low ^ 1L << 127 - bit);
        }
    }

    private static final Ip FIRST = new Ip(0, HOST);

    /// By the number of bits that say what kind of address it is: no neighbour is of another kind.
    private final Map<Integer, TreeMap<Ip, Ip>> kinds = new HashMap<>();
    private int hosts;
    private final Map<Long, Integer> networks = new HashMap<>(); // public ones of IPv4 by eight, of IPv6 by 32 bits
    private int globals;
    private int publics;
    private final Map<Long, Long> cards = new HashMap<>();

    /// More were met than can be told apart.
    boolean full() {
        return hosts >= MOST || cards.size() >= MOST || globals > MOST_GLOBAL || publics > MOST_PUBLIC;
    }

    /// Replaces four bytes.
    void v4(byte[] bytes, int at) {
        put(bytes, at, 4, map(new Ip(0, MAPPED | get(bytes, at, 4))).low);
    }

    /// Replaces sixteen bytes.
    void v6(byte[] bytes, int at) {
        Ip to = map(new Ip(get(bytes, at, 8), get(bytes, at + 8, 8)));
        put(bytes, at, 8, to.high);
        put(bytes, at + 8, 8, to.low);
    }

    /// Replaces a hardware address. Groups that everybody knows stay, but for the one that holds part of an IPv6 address
    /// (RFC 4291 2.7.1).
    void mac(byte[] bytes, int at) {
        long card = get(bytes, at, 6);
        if (card >>> 24 == 0x3333ff) {
            put(bytes, at, 6, card & ~0xff_ffffL | map(new Ip(SOLICITED, SOLICITED_LOW | card & 0xff_ffff)).low & 0xff_ffff);
        } else if (card != 0 && card != BROADCAST && !GROUPS.contains(card >>> 24) && card >>> 32 != 0x3333) {
            long first = (bytes[at] & 1) == 0 ? LOCAL : LOCAL_GROUP;
            put(bytes, at, 6, cards.computeIfAbsent(card, _ -> first + cards.size()));
        }
    }

    private Ip map(Ip address) {
        int fixed = fixed(address);
        if (fixed == 128 || full()) {
            return fixed == 128 ? address : FIRST;
        }
        TreeMap<Ip, Ip> known = kinds.computeIfAbsent(fixed, _ -> new TreeMap<>());
        Ip before = known.get(address);
        if (before != null) {
            return before;
        }
        Ip nearest = null;
        for (Ip neighbour : new Ip[] {known.floorKey(address), known.ceilingKey(address)}) {
            if (neighbour != null && (nearest == null || address.shared(neighbour) > address.shared(nearest))) {
                nearest = neighbour;
            }
        }
        int shared = nearest == null ? 0 : address.shared(nearest);
        Ip beside = nearest == null ? null : known.get(nearest);
        Ip to = beside == null || shared < fixed ? network(address, fixed).then(fixed, FIRST) : beside.flip(shared).then(shared + 1, FIRST);
        known.put(address, to);
        hosts++;
        return to;
    }

    /// How many bits say what kind of address it is; all, where it says nothing else.
    private static int fixed(Ip address) {
        if (address.high != 0 || address.low >>> 32 != MAPPED >>> 32) {
            return fixed6(address);
        }
        int first = (int) (address.low >>> 24) & 0xff;
        int two = (int) (address.low >>> 16) & 0xffff;
        if (first == 0 || first == 127 || first >= 224 && first < 240 || (int) address.low == -1) {
            return 128;
        }
        return 96 + (first == 10 ? 8 : two >>> 4 == 0xac1 ? 12 : two == 0xc0a8 || two == 0xa9fe ? 16 : two >>> 6 == 0x6440 >>> 6 ? 10 : 8);
    }

    private static int fixed6(Ip address) {
        int two = (int) (address.high >>> 48);
        if (address.high == 0 && address.low >>> 1 == 0) {
            return 128;
        }
        if (two >>> 8 == 0xff) {
            return address.high == SOLICITED && address.low >>> 24 == SOLICITED_LOW >>> 24 ? 104 : 128;
        }
        return two >>> 6 == 0xfe80 >>> 6 ? 64 : two >>> 9 == 0xfc00 >>> 9 ? 8 : 32;
    }

    /// What stands for the fixed bits: themselves where they are the same in all the world.
    private Ip network(Ip address, int fixed) {
        int first = (int) (address.low >>> 24) & 0xff;
        if (fixed == PUBLIC_BITS && address.high == 0 && first != 10) {
            int number = networks.computeIfAbsent((long) first, _ -> publics++);
            return new Ip(0, MAPPED | (long) pseudonym(number) << 24);
        }
        if (fixed == 32) {
            int number = networks.computeIfAbsent(address.high >>> 32 | 1L << 40, _ -> globals++);
            return new Ip((DOCUMENTATION | Math.min(number, MOST_GLOBAL - 1)) << 32, 0);
        }
        return address;
    }

    /// The first byte of a public address: first those that nobody has (RFC 1112 4), then others.
    private static int pseudonym(int number) {
        int left = number;
        for (int first = 254; first > 0; first--) {
            boolean taken = first >= 224 && first < 240 || first == 127 || first == 10 || first == 100 || first == 169 || first == 172
                    || first == 192;
            if (!taken && left-- == 0) {
                return first;
            }
        }
        return 1;
    }

    static long get(byte[] bytes, int at, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    static void put(byte[] bytes, int at, int length, long value) {
        for (int i = 0; i < length; i++) {
            bytes[at + i] = (byte) (value >>> 8 * (length - 1 - i));
        }
    }
}

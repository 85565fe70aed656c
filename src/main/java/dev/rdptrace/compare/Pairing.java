package dev.rdptrace.compare;

import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds which connection of one capture is which of the other. Addresses and ports may be translated between them,
/// sequence numbers too: what counts are initial sequence numbers (RFC 6528: nobody guesses them), and payload that
/// stands at the same place of the stream. Where no number is the same, payload that differs there shows two connections, and
/// of the same payload only what nobody says twice shows one: what has random numbers of a TLS handshake in it, or RDP's of
/// the server. A client says all else alike whenever it connects.
public final class Pairing {
    /// Payload packets of a side that are looked at.
    private static final int LOOKED_AT = 16;
    /// Shorter ones are the same in many connections.
    private static final int TELLING = 64;
    /// RFC 8446 5.1, and the first byte of RFC 1006 6
    private static final int TLS_HANDSHAKE = 22;
    private static final int TPKT = 3;
    private static final int SAME_NUMBER = 8;
    private static final int SAME_BYTES = 3;
    private static final int SAME_ENDPOINT = 1;
    private static final int ENOUGH = 6;
    /// Connections of the other capture that are weighed for one of the first.
    private static final int CANDIDATES = 64;

    private Pairing() {}

    /// Compares every connection that both captures hold; in the order of the first capture's streams.
    public static List<Comparison> compare(PacketLog first, PacketLog other) {
        Map<Long, List<ConnectionPackets>> index = new HashMap<>();
        for (ConnectionPackets leg : other.legs()) {
            for (long key : keys(leg)) {
                index.computeIfAbsent(key, _ -> new ArrayList<>()).add(leg);
            }
        }
        List<Pair> pairs = new ArrayList<>();
        for (ConnectionPackets leg : first.legs()) {
            Set<ConnectionPackets> candidates = new HashSet<>();
            for (long key : keys(leg)) {
                index.getOrDefault(key, List.of()).stream().limit(CANDIDATES).forEach(candidates::add);
            }
            for (ConnectionPackets candidate : candidates) {
                int score = score(leg, candidate);
                if (score >= ENOUGH) {
                    pairs.add(new Pair(leg, candidate, score));
                }
            }
        }
        return best(pairs).stream().map(pair -> new Matching(new Alignment(pair.first, pair.other), first, other).comparison())
                .sorted(Comparator.comparingInt(Comparison::stream)).toList();
    }

    private record Pair(ConnectionPackets first, ConnectionPackets other, int score) {

        int streams() {
            return Math.abs(first.leg().stream() - other.leg().stream());
        }
    }

    /// Every connection is one only.
    private static List<Pair> best(List<Pair> pairs) {
        pairs.sort(Comparator.comparingInt(Pair::score).reversed().thenComparingInt(pair -> pair.first.leg().stream())
                .thenComparingInt(Pair::streams).thenComparingInt(pair -> pair.other.leg().stream()));
        Set<ConnectionPackets> taken = new HashSet<>();
        List<Pair> best = new ArrayList<>();
        for (Pair pair : pairs) {
            if (!taken.contains(pair.first) && !taken.contains(pair.other)) {
                taken.add(pair.first);
                taken.add(pair.other);
                best.add(pair);
            }
        }
        return best;
    }

    /// What two records of one connection are likely to have in common.
    private static Set<Long> keys(ConnectionPackets leg) {
        Set<Long> keys = new HashSet<>();
        for (Side side : Side.values()) {
            leg.syn(side).ifPresent(syn -> keys.add(number(side, syn.sequence())));
            int payloads = 0;
            for (SeenSegment sight : leg.sights()) {
                if (sight.from() == side && sight.length() > 0 && payloads++ < LOOKED_AT * LOOKED_AT) {
                    keys.add(number(side, sight.sequence()));
                    if (payloads < LOOKED_AT && sight.whole() != 0 && sight.length() >= TELLING) {
                        keys.add(sight.whole());
                    }
                }
            }
        }
        return keys;
    }

    private static long number(Side side, int sequence) {
        return Integer.toUnsignedLong(sequence) << 1 | side.ordinal();
    }

    private static int score(ConnectionPackets a, ConnectionPackets b) {
        int score = 0;
        boolean numbers = false; // are the same
        int telling = 0;
        boolean differs = false;
        for (Side side : Side.values()) {
            Optional<SeenSegment> synA = a.syn(side);
            Optional<SeenSegment> synB = b.syn(side);
            if (synA.isPresent() && synB.isPresent() && synA.get().sequence() == synB.get().sequence()) {
                score += SAME_NUMBER;
                numbers = true;
            }
            Map<Integer, SeenSegment> byNumber = new HashMap<>();
            Map<Integer, SeenSegment> byPlace = new HashMap<>();
            int base = a.base(side).orElse(0);
            a.sights().stream().filter(sight -> sight.from() == side && sight.length() > 0).limit(LOOKED_AT * LOOKED_AT).forEach(sight -> {
                byNumber.putIfAbsent(sight.sequence(), sight);
                byPlace.putIfAbsent(sight.sequence() - base, sight);
            });
            int otherBase = b.base(side).orElse(0);
            int payloads = 0;
            for (SeenSegment sight : b.sights()) {
                if (sight.from() != side || sight.length() == 0 || payloads++ >= LOOKED_AT * LOOKED_AT) {
                    continue;
                }
                SeenSegment same = byNumber.get(sight.sequence());
                if (same != null && alike(same, sight) && score < 4 * SAME_NUMBER) {
                    score += SAME_NUMBER;
                    numbers = true;
                }
                SeenSegment there = byPlace.get(sight.sequence() - otherBase);
                if (there != null && payloads <= LOOKED_AT && there.length() == sight.length() && there.whole() != 0
                        && sight.whole() != 0) {
                    boolean equal = there.whole() == sight.whole();
                    boolean random = sight.begin() == TLS_HANDSHAKE || sight.begin() == TPKT && side == Side.SERVER;
                    telling += equal && sight.length() >= TELLING && random ? 1 : 0;
                    differs |= !equal;
                    score += equal ? SAME_BYTES : -2 * SAME_BYTES;
                }
            }
        }
        if (!numbers && (telling == 0 || differs)) {
            return 0;
        }
        return score + (a.leg().client().equals(b.leg().client()) ? SAME_ENDPOINT : 0)
                + (a.leg().server().equals(b.leg().server()) ? SAME_ENDPOINT : 0);
    }

    /// May these be one packet? Cut anew they are as long as they are.
    static boolean alike(SeenSegment a, SeenSegment b) {
        if (a.has(Packet.SYN) != b.has(Packet.SYN)) {
            return false;
        }
        if (a.length() == b.length() && a.whole() != 0 && b.whole() != 0) {
            return a.whole() == b.whole();
        }
        return a.prefix() == 0 || b.prefix() == 0 || a.prefix() == b.prefix();
    }
}

package dev.rdptrace.testkit;

import dev.rdptrace.testkit.Tape.Shot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Does to a capture what senders, networks and capture points do to TCP without changing what is said: cuts segments
/// anew, lets them overlap, repeats and reorders them.
public final class Recut {
    private final SplittableRandom random;

    public Recut(long seed) {
        random = new SplittableRandom(seed);
    }

    /// TCP over IPv4 or IPv6 over Ethernet.
    ///
    /// @param payload where the payload begins in the frame
    /// @param length payload bytes on the wire
    private record Segment(Shot shot, boolean six, int tcp, int payload, int length) {

        static Segment of(Shot shot) {
            byte[] b = shot.bytes();
            if (shot.linkType() != 1 || b.length < 54) {
                return null;
            }
            int type = u16(b, 12);
            int tcp;
            int end;
            if (type == 0x0800 && b[23] == 6 && (u16(b, 20) & 0x3fff) == 0) {
                tcp = 14 + (b[14] & 15) * 4;
                end = 14 + u16(b, 16);
            } else if (type == 0x86dd && b[20] == 6 && b.length >= 74) {
                tcp = 54;
                end = 54 + u16(b, 18);
            } else {
                return null;
            }
            int payload = tcp + ((b[tcp + 12] & 0xff) >> 4) * 4;
            return new Segment(shot, type == 0x86dd, tcp, payload, end - payload);
        }

        int flags() {
            return shot.bytes()[tcp + 13] & 0x3f;
        }

        boolean is(int flag) {
            return (flags() & flag) != 0;
        }

        /// All of its payload was captured.
        boolean whole() {
            return payload + length <= shot.bytes().length;
        }

        /// Addresses and ports, one direction.
        String flow() {
            byte[] b = shot.bytes();
            return Arrays.toString(Arrays.copyOfRange(b, six ? 22 : 26, tcp + 4));
        }

        /// The same segment with payload bytes `[from, to)` only.
        Shot part(int from, int to, int identificationShift, boolean last, long nanos) {
            byte[] b = shot.bytes();
            byte[] part = Arrays.copyOf(b, payload + to - from);
            System.arraycopy(b, payload + from, part, payload, to - from);
            int ip = part.length - 14;
            if (six) {
                put16(part, 18, ip - 40);
            } else {
                put16(part, 16, ip);
                int identification = u16(part, 18);
                if (identification != 0) {
                    put16(part, 18, identification + identificationShift);
                }
            }
            int sequence = sequence() + from;
            put16(part, tcp + 4, sequence >>> 16);
            put16(part, tcp + 6, sequence);
            if (!last) {
                part[tcp + 13] &= (byte) ~(CaptureBuilder.FIN | CaptureBuilder.PSH);
            }
            return new Shot(part, part.length, nanos, shot.linkType());
        }

        int sequence() {
            return u16(shot.bytes(), tcp + 4) << 16 | u16(shot.bytes(), tcp + 6);
        }

        /// This segment with the payload of `next` behind its own.
        Shot joined(Segment next) {
            byte[] all = Arrays.copyOf(shot.bytes(), payload + length + next.length);
            System.arraycopy(next.shot.bytes(), next.payload, all, payload + length, next.length);
            int ip = all.length - 14;
            put16(all, six ? 18 : 16, six ? ip - 40 : ip);
            all[tcp + 13] |= (byte) next.flags();
            return new Shot(all, all.length, next.shot.nanos(), shot.linkType());
        }

        private static int u16(byte[] b, int at) {
            return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
        }

        private static void put16(byte[] b, int at, int value) {
            b[at] = (byte) (value >> 8);
            b[at + 1] = (byte) value;
        }
    }

    /// Cuts segments in up to `pieces`; with `overlap` a piece begins with bytes that the one before it had.
    ///
    /// A sender that counts IP identifications goes on counting.
    public Tape cut(Tape tape, int pieces, boolean overlap) {
        List<Shot> shots = new ArrayList<>();
        Map<String, Integer> shifts = new HashMap<>();
        for (Shot shot : tape.shots()) {
            Segment segment = Segment.of(shot);
            if (segment == null || !segment.whole()) {
                shots.add(shot);
                continue;
            }
            int shift = shifts.getOrDefault(segment.flow(), 0);
            int count = segment.is(CaptureBuilder.SYN | CaptureBuilder.RST) || segment.length() < 2 ? 1
                    : random.nextInt(1, Math.min(pieces, segment.length()) + 1);
            int[] ends = new int[count];
            for (int i = 0; i < count - 1; i++) {
                ends[i] = random.nextInt(1, segment.length());
            }
            ends[count - 1] = segment.length();
            Arrays.sort(ends);
            int from = 0;
            long nanos = shot.nanos();
            int made = 0;
            for (int i = 0; i < count; i++) {
                if (i > 0 && ends[i] == ends[i - 1]) {
                    continue;
                }
                int begin = overlap && from > 0 && random.nextInt(3) == 0 ? random.nextInt(0, from) : from;
                shots.add(segment.part(begin, ends[i], shift + made, ends[i] == segment.length(), nanos));
                from = ends[i];
                nanos += 1000;
                made++;
            }
            shifts.put(segment.flow(), shift + Math.max(0, made - 1));
        }
        return inTimeOrder(shots);
    }

    /// Joins segments of one direction that follow each other without a hole, as offload in a network card does.
    public Tape join(Tape tape, int most) {
        List<Shot> shots = new ArrayList<>();
        for (Shot shot : tape.shots()) {
            Segment next = Segment.of(shot);
            Segment last = shots.isEmpty() ? null : Segment.of(shots.getLast());
            if (next == null || last == null || !last.whole() || !next.whole() || last.length() == 0 || next.length() == 0
                    || (last.flags() | next.flags()) != (last.flags() | CaptureBuilder.PSH | next.flags() & CaptureBuilder.FIN)
                    || last.is(CaptureBuilder.SYN | CaptureBuilder.RST | CaptureBuilder.FIN) || !last.flow().equals(next.flow())
                    || last.sequence() + last.length() != next.sequence() || last.length() + next.length() > most) {
                shots.add(shot);
                continue;
            }
            shots.set(shots.size() - 1, last.joined(next));
        }
        return new Tape(shots);
    }

    /// Pieces must not be later than the frames behind them.
    private static Tape inTimeOrder(List<Shot> shots) {
        List<Shot> ordered = new ArrayList<>(shots);
        for (int i = ordered.size() - 2; i >= 0; i--) {
            if (ordered.get(i).nanos() > ordered.get(i + 1).nanos() && ordered.get(i + 1).nanos() - ordered.get(i).nanos() > -1_000_000L) {
                ordered.set(i, ordered.get(i).at(ordered.get(i + 1).nanos()));
            }
        }
        return new Tape(ordered);
    }

    /// Lets the network swap segments of one direction that follow each other, at most `reach` places.
    ///
    /// SYN and RST stay where they are: what comes before them or after is part of what is said.
    public Tape reorder(Tape tape, int reach) {
        List<Shot> shots = new ArrayList<>(tape.shots());
        int begin = 0;
        while (begin < shots.size()) {
            Segment first = Segment.of(shots.get(begin));
            int end = begin + 1;
            if (first != null && !first.is(CaptureBuilder.SYN | CaptureBuilder.RST) && first.length() > 0) {
                while (end < shots.size() && end - begin <= reach && follows(first, Segment.of(shots.get(end)))) {
                    end++;
                }
                for (int i = end - 1; i > begin; i--) {
                    int j = random.nextInt(begin, i + 1);
                    Shot a = shots.get(i);
                    Shot b = shots.get(j);
                    shots.set(i, b.at(a.nanos()));
                    shots.set(j, a.at(b.nanos()));
                }
            }
            begin = end;
        }
        return new Tape(shots);
    }

    private static boolean follows(Segment first, Segment next) {
        return next != null && next.length() > 0 && !next.is(CaptureBuilder.SYN | CaptureBuilder.RST) && next.flow().equals(first.flow());
    }

    /// The capture holds about one packet in `oneIn` twice, the copy within a millisecond: a mirror port.
    public Tape duplicate(Tape tape, int oneIn) {
        List<Shot> shots = new ArrayList<>();
        for (Shot shot : tape.shots()) {
            shots.add(shot);
            if (random.nextInt(oneIn) == 0) {
                shots.add(shot.at(shot.nanos() + random.nextInt(1, 20_000)));
            }
        }
        return inTimeOrder(shots);
    }

    /// Sends about one segment with payload in `oneIn` a second time, as a stack does whose timer is too eager.
    public Tape repeat(Tape tape, int oneIn) {
        List<Shot> shots = new ArrayList<>();
        for (Shot shot : tape.shots()) {
            shots.add(shot);
            Segment segment = Segment.of(shot);
            if (segment != null && segment.whole() && segment.length() > 1
                    && !segment.is(CaptureBuilder.SYN | CaptureBuilder.RST | CaptureBuilder.FIN)
                    && random.nextInt(oneIn) == 0) {
                shots.add(segment.part(0, segment.length(), 1, true, shot.nanos() + 1000));
            }
        }
        return inTimeOrder(shots);
    }
}

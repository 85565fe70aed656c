package dev.rdptrace.testkit;

import dev.rdptrace.testkit.Tape.Shot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Tells what a [WindowsPeers] capture would have been somewhere else: beside the server, between the two, over IPv6, with
/// other stacks, behind other devices. What happened stays what it was.
///
/// Works on Ethernet with IPv4 and no options, and leaves every other frame alone.
public final class Elsewhere {
    private static final int IP = 14;
    private static final int TCP = 34;
    private static final long HALF_ROUND_TRIP_NANOS = 18_000_000L;

    private Elsewhere() {}

    /// Another place, by name.
    public record Place(String name, UnaryOperator<Tape> move) {}

    public static List<Place> all() {
        return List.of(new Place("beside the server", Elsewhere::besideServer), new Place("between the two", Elsewhere::between),
                new Place("over IPv6", Elsewhere::overIpv6), new Place("at another port", tape -> portChanged(tape, 3389, 33_890)),
                new Place("at the port of the web", tape -> portChanged(tape, 3389, 8443)),
                new Place("from a Linux client", tape -> hops(tape, 128, 64)),
                new Place("from a Mac behind NAT", tape -> hops(tape, 128, 63)),
                new Place("to a server far away", tape -> hops(tape, 124, 109)),
                new Place("identifications at random", tape -> identifications(tape, new Random(7))),
                new Place("identifications zero", tape -> identifications(tape, null)), new Place("MSS 1380", tape -> mss(tape, 1380)),
                new Place("MSS 1300 by the path", tape -> mss(tape, 1300)), new Place("an hour's clock", tape -> tape.map(shot -> shot.at(
                        shot.nanos() - 3_600_000_000_000L))),
                new Place("a bare reset", Elsewhere::bareResets));
    }

    private static boolean tcp(Shot shot) {
        byte[] b = shot.bytes();
        return shot.linkType() == 1 && b.length >= TCP + 20 && b[12] == 8 && b[13] == 0 && b[IP] == 0x45 && b[IP + 9] == 6;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }

    private static boolean fromServer(byte[] b) {
        return u16(b, TCP) < u16(b, TCP + 2);
    }

    private static Tape edit(Tape tape, java.util.function.Consumer<byte[]> change) {
        return tape.map(shot -> {
            if (!tcp(shot)) {
                return shot;
            }
            byte[] copy = shot.bytes().clone();
            change.accept(copy);
            return shot.with(copy);
        });
    }

    /// The server's packets are seen as they leave it, the client's as they come in, each half a round trip apart from before.
    private static Tape besideServer(Tape tape) {
        List<Shot> shots = new ArrayList<>();
        Set<Integer> gone = new HashSet<>();
        for (Shot shot : tape.shots()) {
            if (!tcp(shot)) {
                shots.add(shot.at(shot.nanos() + HALF_ROUND_TRIP_NANOS));
                continue;
            }
            byte[] copy = shot.bytes().clone();
            boolean server = fromServer(copy);
            int ttl = copy[IP + 8] & 0xff;
            copy[IP + 8] = (byte) (server ? ttl + 4 : ttl - 4);
            // What answers the client at once cannot be there before it.
            boolean left = !server && (copy[TCP + 13] & (CaptureBuilder.FIN | CaptureBuilder.RST)) != 0;
            if (left) {
                gone.add(u16(copy, TCP));
            }
            boolean answer = copy.length == TCP + 20 && copy[TCP + 13] == CaptureBuilder.ACK || gone.contains(u16(copy, TCP + 2));
            shots.add(shot.with(copy).at(shot.nanos() + (server && !answer ? -HALF_ROUND_TRIP_NANOS : HALF_ROUND_TRIP_NANOS)));
        }
        shots.sort(Comparator.comparingLong(Shot::nanos));
        return new Tape(shots);
    }

    private static Tape between(Tape tape) {
        return edit(tape, b -> b[IP + 8] += (byte) (fromServer(b) ? 2 : -2));
    }

    private static Tape hops(Tape tape, int from, int to) {
        return edit(tape, b -> {
            if ((b[IP + 8] & 0xff) == from) {
                b[IP + 8] = (byte) to;
            }
        });
    }

    private static Tape identifications(Tape tape, Random random) {
        return edit(tape, b -> {
            int value = random == null ? 0 : 1 + random.nextInt(65_000);
            b[IP + 4] = (byte) (value >> 8);
            b[IP + 5] = (byte) value;
        });
    }

    private static Tape mss(Tape tape, int mss) {
        return edit(tape, b -> {
            boolean syn = (b[TCP + 13] & 2) != 0;
            if (syn && b.length >= TCP + 24 && b[TCP + 20] == 2) {
                b[TCP + 22] = (byte) (mss >> 8);
                b[TCP + 23] = (byte) mss;
            }
        });
    }

    private static Tape portChanged(Tape tape, int from, int to) {
        return edit(tape, b -> {
            for (int at : new int[] {TCP, TCP + 2}) {
                if (u16(b, at) == from) {
                    b[at] = (byte) (to >> 8);
                    b[at + 1] = (byte) to;
                }
            }
        });
    }

    /// Resets of the server without an acknowledgement, as a system sends them for which the connection is no more.
    private static Tape bareResets(Tape tape) {
        return edit(tape, b -> {
            boolean reset = (b[TCP + 13] & 4) != 0;
            boolean data = fromServer(b);
            if (reset && data && ByteBuffer.wrap(b).getInt(TCP + 4) != 0x7000_0000) {
                b[TCP + 13] = 4;
                ByteBuffer.wrap(b).putInt(TCP + 8, 0);
            }
        });
    }

    /// RFC 8200: the same addresses behind a prefix.
    private static Tape overIpv6(Tape tape) {
        return tape.map(shot -> {
            byte[] b = shot.bytes();
            boolean four = shot.linkType() == 1 && b.length >= IP + 20 && b[12] == 8 && b[13] == 0 && b[IP] == 0x45;
            if (!four) {
                return shot;
            }
            int length = u16(b, IP + 2) - 20;
            ByteBuffer six = ByteBuffer.allocate(IP + 40 + length);
            six.put(b, 0, 12).putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) length).put(b[IP + 9]).put(b[IP + 8]);
            for (int at : new int[] {IP + 12, IP + 16}) {
                six.putLong(0x2001_0db8_0000_0000L).putInt(0).put(b, at, 4);
            }
            six.put(b, TCP, length);
            return shot.with(six.array());
        });
    }
}

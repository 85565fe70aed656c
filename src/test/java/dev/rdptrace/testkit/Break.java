package dev.rdptrace.testkit;

import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.testkit.Tape.Shot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// One recorded TCP connection over Ethernet, broken on purpose behind one of its frames.
public final class Break {

    /// What is done to it, and whom alone it may be blamed on.
    public enum Kind {
        SERVER_RESETS(EnumSet.of(Culprit.SERVER)),
        SERVER_CLOSES(EnumSet.of(Culprit.SERVER)),
        CLIENT_RESETS(EnumSet.of(Culprit.CLIENT, Culprit.NONE)),
        CLIENT_CLOSES(EnumSet.of(Culprit.CLIENT, Culprit.NONE)),
        /// A device that is nearer than the server resets in its name.
        DEVICE_RESETS(EnumSet.of(Culprit.PATH)),
        /// The client's packets no longer arrive.
        CLIENT_UNHEARD(EnumSet.of(Culprit.PATH)),
        /// The server's packets no longer arrive; the client's do, and it asks again.
        SERVER_UNHEARD(EnumSet.of(Culprit.PATH)),
        /// The server's packets are not answered any more: the path is dead, or the client is.
        CLIENT_GONE(EnumSet.of(Culprit.PATH, Culprit.CLIENT)),
        /// The server's TCP goes on, its program does not.
        SERVER_HANGS(EnumSet.of(Culprit.SERVER));

        private final Set<Culprit> culprits;

        Kind(Set<Culprit> culprits) {
            this.culprits = culprits;
        }

        public boolean may(Culprit blamed) {
            return culprits.contains(blamed) || blamed == Culprit.UNKNOWN;
        }
    }

    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int FIN = 1;

    private record Segment(Shot shot, boolean fromServer, long sequence, long acknowledgement, int flags, int payload, int tcp) {}

    private final List<Segment> segments;

    private Break(List<Segment> segments) {
        this.segments = segments;
    }

    /// The connection between two ports; frames of other connections and of other link types are left out.
    public static Break of(Tape tape, int clientPort, int serverPort) {
        List<Segment> segments = new ArrayList<>();
        for (Shot shot : tape.shots()) {
            Segment segment = segment(shot, clientPort, serverPort);
            if (segment != null) {
                segments.add(segment);
            }
        }
        return new Break(segments);
    }

    private static Segment segment(Shot shot, int clientPort, int serverPort) {
        ByteBuffer bytes = ByteBuffer.wrap(shot.bytes());
        if (shot.linkType() != 1 || bytes.limit() < 54) {
            return null;
        }
        int type = bytes.getShort(12) & 0xffff;
        boolean six = type == 0x86dd;
        if (!six && type != 0x0800 || bytes.get(six ? 20 : 23) != 6) {
            return null;
        }
        int tcp = 14 + (six ? 40 : (bytes.get(14) & 15) * 4);
        int end = six ? tcp + (bytes.getShort(18) & 0xffff) : 14 + (bytes.getShort(16) & 0xffff);
        if (bytes.limit() < tcp + 20) {
            return null;
        }
        int from = bytes.getShort(tcp) & 0xffff;
        int to = bytes.getShort(tcp + 2) & 0xffff;
        boolean fromServer = from == serverPort && to == clientPort;
        if (!fromServer && (from != clientPort || to != serverPort)) {
            return null;
        }
        int payload = end - tcp - ((bytes.get(tcp + 12) >> 4) & 15) * 4;
        return new Segment(shot, fromServer, bytes.getInt(tcp + 4) & 0xffff_ffffL, bytes.getInt(tcp + 8) & 0xffff_ffffL, bytes.get(tcp + 13), payload, tcp);
    }

    public int size() {
        return segments.size();
    }

    /// Time of a frame.
    public long nanos(int frame) {
        return segments.get(frame).shot.nanos();
    }

    /// Frames up to and including `last`, then the break; empty where it cannot be made there.
    public Tape after(int last, Kind kind) {
        List<Shot> shots = new ArrayList<>();
        long[] next = new long[2];
        Segment[] latest = new Segment[2];
        for (Segment segment : segments.subList(0, last + 1)) {
            shots.add(segment.shot);
            int side = segment.fromServer ? 1 : 0;
            long end = segment.sequence + segment.payload + ((segment.flags & (SYN | FIN)) != 0 ? 1 : 0) & 0xffff_ffffL;
            if (latest[side] == null || (int) (end - next[side]) > 0) {
                next[side] = end;
            }
            latest[side] = segment;
            if ((segment.flags & (FIN | RST)) != 0) {
                return new Tape(List.of());
            }
        }
        if (latest[0] == null || latest[1] == null) {
            return new Tape(List.of());
        }
        Segment asked = null;
        boolean answered = false;
        for (Segment segment : segments.subList(last + 1, segments.size())) {
            if (segment.payload > 0 && asked != null) {
                answered = segment.fromServer;
                break;
            }
            if (segment.payload > 0 && segment.fromServer) {
                break;
            }
            asked = segment.payload > 0 ? segment : null;
        }
        long now = shots.getLast().nanos() + roundTrip();
        switch (kind) {
            case SERVER_RESETS -> shots.add(bare(latest[1], next[1], next[0], RST | ACK, now, 0));
            case CLIENT_RESETS -> shots.add(bare(latest[0], next[0], next[1], RST | ACK, now, 0));
            case SERVER_CLOSES -> close(shots, latest[1], latest[0], next[1], next[0], now);
            case CLIENT_CLOSES -> close(shots, latest[0], latest[1], next[0], next[1], now);
            case DEVICE_RESETS -> {
                int hops = hops(latest[1]);
                if (hops == 0) {
                    return new Tape(List.of()); // recorded at the server itself
                }
                shots.add(bare(latest[1], next[1], next[0], RST | ACK, now, (hopLimit(latest[1]) > 128 ? 64 : 255) - hops + 1));
            }
            case CLIENT_UNHEARD -> {
                if (asked == null) {
                    return new Tape(List.of());
                }
                long wait = 300_000_000L;
                for (long at = now; at < now + 20_000_000_000L; at += wait, wait *= 2) {
                    shots.add(asked.shot.at(at));
                }
            }
            case SERVER_UNHEARD, CLIENT_GONE -> {
                Segment unheard = last + 1 < segments.size() ? segments.get(last + 1) : null;
                if (unheard == null || !unheard.fromServer || unheard.payload == 0) {
                    return new Tape(List.of());
                }
                Segment repeated = segments.subList(0, last + 1).reversed().stream().filter(one -> !one.fromServer && one.payload > 0).findFirst().orElse(null);
                long wait = 300_000_000L;
                for (long at = now; at < now + 20_000_000_000L; at += wait, wait *= 2) {
                    shots.add(unheard.shot.at(at));
                    if (kind == Kind.SERVER_UNHEARD && repeated != null) {
                        shots.add(repeated.shot.at(at + wait / 3));
                        shots.add(bare(unheard, next[1] + unheard.payload & 0xffff_ffffL, next[0], ACK, at + wait / 3 + 50_000, 0));
                    }
                }
            }
            case SERVER_HANGS -> {
                if (asked == null || !answered) {
                    return new Tape(List.of());
                }
                long end = asked.sequence + asked.payload & 0xffff_ffffL;
                shots.add(asked.shot.at(now));
                shots.add(bare(latest[1], next[1], end, ACK, now + 40_000_000L, 0));
                close(shots, asked, latest[1], end, next[1], now + 35_000_000_000L);
            }
        }
        return new Tape(shots);
    }

    /// From the SYN to its answer and back, as the capture point sees it.
    private long roundTrip() {
        long first = segments.getFirst().shot.nanos();
        for (Segment segment : segments) {
            if (!segment.fromServer && (segment.flags & SYN) == 0) {
                return Math.clamp(segment.shot.nanos() - first, 500_000L, 400_000_000L);
            }
        }
        return 1_000_000L;
    }

    private static void close(List<Shot> shots, Segment one, Segment other, long sequence, long acknowledgement, long nanos) {
        shots.add(bare(one, sequence, acknowledgement, FIN | ACK, nanos, 0));
        shots.add(bare(other, acknowledgement, sequence + 1, ACK, nanos + 200_000, 0));
        shots.add(bare(other, acknowledgement, sequence + 1, FIN | ACK, nanos + 400_000, 0));
        shots.add(bare(one, sequence + 1, acknowledgement + 1, ACK, nanos + 600_000, 0));
    }

    private static int hopLimit(Segment segment) {
        return segment.shot.bytes()[segment.shot.bytes()[12] == 8 ? 22 : 21] & 0xff;
    }

    private static int hops(Segment segment) {
        int limit = hopLimit(segment);
        return (limit <= 64 ? 64 : limit <= 128 ? 128 : 255) - limit;
    }

    /// A segment without payload, behind the addresses and with the options of another that is no SYN.
    private static Shot bare(Segment like, long sequence, long acknowledgement, int flags, long nanos, int hopLimit) {
        int header = (like.flags & SYN) != 0 ? 20 : (like.shot.bytes()[like.tcp + 12] >> 4 & 15) * 4;
        byte[] bytes = java.util.Arrays.copyOf(like.shot.bytes(), like.tcp + header);
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        boolean six = bytes[12] != 8;
        if (six) {
            packet.putShort(18, (short) header);
        } else {
            packet.putShort(16, (short) (like.tcp - 14 + header));
            packet.putShort(18, (short) ((flags & RST) != 0 || packet.getShort(18) == 0 ? 0 : packet.getShort(18) + 1));
        }
        if (hopLimit > 0) {
            bytes[six ? 21 : 22] = (byte) hopLimit;
            if (!six) {
                packet.putShort(18, (short) (packet.getShort(18) ^ 0x5a5a));
            }
        }
        packet.putInt(like.tcp + 4, (int) sequence).putInt(like.tcp + 8, (int) acknowledgement);
        packet.put(like.tcp + 12, (byte) (header << 2)).put(like.tcp + 13, (byte) flags);
        if ((flags & RST) != 0) {
            packet.putShort(like.tcp + 14, (short) 0);
        }
        return new Shot(bytes, bytes.length, nanos, 1);
    }
}

package dev.rdptrace.tcp;

import dev.rdptrace.net.Packet;
import java.util.Arrays;

/// A candidate's SYN, SYN-ACK and ACK: when they came and what they said. Most flows need this for three packets only, so
/// it is kept apart from them and handed on.
final class Handshakes {
    static final int SYN = 0;
    static final int SYN_ACK = 1;
    static final int ACK = 2;
    static final int STEPS = 3;
    private static final int[] FLAGS = {Packet.SYN, Packet.SYN | Packet.ACK, Packet.ACK};

    private static final int NOBODY = -1;
    private static final int NANOS = 1;
    private static final int SEGMENT = 2;
    private static final int STEP = SEGMENT + Packet.KEPT;
    private static final int ALL = STEPS * STEP;
    private static final int CHUNK_SHIFT = 10;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    private long[][] chunks = new long[0][];
    private int made;
    private int free = NOBODY; // each free one holds the number of the next

    int take() {
        if (free == NOBODY) {
            if (made == chunks.length << CHUNK_SHIFT) {
                chunks = Arrays.copyOf(chunks, chunks.length + 1);
                chunks[chunks.length - 1] = new long[CHUNK * ALL];
            }
            return made++;
        }
        int taken = free;
        long[] chunk = chunks[taken >> CHUNK_SHIFT];
        int first = at(taken, SYN);
        free = (int) chunk[first];
        Arrays.fill(chunk, first, first + ALL, 0);
        return taken;
    }

    /// @param which what [#take] gave, or a negative number for nothing
    void release(int which) {
        if (which >= 0) {
            chunks[which >> CHUNK_SHIFT][at(which, SYN)] = free;
            free = which;
        }
    }

    /// Was it seen? Nothing was where there is no handshake.
    boolean has(int which, int step) {
        return which >= 0 && chunks[which >> CHUNK_SHIFT][at(which, step)] != 0;
    }

    long frame(int which, int step) {
        return chunks[which >> CHUNK_SHIFT][at(which, step)] >>> Packet.KEPT_BITS;
    }

    long nanos(int which, int step) {
        return chunks[which >> CHUNK_SHIFT][at(which, step) + NANOS];
    }

    void note(int which, int step, Packet packet, long frame, long nanos) {
        long[] chunk = chunks[which >> CHUNK_SHIFT];
        int at = at(which, step);
        chunk[at] = frame << Packet.KEPT_BITS | packet.keep(chunk, at + SEGMENT);
        chunk[at + NANOS] = nanos;
    }

    /// Makes `segment` the one that was noted, between the ends of `like`.
    void recall(int which, int step, Packet segment, Packet like, boolean turned) {
        long[] chunk = chunks[which >> CHUNK_SHIFT];
        int at = at(which, step);
        segment.recall(chunk, at + SEGMENT, (int) chunk[at] & (1 << Packet.KEPT_BITS) - 1, FLAGS[step], like, turned);
    }

    private static int at(int which, int step) {
        return (which & CHUNK - 1) * ALL + step * STEP;
    }
}

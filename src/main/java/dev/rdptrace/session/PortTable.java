package dev.rdptrace.session;

import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which TCP ports of which hosts were asked for, and what became of it. Told of SYNs, SYN-ACKs and resets of every
/// connection, so it allocates nothing for them and is full when it is full.
final class PortTable {
    private static final int PLACES = 8192;
    private static final int MOST = PLACES * 3 / 4;
    /// Frame and time, of the first SYN, the first SYN-ACK, the first reset.
    private static final int WORDS = 6;

    private final long[] high = new long[PLACES];
    private final long[] low = new long[PLACES];
    private final int[] port = new int[PLACES];
    private final long[] moments = new long[PLACES * WORDS];
    private int taken;
    private List<Door> list = List.of();
    private boolean changed;

    void asked(long hostHigh, long hostLow, int hostPort, long frame, long nanos) {
        note(place(hostHigh, hostLow, hostPort, true), 0, frame, nanos);
    }

    void answered(long hostHigh, long hostLow, int hostPort, long frame, long nanos) {
        note(place(hostHigh, hostLow, hostPort, true), 2, frame, nanos);
    }

    /// A reset of the host before it ever accepted.
    void reset(long hostHigh, long hostLow, int hostPort, long frame, long nanos) {
        int at = place(hostHigh, hostLow, hostPort, false);
        if (at >= 0 && moments[at * WORDS + 2] == 0) {
            note(at, 4, frame, nanos);
        }
    }

    private void note(int at, int word, long frame, long nanos) {
        if (at >= 0 && moments[at * WORDS + word] == 0) {
            moments[at * WORDS + word] = frame;
            moments[at * WORDS + word + 1] = nanos;
            changed = true;
        }
    }

    /// Where it stands, or -1.
    private int place(long hostHigh, long hostLow, int hostPort, boolean create) {
        long mixed = (hostHigh * 31 + hostLow) * 31 + hostPort;
        int at = (int) ((mixed * 0x9E3779B97F4A7C15L) >>> 40) & PLACES - 1;
        while (port[at] != 0) {
            if (port[at] == hostPort && low[at] == hostLow && high[at] == hostHigh) {
                return at;
            }
            at = at + 1 & PLACES - 1;
        }
        if (!create || taken == MOST || hostPort == 0) {
            return -1;
        }
        taken++;
        high[at] = hostHigh;
        low[at] = hostLow;
        port[at] = hostPort;
        return at;
    }

    List<Door> all() {
        if (changed) {
            List<Door> all = new ArrayList<>(taken);
            for (int at = 0; at < PLACES; at++) {
                if (port[at] != 0) {
                    all.add(new Door(Endpoint.address(high[at], low[at]), port[at], moment(at, 0), moment(at, 2), moment(at, 4)));
                }
            }
            all.sort(Comparator.comparingLong((Door door) -> Math.max(door.asked().frame(), door.answered().frame()))
                    .thenComparing(Door::host).thenComparingInt(Door::port));
            list = List.copyOf(all);
            changed = false;
        }
        return list;
    }

    private Moment moment(int at, int word) {
        return moments[at * WORDS + word] == 0 ? Moment.NEVER : new Moment(moments[at * WORDS + word], moments[at * WORDS + word + 1]);
    }
}

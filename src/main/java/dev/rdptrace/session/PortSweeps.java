package dev.rdptrace.session;

import dev.rdptrace.timeline.Companions.Sweep;
import dev.rdptrace.timeline.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Who asks for many ports of one host within seconds. A packet costs a look into a table of fixed size.
final class PortSweeps {
    private static final int SLOTS = 1024;
    /// A client that signs in to its domain asks a controller for nine or ten services.
    private static final int PORTS = 16;
    private static final long WINDOW_NANOS = 3_000_000_000L;
    private static final int MOST = 256;
    private static final int HASH = 0x9e37_79b1;

    private final long[] keys = new long[4 * SLOTS]; // high and low of who asks, then of who is asked
    private final long[] begun = new long[SLOTS];
    private final long[] ports = new long[SLOTS]; // a bit for each, of 64 that they fall upon
    private final int[] known = new int[SLOTS]; // place in `found` and one
    private final List<Sweep> found = new ArrayList<>();

    /// `port` of a host was asked for, or refused to the one who had asked.
    void asked(long fromHigh, long fromLow, long high, long low, int port, long nanos) {
        long mixed = ((fromHigh * 31 + fromLow) * 31 + high) * 31 + low;
        int slot = (int) ((mixed ^ mixed >>> 32) * HASH >>> 22) & SLOTS - 1;
        int at = 4 * slot;
        boolean other = keys[at] != fromHigh || keys[at + 1] != fromLow || keys[at + 2] != high || keys[at + 3] != low;
        if (other || nanos - begun[slot] > WINDOW_NANOS || nanos < begun[slot]) {
            keys[at] = fromHigh;
            keys[at + 1] = fromLow;
            keys[at + 2] = high;
            keys[at + 3] = low;
            begun[slot] = nanos;
            ports[slot] = 0;
            known[slot] = 0;
        }
        ports[slot] |= 1L << (port * HASH >>> 26);
        int many = Long.bitCount(ports[slot]);
        if (many >= PORTS) {
            swept(slot, nanos, many);
        }
    }

    private void swept(int slot, long nanos, int many) {
        int at = 4 * slot;
        if (known[slot] == 0) {
            if (found.size() == MOST) {
                return;
            }
            found.add(null);
            known[slot] = found.size();
        }
        Sweep before = found.get(known[slot] - 1);
        if (before == null || many > before.ports() || nanos - before.toNanos() > WINDOW_NANOS / 10) {
            found.set(known[slot] - 1, new Sweep(Endpoint.address(keys[at], keys[at + 1]), Endpoint.address(keys[at + 2], keys[at + 3]),
                    begun[slot], nanos,
                    many));
        }
    }

    void forgetBefore(long nanos) {
        found.removeIf(sweep -> sweep.toNanos() < nanos);
        Arrays.fill(known, 0);
    }

    List<Sweep> all() {
        return found;
    }
}

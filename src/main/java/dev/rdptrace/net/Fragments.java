package dev.rdptrace.net;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Puts fragmented datagrams together (RFC 791 3.2, RFC 8200 4.5) and remembers those that never became whole.
///
/// As in Wireshark a datagram counts in the frame of the fragment that arrives last. Where fragments overlap, the
/// bytes that came first stay. Fragments cost memory, unlike all other packets; at most [#MAX_DATAGRAMS] datagrams of
/// 64 KiB wait at a time, each for [#MAX_WAIT_NANOS] of capture time.
public final class Fragments {
    public static final int MAX_DATAGRAMS = 256;
    public static final long MAX_WAIT_NANOS = 60_000_000_000L;

    private static final int MAX_LENGTH = 65_535;
    private static final int MAX_PIECES = 256;
    private static final int MAX_INCOMPLETE = 1000;
    private static final byte[] NONE = {};
    /// A datagram that comes again so soon is the same one, captured at a second point.
    private static final long DUPLICATE_NANOS = 1_000_000_000L;

    /// A datagram of which fragments are missing.
    ///
    /// @param identification of the datagram, unsigned
    /// @param firstFrame of its fragments
    /// @param lastFrame of its fragments
    /// @param firstNanos time of the first frame
    /// @param bytesSeen of the payload of the IP packet
    /// @param bytesTotal of the payload of the IP packet, or -1 where the last fragment is missing
    /// @param portsKnown whether the fragment with the ports was seen
    /// @param sourcePort or 0
    /// @param destinationPort or 0
    public record Incomplete(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int protocol,
            long identification, long firstFrame, long lastFrame, long firstNanos, int bytesSeen, int bytesTotal,
            boolean portsKnown, int sourcePort, int destinationPort) {}

    private static final class Datagram {
        int number;
        long sourceHigh;
        long sourceLow;
        long destinationHigh;
        long destinationLow;
        int identification;
        int protocol;
        int tunnels;
        byte[] bytes = new byte[4096];
        int total = -1;
        /// Where the captured bytes end; fragments may be cut by the snap length.
        int cutAt = Integer.MAX_VALUE;
        final int[] from = new int[MAX_PIECES];
        final int[] to = new int[MAX_PIECES];
        int pieces;
        long firstFrame;
        long lastFrame;
        long firstNanos;
        boolean portsKnown;
        int sourcePort;
        int destinationPort;

        boolean isOf(Packet p, int id, int protocolOfKey) {
            return identification == id && sourceLow == p.sourceLow && destinationLow == p.destinationLow
                    && sourceHigh == p.sourceHigh && destinationHigh == p.destinationHigh && tunnels == p.tunnels
                    && (protocolOfKey < 0 || protocol == protocolOfKey);
        }

        int seen() {
            int seen = 0;
            for (int i = 0; i < pieces; i++) {
                seen += to[i] - from[i];
            }
            return seen;
        }
    }

    private final List<Datagram> waiting = new ArrayList<>();
    private final List<Incomplete> incomplete = new ArrayList<>();
    private final Datagram[] done = new Datagram[64];
    private final long[] doneNanos = new long[64];
    private int nextDone;
    private int begun;

    Fragments() {}

    /// The datagrams that never became whole, those that still wait included, by first frame. Ask at the end of the capture.
    public List<Incomplete> incomplete() {
        List<Incomplete> all = new ArrayList<>(incomplete);
        for (Datagram datagram : waiting) {
            if (all.size() < MAX_INCOMPLETE) {
                all.add(facts(datagram));
            }
        }
        all.sort((a, b) -> Long.compare(a.firstFrame, b.firstFrame));
        return List.copyOf(all);
    }

    /// Takes the fragment whose payload begins at the cursor.
    ///
    /// @param offset in the payload of the datagram, bytes
    /// @param more fragments follow this one
    /// @param protocol behind the headers that are in every fragment
    /// @param byProtocol the protocol belongs to the key, as in IPv4
    /// @return `true` when this fragment completes its datagram; the cursor then stands on the payload of the whole
    boolean completes(Packet p, int id, int offset, boolean more, int protocol, boolean byProtocol) {
        int length = p.claim - p.at;
        if (length <= 0 || offset + length > MAX_LENGTH) {
            return false;
        }
        int keyProtocol = byProtocol ? protocol : -1;
        if (isRepeated(p, id, keyProtocol)) {
            return false;
        }
        Datagram datagram = find(p, id, protocol, keyProtocol);
        datagram.lastFrame = p.frameNumber;
        p.headers.fragment(datagram.number, offset);
        if (offset == 0) {
            datagram.protocol = protocol;
            if ((protocol == Internet.TCP || protocol == Internet.UDP) && p.has(0, 4)) {
                datagram.portsKnown = true;
                datagram.sourcePort = p.u16(0);
                datagram.destinationPort = p.u16(2);
                p.sourcePort = datagram.sourcePort;
                p.destinationPort = datagram.destinationPort;
            }
        }
        if (!more && datagram.total < 0) {
            datagram.total = offset + length;
        }
        add(datagram, p, offset, length);
        if (datagram.total < 0 || datagram.pieces == 0 || datagram.from[0] != 0 || datagram.to[0] < datagram.total) {
            return false;
        }
        waiting.remove(datagram);
        done[nextDone] = datagram;
        doneNanos[nextDone] = p.frameNanos;
        nextDone = (nextDone + 1) % done.length;
        p.headers.add(Header.DATAGRAM, p.at);
        p.bytes = datagram.bytes;
        p.ethernet = false;
        p.at = 0;
        p.claim = datagram.total;
        p.end = Math.min(datagram.total, datagram.cutAt);
        p.protocol = datagram.protocol;
        p.fragmented = true;
        // The key is all that is needed of it from now on.
        datagram.bytes = NONE;
        return true;
    }

    private boolean isRepeated(Packet p, int id, int keyProtocol) {
        for (int i = 0; i < done.length; i++) {
            Datagram datagram = done[i];
            if (datagram != null && datagram.isOf(p, id, keyProtocol) && Math.abs(p.frameNanos - doneNanos[i]) < DUPLICATE_NANOS) {
                return true;
            }
        }
        return false;
    }

    private Datagram find(Packet p, int id, int protocol, int keyProtocol) {
        for (int i = 0; i < waiting.size();) {
            Datagram datagram = waiting.get(i);
            if (p.frameNanos - datagram.firstNanos > MAX_WAIT_NANOS) {
                giveUp(i);
                continue;
            }
            if (datagram.isOf(p, id, keyProtocol)) {
                return datagram;
            }
            i++;
        }
        if (waiting.size() == MAX_DATAGRAMS) {
            giveUp(0);
        }
        Datagram datagram = new Datagram();
        datagram.number = ++begun;
        datagram.sourceHigh = p.sourceHigh;
        datagram.sourceLow = p.sourceLow;
        datagram.destinationHigh = p.destinationHigh;
        datagram.destinationLow = p.destinationLow;
        datagram.identification = id;
        datagram.protocol = protocol;
        datagram.tunnels = p.tunnels;
        datagram.firstFrame = p.frameNumber;
        datagram.firstNanos = p.frameNanos;
        waiting.add(datagram);
        return datagram;
    }

    private void giveUp(int index) {
        Datagram datagram = waiting.remove(index);
        if (incomplete.size() < MAX_INCOMPLETE) {
            incomplete.add(facts(datagram));
        }
    }

    private static Incomplete facts(Datagram d) {
        return new Incomplete(d.sourceHigh, d.sourceLow, d.destinationHigh, d.destinationLow, d.protocol,
                Integer.toUnsignedLong(d.identification), d.firstFrame, d.lastFrame, d.firstNanos, d.seen(), d.total, d.portsKnown,
                d.sourcePort, d.destinationPort);
    }

    /// Copies what is new of `[offset, offset + length)` and notes the range.
    private void add(Datagram d, Packet p, int offset, int length) {
        int end = offset + length;
        int captured = Math.min(length, p.end - p.at);
        if (captured < length) {
            d.cutAt = Math.min(d.cutAt, offset + Math.max(0, captured));
        }
        if (d.bytes.length < end) {
            d.bytes = Arrays.copyOf(d.bytes, Math.max(end, Math.min(2 * d.bytes.length, MAX_LENGTH)));
        }
        int at = offset;
        for (int i = 0; i < d.pieces && at < end; i++) {
            if (d.to[i] <= at || d.from[i] >= end) {
                continue;
            }
            copy(d, p, offset, at, Math.min(d.from[i], end), captured);
            at = Math.max(at, d.to[i]);
        }
        copy(d, p, offset, at, end, captured);
        note(d, offset, end);
    }

    private static void copy(Datagram d, Packet p, int offset, int from, int to, int captured) {
        int end = Math.min(to, offset + captured);
        if (from < end) {
            System.arraycopy(p.bytes, p.at + from - offset, d.bytes, from, end - from);
        }
    }

    /// Keeps the ranges sorted and apart.
    private static void note(Datagram d, int from, int to) {
        int first = 0;
        while (first < d.pieces && d.to[first] < from) {
            first++;
        }
        int last = first;
        int low = from;
        int high = to;
        while (last < d.pieces && d.from[last] <= to) {
            low = Math.min(low, d.from[last]);
            high = Math.max(high, d.to[last]);
            last++;
        }
        int removed = last - first;
        if (removed == 0 && d.pieces == MAX_PIECES) {
            return;
        }
        System.arraycopy(d.from, last, d.from, first + 1, d.pieces - last);
        System.arraycopy(d.to, last, d.to, first + 1, d.pieces - last);
        d.from[first] = low;
        d.to[first] = high;
        d.pieces += 1 - removed;
    }
}

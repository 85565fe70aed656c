package dev.rdptrace.net;

/// Numbers the UDP flows of a capture as Wireshark's `udp.stream` does: in the order in which they begin, whatever they carry, one that
/// only an ICMP error speaks of included. A flow costs some words, and a packet a look-up.
///
/// A flow is known by a digest of its ends. Beyond [#LIMIT] all are forgotten, and the numbers are no longer Wireshark's.
public final class UdpStreams {
    static final int LIMIT = 1 << 19;
    private static final int SMALLEST = 1 << 8;
    private static final long MIX = 0x9E3779B97F4A7C15L;
    private static final long MIX_AGAIN = 0xBF58476D1CE4E5B9L;

    private long[] digests = new long[SMALLEST];
    private int[] numbers = new int[SMALLEST];
    private int held;
    private int count;

    /// How many flows have been numbered.
    public int begun() {
        return count;
    }

    /// The number of the flow between these two ends, in either direction.
    public int number(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        long digest = end(aHigh, aLow, aPort) + end(bHigh, bLow, bPort) | 1; // zero is a free place
        int place = place(digest);
        if (digests[place] == digest) {
            return numbers[place];
        }
        if (2 * held >= digests.length) {
            grow();
            place = place(digest);
        }
        digests[place] = digest;
        numbers[place] = count;
        held++;
        return count++;
    }

    private static long end(long high, long low, int port) {
        long mixed = (low + port * MIX ^ high * MIX_AGAIN) * MIX;
        mixed = (mixed ^ mixed >>> 29) * MIX_AGAIN;
        return mixed ^ mixed >>> 32;
    }

    private int place(long digest) {
        int mask = digests.length - 1;
        int place = (int) (digest * MIX >>> 32) & mask;
        while (digests[place] != 0 && digests[place] != digest) {
            place = place + 1 & mask;
        }
        return place;
    }

    private void grow() {
        long[] old = digests;
        int[] before = numbers;
        int size = held >= LIMIT ? SMALLEST : 2 * old.length;
        digests = new long[size];
        numbers = new int[size];
        if (held >= LIMIT) {
            held = 0;
            return;
        }
        for (int i = 0; i < old.length; i++) {
            if (old[i] != 0) {
                int place = place(old[i]);
                digests[place] = old[i];
                numbers[place] = before[i];
            }
        }
    }
}

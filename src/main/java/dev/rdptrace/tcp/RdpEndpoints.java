package dev.rdptrace.tcp;

/// Endpoints that have spoken RDP, in a table of their own: every first packet of a flow asks here.
final class RdpEndpoints {
    private static final int LIMIT = 4096;
    private static final int MASK = 4 * LIMIT - 1;
    private final long[] highs = new long[MASK + 1];
    private final long[] lows = new long[MASK + 1];
    private final int[] ports = new int[MASK + 1]; // 0 free
    private final boolean[] portSeen = new boolean[65536];
    private int size;

    void add(long high, long low, int port) {
        int place = place(high, low, port);
        if (ports[place] == 0 && size < LIMIT) {
            highs[place] = high;
            lows[place] = low;
            ports[place] = port;
            portSeen[port] = port != 0;
            size++;
        }
    }

    boolean has(long high, long low, int port) {
        return portSeen[port] && ports[place(high, low, port)] != 0;
    }

    private int place(long high, long low, int port) {
        long hash = (low ^ high * 31 ^ (long) port << 40) * 0x9E3779B97F4A7C15L;
        int place = (int) (hash >>> 40) & MASK;
        while (ports[place] != 0 && (ports[place] != port || lows[place] != low || highs[place] != high)) {
            place = place + 1 & MASK;
        }
        return place;
    }
}

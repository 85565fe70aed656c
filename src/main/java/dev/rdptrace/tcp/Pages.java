package dev.rdptrace.tcp;

/// Buffers that go round among the connections: most have nothing waiting most of the time.
final class Pages {
    /// Holds what is waiting of nearly every handshake.
    static final int PAGE = 8 << 10;
    private static final int SMALLEST = 2 << 10;
    private static final int LIMIT = 256;

    private final byte[][] free = new byte[LIMIT][];
    private int count;

    /// A buffer for at least `length` bytes, with whatever was in it.
    byte[] take(int length) {
        if (length > PAGE) {
            return new byte[Math.max(SMALLEST, Integer.highestOneBit(length) << 1)];
        }
        return count > 0 ? free[--count] : new byte[PAGE];
    }

    /// Nobody will read `buffer` any more once the packet at hand is done with.
    void give(byte[] buffer) {
        if (buffer.length == PAGE && count < LIMIT) {
            free[count++] = buffer;
        }
    }
}

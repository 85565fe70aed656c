package dev.rdptrace.live;

import java.io.Closeable;

/// One interface that is being captured on, with the packet that is at the head of its queue.
abstract class LivePacketQueue implements Closeable {
    final String name;

    // The packet that is ready, valid until it is taken.
    byte[] bytes = new byte[0];
    int offset;
    int length;
    int wireLength;
    long nanos;

    LivePacketQueue(String name) {
        this.name = name;
    }

    /// Is there a packet? It stays at the head until [#take].
    abstract boolean ready() throws LiveException;

    abstract void take();

    /// LINKTYPE_ number.
    abstract int linkType();

    abstract boolean nanosecond();

    abstract Counters counters();

    @Override
    public abstract void close();

    /// A DLT_ number as the LINKTYPE_ number that files carry; they differ where systems did not agree.
    static int linkType(int dlt) {
        return switch (dlt) {
            case 11 -> 100;
            case 12, 14 -> 101;
            case 13 -> 102;
            default -> dlt;
        };
    }
}

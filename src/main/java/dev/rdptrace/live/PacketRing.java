package dev.rdptrace.live;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A queue of packets from one thread to another in one array of fixed size, without an object a packet.
///
/// A record is a header of [#HEADER] bytes and the packet, in one piece; where it would not fit before the end of the array
/// it goes to the start. A full ring makes the writer wait, so that the loss, if there is one, is the kernel's, who counts it.
final class PacketRing {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    /// Length, length on the wire, nanoseconds, link type, interface.
    private static final int HEADER = 24;
    private static final int SKIP = -1;
    private static final long NAP_NANOS = 1_000_000;

    private final byte[] bytes;
    /// Bytes ever written and read, holes included; the difference is what is in the ring.
    private volatile long written;
    private volatile long read;
    private volatile @Nullable Thread reader;
    private volatile boolean ended;
    private long packets;

    // Of the record at the head.
    private int size;

    PacketRing(int capacity) {
        bytes = new byte[capacity];
    }

    /// Puts a packet in, waiting for room; `false` once [#end] was called or the thread was interrupted.
    boolean put(byte[] from, int offset, int length, int wireLength, long nanos, int linkType, int interfaceIndex) {
        int kept = Math.min(length, bytes.length / 2 - HEADER);
        int need = HEADER + kept + 7 & ~7;
        long at = written;
        int index = (int) (at % bytes.length);
        int hole = bytes.length - index < need ? bytes.length - index : 0;
        while (at + hole + need - read > bytes.length) {
            if (ended || Thread.interrupted()) {
                return false;
            }
            wake();
            LockSupport.parkNanos(NAP_NANOS);
        }
        if (ended) {
            return false;
        }
        if (hole > 0) {
            if (hole >= 4) {
                INT.set(bytes, index, SKIP);
            }
            index = 0;
        }
        INT.set(bytes, index, kept);
        INT.set(bytes, index + 4, wireLength);
        LONG.set(bytes, index + 8, nanos);
        INT.set(bytes, index + 16, linkType);
        INT.set(bytes, index + 20, interfaceIndex);
        System.arraycopy(from, offset, bytes, index + HEADER, kept);
        written = at + hole + need;
        wake();
        return true;
    }

    private void wake() {
        Thread waiting = reader;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /// Is there a packet at the head? Moves over holes.
    boolean ready() {
        while (true) {
            long at = read;
            if (at == written) {
                return false;
            }
            int index = index();
            if (bytes.length - index >= 4 && (int) INT.get(bytes, index) != SKIP) {
                size = (int) INT.get(bytes, index);
                return true;
            }
            read = at + bytes.length - index;
        }
    }

    private int index() {
        return (int) (read % bytes.length);
    }

    byte[] bytes() {
        return bytes;
    }

    int offset() {
        return index() + HEADER;
    }

    int length() {
        return size;
    }

    int wireLength() {
        return (int) INT.get(bytes, index() + 4);
    }

    long nanos() {
        return (long) LONG.get(bytes, index() + 8);
    }

    int linkType() {
        return (int) INT.get(bytes, index() + 16);
    }

    int interfaceIndex() {
        return (int) INT.get(bytes, index() + 20);
    }

    /// Gives the room of the packet at the head back; its window is no longer valid.
    void take() {
        packets++;
        read += HEADER + size + 7 & ~7;
    }

    /// Packets taken.
    long packets() {
        return packets;
    }

    /// From now on this thread is woken when something comes.
    void reads(Thread thread) {
        reader = thread;
    }

    /// Nothing more will come, or nothing more is wanted.
    void end() {
        ended = true;
        wake();
    }

    boolean ended() {
        return ended;
    }
}

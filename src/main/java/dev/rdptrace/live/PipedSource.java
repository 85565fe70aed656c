package dev.rdptrace.live;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Frames from a pipe that somebody else captures into, `dumpcap -w - |`. A thread of its own reads, because a read
/// of a pipe cannot be given a time limit.
public final class PipedSource implements Arrivals {
    private static final int RING_BYTES = 8 << 20;

    /// How far the clocks of two machines may be apart.
    private static final long LIVE_MILLIS = 120_000;

    private final PacketSource source;
    private final PacketRing ring = new PacketRing(RING_BYTES);
    private volatile @Nullable IOException failure;
    private long lastNanos = Frame.NO_TIME;
    private long lastSeen;
    private boolean isLive;
    private boolean held;

    public PipedSource(PacketSource source) {
        this.source = source;
        Thread.ofPlatform().daemon().name("pipe").start(this::read);
    }

    private void read() {
        Frame frame = new Frame();
        try {
            boolean wanted = true;
            while (wanted && source.next(frame)) {
                wanted = ring.put(frame.bytes(), frame.offset(), frame.length(), frame.wireLength(), frame.nanos(), frame.linkType(),
                        frame.interfaceIndex());
            }
        } catch (IOException broken) {
            failure = broken;
        } catch (RuntimeException broken) {
            failure = new IOException(broken);
        } finally {
            ring.end();
        }
    }

    @Override
    public Arrival poll(Frame frame, int millis) throws IOException {
        if (held) {
            ring.take();
            held = false;
        }
        ring.reads(Thread.currentThread());
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!ring.ready()) {
            if (ring.ended()) {
                // What was put in between the two questions.
                if (ring.ready()) {
                    break;
                }
                if (failure != null) {
                    throw failure;
                }
                return Arrival.ENDED;
            }
            long left = until - System.nanoTime();
            if (left <= 0) {
                return Arrival.NOTHING;
            }
            LockSupport.parkNanos(left);
        }
        held = true;
        if (ring.nanos() != Frame.NO_TIME) {
            lastNanos = ring.nanos();
            lastSeen = 0;
        }
        frame.set(ring.bytes(), ring.offset(), ring.length(), ring.wireLength(), ring.packets() + 1, ring.nanos(), ring.linkType(),
                ring.interfaceIndex());
        return Arrival.FRAME;
    }

    /// Goes on by itself only where packets are of the present: an old capture may come through a slow pipe, and that it
    /// has stopped for a while means nothing.
    @Override
    public long now() {
        if (lastNanos == Frame.NO_TIME) {
            return Frame.NO_TIME;
        }
        if (lastSeen == 0) {
            lastSeen = System.nanoTime();
            isLive = Math.abs(System.currentTimeMillis() - lastNanos / 1_000_000) < LIVE_MILLIS;
        }
        return isLive ? lastNanos + System.nanoTime() - lastSeen : lastNanos;
    }

    @Override
    public Counters counters() {
        return new Counters(ring.packets(), 0, 0);
    }

    /// As far as the reading thread has come; complete only once everything has been read.
    @Override
    public CaptureFacts facts() {
        return source.facts();
    }

    @Override
    public void close() throws IOException {
        ring.end();
        source.close();
    }
}

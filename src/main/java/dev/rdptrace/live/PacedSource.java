package dev.rdptrace.live;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A capture that happens again: each frame comes when it came, or so many times faster.
public final class PacedSource implements Arrivals {
    private final PacketSource source;
    private final Pace pace;
    private final Frame next = new Frame();
    private boolean ahead;
    private boolean ended;
    private long frames;

    /// @param speed 1 as it was, 10 ten times faster, infinite for no waiting at all
    public PacedSource(PacketSource source, double speed) {
        this.source = source;
        pace = new Pace(speed);
    }

    @Override
    public Arrival poll(Frame frame, int millis) throws IOException {
        if (!ahead && !ended) {
            ahead = source.next(next);
            ended = !ahead;
        }
        if (ended) {
            return Arrival.ENDED;
        }
        long wait = pace.until(next.nanos());
        long most = TimeUnit.MILLISECONDS.toNanos(millis);
        if (wait > most) {
            LockSupport.parkNanos(most);
            return Arrival.NOTHING;
        }
        for (long left = wait; left > 0; left = pace.until(next.nanos())) {
            LockSupport.parkNanos(left);
        }
        ahead = false;
        frames++;
        frame.set(next.bytes(), next.offset(), next.length(), next.wireLength(), next.number(), next.nanos(), next.linkType(),
                next.interfaceIndex());
        return Arrival.FRAME;
    }

    @Override
    public long now() {
        return pace.now();
    }

    @Override
    public Counters counters() {
        return new Counters(frames, 0, 0);
    }

    @Override
    public CaptureFacts facts() {
        return source.facts();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}

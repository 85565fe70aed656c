package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Carries frames from where they come to where they go, and lets time go on in between.
public final class Pump {
    private static final int WAIT_MILLIS = 100;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /// Looking at the clock costs a third of what a packet costs.
    private static final int FRAMES_PER_LOOK = 64;

    private Pump() {}

    /// Until the end, or until `stop` says so.
    ///
    /// @param often called ten times a second, for what depends on nobody's packets
    public static void run(Arrivals from, FrameSink to, BooleanSupplier stop, Runnable often) throws IOException {
        Frame frame = new Frame();
        long ticked = System.nanoTime();
        int sinceLook = 0;
        while (!stop.getAsBoolean()) {
            Arrivals.Arrival arrival = from.poll(frame, WAIT_MILLIS);
            switch (arrival) {
                case FRAME -> {
                    if (from.clockSet()) {
                        to.clockSet(frame.nanos());
                    }
                    to.accept(frame);
                }
                case NOTHING -> sinceLook = FRAMES_PER_LOOK;
                case ENDED -> {
                    return;
                }
            }
            if (++sinceLook < FRAMES_PER_LOOK) {
                continue;
            }
            sinceLook = 0;
            long clock = System.nanoTime();
            if (clock - ticked >= TICK_NANOS) {
                ticked = clock;
                long now = from.now();
                if (now != Frame.NO_TIME) {
                    to.tick(now);
                }
                often.run();
            }
        }
    }
}

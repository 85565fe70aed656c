package dev.rdptrace.live;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Frame;
import java.io.Closeable;
import java.io.IOException;

/// Frames that come when they come. Unlike a [dev.rdptrace.capture.PacketSource] it says when nothing comes, so that
/// time can go on without packets.
public interface Arrivals extends Closeable {

    /// What a [#poll] brought.
    enum Arrival {
        FRAME,
        /// Nothing came in the time given.
        NOTHING,
        ENDED
    }

    /// Moves `frame` to the next frame, waiting at most `millis` for it. The window is valid until the next call.
    Arrival poll(Frame frame, int millis) throws IOException;

    /// What time it is on the clock of the packets, in nanoseconds since 1970; [Frame#NO_TIME] before the first. Goes on
    /// while nothing comes and never runs ahead of packets that are still on their way to us.
    long now();

    /// Was the clock of the packets set forward just before the frame that the last [#poll] brought?
    default boolean clockSet() {
        return false;
    }

    Counters counters();

    CaptureFacts facts();
}

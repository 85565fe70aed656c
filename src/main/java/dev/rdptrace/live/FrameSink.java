package dev.rdptrace.live;

import dev.rdptrace.capture.Frame;
import java.io.IOException;

/// What is done with frames as they come.
public interface FrameSink {
    void accept(Frame frame) throws IOException;

    /// The clock of the packets was set forward: the next frame is of `nanos`, and how much time has passed is not known.
    default void clockSet(long nanos) {}

    /// Time goes on, whether or not something came.
    ///
    /// @param nanos on the clock of the packets
    void tick(long nanos) throws IOException;
}

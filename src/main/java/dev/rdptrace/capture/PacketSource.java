package dev.rdptrace.capture;

import java.io.Closeable;
import java.io.IOException;

/// Something that brings frames one after the other.
public interface PacketSource extends Closeable {

    /// Moves `frame` to the next frame; `false` at the end, also where damage ended it early (see [#facts]).
    ///
    /// @throws IOException when the medium itself fails, not because of what the bytes say
    boolean next(Frame frame) throws IOException;

    /// What is known about the capture so far, complete once [#next] has answered `false`: a copy that does not change. Another thread
    /// than that of [#next] may ask.
    CaptureFacts facts();

    /// How much of the input has been read, 0 to 1; [Double#NaN] where its length is not known.
    default double share() {
        return Double.NaN;
    }
}

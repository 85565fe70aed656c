package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.SideTransport;

/// RDP over UDP whose TCP connection is not in the capture.
///
/// @param endNanos when the capture ends
public record UdpCase(SideTransport t, long endNanos) {
    /// The client asked, and the server did not answer.
    public boolean unanswered() {
        return t.asked().times() > 0 && !t.isAnswered();
    }

    /// Since the client asked for the last time.
    public double waitedSeconds() {
        return (endNanos - t.asked().last().nanos()) / 1e9;
    }
}

package dev.rdptrace.timeline;

/// A segment that its sender transmitted and that was not acknowledged by the end of the capture or connection.
///
/// @param length payload bytes
/// @param ipLength bytes of the IP packet
/// @param transmissions how often it was seen
/// @param fragmented it was sent as IP fragments
/// @param syn it was a SYN or SYN-ACK
public record LostSegment(int length, int ipLength, int transmissions, Moment first, Moment last, boolean fragmented,
        boolean syn) {
    /// Two losses in a row are chance; whose payload is sent a third time without an answer has a path, or a peer, that does not answer.
    public static final int IN_VAIN = 3;

    /// Whether its sender repeated this payload without an answer until chance is no reason any more.
    public boolean inVain() {
        return !syn && transmissions >= IN_VAIN;
    }
}

package dev.rdptrace.timeline;

/// A segment that its sender transmitted and that was not acknowledged by the end of the capture or connection.
///
/// @param length payload bytes
/// @param ipLength bytes of the IP packet
/// @param transmissions how often it was seen
/// @param fragmented it was sent as IP fragments
/// @param syn it was a SYN or SYN-ACK
public record LostSegment(int length, int ipLength, int transmissions, Moment first, Moment last, boolean fragmented,
        boolean syn) {}

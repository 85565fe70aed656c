package dev.rdptrace.tcp;

import dev.rdptrace.timeline.Moment;

/// The bytes of one side in order: those that have come and were not yet taken, and which frames brought them.
///
/// Offsets count from the first byte of that side, taken ones too.
public interface OrderedBytes {
    /// The bytes that were not yet taken lie at `[start(), start() + available())`.
    byte[] buffer();

    int start();

    int available();

    /// Offset of the first byte not yet taken.
    long offset();

    /// Takes `length` bytes.
    void take(int length);

    /// Were all of `length` bytes at `offset` captured?
    boolean isWhole(long offset, int length);

    /// How many of `length` bytes at `offset` were captured before the first that was not.
    int captured(long offset, int length);

    /// Where the next boundary of a segment after `offset` lies, or -1: the place to look for a message after a hole.
    long nextBoundary(long offset);

    /// The frame whose arrival completed bytes `[from, to)`.
    Moment completed(long from, long to);

    /// How many segments brought bytes `[from, to)`.
    int segments(long from, long to);
}

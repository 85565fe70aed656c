package dev.rdptrace.bytes;

import org.jspecify.annotations.Nullable;

/// What became of an attempt to decode one message at the start of some bytes.
///
/// @param <T> the message
public sealed interface Decoded<T> {

    /// The message is all there; `length` bytes were used.
    record Complete<T>(T value, int length) implements Decoded<T> {}

    /// The bytes end too early, at least `missing` more are needed. At the end of a stream this becomes a finding.
    record Partial<T>(int missing) implements Decoded<T> {}

    /// No further bytes can make this a message.
    record Broken<T>(DecodeError fault) implements Decoded<T> {}

    /// The value, or `null` unless complete.
    default @Nullable T orNull() {
        return this instanceof Complete<T>(var value, _) ? value : null;
    }
}

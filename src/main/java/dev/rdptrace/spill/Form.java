package dev.rdptrace.spill;

import org.jspecify.annotations.Nullable;

/// How the values of one type are written, and read again.
///
/// @param <T> the type
record Form<T>(Writer<T> writer, Reader<T> reader) {
    /// Writes a value.
    interface Writer<T> {
        void write(Packer to, T value);
    }

    /// Reads what the [Writer] of the same form has written.
    interface Reader<T> {
        @Nullable
        T read(Unpacker from);
    }
}

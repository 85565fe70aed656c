package dev.rdptrace.bytes;

import org.jspecify.annotations.Nullable;

/// Hears where the fields of messages lie while they are decoded, see [Reader#watched].
public interface FieldWatcher {

    /// A number was read, or a byte was looked at.
    void number(byte[] in, int at, int length, String field);

    /// Bytes were taken as they are, or passed over.
    ///
    /// @param copy what was taken, which may be decoded in turn; `null` where nothing was
    void content(byte[] in, int at, int length, String field, byte @Nullable [] copy);
}

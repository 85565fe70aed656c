package dev.rdptrace.bytes;

import org.jspecify.annotations.Nullable;

/// How a [Reader] leaves a decoder. Stackless, and caught only in [Reader#decode].
final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final transient @Nullable DecodeError fault; // null: the bytes ended
    final int missing;

    Malformed(@Nullable DecodeError fault, int missing) {
        super(null, null, false, false);
        this.fault = fault;
        this.missing = missing;
    }
}

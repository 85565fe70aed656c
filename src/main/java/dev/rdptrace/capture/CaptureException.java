package dev.rdptrace.capture;

import java.io.IOException;

/// An input that cannot be read at all: missing, empty, not a capture. The message is one line for people: what and where.
public final class CaptureException extends IOException {
    private static final long serialVersionUID = 1L;

    public CaptureException(String message) {
        super(message);
    }
}

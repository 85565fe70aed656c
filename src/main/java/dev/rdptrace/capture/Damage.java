package dev.rdptrace.capture;

import java.io.IOException;

/// Bytes that cannot be followed any further. Ends the reading of one file and becomes its
/// [CaptureFacts.FileFacts#truncated]; never leaves this package.
final class Damage extends IOException {
    private static final long serialVersionUID = 1L;

    Damage(String message) {
        super(message);
    }
}

package dev.rdptrace;

import dev.rdptrace.capture.Frame;

/// A copy of a frame that may be written to; each is of the same bytes as the one before.
final class FrameCopy {
    private final Frame frame = new Frame();
    private byte[] bytes = new byte[1 << 11];

    Frame of(Frame original) {
        if (original.length() > bytes.length) {
            bytes = new byte[2 * original.length()];
        }
        System.arraycopy(original.bytes(), original.offset(), bytes, 0, original.length());
        frame.set(bytes, 0, original.length(), original.wireLength(), original.number(), original.nanos(), original.linkType(), original
                .interfaceIndex());
        return frame;
    }
}

package dev.rdptrace.session;

import java.util.Arrays;

/// Bytes that wait for the rest of their message: appended at the end, taken from the start.
final class Queue {
    private static final byte[] NONE = {};
    private static final int SMALL = 512;
    private static final int LARGE = 1 << 18;

    private byte[] bytes = NONE; // most connections never need any
    private int start;
    private int length;

    void append(byte[] more, int offset, int count) {
        if (start + length + count > bytes.length) {
            byte[] to = length + count > bytes.length ? new byte[Math.max(SMALL, 2 * (length + count))] : bytes;
            System.arraycopy(bytes, start, to, 0, length);
            bytes = to;
            start = 0;
        }
        System.arraycopy(more, offset, bytes, start + length, count);
        length += count;
    }

    /// The array that holds the bytes from [#start] on.
    byte[] array() {
        return bytes;
    }

    int start() {
        return start;
    }

    int length() {
        return length;
    }

    /// The byte at `index`, 0 to 255.
    int at(int index) {
        return bytes[start + index] & 0xff;
    }

    byte[] copy(int count) {
        return copy(0, count);
    }

    byte[] copy(int from, int count) {
        return Arrays.copyOfRange(bytes, start + from, start + from + count);
    }

    void take(int count) {
        start += count;
        length -= count;
        if (length == 0) {
            clear();
        }
    }

    void clear() {
        start = 0;
        length = 0;
        if (bytes.length > LARGE) {
            bytes = new byte[SMALL];
        }
    }
}

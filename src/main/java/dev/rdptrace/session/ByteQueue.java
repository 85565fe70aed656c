package dev.rdptrace.session;

import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.timeline.Moment;
import java.util.Arrays;

/// Bytes that wait for the rest of their message: appended at the end, taken from the start. A message is read as soon as it is
/// whole, so the last bytes to come completed it.
final class ByteQueue implements OrderedBytes {
    private static final byte[] NONE = {};
    private static final int SMALL = 512;
    private static final int LARGE = 1 << 18;

    private byte[] bytes = NONE; // most connections never need any
    private int start;
    private int length;
    private long offset;
    private Moment latest = Moment.NEVER;

    /// @param at when these bytes came
    void append(byte[] more, int from, int count, Moment at) {
        latest = at;
        append(more, from, count);
    }

    void append(byte[] more, int from, int count) {
        if (start + length + count > bytes.length) {
            byte[] to = length + count > bytes.length ? new byte[Math.max(SMALL, 2 * (length + count))] : bytes;
            System.arraycopy(bytes, start, to, 0, length);
            bytes = to;
            start = 0;
        }
        System.arraycopy(more, from, bytes, start + length, count);
        length += count;
    }

    @Override
    public byte[] buffer() {
        return bytes;
    }

    @Override
    public int start() {
        return start;
    }

    @Override
    public int available() {
        return length;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public void take(int count) {
        start += count;
        length -= count;
        offset += count;
        if (length == 0) {
            clear();
        }
    }

    @Override
    public boolean isWhole(long from, int count) {
        return true;
    }

    @Override
    public int captured(long from, int count) {
        return count;
    }

    @Override
    public long nextBoundary(long from) {
        return -1;
    }

    @Override
    public Moment completed(long from, long to) {
        return latest;
    }

    @Override
    public int segments(long from, long to) {
        return 0;
    }

    /// The array that holds the bytes from [#start] on.
    byte[] array() {
        return bytes;
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

    void clear() {
        offset += length;
        start = 0;
        length = 0;
        if (bytes.length > LARGE) {
            bytes = new byte[SMALL];
        }
    }
}

package dev.rdptrace.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// One reused array that is refilled from a stream. A window of unread bytes lies in it from [#at]; [#has] brings more.
///
/// A read never asks for more than is needed now and takes what comes, so that a pipe delivers as soon as it can. The
/// array grows with the bytes that really arrive: a length that lies costs no memory.
final class InputBuffer implements Closeable {
    private final InputStream stream;
    private byte[] bytes;
    private int start;
    private int end;
    private long position;
    private boolean bigEndian;

    InputBuffer(InputStream stream, int capacity) {
        this.stream = stream;
        this.bytes = new byte[capacity];
    }

    void bigEndian(boolean big) {
        bigEndian = big;
    }

    boolean bigEndian() {
        return bigEndian;
    }

    byte[] bytes() {
        return bytes;
    }

    /// Index of the first unread byte.
    int at() {
        return start;
    }

    /// Bytes that are there without reading on.
    int available() {
        return end - start;
    }

    /// Offset of the first unread byte from the start of the (uncompressed) input.
    long position() {
        return position;
    }

    /// Are there `length` unread bytes? Reads on until they are, or the input ends.
    boolean has(int length) throws IOException {
        while (end - start < length) {
            if (!fill(length)) {
                return false;
            }
        }
        return true;
    }

    private boolean fill(int length) throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        }
        if (length > bytes.length - start && start > 0) {
            System.arraycopy(bytes, start, bytes, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Math.max(2L * bytes.length, 64), Math.max(length, bytes.length + 1L)));
        }
        int count = stream.read(bytes, end, bytes.length - end);
        if (count <= 0) {
            return false;
        }
        end += count;
        return true;
    }

    /// Moves past `length` bytes that [#has] has found.
    void take(int length) {
        start += length;
        position += length;
    }

    int u8(int offset) {
        return bytes[start + offset] & 0xff;
    }

    int u16(int offset) {
        int first = u8(offset);
        int second = u8(offset + 1);
        return bigEndian ? first << 8 | second : second << 8 | first;
    }

    int i32(int offset) {
        return bigEndian ? big(bytes, start + offset) : little(bytes, start + offset);
    }

    // byte by byte: of what a VarHandle does the quick compiler makes four calls

    private static int big(byte[] b, int at) {
        return b[at] << 24 | (b[at + 1] & 0xff) << 16 | (b[at + 2] & 0xff) << 8 | b[at + 3] & 0xff;
    }

    private static int little(byte[] b, int at) {
        return b[at] & 0xff | (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff) << 16 | b[at + 3] << 24;
    }

    long u32(int offset) {
        return i32(offset) & 0xffff_ffffL;
    }

    /// Sixty-four bits in the section's byte order.
    long i64(int offset) {
        long first = u32(offset);
        long second = u32(offset + 4);
        return bigEndian ? first << 32 | second : second << 32 | first;
    }

    byte[] copy(int offset, int length) {
        return Arrays.copyOfRange(bytes, start + offset, start + offset + length);
    }

    @Override
    public void close() throws IOException {
        // A ring of a thousand files must not keep a thousand buffers; a frame that still points here holds its own.
        bytes = new byte[0];
        start = 0;
        end = 0;
        stream.close();
    }
}

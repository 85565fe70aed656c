package dev.rdptrace;

import java.util.Arrays;

/// Bytes of one kind, one after the other.
final class Column {
    private static final int MOST_DIGITS = 10;

    byte[] bytes = new byte[1 << 12];
    int length;
    int at; // of what was read

    void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }

    void put(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void write(long value) {
        room(MOST_DIGITS);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void write(byte[] from, int offset, int count) {
        room(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    long read() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            value |= (next & 0x7fL) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }
}

package dev.rdptrace.bytes;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads one message front to back. Fields are big-endian unless the method says `le`.
///
/// A reader made by [#decode] is *open*: running out of bytes means that more may come ([Decoded.Partial]). A reader
/// made by [#sub] is *closed*: the outer length has promised all there is, so running out inside it is a [DecodeError].
public final class Reader {
    private static final ScopedValue<FieldWatcher> WATCHER = ScopedValue.newInstance();

    private final byte[] bytes;
    private final int start;
    private final int end;
    private final boolean open;
    private final String layer;
    private final @Nullable FieldWatcher watcher; // null as a rule
    private int position;

    private Reader(byte[] bytes, int start, int end, boolean open, String layer, @Nullable FieldWatcher watcher) {
        this.watcher = watcher;
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.open = open;
        this.layer = layer;
        this.position = start;
    }

    /// Runs `decoding`, and tells `watcher` of every field that readers of this thread meet meanwhile.
    public static void watched(FieldWatcher watcher, Runnable decoding) {
        ScopedValue.where(WATCHER, watcher).run(decoding);
    }

    private static @Nullable FieldWatcher watcher() {
        return WATCHER.isBound() ? WATCHER.get() : null;
    }

    /// Decodes one message from `bytes[offset, offset + length)`, of which more may follow later.
    public static <T> Decoded<T> decode(byte[] bytes, int offset, int length, String layer, Function<Reader, T> message) {
        return run(new Reader(bytes, offset, offset + length, true, layer, watcher()), message);
    }

    /// Decodes one message from bytes that are all there will ever be.
    public static <T> Decoded<T> decodeWhole(byte[] bytes, String layer, Function<Reader, T> message) {
        return run(new Reader(bytes, 0, bytes.length, false, layer, watcher()), message);
    }

    private static <T> Decoded<T> run(Reader in, Function<Reader, T> message) {
        try {
            T value = message.apply(in);
            return new Decoded.Complete<>(value, in.position - in.start);
        } catch (Malformed malformed) {
            return malformed.fault == null
                    ? new Decoded.Partial<>(malformed.missing)
                    : new Decoded.Broken<>(malformed.fault);
        }
    }

    public int u8(String field) {
        number(1, field);
        return bytes[position++] & 0xff;
    }

    public int u16(String field) {
        number(2, field);
        int value = (bytes[position] & 0xff) << 8 | bytes[position + 1] & 0xff;
        position += 2;
        return value;
    }

    public int u16le(String field) {
        number(2, field);
        int value = (bytes[position + 1] & 0xff) << 8 | bytes[position] & 0xff;
        position += 2;
        return value;
    }

    public int u24(String field) {
        number(3, field);
        int value = (bytes[position] & 0xff) << 16 | (bytes[position + 1] & 0xff) << 8 | bytes[position + 2] & 0xff;
        position += 3;
        return value;
    }

    /// Thirty-two bits as they are; compare unsigned or widen with [Integer#toUnsignedLong].
    public int i32(String field) {
        int high = u16(field);
        return high << 16 | u16(field);
    }

    public int i32le(String field) {
        int low = u16le(field);
        return u16le(field) << 16 | low;
    }

    public long u32(String field) {
        return Integer.toUnsignedLong(i32(field));
    }

    public long u32le(String field) {
        return Integer.toUnsignedLong(i32le(field));
    }

    public byte[] bytes(String field, int length) {
        if (length < 0) {
            throw reject(field, "has length " + length);
        }
        need(length, field);
        byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
        content(length, field, copy);
        position += length;
        return copy;
    }

    /// All that is left.
    public byte[] rest(String field) {
        return bytes(field, left());
    }

    public void skip(String field, int length) {
        if (length < 0) {
            throw reject(field, "has length " + length);
        }
        need(length, field);
        content(length, field, null);
        position += length;
    }

    /// A closed inner world of `length` bytes; this reader moves past it.
    public Reader sub(String field, String innerLayer, int length) {
        if (length < 0) {
            throw reject(field, "has length " + length);
        }
        need(length, field);
        Reader inner = new Reader(bytes, position, position + length, false, innerLayer, watcher);
        position += length;
        return inner;
    }

    /// The next byte without taking it, or -1 at the end.
    public int peek() {
        return peek(0);
    }

    /// The byte `ahead` of the next one without taking it, or -1 past the end.
    public int peek(int ahead) {
        if (position + ahead >= end) {
            return -1;
        }
        if (watcher != null) {
            watcher.number(bytes, position + ahead, 1, "");
        }
        return bytes[position + ahead] & 0xff;
    }

    public int left() {
        return end - position;
    }

    public boolean isEmpty() {
        return position == end;
    }

    /// Bytes read so far.
    public int offset() {
        return position - start;
    }

    /// The exception to throw when a field cannot be what it is.
    public RuntimeException reject(String field, String reason) {
        return new Malformed(new DecodeError(layer, field, position - start, reason), 0);
    }

    private void number(int length, String field) {
        need(length, field);
        if (watcher != null) {
            watcher.number(bytes, position, length, field);
        }
    }

    private void content(int length, String field, byte @Nullable [] copy) {
        if (watcher != null) {
            watcher.content(bytes, position, length, field, copy);
        }
    }

    private void need(int length, String field) {
        if (end - position < length) {
            if (open) {
                throw new Malformed(null, length - (end - position));
            }
            throw new Malformed(new DecodeError(layer, field, position - start,
                    "needs " + length + " bytes, " + (end - position) + " are left"), 0);
        }
    }
}

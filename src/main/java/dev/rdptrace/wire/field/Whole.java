package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.util.function.Function;

/// Decodes a message whose outer layer has already told its length: bytes that lack will never come.
public final class Whole {
    private Whole() {}

    /// [Decoded.Complete] or [Decoded.Broken], never [Decoded.Partial]. The length is that of what was read.
    public static <T> Decoded<T> decode(byte[] bytes, int offset, int length, String layer, Function<Reader, T> message) {
        record Used<T>(T value, int length) {}
        Decoded<Used<T>> decoded = Reader.decode(bytes, offset, length, layer, in -> {
            Reader closed = in.sub("pdu", layer, in.left());
            return new Used<>(message.apply(closed), closed.offset());
        });
        return switch (decoded) {
            case Decoded.Complete<Used<T>>(var used, _) -> new Decoded.Complete<>(used.value(), used.length());
            case Decoded.Partial<Used<T>>(int missing) -> new Decoded.Partial<>(missing);
            case Decoded.Broken<Used<T>>(var fault) -> new Decoded.Broken<>(fault);
        };
    }
}

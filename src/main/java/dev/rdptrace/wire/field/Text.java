package dev.rdptrace.wire.field;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// Text fields of the wire. What comes out is hostile until [dev.rdptrace.bytes.Printable] has seen it.
public final class Text {
    private Text() {}

    /// UTF-16, little-endian, up to the first NUL character or the end.
    public static String utf16le(byte[] bytes) {
        int length = 0;
        while (length + 1 < bytes.length && (bytes[length] != 0 || bytes[length + 1] != 0)) {
            length += 2;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_16LE);
    }

    /// One byte a character (the code pages of old clients agree on ASCII), up to the first NUL or the end.
    public static String ansi(byte[] bytes) {
        return upToNul(bytes, StandardCharsets.ISO_8859_1);
    }

    /// UTF-8, up to the first NUL or the end.
    public static String utf8(byte[] bytes) {
        return upToNul(bytes, StandardCharsets.UTF_8);
    }

    private static String upToNul(byte[] bytes, Charset charset) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, charset);
    }
}

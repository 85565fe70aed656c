package dev.rdptrace.bytes;

import java.util.HexFormat;

/// Text from the wire made safe to show: no control characters, no bidirectional overrides, bounded length.
public final class Printable {
    private static final int LONGEST_SENTENCE = 4000;

    private Printable() {}

    /// `text` with everything that a terminal or a reader could misread shown as `\\u` escapes, cut at `limit` characters.
    public static String of(String text, int limit) {
        return of(text, limit, false);
    }

    private static String of(String text, int limit, boolean marked) {
        if (text.length() <= limit && isPlain(text, marked)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(Math.min(text.length(), limit));
        for (int i = 0; i < text.length();) {
            if (safe.length() >= limit) {
                return safe.append('…').toString();
            }
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            if (isHarmless(codePoint) || marked && Identity.isMark(codePoint)) {
                safe.appendCodePoint(codePoint);
            } else {
                for (char unit : Character.toChars(codePoint)) {
                    safe.append("\\u").append(HexFormat.of().toHexDigits(unit));
                }
            }
        }
        return safe.toString();
    }

    /// A sentence that may hold texts of the wire, whole as far as anybody reads; names in it stay marked as an [Identity].
    public static String sentence(String text) {
        return of(text, LONGEST_SENTENCE, true);
    }

    private static boolean isPlain(String text, boolean marked) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if ((character < ' ' || character > '~') && !(marked && Identity.isMark(character))) {
                return false;
            }
        }
        return true;
    }

    /// Printable ASCII as it is, any other byte as `.`; for showing what a stranger's first bytes look like.
    public static String ascii(byte[] bytes, int offset, int length) {
        StringBuilder safe = new StringBuilder(length);
        for (int i = offset; i < offset + length; i++) {
            safe.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '.');
        }
        return safe.toString();
    }

    private static boolean isHarmless(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                    Character.UNASSIGNED, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}

package dev.rdptrace.report;

import dev.rdptrace.capture.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes JSON (RFC 8259) as UTF-8, from the first brace to the last, either for eyes, two blanks a level, or in one line.
///
/// What is not known is left out: an empty text, and a number that is [#known] only where it is not negative. Where readers rely on
/// the name, `null` stands there instead.
///
/// The caller opens and closes what belongs together; commas, blanks and lines are put where they must stand.
final class JsonWriter {
    private static final int BLOCK = 1 << 15;
    /// What one call may write without asking for room: a number, a name, a line break with its blanks.
    private static final int SLACK = 512;
    private static final int LONGEST_NAME = 64;
    private static final int MOST_NAMES = 4096;
    private static final int MICROS = 6;
    private static final byte[] DIGITS = "0123456789ABCDEF".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final OutputStream out;
    private final boolean pretty;
    private final Disguise disguise;
    /// How names are written, by level.
    private final List<Map<String, byte[]>> names = new ArrayList<>();
    private final byte[] bytes = new byte[BLOCK + SLACK];
    private int length;
    /// Objects that are open; arrays begin no new level.
    private int level;
    private int depth;
    /// Nothing was written yet into what was opened last.
    private boolean empty = true;

    /// @param pretty lines and blanks for people
    /// @param disguise of names in texts
    JsonWriter(OutputStream out, boolean pretty, Disguise disguise) {
        this.out = out;
        this.pretty = pretty;
        this.disguise = disguise;
        deeper(0);
    }

    /// One that writes an object of a list in the outermost object, to be put there by [#element(Part)].
    static JsonWriter element(OutputStream out) {
        JsonWriter json = new JsonWriter(out, true, Disguise.NONE);
        json.deeper(1);
        return json;
    }

    // ---- what holds others ----

    void startObject() {
        before();
        open('{');
        deeper(level + 1);
    }

    void startObject(String name) {
        name(name);
        open('{');
        deeper(level + 1);
    }

    private void deeper(int to) {
        level = to;
        while (names.size() <= to) {
            names.add(new HashMap<>());
        }
    }

    void endObject() {
        level--;
        if (!empty) {
            line();
        }
        close('}');
    }

    void startArray(String name) {
        name(name);
        open('[');
    }

    void endArray() {
        if (!empty && pretty) {
            put(' ');
        }
        close(']');
    }

    private void open(char bracket) {
        depth++;
        put(bracket);
        empty = true;
    }

    private void close(char bracket) {
        if (empty && pretty) {
            put(' ');
        }
        put(bracket);
        depth--;
        empty = false;
    }

    // ---- names and values ----

    void property(String name, String value) {
        if (!value.isEmpty()) {
            name(name);
            text(value);
        }
    }

    void orNull(String name, String value) {
        if (value.isEmpty()) {
            nothing(name);
        } else {
            property(name, value);
        }
    }

    /// A short text of ours in which nothing has to be written otherwise, such as a time.
    void word(String name, String value) {
        name(name);
        put('"');
        ascii(value);
        put('"');
    }

    void property(String name, long value) {
        name(name);
        integer(value);
    }

    /// A number that is negative where it is not known.
    void known(String name, long value) {
        if (value >= 0) {
            property(name, value);
        }
    }

    /// A size or a frame, which is 0 where there is none.
    void positive(String name, long value) {
        known(name, value == 0 ? -1 : value);
    }

    /// What is [#known] under a name that is always there.
    void orNull(String name, long value) {
        if (value < 0) {
            nothing(name);
        } else {
            property(name, value);
        }
    }

    void property(String name, boolean value) {
        name(name);
        ascii(value ? "true" : "false");
    }

    void nothing(String name) {
        name(name);
        ascii("null");
    }

    /// A number of `unit`s of which ten to the power of `decimals` make one: 1500 with three decimals is 1.500.
    void property(String name, long units, int decimals) {
        name(name);
        decimal(units, decimals);
    }

    /// As [Double#toString(double)] has it, but never with an exponent.
    void property(String name, double value) {
        name(name);
        long micros = Math.round(value * 1e6);
        if (1e-3 <= value && value < 1e7 && micros / 1e6 == value) {
            int decimals = MICROS;
            while (decimals > 1 && micros % 10 == 0) {
                micros /= 10;
                decimals--;
            }
            decimal(micros, decimals);
        } else {
            ascii(BigDecimal.valueOf(value).toPlainString());
        }
    }

    void value(long value) {
        before();
        integer(value);
    }

    /// One that was written before.
    void element(Part written) {
        before();
        flush();
        try {
            written.copyTo(out);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    void value(boolean value) {
        before();
        ascii(value ? "true" : "false");
    }

    void value(String value) {
        if (!value.isEmpty()) {
            before();
            text(value);
        }
    }

    private void name(String name) {
        if (length > BLOCK - SLACK) {
            flush();
        }
        byte[] written = names.get(level).get(name);
        if (written == null) {
            if (name.length() > LONGEST_NAME) {
                longName(name);
                return;
            }
            written = written(name);
        }
        int from = empty ? 1 : 0; // without the comma
        System.arraycopy(written, from, bytes, length, written.length - from);
        length += written.length - from;
        empty = false;
    }

    /// A name, what stands before it at this level behind another property, and what stands between it and its value.
    private byte[] written(String name) {
        flush(); // so that it begins at 0 and has room
        put(',');
        line();
        text(name);
        ascii(pretty ? " : " : ":");
        byte[] written = Arrays.copyOf(bytes, length);
        length = 0;
        if (names.get(level).size() < MOST_NAMES) {
            names.get(level).put(name, written);
        }
        return written;
    }

    private void longName(String name) {
        if (!empty) {
            put(',');
        }
        line();
        text(name);
        ascii(pretty ? " : " : ":");
        empty = false;
    }

    /// What stands before the next element of a list.
    private void before() {
        if (length > BLOCK - SLACK) {
            flush();
        }
        if (depth == 0) {
            return;
        }
        if (!empty) {
            put(',');
        }
        if (pretty) {
            put(' ');
        }
        empty = false;
    }

    private void line() {
        if (pretty) {
            put('\n');
            Arrays.fill(bytes, length, length + 2 * level, (byte) ' ');
            length += 2 * level;
        }
    }

    // ---- bytes ----

    private void put(int ascii) {
        bytes[length++] = (byte) ascii;
    }

    @SuppressWarnings("deprecation") // the one way to copy Latin-1 that makes no array on the way
    private void ascii(String text) {
        text.getBytes(0, text.length(), bytes, length);
        length += text.length();
    }

    private void integer(long value) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                ascii(Long.toString(value));
                return;
            }
            put('-');
            value = -value;
        }
        int end = length + digits(value);
        length = end;
        do {
            bytes[--end] = (byte) ('0' + value % 10);
            value /= 10;
        } while (value != 0);
    }

    private static int digits(long value) {
        int digits = 1;
        for (long bound = 10; digits < 19 && value >= bound; bound *= 10) {
            digits++;
        }
        return digits;
    }

    private void decimal(long units, int decimals) {
        if (units < 0) {
            put('-');
        }
        long scale = 1;
        for (int i = 0; i < decimals; i++) {
            scale *= 10;
        }
        long rest = Math.abs(units % scale);
        integer(Math.abs(units / scale));
        put('.');
        for (scale /= 10; scale > 0; scale /= 10) {
            put((int) ('0' + rest / scale % 10));
        }
    }

    /// As it is, as long as nothing in it must be written otherwise, in quotes.
    private void text(String marked) {
        String text = disguise.shown(marked);
        put('"');
        int size = text.length();
        if (size > BLOCK - SLACK - length) {
            flush();
        }
        if (size > BLOCK - SLACK || !plain(text)) {
            escaped(text);
        } else {
            ascii(text);
        }
        put('"');
    }

    private static boolean plain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private void escaped(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (length > BLOCK - SLACK) {
                flush();
            }
            char c = text.charAt(i);
            if (c >= 0x80) {
                int point = text.codePointAt(i);
                i += Character.charCount(point) - 1;
                if (steers(point)) {
                    for (char unit : Character.toChars(point)) {
                        unicode(unit);
                    }
                } else {
                    utf8(point);
                }
            } else if (c == '"' || c == '\\') {
                put('\\');
                put(c);
            } else if (c >= ' ' && c <= '~') {
                put(c);
            } else {
                control(c);
            }
        }
    }

    private void utf8(int point) {
        if (point < 0x800) {
            put(0xc0 | point >> 6);
        } else if (point < 0x10000) {
            if (Character.MIN_SURROGATE <= point && point <= Character.MAX_SURROGATE) {
                point = 0xfffd; // half a character, which UTF-8 cannot say
            }
            put(0xe0 | point >> 12);
            put(0x80 | point >> 6 & 0x3f);
        } else {
            put(0xf0 | point >> 18);
            put(0x80 | point >> 12 & 0x3f);
            put(0x80 | point >> 6 & 0x3f);
        }
        put(0x80 | point & 0x3f);
    }

    private void control(char c) {
        char letter = switch (c) {
            case '\b' -> 'b';
            case '\t' -> 't';
            case '\n' -> 'n';
            case '\f' -> 'f';
            case '\r' -> 'r';
            default -> 'u';
        };
        if (letter == 'u') {
            unicode(c);
        } else {
            put('\\');
            put(letter);
        }
    }

    /// JSON is looked at in terminals and chats, too: what steers them there (controls of C1, directions of writing, characters of
    /// no width, separators of lines, what a font may draw as it likes) is the same value when it is escaped. Half a character is
    /// none in UTF-8 and none in an escape that every reader takes (RFC 7493 2.1).
    private static boolean steers(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.PRIVATE_USE ->
                    true;
            default -> false;
        };
    }

    private void unicode(char c) {
        ascii("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            put(DIGITS[c >> shift & 0xf]);
        }
    }

    /// A line feed between one document and the next, or behind the last.
    void end() {
        put('\n');
        empty = true;
    }

    /// Hands on what was written.
    void flush() {
        try {
            out.write(bytes, 0, length);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        length = 0;
    }

    /// RFC 3339, or `null` where there is no time.
    void time(String name, long nanos) {
        if (nanos == Frame.NO_TIME) {
            nothing(name);
        } else {
            name(name);
            put('"');
            length = TimeText.iso(nanos, bytes, length);
            put('"');
        }
    }

    /// To the microsecond, or `null` for -1: unknown.
    void millis(String name, long nanos) {
        if (nanos == -1) {
            nothing(name);
        } else {
            property(name, Math.round(nanos / 1e3), 3);
        }
    }

    void numbers(String name, List<Long> values) {
        startArray(name);
        values.forEach(this::value);
        endArray();
    }

    void strings(String name, List<String> values) {
        startArray(name);
        values.forEach(this::value);
        endArray();
    }
}

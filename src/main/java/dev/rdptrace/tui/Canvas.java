package dev.rdptrace.tui;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.report.Ink;
import dev.rdptrace.report.Style;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The cells of a screen, and how one becomes another: only what differs is drawn.
public final class Canvas {
    /// Characters that take two cells, first and last: Unicode UAX #11, W and F.
    private static final int[] WIDE = {0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0xa4cf, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe30, 0xfe6f,
            0xff00, 0xff60, 0xffe0, 0xffe6, 0x1f300, 0x1f64f, 0x1f900, 0x1f9ff, 0x20000, 0x3fffd};
    /// To draw so many cells again is shorter than to go over them.
    private static final int NEAR = 6;
    private static final Ink[] INKS = Ink.values();

    private final int width;
    private final int height;
    private final boolean ascii;
    /// Characters, 0 for the right half of a wide one.
    private final int[] characters;
    /// The number of the ink, and whether it is marked.
    private final byte[] looks;

    public Canvas(int width, int height, boolean ascii) {
        this.width = width;
        this.height = height;
        this.ascii = ascii;
        this.characters = new int[width * height];
        this.looks = new byte[width * height];
        Arrays.fill(characters, ' ');
    }

    /// Puts as much of the text there as the line has room for, and nothing that steers a terminal.
    ///
    /// @return the column behind it
    int put(int row, int column, Ink ink, boolean marked, String text) {
        byte look = (byte) (ink.ordinal() << 1 | (marked ? 1 : 0));
        String safe = Printable.of(text, width << 1);
        String shown = ascii ? Style.ascii(safe) : safe;
        int at = column;
        for (int i = 0; i < shown.length();) {
            int character = shown.codePointAt(i);
            i += Character.charCount(character);
            int cells = cells(character);
            if (at + cells > width) {
                break;
            }
            halve(row, at, -1);
            halve(row, at + cells, 0);
            for (int cell = 0; cell < cells; cell++) {
                characters[row * width + at] = cell == 0 ? character : 0;
                looks[row * width + at++] = look;
            }
        }
        return at;
    }

    /// Where a wide character would be cut at that column, the half that is left is blank.
    private void halve(int row, int column, int half) {
        if (column < width && characters[row * width + column] == 0) {
            characters[row * width + column + half] = ' ';
        }
    }

    void put(int row, int column, Line line, boolean marked) {
        int at = column;
        for (Line.Span span : line.spans()) {
            at = put(row, at, span.ink(), marked != span.marked(), span.text());
        }
        if (marked) {
            put(row, at, Ink.PLAIN, true, " ".repeat(Math.max(0, width - at)));
        }
    }

    static int cells(int character) {
        int type = Character.getType(character);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        for (int i = 0; i < WIDE.length; i += 2) {
            if (WIDE[i] <= character && character <= WIDE[i + 1]) {
                return 2;
            }
        }
        return 1;
    }

    /// What a row says.
    public String text(int row) {
        StringBuilder text = new StringBuilder(width);
        for (int at = row * width; at < (row + 1) * width; at++) {
            if (characters[at] != 0) {
                text.appendCodePoint(characters[at]);
            }
        }
        return text.toString().stripTrailing();
    }

    /// What makes this of a terminal that shows `before`, [ECMA-48].
    ///
    /// @param before `null` where nobody knows what it shows
    /// @param colour whether inks have colours
    public String drawn(@Nullable Canvas before, boolean colour) {
        StringBuilder out = new StringBuilder();
        Canvas shown = before;
        if (shown == null || shown.width != width || shown.height != height) {
            out.append("\u001b[0m\u001b[2J");
            shown = new Canvas(width, height, ascii);
        }
        int look = 0;
        for (int row = 0; row < height; row++) {
            int column = 0;
            while ((column = differs(shown, row, column)) < width) {
                int end = column + 1;
                for (int next; (next = differs(shown, row, end)) < width && next - end < NEAR; end = next + 1) {}
                out.append("\u001b[").append(row + 1).append(';').append(column + 1).append('H');
                for (int at = row * width + column; at < row * width + end; at++) {
                    if (characters[at] == 0) {
                        continue;
                    }
                    if (looks[at] != look) {
                        look = looks[at];
                        out.append(code(look, colour));
                    }
                    out.appendCodePoint(characters[at]);
                }
                column = end;
            }
        }
        return look == 0 ? out.toString() : out.append("\u001b[0m").toString();
    }

    /// The first column from `from` that is another; where a half of a wide character is, its left half.
    private int differs(Canvas shown, int row, int from) {
        for (int column = from; column < width; column++) {
            int at = row * width + column;
            if (characters[at] != shown.characters[at] || looks[at] != shown.looks[at]) {
                return characters[at] == 0 && column > 0 && column > from ? column - 1 : column;
            }
        }
        return width;
    }

    private static String code(int look, boolean colour) {
        Ink ink = INKS[look >> 1];
        // Of an ink without colours its weight is left.
        String inked = colour || ink == Ink.PLAIN ? ink.code() : ink == Ink.QUIET ? "" : "1";
        return "\u001b[0" + (inked.isEmpty() ? "" : ";" + inked) + ((look & 1) == 1 ? ";7" : "") + "m";
    }
}

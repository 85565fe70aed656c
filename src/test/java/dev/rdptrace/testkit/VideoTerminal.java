package dev.rdptrace.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a terminal shows that is sent these bytes: so much of ECMA-48 and xterm as the program uses. What it does not know is a mistake.
public final class VideoTerminal {
    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[(\\??)([0-9;]*)([A-Za-z])|\u001b]52;c;([A-Za-z0-9+/=]*)\u0007");

    private int width;
    private int height;
    private String[][] cells;
    private boolean[][] reversed;
    private int row;
    private int column;
    private boolean reverse;
    private String rest = "";
    private final List<Integer> modes = new ArrayList<>();
    private String clipboard = "";
    private int drawn;
    private boolean coloured;

    public VideoTerminal(int width, int height) {
        size(width, height);
    }

    public void size(int columns, int lines) {
        width = columns;
        height = lines;
        cells = new String[lines][columns];
        reversed = new boolean[lines][columns];
        clear();
    }

    private void clear() {
        for (int i = 0; i < height; i++) {
            Arrays.fill(cells[i], " ");
            Arrays.fill(reversed[i], false);
        }
    }

    public void accept(byte[] bytes, int length) {
        accept(new String(bytes, 0, length, StandardCharsets.UTF_8));
    }

    public void accept(String sent) {
        String text = rest + sent;
        rest = "";
        Matcher sequence = SEQUENCE.matcher(text);
        for (int i = 0; i < text.length();) {
            int character = text.codePointAt(i);
            if (character == 0x1b) {
                if (sequence.region(i, text.length()).lookingAt()) {
                    obey(sequence);
                    i = sequence.end();
                    continue;
                }
                rest = text.substring(i);
                if (rest.length() > 2000) {
                    throw new IllegalStateException("no sequence: " + rest.substring(1, 20));
                }
                return;
            }
            if (character < ' ' || 0x7f <= character && character < 0xa0) {
                throw new IllegalStateException("a control character: " + character);
            }
            print(Character.toString(character), wide(character) ? 2 : 1);
            i += Character.charCount(character);
        }
    }

    private static boolean wide(int character) {
        return 0x2e80 <= character && character <= 0x9fff || 0xac00 <= character && character <= 0xd7a3 || 0x1f300 <= character;
    }

    private void print(String character, int size) {
        for (int i = 0; i < size; i++) {
            if (column >= width) {
                throw new IllegalStateException("written over the edge of row " + row + ": " + character);
            }
            cells[row][column] = i == 0 ? character : "";
            reversed[row][column++] = reverse;
            drawn++;
        }
    }

    private void obey(Matcher sequence) {
        if (sequence.group(4) != null) {
            clipboard = new String(Base64.getDecoder().decode(sequence.group(4)), StandardCharsets.UTF_8);
            return;
        }
        String numbers = sequence.group(2);
        switch (sequence.group(1) + sequence.group(3)) {
            case "?h" -> modes.add(Integer.parseInt(numbers));
            case "?l" -> modes.add(-Integer.parseInt(numbers));
            case "J" -> clear();
            case "H" -> {
                row = Integer.parseInt(numbers.split(";")[0]) - 1;
                column = Integer.parseInt(numbers.split(";")[1]) - 1;
            }
            case "m" -> {
                List<String> all = Arrays.asList(numbers.split(";"));
                reverse = all.contains("7");
                coloured |= all.stream().anyMatch(one -> one.matches("[349]\\d"));
            }
            default -> throw new IllegalStateException("ESC [ " + sequence.group().substring(2));
        }
    }

    public String line(int number) {
        return String.join("", cells[number]).stripTrailing();
    }

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < height; i++) {
            lines.add(line(i));
        }
        return lines;
    }

    public String text() {
        return String.join("\n", lines()) + "\n";
    }

    /// Rows that are shown the other way round at their beginning.
    public List<Integer> reversedRows() {
        List<Integer> rows = new ArrayList<>();
        for (int i = 0; i < height; i++) {
            if (reversed[i][0]) {
                rows.add(i);
            }
        }
        return rows;
    }

    /// What is shown the other way round in a row.
    public String reversed(int number) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < width; i++) {
            text.append(reversed[number][i] ? cells[number][i] : "");
        }
        return text.toString();
    }

    /// Private modes in the order in which they were set, below 0 where they were reset.
    public List<Integer> modes() {
        return modes;
    }

    public String clipboard() {
        return clipboard;
    }

    /// Cells written since this was asked last.
    public int drawn() {
        int now = drawn;
        drawn = 0;
        return now;
    }

    public boolean coloured() {
        return coloured;
    }
}

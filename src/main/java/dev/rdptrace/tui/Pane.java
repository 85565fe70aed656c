package dev.rdptrace.tui;

import java.util.List;

/// Rows of which as many are shown as fit, one of them picked.
final class Pane {
    private List<List<Line>> rows = List.of();
    private boolean picks;
    private int at;
    private int top;
    private int page = 1;

    /// @param one made when it is looked at, where there are many
    /// @param picked whether one of them is picked; else they are only moved
    void show(List<List<Line>> one, boolean picked) {
        rows = one;
        picks = picked;
        move(0);
    }

    void begin() {
        at = 0;
        top = 0;
    }

    int at() {
        return at;
    }

    int top() {
        return top;
    }

    List<List<Line>> rows() {
        return rows;
    }

    boolean picks() {
        return picks;
    }

    void page(int lines) {
        page = Math.max(1, lines);
        move(0);
    }

    void goTo(int row) {
        at = row;
        move(0);
    }

    private void move(int by) {
        int last = Math.max(0, rows.size() - (picks ? 1 : page));
        at = Math.clamp((long) at + by, 0, last);
        if (!picks) {
            top = at;
            return;
        }
        top = Math.min(top, at);
        int lines = 0;
        for (int row = at; row >= top; row--) {
            lines += rows.isEmpty() ? 0 : rows.get(row).size();
            if (lines > page && row < at) {
                top = row + 1;
            }
        }
        // No empty lines below the last while there are rows above the first.
        int below = 0;
        for (int row = top; row < rows.size() && below < page; row++) {
            below += rows.get(row).size();
        }
        while (top > 0 && below + rows.get(top - 1).size() <= page) {
            below += rows.get(--top).size();
        }
    }

    /// @return whether the key was meant for it
    boolean press(Key key) {
        switch (key.name()) {
            case UP -> move(-1);
            case DOWN -> move(1);
            case PAGE_UP -> move(-page);
            case PAGE_DOWN -> move(page);
            case HOME -> move(-rows.size());
            case END -> move(rows.size());
            case CHARACTER -> {
                switch (key.character()) {
                    case 'k' -> move(-1);
                    case 'j' -> move(1);
                    case 'g' -> move(-rows.size());
                    case 'G' -> move(rows.size());
                    default -> {
                        return false;
                    }
                }
            }
            case ENTER, ESCAPE, BACKSPACE, LEFT, RIGHT, F1, F2, F3, F7, F10, STOP, OTHER -> {
                return false;
            }
        }
        return true;
    }

    /// Goes to the next row that holds these words.
    ///
    /// @param step 1 or -1
    /// @return whether there is one
    boolean find(String words, int from, int step) {
        String wanted = Model.plain(words);
        for (int i = 0, row = from; i < rows.size(); i++, row += step) {
            int place = Math.floorMod(row, rows.size());
            if (rows.get(place).stream().anyMatch(line -> Model.plain(line.text()).contains(wanted))) {
                goTo(place);
                return true;
            }
        }
        return false;
    }
}

package dev.rdptrace.tui;

import dev.rdptrace.report.Ink;
import dev.rdptrace.report.TryRow;
import java.util.ArrayList;
import java.util.List;

/// How a [Model] looks on a screen of its size.
public final class Painter {
    /// Lines that no row can have: title, status, keys.
    static final int AROUND = 3;
    /// Before a row: whether it is picked.
    private static final int MARGIN = 2;
    private static final int CLOCK = 8;
    /// Where the month of a day and time begins.
    private static final int MONTH = 5;
    private static final int FILE = 28;

    static final String HELP = """
            Everywhere
              j k  Up Down              next, previous line
              PageUp PageDown  Ctrl-B Ctrl-F
              g G  Home End             first, last line
              /  F3                     search; in the list only what matches is left
              n N                       next, previous match
              ?  F1                     this
              Esc  q  Left  Backspace   back
              Ctrl-C  F10               quit
              y Y                       copy a filter for Wireshark: of the try (or frame), of what decided
              w  F2                     save the packets of the try, or of those chosen, with the findings as comments
              R                         save them without addresses, names and contents, to pass on

            List of tries
              Enter  Right              the ladder of a try: who sent what when, what was lost, what decided
              s                         sort: worst first, by time, by cause, by client and server
              f  F7                     only what failed
              Space                     choose a try, or not
              a                         choose all that are listed, or none
              Esc                       take search and filter away

            Ladder
              Enter  Right              the message: its fields and its bytes
              v                         everything that happened, or what matters
              d                         the whole report of the try
              ] [                       next, previous try

            Message
              j k  Up Down              next, previous field; where its text stands in the bytes is marked
              PageUp PageDown           the bytes
              ] [                       next, previous row of the ladder

            Rows in red decided the verdict; * is before them.
            """;

    private Painter() {}

    public static Canvas paint(Model model) {
        Canvas canvas = new Canvas(model.width(), model.height(), model.ascii());
        if (model.tooSmall()) {
            canvas.put(0, 0, Ink.PLAIN, false, "This needs " + Model.LEAST_WIDTH + "x" + Model.LEAST_HEIGHT + ", and has " + model.width()
                    + "x" + model.height() + ".");
            if (model.height() > 1) {
                canvas.put(1, 0, Ink.PLAIN, false, "Make the window larger; q quits.");
            }
            return canvas;
        }
        int width = model.width();
        String counts = " " + model.counts() + " ";
        canvas.put(0, 0, Line.of(Ink.HEADING, " " + cut(model.title(), width - counts.length() - 2)), true);
        canvas.put(0, width - counts.length(), Ink.HEADING, true, counts);
        int row = 1;
        if (model.view() == Model.View.TRIES) {
            canvas.put(row++, 0, Ink.HEADING, false, columns(model));
        }
        int margin = model.pane().picks() ? MARGIN : 0;
        for (Line line : model.head()) {
            canvas.put(row++, margin, line, false);
        }
        List<Line> below = model.below();
        rows(canvas, model.pane(), row, model.height() - 2 - below.size(), margin);
        for (int i = 0; i < below.size(); i++) {
            canvas.put(model.height() - 2 - below.size() + i, 0, below.get(i), false);
        }
        canvas.put(model.height() - 2, 0, Ink.UNSURE, false, model.status());
        canvas.put(model.height() - 1, 0, Line.of(Ink.PLAIN, " " + model.keys()), true);
        return canvas;
    }

    private static void rows(Canvas canvas, Pane pane, int from, int last, int margin) {
        int row = from;
        for (int i = pane.top(); i < pane.rows().size() && row < last; i++) {
            boolean picked = pane.picks() && i == pane.at();
            boolean first = true;
            for (Line line : pane.rows().get(i)) {
                if (row == last) {
                    return;
                }
                if (margin > 0) {
                    canvas.put(row, 0, Ink.HEADING, picked, picked && first ? "> " : "  ");
                }
                canvas.put(row++, margin, line, picked);
                first = false;
            }
        }
    }

    private static String columns(Model model) {
        int parties = parties(model);
        return " ".repeat(MARGIN + 1) + pad(model.list().oneDay() ? "UTC" : "day, UTC", clock(model)) + "    "
                + pad("client → server", parties) + "  verdict";
    }

    private static int clock(Model model) {
        return model.list().oneDay() ? CLOCK : TryRow.DATE - MONTH + 1 + CLOCK;
    }

    private static int parties(Model model) {
        return Math.clamp(model.list().widestParties(), "client → server".length(), model.width() / 3);
    }

    /// A try in the list.
    static Line line(Model model, int number) {
        TryRow row = model.list().row(number);
        int parties = parties(model);
        String time = row.time().substring(model.list().oneDay() ? TryRow.DATE + 1 : MONTH);
        String before = (model.list().isChosen(number) ? "*" : " ") + time + "  " + row.mark()
                + pad(cut(row.parties(), parties), parties) + "  ";
        String file = row.file().substring(row.file().replace('\\', '/').lastIndexOf('/') + 1);
        String frame = row.frame() > 0 ? " #" + row.frame() : "";
        int room = model.width() - MARGIN - before.length();
        String place = room - FILE < FILE + frame.length() ? frame.strip() : tail(file, FILE) + frame;
        String point = cut(row.point(), room - place.length() - 2);
        String gap = " ".repeat(Math.max(1, room - cells(point) - place.length()));
        Ink ink = row.outcome().isTrouble() ? Ink.BAD : Ink.PLAIN;
        List<Line.Span> spans = new ArrayList<>();
        spans.add(new Line.Span(ink, false, before + point + gap));
        spans.add(new Line.Span(Ink.QUIET, false, place));
        return new Line(spans);
    }

    static int cells(String text) {
        return text.codePoints().map(Canvas::cells).sum();
    }

    static String pad(String text, int cells) {
        return text + " ".repeat(Math.max(0, cells - cells(text)));
    }

    /// So much of its beginning as has room.
    static String cut(String text, int cells) {
        return cells(text) <= cells ? text : text.substring(0, fits(text, cells - 1)) + "…";
    }

    /// How many characters of it have room.
    static int fits(String text, int cells) {
        int room = cells;
        int end = 0;
        while (end < text.length() && (room -= Canvas.cells(text.codePointAt(end))) >= 0) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end;
    }

    /// So much of its end as has room.
    static String end(String text, int cells) {
        String shown = text;
        while (cells(shown) > cells) {
            shown = shown.substring(shown.offsetByCodePoints(0, 1));
        }
        return shown;
    }

    private static String tail(String text, int most) {
        return text.length() <= most ? text : "…" + text.substring(text.length() - most + 1);
    }
}

package dev.rdptrace.tui;

import dev.rdptrace.evidence.Evidence.FrameBytes;
import dev.rdptrace.report.Ink;
import dev.rdptrace.report.Ladder;
import dev.rdptrace.report.Message;
import dev.rdptrace.timeline.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A row of the ladder by itself: what it tells, field by field, and the bytes of its frame.
final class MessageView {
    private static final HexFormat HEX = HexFormat.of();
    private static final int ROW = 16;
    private static final int NAME = 32;

    private final Pane fields = new Pane();
    private final boolean shared;
    private Optional<Message> message = Optional.empty();
    private List<Message.Field> all = List.of();
    private List<Line> head = List.of();
    private @Nullable FrameBytes bytes; // null where nobody can read them
    private int top;
    private int page = 1;

    MessageView(boolean shared) {
        this.shared = shared;
    }

    /// @param read frames by their numbers
    void show(ShownTry one, Ladder.Rung rung, Map<Long, FrameBytes> read, int width, int height) {
        message = rung.event().map(event -> Message.of(event, one.disguise()));
        bytes = shared ? null : read.get(rung.frame());
        all = message.map(Message::fields).orElse(List.of());
        List<Line> lines = new ArrayList<>();
        String says = message.map(Message::says).orElseGet(() -> rung.lines().stream().map(line -> line.substring(line.indexOf('│') + 1)
                .replaceAll("[│─▶◀╳┤]", "").strip()).collect(Collectors.joining(" ")));
        wrapped(says, width - 4).forEach(line -> lines.add(Line.of(rung.ink(), "  " + line)));
        lines.add(Line.of(Ink.QUIET, "  frame " + rung.frame()
                + message.map(m -> m.from().isEmpty() ? "" : " · from " + m.from()).orElse("")
                + rung.event().map(Event::phase).map(phase -> " · " + phase.title()).orElse("")));
        lines.add(Line.of(Ink.HEADING, all.isEmpty() ? "  No fields" : "  Fields"));
        head = lines;
        int name = all.stream().mapToInt(field -> field.name().length()).max().orElse(0);
        int column = Math.min(name, NAME) + 2;
        fields.show(all.stream().map(field -> {
            List<String> value = wrapped(field.value(), width - column - 4);
            List<Line> row = new ArrayList<>();
            for (String part : value) {
                row.add(Line.of(Ink.PLAIN, Painter.pad(row.isEmpty() ? Painter.cut(field.name(), NAME) : "", column) + part));
            }
            return List.copyOf(row);
        }).toList(), true);
        int room = height - head.size();
        int rows = bytes == null ? 1 : 1 + Math.min((bytes.bytes().length + ROW - 1) / ROW, Math.max(room / 2, room - rowsOfFields() - 1));
        page = Math.max(1, rows - 1);
        fields.page(room - rows);
        look();
    }

    void begin() {
        fields.begin();
        top = 0;
    }

    private int rowsOfFields() {
        return fields.rows().stream().mapToInt(List::size).sum();
    }

    boolean press(Key key) {
        switch (key.name()) {
            case PAGE_DOWN -> scroll(page);
            case PAGE_UP -> scroll(-page);
            case UP, DOWN, LEFT, RIGHT, ENTER, ESCAPE, BACKSPACE, HOME, END, CHARACTER, F1, F2, F3, F7, F10, STOP, OTHER -> {
                boolean meant = fields.press(key);
                look();
                return meant;
            }
        }
        return true;
    }

    private void scroll(int rows) {
        int last = bytes == null ? 0 : Math.max(0, (bytes.bytes().length + ROW - 1) / ROW - page);
        top = Math.clamp((long) top + rows, 0, last);
    }

    /// Brings the bytes of the field that is picked into sight, at first those of the message.
    private void look() {
        int[] marked = marked();
        if (bytes != null && marked[0] < marked[1]) {
            int row = marked[0] / ROW;
            scroll(row < top || top + page <= row ? row - 1 - top : 0);
        } else if (bytes != null && top == 0) {
            scroll(Math.min(bytes.from() / ROW, 4));
        }
        scroll(0);
    }

    /// Where the text of the field stands, from and to; nowhere where it is not said as it is.
    private int[] marked() {
        if (bytes != null && !all.isEmpty() && !all.get(fields.at()).text().isEmpty()) {
            String text = all.get(fields.at()).text();
            for (byte[] told : List.of(text.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_16LE))) {
                int at = bytes.find(told);
                if (at >= 0) {
                    return new int[] {at, at + told.length};
                }
            }
        }
        return new int[] {0, 0};
    }

    Pane fields() {
        return fields;
    }

    List<Line> head() {
        return head;
    }

    /// The bytes, as many rows as there is room for.
    List<Line> bytes() {
        List<Line> lines = new ArrayList<>();
        if (bytes == null) {
            lines.add(Line.of(Ink.QUIET, "  " + (shared ? "Its bytes are not shown to others." : "Its bytes cannot be read.")));
            return lines;
        }
        int known = bytes.bytes().length;
        lines.add(Line.of(Ink.HEADING, "  Bytes, "
                + (known < bytes.length() ? "the first " + known + " of " + bytes.length() : String.valueOf(known))
                + (bytes.hidden().isEmpty() ? "" : "; ·· are contents that are not shown")));
        int[] marked = marked();
        for (int at = top * ROW; at < Math.min(known, (top + page) * ROW); at += ROW) {
            lines.add(row(bytes, at, Math.min(known, at + ROW), marked));
        }
        return lines;
    }

    private static Line row(FrameBytes bytes, int from, int end, int[] marked) {
        List<Line.Span> spans = new ArrayList<>();
        spans.add(new Line.Span(Ink.QUIET, false, "  " + HEX.toHexDigits((short) from) + "  "));
        for (int i = from; i < end; i++) {
            spans.add(span(bytes, i, marked, bytes.hidden().get(i) ? "··" : HEX.toHexDigits(bytes.bytes()[i])));
            boolean within = i < end - 1;
            spans.add(new Line.Span(Ink.PLAIN, within && marked[0] <= i && i < marked[1] - 1, within && i % 8 == 7 ? "  " : " "));
        }
        spans.add(new Line.Span(Ink.PLAIN, false, "   ".repeat(ROW - end + from) + (end - from <= ROW / 2 ? " " : "") + " "));
        for (int i = from; i < end; i++) {
            byte one = bytes.bytes()[i];
            spans.add(span(bytes, i, marked, bytes.hidden().get(i) ? "·" : one >= ' ' && one < 0x7f ? String.valueOf((char) one) : "."));
        }
        return new Line(List.copyOf(spans));
    }

    private static Line.Span span(FrameBytes bytes, int at, int[] marked, String text) {
        Ink ink = at < bytes.from() || bytes.hidden().get(at) ? Ink.QUIET : Ink.PLAIN;
        return new Line.Span(ink, marked[0] <= at && at < marked[1], text);
    }

    private static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (Painter.cells(rest) > width) {
            int end = Painter.fits(rest, width);
            int space = rest.lastIndexOf(' ', end);
            int cut = space > width / 2 ? space : Math.max(1, end);
            lines.add(rest.substring(0, cut));
            rest = rest.substring(cut).strip();
        }
        lines.add(rest);
        return lines;
    }
}

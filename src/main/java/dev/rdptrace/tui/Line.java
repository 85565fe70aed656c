package dev.rdptrace.tui;

import dev.rdptrace.report.Ink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A line of words in their inks, safe to show.
public record Line(List<Span> spans) {
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[([0-9;]*)m");

    /// @param marked stands out, whatever its ink
    public record Span(Ink ink, boolean marked, String text) {}

    public static Line of(Ink ink, String text) {
        return new Line(List.of(new Span(ink, false, text)));
    }

    /// A line of a report with colours; nothing else in it steers a terminal.
    public static Line read(String coloured) {
        List<Span> spans = new ArrayList<>();
        Matcher colour = COLOUR.matcher(coloured);
        Ink ink = Ink.PLAIN;
        int from = 0;
        while (colour.find()) {
            spans.add(new Span(ink, false, coloured.substring(from, colour.start())));
            String code = colour.group(1);
            ink = Arrays.stream(Ink.values()).filter(one -> one.code().equals(code)).findFirst().orElse(Ink.PLAIN);
            from = colour.end();
        }
        spans.add(new Span(ink, false, coloured.substring(from)));
        spans.removeIf(span -> span.text().isEmpty());
        return new Line(List.copyOf(spans));
    }

    public String text() {
        return spans.stream().map(Span::text).collect(Collectors.joining());
    }
}

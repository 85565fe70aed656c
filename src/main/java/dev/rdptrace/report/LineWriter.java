package dev.rdptrace.report;

import dev.rdptrace.bytes.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/// Writes lines of at most [Style#width] columns. Whatever it is given is made safe for a terminal first: text from the wire is
/// made printable where it is decoded, and here nobody relies on that.
final class LineWriter {
    private static final int LONGEST = 4000;
    private static final int BLOCK = 1 << 16;

    private final StringBuilder out = new StringBuilder(4096);
    private final boolean colour;
    private final int width;
    private final boolean ascii;
    private final Disguise disguise;
    private final Writer paper;

    /// @param disguise what must not be read is replaced before lines are broken
    /// @param paper gets what is written, whole lines at a time
    LineWriter(Style style, Disguise disguise, Writer paper) {
        this.colour = style.colour();
        this.width = style.width();
        this.ascii = style.ascii();
        this.disguise = disguise;
        this.paper = paper;
    }

    LineWriter line() {
        out.append('\n');
        if (out.length() >= BLOCK) {
            handOver();
        }
        return this;
    }

    private void handOver() {
        try {
            paper.append(ascii ? Style.ascii(out) : out);
            out.setLength(0);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /// A paragraph: `first` in ink, then `rest`, wrapped under an indentation of `hang` columns.
    LineWriter paragraph(Ink ink, String first, String rest, int hang) {
        String loud = safe(first);
        return wrap(ink, loud, loud + safe(rest), hang, hang);
    }

    /// The same of words made [#safe] before.
    LineWriter told(Ink ink, String first, String rest) {
        return wrap(ink, first, first + rest, 2, 2);
    }

    /// A heading of its own line.
    LineWriter heading(String text) {
        ink(Ink.HEADING, safe(text));
        return line();
    }

    /// `  - text` wrapped under itself.
    LineWriter bullet(String mark, String text) {
        out.append("  ").append(mark).append(' ');
        int hang = 3 + mark.length();
        return wrap(Ink.PLAIN, "", safe(text), hang, hang);
    }

    /// Columns that are already laid out, then text wrapped under where it starts.
    LineWriter row(Ink ink, String columns, String text) {
        String laid = safe(columns);
        ink(ink == Ink.QUIET ? Ink.QUIET : Ink.PLAIN, laid);
        String words = safe(text);
        return wrap(ink, ink == Ink.PLAIN ? "" : words, words, laid.length(), laid.length());
    }

    /// As it is, on one line however long: for copying.
    LineWriter verbatim(String text) {
        out.append(safe(text));
        return line();
    }

    private LineWriter wrap(Ink ink, String loud, String text, int column, int hang) {
        int inked = loud.length();
        int start = 0;
        int room = width - (out.isEmpty() || out.charAt(out.length() - 1) == '\n' ? 0 : column);
        while (start < text.length()) {
            int end = text.length();
            if (end - start > room) {
                int space = text.lastIndexOf(' ', start + room);
                end = space > start ? space : nextSpace(text, start + room);
            }
            if (start < inked) {
                ink(ink, text.substring(start, Math.min(end, inked)));
            }
            if (end > inked) {
                out.append(text, Math.max(start, inked), end);
            }
            start = end;
            while (start < text.length() && text.charAt(start) == ' ') {
                start++;
            }
            if (start < text.length()) {
                out.append('\n').repeat(' ', hang);
                room = width - hang;
            }
        }
        return line();
    }

    private static int nextSpace(String text, int from) {
        int space = text.indexOf(' ', from);
        return space < 0 ? text.length() : space;
    }

    private void ink(Ink ink, String text) {
        if (colour && ink != Ink.PLAIN) {
            out.append("\u001b[").append(ink.code()).append('m').append(text).append("\u001b[0m");
        } else {
            out.append(text);
        }
    }

    /// Lines that are laid out from words made [#safe].
    LineWriter drawn(Ink ink, String line) {
        ink(ink, line);
        return line();
    }

    String safe(String text) {
        return safe(text, disguise);
    }

    static String safe(String text, Disguise disguise) {
        return Printable.of(disguise.shown(text), LONGEST);
    }

    /// Hands over what is left.
    void close() throws IOException {
        handOver();
        paper.flush();
    }
}

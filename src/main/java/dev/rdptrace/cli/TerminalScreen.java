package dev.rdptrace.cli;

import dev.rdptrace.tui.Canvas;
import dev.rdptrace.tui.Key;
import java.io.IOError;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/// The terminal of this process, whole and key by key, until it is closed: then it is as it was.
final class TerminalScreen implements AutoCloseable {
    /// xterm's other screen, without wrapping and without a cursor.
    private static final String BEGIN = "\u001b[?1049h\u001b[?7l\u001b[?25l";
    private static final String END = "\u001b[0m\u001b[?25h\u001b[?7h\u001b[?1049l";
    /// Where an escape character is the beginning of a key, the rest of it follows at once.
    private static final int REST_MILLIS = 50;
    private static final char ESCAPE = '\u001b';

    private final Terminal terminal;
    /// JLine closes the terminal before anybody else when the process is asked to end; what is written to it then is lost.
    private final PrintStream out;
    private final Attributes before;
    private final boolean colour;
    private final char[] sent = new char[4096];
    private Size size;
    private @Nullable Canvas shown; // null before anything is

    private TerminalScreen(Terminal terminal, PrintStream out, boolean colour) {
        this.terminal = terminal;
        this.out = out;
        this.colour = colour;
        before = terminal.getAttributes();
        size = terminal.getSize();
        terminal.enterRawMode();
        Attributes keys = terminal.getAttributes();
        // Ctrl-C and Ctrl-Z are keys: what ends the process would leave the terminal as it is now.
        keys.setLocalFlags(EnumSet.of(LocalFlag.ISIG, LocalFlag.IEXTEN), false);
        keys.setControlChar(ControlChar.VMIN, 1);
        terminal.setAttributes(keys);
        write(BEGIN);
    }

    /// @throws Failure where there is none, or none that can be written on at will
    static void expect(Console console) {
        String type = console.environment().getOrDefault("TERM", "");
        boolean windows = console.environment().getOrDefault("OS", "").equals("Windows_NT");
        if (!console.outIsTerminal()) {
            throw none("standard output is no terminal");
        }
        if (type.equals("dumb") || type.isEmpty() && !windows) {
            throw none(type.isEmpty() ? "TERM is not set" : "TERM says that this terminal is dumb");
        }
    }

    /// @throws Failure as [#expect] does
    static TerminalScreen open(Console console, boolean colour) {
        expect(console);
        try {
            return new TerminalScreen(TerminalBuilder.builder().system(true).provider(TerminalBuilder.PROP_PROVIDER_FFM)
                    .dumb(false).graphemeCluster(false).encoding(StandardCharsets.UTF_8).build(), console.out(), colour);
        } catch (IOException | IllegalStateException impossible) {
            throw none("standard input is no terminal");
        }
    }

    private static Failure none(String why) {
        return new Failure(Exit.USAGE, "tui needs a terminal: " + why, List.of("rdptrace FILE tells the same in lines."));
    }

    int width() {
        return size().getColumns();
    }

    int height() {
        return size().getRows();
    }

    private Size size() {
        try {
            size = terminal.getSize();
        } catch (IllegalStateException | IOError closed) {
            // as it was
        }
        return size;
    }

    /// What is pressed within that time; [Key.Name#STOP] where nobody is left to press anything.
    List<Key> keys(int millis) {
        try {
            NonBlockingReader reader = terminal.reader();
            int read = reader.readBuffered(sent, 0, sent.length, millis);
            if (read == NonBlockingReader.EOF) {
                return List.of(new Key(Key.Name.STOP, 0));
            }
            if (read > 0 && read < sent.length && sent[read - 1] == ESCAPE) {
                read += Math.max(0, reader.readBuffered(sent, read, sent.length - read, REST_MILLIS));
            }
            return Key.read(new String(sent, 0, Math.max(0, read)));
        } catch (IOException | IllegalStateException closed) {
            return List.of(new Key(Key.Name.STOP, 0));
        }
    }

    void draw(Canvas canvas) {
        String difference = canvas.drawn(shown, colour);
        shown = canvas;
        if (!difference.isEmpty()) {
            write(difference);
        }
    }

    /// Asks the terminal to put that into the clipboard (xterm's OSC 52), also from far away.
    void copy(String text) {
        write("\u001b]52;c;" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "\u0007");
    }

    private void write(String text) {
        out.print(text);
        out.flush();
    }

    @Override
    public void close() {
        write(END);
        try {
            terminal.setAttributes(before);
            terminal.close();
        } catch (IOException | IllegalStateException closed) {
            // by JLine, which has put back what it found
        }
    }
}

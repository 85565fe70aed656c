package dev.rdptrace.cli;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Between a report and a screen that may be too low for it. From [#begin] on what is written is held back until it is known to need
/// more lines than there are: then a pager shows it, else it is written as it is.
final class Pager extends OutputStream {
    /// Of a terminal that does not say.
    private static final int LINES = 24;
    /// As git sets it: a page that fits is left alone, colours stay, and so does the screen.
    private static final String LESS = "FRX";
    private static final List<String> ENDINGS = List.of("", ".exe", ".com", ".cmd", ".bat");

    private final OutputStream screen;
    private final Map<String, String> environment;
    private final int columns;
    private final int lines;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holding;
    private boolean left;
    private boolean escape;
    private int row;
    private int column;
    private volatile Optional<Process> process = Optional.empty();

    /// @param lines of the terminal, 0 where it does not say
    Pager(OutputStream screen, Map<String, String> environment, int columns, int lines) {
        this.screen = screen;
        this.environment = environment;
        this.columns = columns;
        this.lines = lines > 0 ? lines : LINES;
    }

    /// What comes now is for somebody to read.
    void begin() {
        holding = process.isEmpty() && !command().isEmpty();
    }

    /// Somebody is still reading.
    boolean isShowing() {
        return process.filter(Process::isAlive).isPresent();
    }

    /// Waits until he has read it.
    void end() throws IOException {
        if (holding) {
            holding = false;
            held.writeTo(screen);
            held.reset();
        }
        if (process.isPresent()) {
            try {
                process.get().getOutputStream().close();
            } catch (IOException gone) {
                left = true;
            }
            process.get().onExit().join();
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (holding) {
            held.write(bytes, offset, length);
            for (int i = offset; i < offset + length; i++) {
                count(bytes[i]);
            }
            if (row >= lines) {
                show();
            }
        } else if (process.isEmpty()) {
            screen.write(bytes, offset, length);
        } else if (!left) {
            try {
                process.get().getOutputStream().write(bytes, offset, length);
            } catch (IOException gone) {
                left = true; // he has seen enough, which is no mistake
            }
        }
    }

    @Override
    public void flush() throws IOException {
        screen.flush();
    }

    private void show() throws IOException {
        ProcessBuilder pager = new ProcessBuilder(command()).redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        pager.environment().putIfAbsent("LESS", LESS);
        holding = false;
        try {
            process = Optional.of(pager.start());
        } catch (IOException none) {
            process = Optional.empty();
        }
        byte[] all = held.toByteArray();
        held.reset();
        write(all, 0, all.length);
    }

    /// Lines of the screen, and not only those that end in the text.
    private void count(byte b) {
        if (escape || b == '\u001b') {
            escape = !(b >= 'A' && b <= 'z' && b != '[');
        } else if (b == '\n') {
            row++;
            column = 0;
        } else if ((b & 0xC0) != 0x80 && ++column > columns) {
            row++;
            column = 1;
        }
    }

    /// Empty where there is none, or none is wanted.
    private List<String> command() {
        boolean windows = environment.getOrDefault("OS", "").equals("Windows_NT");
        Optional<String> wanted = Stream.of("RDPTRACE_PAGER", "PAGER").filter(environment::containsKey).findFirst().map(environment::get);
        String typed = wanted.orElse(windows ? "" : "less").strip();
        boolean none = typed.isEmpty() || typed.equals("cat") || environment.getOrDefault("TERM", "").equals("dumb") || !isThere(typed);
        return none ? List.of() : windows ? List.of("cmd.exe", "/c", typed) : List.of("sh", "-c", typed);
    }

    /// A shell would complain of what is not there, and nothing would be shown.
    private boolean isThere(String typed) {
        String program = typed.startsWith("\"") ? typed.substring(1).replaceFirst("\".*", "") : typed.replaceFirst("\\s.*", "");
        List<String> folders = program.contains("/") || program.contains(File.separator) ? List.of("")
                : List.of(environment.getOrDefault("PATH", "").split(File.pathSeparator));
        try {
            return folders.stream().flatMap(folder -> ENDINGS.stream().map(ending -> Path.of(folder, program + ending)))
                    .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
        } catch (InvalidPathException none) {
            return false;
        }
    }
}

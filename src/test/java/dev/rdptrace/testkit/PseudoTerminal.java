package dev.rdptrace.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A program whose standard streams are a terminal, made by python3's `pty`.
public final class PseudoTerminal implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    /// So long nothing more comes after what was waited for.
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /// Arguments: columns, lines, command. Standard input: `k HEX` presses keys, `s COLUMNS LINES` resizes.
    private static final String SCRIPT = """
            import fcntl, os, pty, select, struct, sys, termios
            def size(fd, columns, lines):
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(lines), int(columns), 0, 0))
            pid, fd = pty.fork()
            if pid == 0:
                size(0, sys.argv[1], sys.argv[2])
                os.execvp(sys.argv[3], sys.argv[3:])
            told = b""
            while True:
                ready = select.select([0, fd], [], [])[0]
                if fd in ready:
                    try:
                        data = os.read(fd, 65536)
                    except OSError:
                        data = b""
                    if not data:
                        break
                    os.write(1, data)
                if 0 in ready:
                    told += os.read(0, 65536) or sys.exit(1)
                    while b"\\n" in told:
                        line, told = told.split(b"\\n", 1)
                        words = line.decode().split()
                        if words[0] == "k":
                            os.write(fd, bytes.fromhex(words[1]))
                        else:
                            size(fd, words[1], words[2])
            status = os.waitpid(pid, 0)[1]
            sys.exit(os.waitstatus_to_exitcode(status) % 256)
            """;

    private final Process process;
    private final VideoTerminal terminal;

    private PseudoTerminal(Process process, VideoTerminal terminal) {
        this.process = process;
        this.terminal = terminal;
    }

    public static PseudoTerminal start(int width, int height, Map<String, String> environment, List<String> command) {
        List<String> all = new ArrayList<>(List.of("python3", "-c", SCRIPT, Integer.toString(width), Integer.toString(height)));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        environment.forEach((name, value) -> {
            if (value.isEmpty()) {
                builder.environment().remove(name);
            }
        });
        try {
            return new PseudoTerminal(builder.start(), new VideoTerminal(width, height));
        } catch (IOException missing) {
            assumeTrue(false, "python3 is not installed");
            throw new IllegalStateException(missing);
        }
    }

    public VideoTerminal press(String keys) throws IOException {
        return tell("k " + HexFormat.of().formatHex(keys.getBytes(StandardCharsets.UTF_8)));
    }

    public VideoTerminal size(int width, int height) throws IOException {
        terminal.size(width, height);
        return tell("s " + width + " " + height);
    }

    private VideoTerminal tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        return terminal;
    }

    /// The screen as soon as it shows that and nothing moves any more.
    public VideoTerminal shows(String words) throws IOException, InterruptedException {
        return shows(screen -> screen.text().contains(words));
    }

    public VideoTerminal shows(Predicate<VideoTerminal> wanted) throws IOException, InterruptedException {
        InputStream out = process.getInputStream();
        byte[] bytes = new byte[1 << 16];
        long began = System.nanoTime();
        long moved = began;
        while (System.nanoTime() - began < PATIENCE_NANOS) {
            boolean alive = process.isAlive();
            if (out.available() > 0) {
                terminal.accept(bytes, out.read(bytes));
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > QUIET_NANOS && wanted.test(terminal)) {
                return terminal;
            } else if (!alive) {
                break;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("the screen never shows it:\n" + terminal.text());
    }

    /// What a program writes that knows no screen, until it has written `words`.
    public String writes(String words) throws IOException, InterruptedException {
        return written(text -> text.contains(words), words);
    }

    /// What it writes until it ends.
    public String writesToItsEnd() throws IOException, InterruptedException {
        return written(text -> false, "");
    }

    private String written(Predicate<String> enough, String words) throws IOException, InterruptedException {
        InputStream out = process.getInputStream();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        long began = System.nanoTime();
        while (System.nanoTime() - began < PATIENCE_NANOS) {
            boolean alive = process.isAlive();
            all.write(out.readNBytes(out.available()));
            String text = all.toString(StandardCharsets.UTF_8).replace("\r", "");
            if (enough.test(text) || !alive && words.isEmpty()) {
                return text;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("it never writes it, or never ends: " + words + "\n" + all.toString(StandardCharsets.UTF_8));
    }

    /// Its exit code, once it has ended.
    public int ends() throws IOException, InterruptedException {
        terminal.accept(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end");
        }
        return process.exitValue();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.descendants().findFirst().orElseThrow().pid();
    }

    public VideoTerminal terminal() {
        return terminal;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}

package dev.rdptrace.watch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/// JSON lines in a file, with its predecessors beside it: `FILE`, `FILE.1` (younger) … `FILE.n` (older). Every line is
/// written at once, so that others can follow it, and a file that was taken away is made anew.
public final class LineFile implements AutoCloseable {
    private static final long RETRY_NANOS = 10_000_000_000L;

    private final Path path;
    private final long mostBytes;
    private final int files;
    private final Consumer<String> notices;
    private OutputStream out;
    private long size;
    private long lost;
    private long brokenSince;
    private boolean broken;

    /// @param mostBytes a file's size before the next begins
    /// @param files how many are kept, the current one included
    public LineFile(Path path, long mostBytes, int files, Consumer<String> notices) {
        this.path = path;
        this.mostBytes = mostBytes;
        this.files = files;
        this.notices = notices;
    }

    /// Shows at once whether it can be written.
    public void open() throws IOException {
        out = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        size = Files.size(path);
    }

    /// Writes one line, with its line feed. What cannot be written is counted.
    public void write(byte[] line) {
        if (broken && System.nanoTime() - brokenSince < RETRY_NANOS) {
            lost++;
            return;
        }
        try {
            if (out != null && (size + line.length > mostBytes && size > 0 || !Files.exists(path))) {
                out.close();
                out = null;
                if (Files.exists(path)) {
                    rotate();
                }
            }
            if (out == null) {
                open();
            }
            out.write(line);
            size += line.length;
            if (broken) {
                broken = false;
                notices.accept(path + ": can be written again, " + lost + " lines were lost so far");
            }
        } catch (IOException full) {
            lost++;
            if (!broken) {
                notices.accept(path + ": cannot be written: " + full.getMessage());
            }
            broken = true;
            brokenSince = System.nanoTime();
            close();
        }
    }

    private void rotate() throws IOException {
        for (int i = files - 2; i >= 0; i--) {
            Path from = i == 0 ? path : numbered(i);
            if (Files.exists(from)) {
                Files.move(from, numbered(i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (files == 1) {
            Files.delete(path);
        }
    }

    private Path numbered(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    public long lost() {
        return lost;
    }

    @Override
    public void close() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException gone) {
            lost++;
        }
        out = null;
    }
}

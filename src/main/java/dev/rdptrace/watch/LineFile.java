package dev.rdptrace.watch;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.OwnFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// JSON lines in a file, with its predecessors beside it: `FILE`, `FILE.1` (younger) … `FILE.n` (older). Every line is
/// written at once, so that others can follow it, and a file that was taken away is made anew.
public final class LineFile implements AutoCloseable {
    private static final long RETRY_NANOS = 10_000_000_000L;

    private final Path path;
    private final long mostBytes;
    private final int files;
    private final Consumer<String> notices;
    private @Nullable OutputStream out;
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
        opened();
    }

    private OutputStream opened() throws IOException {
        OutputStream opened = OwnFile.append(path);
        out = opened;
        size = Files.size(path);
        if (!endsWithALine()) {
            opened.write('\n'); // somebody was killed in the middle of it
            size++;
        }
        return opened;
    }

    private boolean endsWithALine() throws IOException {
        if (size == 0 || !Files.isRegularFile(path) || !Files.isReadable(path)) {
            return true;
        }
        try (SeekableByteChannel in = Files.newByteChannel(path)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return in.position(size - 1).read(last) < 1 || last.get(0) == '\n';
        }
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
            (out == null ? opened() : out).write(line);
            size += line.length;
            if (broken) {
                broken = false;
                notices.accept(path + ": can be written again, " + lost + " lines were lost so far");
            }
        } catch (IOException full) {
            lost++;
            if (!broken) {
                notices.accept(path + ": cannot be written: " + Errors.message(full));
            }
            broken = true;
            brokenSince = System.nanoTime();
            close();
            takeBackHalf(line.length);
        }
    }

    /// On a full disk the beginning of a line may have been written, and the next would be glued to it.
    ///
    /// @param length of the line
    private void takeBackHalf(int length) {
        if (!Files.isRegularFile(path)) {
            return;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long from = Math.max(0, file.size() - length);
            ByteBuffer tail = ByteBuffer.allocate((int) (file.size() - from));
            while (tail.hasRemaining() && file.read(tail, from + tail.position()) > 0) {}
            int end = tail.position();
            while (end > 0 && tail.get(end - 1) != '\n') {
                end--;
            }
            if (end > 0 || from == 0) {
                file.truncate(from + end);
            }
        } catch (IOException gone) {
            // Then the next begins with a line feed.
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

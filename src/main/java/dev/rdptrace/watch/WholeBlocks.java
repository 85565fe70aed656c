package dev.rdptrace.watch;

import dev.rdptrace.bytes.Errors;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// A buffer before a pcapng file that ends between two blocks, also on a full disk: what did not fit is counted, what was written
/// of it is taken back. After that it takes nothing more.
///
/// Every write is of one whole little-endian block (draft-ietf-opsawg-pcapng 3.1).
final class WholeBlocks extends OutputStream {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BUFFER = 1 << 16;
    private static final int ENHANCED_PACKET = 6;

    private final OutputStream out;
    private final Path file;
    private final byte[] buffer = new byte[BUFFER];
    private int filled;
    private long onDisk;
    private long lost;
    private @Nullable IOException broken;

    /// @param file what `out` writes to
    WholeBlocks(OutputStream out, Path file) {
        this.out = out;
        this.file = file;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] block, int offset, int length) throws IOException {
        if (broken != null) {
            throw new IOException(Errors.message(broken));
        }
        if (filled + length > BUFFER) {
            flush();
        }
        if (length > BUFFER) {
            handOn(block, offset, length);
        } else {
            System.arraycopy(block, offset, buffer, filled, length);
            filled += length;
        }
    }

    @Override
    public void flush() throws IOException {
        int length = filled;
        filled = 0;
        long before = onDisk;
        try {
            handOn(buffer, 0, length);
        } catch (IOException full) {
            for (int at = (int) (onDisk - before); at < length; at += size(buffer, at)) {
                lost += (int) INT.get(buffer, at) == ENHANCED_PACKET ? 1 : 0;
            }
            throw full;
        }
    }

    private void handOn(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
            onDisk += length;
        } catch (IOException full) {
            broken = full;
            keepWholeBlocks(bytes, offset, length);
            throw full;
        }
    }

    private void keepWholeBlocks(byte[] bytes, int offset, int length) {
        if (!Files.isRegularFile(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            int whole = 0;
            while (whole < length && onDisk + whole + size(bytes, offset + whole) <= channel.size()) {
                whole += size(bytes, offset + whole);
            }
            channel.truncate(onDisk + whole);
            onDisk += whole;
        } catch (IOException gone) {
            // Then nothing of it counts as written.
        }
    }

    private static int size(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + 4);
    }

    /// Bytes in the file.
    long size() {
        return onDisk;
    }

    /// Packets that were taken into the buffer and not written, since the last time that this was asked.
    long takeLost() {
        long told = lost;
        lost = 0;
        return told;
    }

    @Override
    public void close() throws IOException {
        try {
            flush();
        } finally {
            out.close();
        }
    }
}

package dev.rdptrace.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;

/// A file that others append to: tells what was added since it was last asked. One that is not there yet, or cannot be read,
/// has nothing to tell; one that became shorter is read from its start again.
final class GrowingFile implements Supplier<byte[]> {
    /// Between two looks at the disk.
    private static final long PAUSE_NANOS = 1_000_000;
    private static final int MOST_AT_ONCE = 1 << 20;
    private static final byte[] NOTHING = {};

    private final Path file;
    private long position;
    private long looked = System.nanoTime() - PAUSE_NANOS;

    GrowingFile(Path file) {
        this.file = file;
    }

    @Override
    public byte[] get() {
        long now = System.nanoTime();
        if (now - looked < PAUSE_NANOS) {
            return NOTHING;
        }
        looked = now;
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size < position) {
                position = 0;
            }
            ByteBuffer more = ByteBuffer.allocate((int) Math.min(MOST_AT_ONCE, size - position));
            int read = more.hasRemaining() ? channel.read(more, position) : 0;
            if (read <= 0) {
                return NOTHING;
            }
            position += read;
            return Arrays.copyOf(more.array(), read);
        } catch (IOException unreadable) {
            return NOTHING;
        }
    }
}

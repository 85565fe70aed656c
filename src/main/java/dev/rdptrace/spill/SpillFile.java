package dev.rdptrace.spill;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.timeline.Attempt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.ToLongFunction;

/// A temporary file that is gone when the program ends. What is put there is given back as a new copy every time.
public final class SpillFile {
    private static final int BLOCK = 256 << 10;
    /// What is fetched at once: most attempts are smaller.
    private static final int USUAL = 4 << 10;
    /// A place is where something begins and, in the low bits, how long it is; what is longer than that is a stranger.
    private static final int LENGTH_BITS = 24;

    private final FileChannel file;
    private final Tables tables = new Tables();

    // packed, not yet in the file
    private final Packer packer = new Packer(tables, 2 * BLOCK);
    private long packedFrom;

    private final Unpacker incidents = new Unpacker(tables);
    private final Unpacker attempts = new Unpacker(tables);
    private ByteBuffer fetched = ByteBuffer.allocateDirect(USUAL);

    private SpillFile(FileChannel file) {
        this.file = file;
    }

    /// Opens one where the system keeps temporary files.
    public static SpillFile open() throws IOException {
        Path path = Files.createTempFile("rdptrace-", ".tmp");
        return new SpillFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
    }

    /// Puts it away and answers where it is.
    public long put(Attempt attempt) {
        int from = packer.length;
        packer.attempt(attempt);
        return place(from);
    }

    /// Takes it out again.
    public Attempt attempt(long place) {
        return attempts.over(fetch(place), 0).attempt();
    }

    /// Puts an incident away.
    ///
    /// @param places where its attempts lie
    public long put(Incident incident, ToLongFunction<Attempt> places) {
        int from = packer.length;
        packer.incident(incident, places);
        return place(from);
    }

    /// Takes an incident out again, with its attempts.
    public Incident incident(long place) {
        return incidents.over(fetch(place), 0).incident(this::attempt);
    }

    private long place(int from) {
        long length = packer.length - from;
        if (length >= 1L << LENGTH_BITS) {
            throw new IllegalStateException("a connection with " + length + " bytes of facts");
        }
        long place = packedFrom + from << LENGTH_BITS | length;
        if (packer.length >= BLOCK) {
            flush();
        }
        return place;
    }

    private void flush() {
        try {
            for (ByteBuffer rest = ByteBuffer.wrap(packer.bytes, 0, packer.length); rest.hasRemaining(); ) {
                packedFrom += file.write(rest, packedFrom);
            }
            packer.length = 0;
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    private byte[] fetch(long place) {
        int length = (int) (place & (1 << LENGTH_BITS) - 1);
        long from = place >>> LENGTH_BITS;
        if (from + length > packedFrom) {
            flush();
        }
        if (fetched.capacity() < length) {
            fetched = ByteBuffer.allocateDirect(Math.max(length, 2 * fetched.capacity()));
        }
        fetched.clear().limit(length);
        try {
            while (fetched.hasRemaining()) {
                if (file.read(fetched, from + fetched.position()) < 0) {
                    throw new IOException("the temporary file is shorter than what was written to it");
                }
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        byte[] bytes = new byte[length];
        fetched.flip().get(bytes);
        return bytes;
    }
}

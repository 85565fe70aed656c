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
import java.util.function.LongFunction;
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

    /// Puts an incident away.
    ///
    /// @param places where its attempts lie
    public long put(Incident incident, ToLongFunction<Attempt> places) {
        int from = packer.length;
        packer.incident(incident, places);
        return place(from);
    }

    /// Takes out what lies here by now. Each thread needs a reader of its own; while several read, nothing is put here.
    public Reader reader() {
        flush();
        return new Reader();
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
            for (ByteBuffer rest = ByteBuffer.wrap(packer.bytes, 0, packer.length); rest.hasRemaining();) {
                packedFrom += file.write(rest, packedFrom);
            }
            packer.length = 0;
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    /// Takes things out again.
    public final class Reader {
        private final Unpacker unpacker = new Unpacker(tables);
        private ByteBuffer fetched = ByteBuffer.allocateDirect(USUAL);
        private byte[] packed = new byte[USUAL];

        private Reader() {}

        public Attempt attempt(long place) {
            return fetch(place).attempt();
        }

        /// @param attempts what lies at the places of its attempts; another reader's
        public Incident incident(long place, LongFunction<Attempt> attempts) {
            return fetch(place).incident(attempts);
        }

        private Unpacker fetch(long place) {
            int length = (int) (place & (1 << LENGTH_BITS) - 1);
            long from = place >>> LENGTH_BITS;
            if (from + length > packedFrom) {
                flush();
            }
            if (packed.length < length) {
                fetched = ByteBuffer.allocateDirect(Math.max(length, 2 * packed.length));
                packed = new byte[fetched.capacity()];
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
            fetched.flip().get(packed, 0, length);
            return unpacker.over(packed, 0);
        }
    }
}

package dev.rdptrace.capture;

import dev.rdptrace.bytes.Errors;
import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/// Unpacks gzip, zstd, lz4 or xz while it is read. What the packed bytes do wrong is [Damage]; what the medium does wrong stays
/// an [IOException]. From a pipe all but zstd give what has come; the zstd decoder fills its buffers first.
final class Compressed extends BlockStream {
    /// What unpacks to more than this many times its size is no capture, once it is large.
    private static final long MAX_RATIO = 1000;
    private static final long HARMLESS = 64L << 20;
    /// Memory that an xz dictionary may take, in KiB; its strongest preset needs 65 MiB.
    private static final int XZ_MEMORY_KIB = 72 << 10;

    /// Counts what is read, and remembers a failure of the medium, so that it is not taken for a fault of the bytes.
    private static final class Packed extends BlockStream {
        private final byte[] head;
        private final InputStream rest;
        private int headAt;
        private long count;
        private @Nullable IOException failure;

        Packed(byte[] head, InputStream rest) {
            this.head = head;
            this.rest = rest;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read;
            if (headAt < head.length) {
                read = Math.min(length, head.length - headAt);
                System.arraycopy(head, headAt, bytes, offset, read);
                headAt += read;
            } else {
                try {
                    read = rest.read(bytes, offset, length);
                } catch (IOException e) {
                    failure = e;
                    throw e;
                }
            }
            if (read > 0) {
                count += read;
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            rest.close();
        }
    }

    private final String name;
    private final Packed packed;
    private final InputStream unpacked;
    private long count;

    private Compressed(String name, Packed packed, InputStream unpacked) {
        this.name = name;
        this.packed = packed;
        this.unpacked = unpacked;
    }

    /// The ending of file names for what starts with these four bytes, or the empty string where they are not packed.
    static String suffix(int magic) {
        return magic >>> 16 == 0x1f8b ? ".gz"
                // A frame, or one of the sixteen kinds of skippable frames; lz4 shares these.
                : magic == 0x28b52ffd || (magic & 0xf0ffffff) == 0x502a4d18 ? ".zst"
                : magic == 0x04224d18 ? ".lz4"
                : magic == 0xfd377a58 ? ".xz"
                : "";
    }

    /// @param head bytes that were read to find out the format
    /// @param suffix what [#suffix] said
    static InputStream open(byte[] head, InputStream rest, String suffix) throws IOException {
        Packed packed = new Packed(head, rest);
        try {
            InputStream unpacked = switch (suffix) {
                case ".gz" -> new Gzip(packed);
                case ".zst" -> new ZstdInputStream(new ZstdFrames(packed));
                case ".lz4" -> new Lz4(packed);
                case ".xz" -> new XZInputStream(packed, XZ_MEMORY_KIB);
                default -> throw new IllegalArgumentException(suffix);
            };
            return new Compressed(suffix.substring(1), packed, unpacked);
        } catch (IOException e) {
            throw packed.failure != null ? packed.failure
                    : new Damage(suffix.substring(1) + " data is damaged (" + Errors.message(e) + ")");
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read;
        try {
            // Small steps, because a decoder that fails keeps what it had unpacked in that step to itself.
            read = unpacked.read(bytes, offset, Math.min(length, 16 << 10));
        } catch (Damage damage) {
            throw damage;
        } catch (MemoryLimitException e) {
            throw new Damage("needs " + (e.getMemoryNeeded() >> 10) + " MiB of memory to be unpacked, more than is given: unpack it first");
        } catch (IOException | RuntimeException e) {
            // The decoders of others throw what they like about bad bytes; none of it is about the program.
            if (packed.failure != null) {
                throw packed.failure;
            }
            throw new Damage("has damaged " + name + " data near byte " + packed.count + " (" + Errors.message(e) + ")");
        }
        if (read > 0) {
            count += read;
            if (count > HARMLESS && count / MAX_RATIO > packed.count) {
                throw new Damage("unpacks to more than " + MAX_RATIO + " times its size, " + packed.count + " bytes of " + name
                        + " became " + count + ": this looks like a decompression bomb and is not followed");
            }
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        packed.close();
    }
}

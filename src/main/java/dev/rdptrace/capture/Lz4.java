package dev.rdptrace.capture;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// The LZ4 frame format 1.6: several frames, skippable ones, blocks that refer to the blocks before them. Checksums are passed over.
final class Lz4 extends BlockStream {
    private static final int MAGIC = 0x184d2204;
    private static final int WINDOW = 64 << 10;

    private final InputStream in;
    private byte[] block = new byte[0];
    /// The last 64 KiB that were unpacked, then the current block.
    private byte[] out = new byte[0];
    private int outAt;
    private int outEnd;
    private boolean inside;
    private boolean ended;
    private boolean independent;
    private boolean blockChecksum;
    private boolean contentChecksum;
    private int maxBlock;
    private int frames;

    Lz4(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (outAt == outEnd) {
            if (ended) {
                return -1;
            }
            if (!inside) {
                header();
            } else {
                block();
            }
        }
        int count = Math.min(length, outEnd - outAt);
        System.arraycopy(out, outAt, bytes, offset, count);
        outAt += count;
        return count;
    }

    private int must() throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new Damage("ends inside its lz4 data");
        }
        return next;
    }

    private int i32() throws IOException {
        return must() | must() << 8 | must() << 16 | must() << 24;
    }

    private void pass(long count) throws IOException {
        for (long i = 0; i < count; i++) {
            must();
        }
    }

    private void header() throws IOException {
        int first = in.read();
        if (first < 0) {
            ended = true;
            return;
        }
        int magic = first | must() << 8 | must() << 16 | must() << 24;
        if ((magic & 0xfffffff0) == 0x184d2a50) {
            pass(i32() & 0xffff_ffffL);
            return;
        }
        if (magic != MAGIC) {
            if (frames > 0) {
                ended = true;
                return;
            }
            throw new Damage("has damaged lz4 data (no frame)");
        }
        int flags = must();
        int size = must() >> 4 & 7;
        if (flags >> 6 != 1 || size < 4) {
            throw new Damage("has damaged lz4 data (unknown version or block size)");
        }
        if ((flags & 1) != 0) {
            throw new Damage("has lz4 data that needs a dictionary");
        }
        independent = (flags & 0x20) != 0;
        blockChecksum = (flags & 0x10) != 0;
        contentChecksum = (flags & 4) != 0;
        pass(((flags & 8) != 0 ? 8 : 0) + 1);
        maxBlock = 1 << 8 + 2 * size;
        if (out.length < WINDOW + maxBlock) {
            out = new byte[WINDOW + maxBlock];
            block = new byte[maxBlock];
        }
        outAt = 0;
        outEnd = 0;
        inside = true;
        frames++;
    }

    private void block() throws IOException {
        int size = i32();
        if (size == 0) {
            pass(contentChecksum ? 4 : 0);
            inside = false;
            return;
        }
        boolean stored = size < 0;
        size &= 0x7fffffff;
        if (size > maxBlock) {
            throw new Damage("has damaged lz4 data (a block of " + size + " bytes)");
        }
        if (in.readNBytes(block, 0, size) < size) {
            throw new Damage("ends inside its lz4 data");
        }
        pass(blockChecksum ? 4 : 0);
        int keep = independent ? 0 : Math.min(outEnd, WINDOW);
        System.arraycopy(out, outEnd - keep, out, 0, keep);
        outAt = keep;
        outEnd = keep;
        if (stored) {
            System.arraycopy(block, 0, out, outEnd, size);
            outEnd += size;
        } else {
            unpack(size, keep + maxBlock);
        }
    }

    /// Sequences of literals and a match each.
    private void unpack(int size, int limit) throws Damage {
        int at = 0;
        int to = outEnd;
        while (at < size) {
            int token = block[at++] & 0xff;
            int literals = token >> 4;
            if (literals == 15) {
                int more;
                do {
                    more = at < size ? block[at++] & 0xff : -1;
                    literals += more;
                } while (more == 255 && literals < limit);
                if (more < 0) {
                    throw bad();
                }
            }
            if (literals > size - at || literals > limit - to) {
                throw bad();
            }
            System.arraycopy(block, at, out, to, literals);
            at += literals;
            to += literals;
            if (at == size) {
                break;
            }
            if (at + 2 > size) {
                throw bad();
            }
            int distance = block[at] & 0xff | (block[at + 1] & 0xff) << 8;
            at += 2;
            int length = token & 15;
            if (length == 15) {
                int more;
                do {
                    more = at < size ? block[at++] & 0xff : -1;
                    length += more;
                } while (more == 255 && length < limit);
                if (more < 0) {
                    throw bad();
                }
            }
            length += 4;
            if (distance == 0 || distance > to || length > limit - to) {
                throw bad();
            }
            if (distance >= length) {
                System.arraycopy(out, to - distance, out, to, length);
            } else if (distance == 1) {
                Arrays.fill(out, to, to + length, out[to - 1]);
            } else {
                for (int i = 0; i < length; i++) {
                    out[to + i] = out[to - distance + i];
                }
            }
            to += length;
        }
        outEnd = to;
    }

    private static Damage bad() {
        return new Damage("has damaged lz4 data (a length or distance that cannot be)");
    }
}

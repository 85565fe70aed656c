package dev.rdptrace.capture;

import java.io.IOException;
import java.io.InputStream;

/// The frames of a zstd stream without the skippable ones between them (RFC 8878 3.1.2), which pzstd and the seekable format
/// write and the decoder does not know. What is no frame at all is given on as it is, for the decoder to refuse.
final class ZstdFrames extends BlockStream {
    private static final int MAGIC = 0xfd2fb528;
    private static final int SKIPPABLE = 0x184d2a50;
    private static final int KINDS = 0xfffffff0;
    private static final int LONGEST_HEADER = 18;
    private static final int RLE = 1;
    private static final int CHECKSUM = 4;

    private enum Place {
        BETWEEN, BLOCKS, STRANGE
    }

    private final InputStream in;
    private final byte[] head = new byte[LONGEST_HEADER];
    private int headAt;
    private int headEnd;
    private Place place = Place.BETWEEN;
    private boolean checksum;
    private long body; // bytes to give on as they are

    ZstdFrames(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (headAt == headEnd && body == 0) {
            headAt = 0;
            headEnd = 0;
            switch (place) {
                case BETWEEN -> frame();
                case BLOCKS -> block();
                case STRANGE -> body = Long.MAX_VALUE;
            }
        }
        if (headAt < headEnd) {
            int count = Math.min(length, headEnd - headAt);
            System.arraycopy(head, headAt, bytes, offset, count);
            headAt += count;
            return count;
        }
        int count = body == 0 ? -1 : in.read(bytes, offset, (int) Math.min(length, body));
        body -= Math.max(count, 0);
        return count;
    }

    /// RFC 8878 3.1.1.1: magic number, descriptor, and by the descriptor's bits window, dictionary and content size.
    private void frame() throws IOException {
        while (take(4)) {
            int magic = i32();
            if ((magic & KINDS) == SKIPPABLE) {
                headEnd = 0;
                if (!take(4)) {
                    throw new Damage("ends inside a skippable zstd frame");
                }
                pass(i32() & 0xffff_ffffL);
                headEnd = 0;
                continue;
            }
            place = magic == MAGIC && take(1) ? Place.BLOCKS : Place.STRANGE;
            if (place == Place.BLOCKS) {
                int descriptor = head[4] & 0xff;
                boolean single = (descriptor & 0x20) != 0;
                int contentSize = descriptor >> 6 == 0 ? single ? 1 : 0 : 1 << (descriptor >> 6);
                int dictionary = (descriptor & 3) == 0 ? 0 : 1 << (descriptor & 3) - 1;
                checksum = (descriptor & 4) != 0;
                take((single ? 0 : 1) + dictionary + contentSize);
            }
            return;
        }
    }

    /// RFC 8878 3.1.1.2: three bytes of header, then the block.
    private void block() throws IOException {
        if (!take(3)) {
            place = Place.STRANGE;
            return;
        }
        int header = head[0] & 0xff | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16;
        boolean last = (header & 1) != 0;
        body = (header >> 1 & 3) == RLE ? 1 : header >> 3;
        if (last) {
            body += checksum ? CHECKSUM : 0;
            place = Place.BETWEEN;
        }
    }

    /// Puts so many more bytes into the head; `false` where they are not there.
    private boolean take(int count) throws IOException {
        int got = in.readNBytes(head, headEnd, count);
        headEnd += got;
        return got == count;
    }

    private int i32() {
        return head[0] & 0xff | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16 | head[3] << 24;
    }

    private void pass(long count) throws IOException {
        byte[] passed = new byte[(int) Math.min(count, 8192)];
        for (long left = count; left > 0;) {
            int read = in.read(passed, 0, (int) Math.min(left, passed.length));
            if (read <= 0) {
                throw new Damage("ends inside a skippable zstd frame");
            }
            left -= read;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

package dev.rdptrace.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes pcapng blocks: new ones, copies, and copies with further comments. One block is built in a reused array, in
/// the byte order of what it comes from.
final class PcapngWriter {
    private static final int COMMENT = 1;
    /// Bytes of a comment; the option's length field ends at 65535.
    private static final int MAX_COMMENT = 65_000;

    private final OutputStream out;
    private byte[] block = new byte[4096];
    private int length;
    private boolean bigEndian;

    PcapngWriter(OutputStream out) {
        this.out = out;
    }

    /// A section of our own, in little-endian order.
    void section(List<String> comments) throws IOException {
        begin(PcapngReader.SECTION, false);
        put32(PcapngReader.BYTE_ORDER_MAGIC);
        put16(1);
        put16(0);
        put64(-1);
        addComments(length, length, comments);
        finish();
    }

    /// Describes an interface of a format that has no blocks.
    void describe(CaptureNotes.Interface link) throws IOException {
        begin(PcapngReader.INTERFACE, false);
        put16(link.linkType);
        put16(0);
        put32(link.snapLength);
        if (link.resolution != 6) {
            option(9, new byte[] {(byte) link.resolution});
        }
        if (link.frameCheckBits >= 0) {
            option(13, new byte[] {(byte) link.frameCheckBits});
        }
        if (length > 16) {
            put32(0);
        }
        finish();
    }

    /// A packet of a format that has no blocks.
    void packet(Frame frame, CaptureNotes.Interface link, List<String> comments) throws IOException {
        begin(PcapngReader.ENHANCED_PACKET, false);
        long nanos = frame.nanos() == Frame.NO_TIME ? 0 : frame.nanos();
        enhanced(link.index, link.resolution == 9 ? nanos : Math.floorDiv(nanos, 1000L), frame.length(), frame.wireLength());
        put(frame.bytes(), frame.offset(), frame.length());
        pad();
        addComments(length, length, comments);
        finish();
    }

    private void enhanced(int link, long time, int captured, int wire) {
        put32(link);
        put32((int) (time >>> 32));
        put32((int) time);
        put32(captured);
        put32(wire);
    }

    void copy(InputBuffer feed, int size) throws IOException {
        out.write(feed.bytes(), feed.at(), size);
    }

    /// Copies a section header.
    ///
    /// @param grows the section will be longer than its header says, so that its length must become "not said"
    void copySection(InputBuffer feed, int size, List<String> comments, boolean grows) throws IOException {
        take(feed, size);
        if (grows) {
            Arrays.fill(block, 16, 24, (byte) 0xff);
        }
        addComments(24, length, comments);
        finish();
    }

    /// Copies a block that is a frame; one that can carry no comment becomes an Enhanced Packet Block if it gets some.
    void copyFrame(InputBuffer feed, int size, Frame frame, List<String> comments) throws IOException {
        int type = feed.i32(0);
        if (comments.isEmpty() || PcapngReader.countsAsFrame(type)) {
            copy(feed, size);
            return;
        }
        switch (type) {
            case PcapngReader.PACKET -> {
                begin(PcapngReader.ENHANCED_PACKET, feed.bigEndian());
                upgrade(feed, size, feed.u16(8));
            }
            case PcapngReader.SIMPLE_PACKET -> {
                begin(PcapngReader.ENHANCED_PACKET, feed.bigEndian());
                enhanced(0, 0, frame.length(), feed.i32(8));
                put(frame.bytes(), frame.offset(), frame.length());
                pad();
            }
            default -> take(feed, size);
        }
        addComments(28 + padded(intAt(20)), length, comments);
        finish();
    }

    private void upgrade(InputBuffer feed, int size, int link) {
        int captured = feed.i32(20);
        enhanced(link, feed.u32(12) << 32 | feed.u32(16), captured, feed.i32(24));
        put(feed.bytes(), feed.at() + 28, captured);
        pad();
        int drops = feed.u16(10);
        if (drops != 0xffff) {
            put16(4);
            put16(8);
            put64(drops);
        }
        int options = Math.min(28 + padded(captured), size - 4);
        translateOptions(feed, options, size - 4, PcapngReader.ENHANCED_PACKET);
    }

    /// Writes a frame's block into our own section, which has another numbering of interfaces and maybe another byte order.
    void translateFrame(InputBuffer feed, int size, Frame frame, List<String> comments) throws IOException {
        int type = feed.i32(0);
        if (PcapngReader.countsAsFrame(type)) {
            begin(type, false);
            int body = 8;
            if (type != PcapngReader.JOURNAL && size >= 16) {
                put32(feed.i32(8));
                body = 12;
            }
            put(feed.bytes(), feed.at() + body, size - 4 - body);
            finish();
            return;
        }
        begin(PcapngReader.ENHANCED_PACKET, false);
        switch (type) {
            case PcapngReader.PACKET -> upgrade(feed, size, frame.interfaceIndex());
            case PcapngReader.SIMPLE_PACKET -> {
                enhanced(frame.interfaceIndex(), 0, frame.length(), frame.wireLength());
                put(frame.bytes(), frame.offset(), frame.length());
                pad();
            }
            default -> {
                enhanced(frame.interfaceIndex(), feed.u32(12) << 32 | feed.u32(16), frame.length(), feed.i32(24));
                put(frame.bytes(), frame.offset(), frame.length());
                pad();
                translateOptions(feed, Math.min(28 + padded(frame.length()), size - 4), size - 4, type);
            }
        }
        addComments(28 + padded(frame.length()), length, comments);
        finish();
    }

    /// Writes a block that is no frame into our own section. Section headers are left out.
    ///
    /// @param firstInterface what interface 0 of its section has become
    void translate(int type, InputBuffer feed, int size, int firstInterface) throws IOException {
        begin(type, false);
        int end = size - 4;
        switch (type) {
            case PcapngReader.SECTION -> {
                return;
            }
            case PcapngReader.INTERFACE -> {
                put16(feed.u16(8));
                put16(feed.u16(10));
                put32(feed.i32(12));
                translateOptions(feed, 16, end, type);
            }
            case PcapngReader.STATISTICS -> {
                if (size < 24) {
                    return;
                }
                put32(feed.i32(8) + firstInterface);
                put32(feed.i32(12));
                put32(feed.i32(16));
                translateOptions(feed, 20, end, type);
            }
            case PcapngReader.NAMES -> {
                int at = 8;
                while (at + 4 <= end) {
                    int record = feed.u16(at);
                    int bytes = feed.u16(at + 2);
                    if (at + 4 + bytes > end) {
                        return;
                    }
                    put16(record);
                    put16(bytes);
                    put(feed.bytes(), feed.at() + at + 4, bytes);
                    pad();
                    at += 4 + padded(bytes);
                    if (record == 0) {
                        break;
                    }
                }
                translateOptions(feed, Math.min(at, end), end, type);
            }
            case PcapngReader.SECRETS -> {
                if (size < 20 || feed.u32(12) > size - 20) {
                    return;
                }
                put32(feed.i32(8));
                put32(feed.i32(12));
                put(feed.bytes(), feed.at() + 16, feed.i32(12));
                pad();
                translateOptions(feed, Math.min(16 + padded(feed.i32(12)), end), end, type);
            }
            default -> {
                // The fields of an unknown block cannot be turned round.
                if (feed.bigEndian()) {
                    return;
                }
                put(feed.bytes(), feed.at() + 8, end - 8);
            }
        }
        finish();
    }

    private void translateOptions(InputBuffer feed, int from, int to, int type) {
        int at = from;
        while (at + 4 <= to) {
            int code = feed.u16(at);
            int size = feed.u16(at + 2);
            if (at + 4 + size > to) {
                break;
            }
            put16(code);
            put16(size);
            int value = at + 4;
            int number = feed.bigEndian() == bigEndian ? 0 : numbers(type, code, size);
            for (int done = 0; number > 0 && done + number <= size; done += number) {
                if (number == 8) {
                    put64(feed.i64(value + done));
                } else {
                    put32(feed.i32(value + done));
                }
                if (isCustom(code)) {
                    break;
                }
            }
            int done = number == 0 ? 0 : isCustom(code) ? 4 : size;
            put(feed.bytes(), feed.at() + value + done, size - done);
            pad();
            at = value + padded(size);
            if (code == 0) {
                break;
            }
        }
    }

    private static boolean isCustom(int code) {
        return code == 2988 || code == 2989 || code == 19372 || code == 19373;
    }

    /// Bytes of each number that an option consists of, 0 where it has no byte order.
    private static int numbers(int type, int code, int size) {
        int number = isCustom(code) ? 4 : switch (type) {
            case PcapngReader.INTERFACE -> code == 8 || code == 14 ? 8 : code == 10 ? 4 : 0;
            case PcapngReader.ENHANCED_PACKET -> code == 4 || code == 5 ? 8 : code == 2 || code == 6 ? 4 : 0;
            case PcapngReader.STATISTICS -> code == 2 || code == 3 ? 4 : code >= 4 && code <= 8 ? 8 : 0;
            default -> 0;
        };
        return number == 0 || isCustom(code) && size >= 4 || size % number == 0 ? number : 0;
    }

    /// Puts comments behind the options in `block[from, to)`, those that are not there yet.
    private void addComments(int from, int to, List<String> comments) {
        List<byte[]> missing = new ArrayList<>();
        for (String comment : comments) {
            byte[] text = encode(comment);
            remove(missing, text, 0, text.length);
            missing.add(text);
        }
        int at = Math.min(from, to);
        boolean ended = false;
        while (at + 4 <= to && !ended) {
            int code = shortAt(at);
            int size = shortAt(at + 2);
            if (code == 0) {
                ended = true;
            } else if (at + 4 + padded(size) > to) {
                break;
            } else {
                if (code == COMMENT) {
                    remove(missing, block, at + 4, size);
                }
                at += 4 + padded(size);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(block, at, to);
        length = at;
        for (byte[] text : missing) {
            option(COMMENT, text);
        }
        if (rest.length == 0) {
            put32(0);
        }
        put(rest, 0, rest.length);
    }

    private static void remove(List<byte[]> texts, byte[] bytes, int offset, int size) {
        for (int i = texts.size() - 1; i >= 0; i--) {
            byte[] text = texts.get(i);
            if (Arrays.equals(text, 0, text.length, bytes, offset, offset + size)) {
                texts.remove(i);
            }
        }
    }

    private static String prefixed(String comment) {
        return comment.startsWith(AnnotatedCopy.PREFIX) ? comment : AnnotatedCopy.PREFIX + comment;
    }

    private static byte[] encode(String comment) {
        String text = prefixed(comment);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_COMMENT) {
            return bytes;
        }
        int end = MAX_COMMENT;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private void begin(int type, boolean big) {
        bigEndian = big;
        length = 0;
        put32(type);
        put32(0);
    }

    /// Takes a whole block in, without its trailing length.
    private void take(InputBuffer feed, int size) {
        bigEndian = feed.bigEndian();
        length = 0;
        put(feed.bytes(), feed.at(), size - 4);
    }

    private void finish() throws IOException {
        pad();
        int total = length + 4;
        put32(total);
        int end = length;
        length = 4;
        put32(total);
        out.write(block, 0, end);
    }

    private void option(int code, byte[] value) {
        put16(code);
        put16(value.length);
        put(value, 0, value.length);
        pad();
    }

    private static int padded(int size) {
        return size + 3 & ~3;
    }

    private int shortAt(int at) {
        int first = block[at] & 0xff;
        int second = block[at + 1] & 0xff;
        return bigEndian ? first << 8 | second : second << 8 | first;
    }

    private int intAt(int at) {
        int first = shortAt(at);
        int second = shortAt(at + 2);
        return bigEndian ? first << 16 | second : second << 16 | first;
    }

    private void room(int more) {
        if (length + more > block.length) {
            block = Arrays.copyOf(block, Math.max(2 * block.length, length + more));
        }
    }

    private void put16(int value) {
        room(2);
        block[length++] = (byte) (bigEndian ? value >>> 8 : value);
        block[length++] = (byte) (bigEndian ? value : value >>> 8);
    }

    private void put32(int value) {
        put16(bigEndian ? value >>> 16 : value);
        put16(bigEndian ? value : value >>> 16);
    }

    private void put64(long value) {
        put32((int) (bigEndian ? value >>> 32 : value));
        put32((int) (bigEndian ? value : value >>> 32));
    }

    private void put(byte[] bytes, int offset, int count) {
        room(count);
        System.arraycopy(bytes, offset, block, length, count);
        length += count;
    }

    private void pad() {
        while (length % 4 != 0) {
            room(1);
            block[length++] = 0;
        }
    }
}

package dev.rdptrace.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A pcapng file that is written while it happens: one little-endian section with nanosecond interfaces,
/// draft-ietf-opsawg-pcapng. Blocks are handed on whole, so a reader at the other end of a pipe is never left in the middle of one.
public final class Recording implements Closeable {
    private static final int COMMENT = 1;
    private static final int NAME = 2;
    private static final int RESOLUTION = 9;
    private static final int FILTER = 11;
    private static final int RECEIVED = 4;
    private static final int DROPPED = 5;
    private static final int APPLICATION = 4;
    private static final int MAX_COMMENT = 65_000;

    private final OutputStream out;
    private ByteBuffer block = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    private long written;
    private int networks;

    /// Writes the section header.
    ///
    /// @param application what captured
    /// @param comment on the section, or empty
    public Recording(OutputStream out, String application, String comment) throws IOException {
        this.out = out;
        begin(PcapngReader.SECTION);
        block.putInt(PcapngReader.BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        if (!comment.isEmpty()) {
            option(COMMENT, comment);
        }
        option(APPLICATION, application);
        finish();
    }

    /// Describes an interface; the first is number 0.
    ///
    /// @return its number
    public int network(CaptureFacts.InterfaceFacts facts) throws IOException {
        begin(PcapngReader.INTERFACE);
        block.putShort((short) facts.linkType()).putShort((short) 0).putInt(facts.snapLength());
        if (!facts.name().isEmpty()) {
            option(NAME, facts.name());
        }
        option(RESOLUTION, new byte[] {9});
        if (!facts.filter().isEmpty()) {
            option(FILTER, ("\0" + facts.filter()).getBytes(StandardCharsets.UTF_8));
        }
        finish();
        return networks++;
    }

    /// How many interfaces have been described.
    public int networks() {
        return networks;
    }

    /// Writes TLS secrets, as SSLKEYLOGFILE has them.
    public void secrets(byte[] keyLog) throws IOException {
        begin(PcapngReader.SECRETS);
        block.putInt(PcapngReader.TLS_KEY_LOG).putInt(keyLog.length);
        room(keyLog.length + 4);
        block.put(keyLog);
        pad();
        finish();
    }

    /// Writes a packet.
    ///
    /// @param network as [#network] numbered it
    /// @param comments each its own, without the prefix, which it gets here
    public void packet(int network, long nanos, byte[] bytes, int offset, int length, int wireLength,
            List<String> comments) throws IOException {
        begin(PcapngReader.ENHANCED_PACKET);
        long time = nanos == Frame.NO_TIME ? 0 : nanos;
        block.putInt(network).putInt((int) (time >>> 32)).putInt((int) time).putInt(length).putInt(wireLength);
        room(length + 4);
        block.put(bytes, offset, length);
        pad();
        for (String comment : comments) {
            option(COMMENT, comment.startsWith(AnnotatedCopy.PREFIX) ? comment : AnnotatedCopy.PREFIX + comment);
        }
        finish();
    }

    /// Says what an interface counted; negative where it is not known.
    public void statistics(int network, long nanos, long received, long dropped) throws IOException {
        begin(PcapngReader.STATISTICS);
        long time = nanos == Frame.NO_TIME ? 0 : nanos;
        block.putInt(network).putInt((int) (time >>> 32)).putInt((int) time);
        if (received >= 0) {
            option(RECEIVED, number(received));
        }
        if (dropped >= 0) {
            option(DROPPED, number(dropped));
        }
        finish();
    }

    /// Bytes written so far.
    public long size() {
        return written;
    }

    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    private void begin(int type) {
        block.clear();
        block.putInt(type).putInt(0);
    }

    private void option(int code, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, MAX_COMMENT);
        while (length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
            length--;
        }
        option(code, Arrays.copyOf(bytes, length));
    }

    private void option(int code, byte[] value) {
        room(value.length + 16);
        block.putShort((short) code).putShort((short) value.length).put(value);
        pad();
    }

    private void finish() throws IOException {
        room(12);
        if (block.getInt(0) != PcapngReader.ENHANCED_PACKET || block.position() > 28 + (block.getInt(20) + 3 & ~3)) {
            block.putInt(0);
        }
        int length = block.position() + 4;
        block.putInt(length).putInt(4, length);
        out.write(block.array(), 0, length);
        written += length;
    }

    private void pad() {
        while ((block.position() & 3) != 0) {
            block.put((byte) 0);
        }
    }

    private void room(int more) {
        if (block.remaining() < more) {
            block = ByteBuffer.allocate(Math.max(2 * block.capacity(), block.position() + more)).order(ByteOrder.LITTLE_ENDIAN)
                    .put(block.array(), 0, block.position());
        }
    }
}

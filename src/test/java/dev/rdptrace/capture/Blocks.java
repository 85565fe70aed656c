package dev.rdptrace.capture;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Builds capture files block by block, in either byte order.
final class Blocks {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteOrder order;

    Blocks(ByteOrder order) {
        this.order = order;
    }

    static Blocks little() {
        return new Blocks(ByteOrder.LITTLE_ENDIAN);
    }

    static Blocks big() {
        return new Blocks(ByteOrder.BIG_ENDIAN);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    Blocks raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    Blocks ints(long... values) {
        for (long value : values) {
            out.writeBytes(ByteBuffer.allocate(4).order(order).putInt((int) value).array());
        }
        return this;
    }

    Blocks shorts(int... values) {
        for (int value : values) {
            out.writeBytes(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
        }
        return this;
    }

    Blocks pcap(long magic, int linkType) {
        return ints(magic).shorts(2, 4).ints(0, 0, 65535, linkType);
    }

    Blocks record(long seconds, long fraction, byte[] packet) {
        return ints(seconds, fraction, packet.length, packet.length).raw(packet);
    }

    Blocks block(long type, byte[] body) {
        int total = 12 + (body.length + 3 & ~3);
        ints(type, total).raw(body).raw(new byte[(body.length + 3 & ~3) - body.length]);
        return ints(total);
    }

    Blocks inner() {
        return new Blocks(order);
    }

    Blocks section(byte[] options) {
        return block(0x0a0d0d0aL, inner().ints(0x1a2b3c4d).shorts(1, 0).ints(-1, -1).raw(options).bytes());
    }

    Blocks link(int linkType, int snapLength, byte[] options) {
        return block(1, inner().shorts(linkType, 0).ints(snapLength).raw(options).bytes());
    }

    byte[] option(int code, byte[] value) {
        return inner().shorts(code, value.length).raw(value).raw(new byte[(4 - value.length % 4) % 4]).bytes();
    }

    Blocks enhanced(int link, long time, byte[] packet, byte[] options) {
        return block(6, inner().ints(link, time >>> 32, time, packet.length, packet.length)
                .raw(packet).raw(new byte[(4 - packet.length % 4) % 4]).raw(options).bytes());
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

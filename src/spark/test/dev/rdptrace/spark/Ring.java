package dev.rdptrace.spark;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A capture cut into the files of a ring buffer, as dumpcap names and writes them.
final class Ring {
    private static final String FILE = "%s_%05d_20261123082738.pcapng";
    private static final int SECTION = 0x0a0d0d0a;
    private static final int INTERFACE = 1;
    private static final int SECRETS = 10;
    private static final int PACKET = 6;
    private static final int TLS_KEY_LOG = 0x544c534b;

    private Ring() {}

    /// Cuts `capture` into `count` files in `folder`, and answers their paths in order; frames without a time are left out.
    static List<String> cut(Path capture, Path folder, String stem, int count) throws IOException {
        List<byte[]> packets = new ArrayList<>();
        CaptureFacts facts;
        try (PacketSource source = Captures.open(List.of(capture.toString()), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                if (frame.nanos() != Frame.NO_TIME && frame.interfaceIndex() >= 0) {
                    packets.add(packet(frame));
                }
            }
            facts = source.facts();
        }
        Files.createDirectories(folder);
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(section());
            for (InterfaceFacts network : facts.interfaces()) {
                out.writeBytes(block(INTERFACE, description(network.linkType(), network.snapLength(), network.name())));
            }
            if (i == 0) {
                for (byte[] secret : facts.secrets()) {
                    out.writeBytes(block(SECRETS, ByteBuffer.allocate(8 + padded(secret.length)).order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(TLS_KEY_LOG).putInt(secret.length).put(secret).array()));
                }
            }
            for (byte[] packet : packets.subList(packets.size() * i / count, packets.size() * (i + 1) / count)) {
                out.writeBytes(packet);
            }
            Path path = folder.resolve(String.format(FILE, stem, i + 1));
            Files.write(path, out.toByteArray());
            paths.add(path.toString());
        }
        return paths;
    }

    private static byte[] packet(Frame frame) {
        return packet(frame.interfaceIndex(), frame.nanos(), frame.wireLength(), Arrays.copyOfRange(frame.bytes(), frame.offset(), frame
                .offset() + frame.length()));
    }

    static byte[] packet(int network, long nanos, int wireLength, byte[] bytes) {
        ByteBuffer body = ByteBuffer.allocate(20 + padded(bytes.length)).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(network).putInt((int) (nanos >>> 32)).putInt((int) nanos).putInt(bytes.length).putInt(wireLength).put(bytes);
        return block(PACKET, body.array());
    }

    /// Writes a file of the ring: packets of one Ethernet interface.
    static Path file(Path folder, String stem, int number, List<byte[]> packets) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(section());
        out.writeBytes(block(INTERFACE, description(1, 262_144, "")));
        packets.forEach(out::writeBytes);
        return Files.write(folder.resolve(String.format(FILE, stem, number + 1)), out.toByteArray());
    }

    private static byte[] section() {
        return block(SECTION, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(0x1a2b3c4d).putShort((short) 1).putShort(
                (short) 0).putLong(-1).array());
    }

    private static byte[] description(int linkType, int snapLength, String text) {
        byte[] name = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(8 + 8 + (name.length > 0 ? 4 + padded(name.length) : 0) + 4).order(ByteOrder.LITTLE_ENDIAN);
        body.putShort((short) linkType).putShort((short) 0).putInt(snapLength);
        if (name.length > 0) {
            body.putShort((short) 2).putShort((short) name.length).put(name).position(body.position() + padded(name.length) - name.length);
        }
        body.putShort((short) 9).putShort((short) 1).put((byte) 9); // nanoseconds
        return body.array();
    }

    private static int padded(int length) {
        return length + 3 & ~3;
    }

    private static byte[] block(int type, byte[] body) {
        return ByteBuffer.allocate(12 + body.length).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(12 + body.length).put(body)
                .putInt(12 + body.length).array();
    }
}

package dev.rdptrace.wire.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/// TCP streams out of a capture file for tests, in order, with as little as that needs. It shares no code with the
/// program on purpose.
public final class RecordedStreams {
    /// Bytes that one side has sent, in the order in which both sides' bytes became available.
    public record Chunk(boolean fromClient, byte[] bytes) {}

    /// @param stream the number that tshark gives it
    public record Conversation(int stream, List<Chunk> chunks) {
        public byte[] from(boolean client) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            chunks.stream().filter(chunk -> chunk.fromClient == client).forEach(chunk -> all.writeBytes(chunk.bytes));
            return all.toByteArray();
        }
    }

    private final Map<String, Flow> flows = new LinkedHashMap<>();
    private final ByteArrayOutputStream secrets = new ByteArrayOutputStream();
    private int nextStream;

    private static final class Flow {
        int stream;
        String client;
        final List<Chunk> chunks = new ArrayList<>();
        final Map<String, Half> halves = new LinkedHashMap<>();
    }

    private static final class Half {
        boolean begun;
        long next;
        final TreeMap<Long, byte[]> waiting = new TreeMap<>();
    }

    private RecordedStreams() {}

    /// The folder of captures outside the project, or the test is skipped.
    public static Path captures() {
        String set = System.getProperty("rdptrace.captures");
        Path folder = set != null ? Path.of(set) : Path.of("..", "shared", "captures");
        Assumptions.assumeTrue(Files.isDirectory(folder), "no captures in " + folder);
        return folder;
    }

    public static List<Conversation> of(Path file) {
        return read(file).conversations();
    }

    public static RecordedStreams read(Path file) {
        RecordedStreams streams = new RecordedStreams();
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            streams.file(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return streams;
    }

    public List<Conversation> conversations() {
        return flows.values().stream().map(flow -> new Conversation(flow.stream, flow.chunks)).toList();
    }

    /// TLS key log text embedded in the file.
    public byte[] secrets() {
        return secrets.toByteArray();
    }

    private void file(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        int magic = in.getInt(0);
        if (magic == 0x0a0d0d0a) {
            pcapng(in);
        } else {
            in.order(magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int link = in.getInt(20) & 0xffff;
            in.position(24);
            while (in.remaining() >= 16) {
                int captured = in.getInt(in.position() + 8);
                in.position(in.position() + 16);
                if (captured > in.remaining()) {
                    break;
                }
                byte[] frame = new byte[captured];
                in.get(frame);
                frame(link, frame);
            }
        }
    }

    private void pcapng(ByteBuffer in) {
        List<Integer> links = new ArrayList<>();
        while (in.remaining() >= 12) {
            int at = in.position();
            if (in.getInt(at) == 0x0a0d0d0a) {
                in.order(ByteOrder.BIG_ENDIAN);
                in.order(in.getInt(at + 8) == 0x1a2b3c4d ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
                links.clear();
            }
            int type = in.getInt(at);
            int length = in.getInt(at + 4);
            if (length < 12 || length > in.remaining()) {
                break;
            }
            if (type == 1) {
                links.add(in.getShort(at + 8) & 0xffff);
            } else if (type == 6) {
                byte[] frame = new byte[in.getInt(at + 20)];
                in.get(at + 28, frame);
                frame(links.get(in.getInt(at + 8)), frame);
            } else if (type == 10 && in.getInt(at + 8) == 0x544c534b) {
                byte[] text = new byte[in.getInt(at + 12)];
                in.get(at + 16, text);
                secrets.writeBytes(text);
            }
            in.position(at + length);
        }
    }

    private void frame(int link, byte[] b) {
        int at;
        int type;
        switch (link) {
            case 1 -> {
                at = 12;
                type = u16(b, at);
                while (type == 0x8100 || type == 0x88a8) {
                    at += 4;
                    type = u16(b, at);
                }
                at += 2;
            }
            case 113 -> {
                type = u16(b, 14);
                at = 16;
            }
            case 276 -> {
                type = u16(b, 0);
                at = 20;
            }
            case 0, 108 -> {
                at = 4;
                type = (b[4] & 0xf0) == 0x40 ? 0x800 : 0x86dd;
            }
            default -> {
                at = 0;
                type = (b[0] & 0xf0) == 0x40 ? 0x800 : 0x86dd;
            }
        }
        if (type == 0x800 && b.length >= at + 20) {
            int header = (b[at] & 15) * 4;
            int end = Math.min(b.length, at + u16(b, at + 2));
            if (u16(b, at + 2) == 0) {
                end = b.length;
            }
            if (b[at + 9] == 6 && (u16(b, at + 6) & 0x3fff) == 0) {
                tcp(b, at + 12, 4, at + header, end);
            }
        } else if (type == 0x86dd && b.length >= at + 40 && b[at + 6] == 6) {
            tcp(b, at + 8, 16, at + 40, Math.min(b.length, at + 40 + u16(b, at + 4)));
        }
    }

    private void tcp(byte[] b, int address, int size, int at, int end) {
        if (at + 20 > end) {
            return;
        }
        String source = java.util.HexFormat.of().formatHex(b, address, address + size) + ":" + u16(b, at);
        String target = java.util.HexFormat.of().formatHex(b, address + size, address + 2 * size) + ":" + u16(b, at + 2);
        String key = source.compareTo(target) < 0 ? source + target : target + source;
        long sequence = (long) u16(b, at + 4) << 16 | u16(b, at + 6);
        boolean syn = (b[at + 13] & 2) != 0;
        boolean ack = (b[at + 13] & 16) != 0;
        Flow flow = flows.get(key);
        // A new SYN on known ports is a new connection, unless it is the old one again.
        if (flow == null || syn && !ack && flow.halves.containsKey(source) && flow.halves.get(source).begun
                && flow.halves.get(source).next != (sequence + 1 & 0xffffffffL) && !flow.chunks.isEmpty()) {
            if (flow != null) {
                flows.put(key + "#" + flow.stream, flows.remove(key));
            }
            flow = new Flow();
            flow.stream = nextStream++;
            flow.client = syn && ack ? target : source;
            flows.put(key, flow);
        }
        Half half = flow.halves.computeIfAbsent(source, _ -> new Half());
        if (syn) {
            half.begun = true;
            half.next = sequence + 1 & 0xffffffffL;
            return;
        }
        int data = at + (b[at + 12] >> 4 & 15) * 4;
        if (data >= end) {
            return;
        }
        if (!half.begun) {
            half.begun = true;
            half.next = sequence;
        }
        byte[] payload = java.util.Arrays.copyOfRange(b, data, end);
        long ahead = (int) (sequence - half.next);
        half.waiting.merge(half.next + ahead, payload, (old, fresh) -> old.length >= fresh.length ? old : fresh);
        while (!half.waiting.isEmpty()) {
            var first = half.waiting.firstEntry();
            long skip = half.next - first.getKey();
            if (skip < 0) {
                break;
            }
            half.waiting.pollFirstEntry();
            if (skip < first.getValue().length) {
                byte[] fresh = java.util.Arrays.copyOfRange(first.getValue(), (int) skip, first.getValue().length);
                flow.chunks.add(new Chunk(source.equals(flow.client), fresh));
                half.next += fresh.length;
            }
        }
    }

    private static int u16(byte[] b, int at) {
        return at + 1 < b.length ? (b[at] & 0xff) << 8 | b[at + 1] & 0xff : 0;
    }
}

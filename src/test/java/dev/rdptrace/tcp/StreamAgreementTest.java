package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.testkit.Following;
import dev.rdptrace.testkit.SilentListener;
import dev.rdptrace.testkit.Thorough;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Stream numbers and reassembled bytes are Wireshark's, on every connection of every capture beside the project.
class StreamAgreementTest {
    private static final Path CACHE = Path.of("target/tshark-cache");
    private static final int MOST_STREAMS = 40;
    private static final Set<Integer> PORTS = Set.of(3389);

    /// Wireshark 4.0 takes this connection for VNC half way and gives the rest another number.
    private static final String VNC = "F15_srv_vnc";
    /// Follows nothing of a stream that begins with its own RST; this file is out of time order.
    private static final String UNORDERED = "client_unordered";

    private static final AtomicInteger FILES = new AtomicInteger();
    private static final AtomicInteger COMPARED = new AtomicInteger();

    /// Collects the bytes of one connection.
    private static final class Collected extends SilentListener {
        private final Connection connection;
        private final ByteArrayOutputStream[] bytes = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        private boolean gap;

        Collected(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void onBytes(Side from) {
            OrderedBytes half = connection.bytes(from);
            gap |= !half.isWhole(half.offset(), half.available());
            bytes[from.ordinal()].write(half.buffer(), half.start(), half.available());
            half.take(half.available());
        }

        @Override
        public void onGap(Side from, long offset, long length, Moment at) {
            gap = true;
        }
    }

    private static List<Collected> follow(Path file) throws IOException {
        List<Collected> followed = new ArrayList<>();
        Connections connections = new Connections(new Following(PORTS::contains, connection -> {
            Collected one = new Collected(connection);
            followed.add(one);
            return one;
        }));
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            Following.through(connections, source);
        }
        // Of others what they say first had not come yet.
        followed.removeIf(one -> !PORTS.contains(one.connection.client().port()) && !PORTS.contains(one.connection.server().port()));
        return followed;
    }

    private static Stream<Path> captures() {
        Lab.needsTool("tshark");
        List<Path> files = new ArrayList<>();
        Path last = Path.of("");
        for (Path file : Lab.files("lab", "public/rdp", "public/robustness", "public/tls")) {
            boolean public_ = file.toString().contains("public");
            if ((Thorough.THOROUGH || public_ || !file.getParent().equals(last)) && !file.toString().contains(VNC)) {
                files.add(file);
            }
            last = file.getParent();
        }
        int step = Thorough.oneIn(3);
        return IntStream.range(0, files.size()).filter(i -> i % step == 0).mapToObj(files::get);
    }

    @TestFactory
    Stream<DynamicTest> numbersAndBytesAreWiresharks() {
        return captures().map(file -> DynamicTest.dynamicTest(file.toString(), () -> {
            List<Collected> followed;
            try {
                followed = follow(file);
            } catch (CaptureException unreadable) {
                return; // of a version that nobody reads
            }
            if (followed.isEmpty() && !Thorough.THOROUGH) {
                return;
            }
            FILES.incrementAndGet();
            Wireshark wireshark =
                    Wireshark.of(file, followed.stream().map(one -> one.connection.stream()).distinct().limit(MOST_STREAMS).toList());
            Map<Integer, String> ours = new TreeMap<>();
            followed.forEach(one -> ours.put(one.connection.stream(), pair(one.connection.client(), one.connection.server())));
            assertThat(ours).as("%s: stream numbers", file).isEqualTo(wireshark.pairs);
            if (file.toString().contains(UNORDERED)) {
                return;
            }
            assertThat(differences(followed, wireshark)).as("%s: bytes", file).isEmpty();
        }));
    }

    @AfterAll
    static void manyStreamsWereCompared() {
        if (FILES.get() > 100) {
            assertThat(COMPARED).hasValueGreaterThan(FILES.get() / 2);
            System.getLogger("tests").log(System.Logger.Level.INFO, COMPARED + " streams compared in " + FILES + " captures");
        }
    }

    private static List<String> differences(List<Collected> followed, Wireshark wireshark) {
        List<String> different = new ArrayList<>();
        for (Collected one : followed) {
            int stream = one.connection.stream();
            byte[][] theirs = wireshark.bytes.get(stream);
            if (one.gap || wireshark.lossy.contains(stream) || theirs == null) {
                continue;
            }
            COMPARED.incrementAndGet();
            boolean straight = wireshark.firstNodes.get(stream).equals(one.connection.client().toString());
            for (Side side : Side.values()) {
                byte[] expected = theirs[straight ? side.ordinal() : 1 - side.ordinal()];
                byte[] ours = one.bytes[side.ordinal()].toByteArray();
                int at = Arrays.mismatch(ours, expected);
                if (at >= 0) {
                    different.add("stream " + stream + " from the " + side + ": " + ours.length + " bytes, not " + expected.length
                            + ", different at " + at);
                }
            }
        }
        return different;
    }

    private static String pair(Endpoint one, Endpoint other) {
        return pair(one.toString(), other.toString());
    }

    private static String pair(String one, String other) {
        return one.compareTo(other) < 0 ? one + " " + other : other + " " + one;
    }

    /// What Wireshark makes of a capture; asked once and kept.
    private static final class Wireshark {
        final Map<Integer, String> pairs = new TreeMap<>();
        /// Streams of which the capture lacks a packet, or part of one.
        final Set<Integer> lossy = new TreeSet<>();
        final Map<Integer, byte[][]> bytes = new TreeMap<>();
        final Map<Integer, String> firstNodes = new TreeMap<>();

        static Wireshark of(Path file, List<Integer> streams) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString(), "-Y", "tcp && !icmp && !icmpv6", "-T",
                    "fields",
                    "-E", "occurrence=l", "-e", "tcp.stream", "-e", "ip.src", "-e", "ip.dst", "-e", "ipv6.src", "-e", "ipv6.dst", "-e",
                    "tcp.srcport",
                    "-e", "tcp.dstport", "-e", "tcp.len", "-e", "tcp.analysis.lost_segment", "-e", "tcp.analysis.ack_lost_segment", "-e",
                    "frame.len", "-e", "frame.cap_len"));
            for (int stream : streams) {
                command.addAll(List.of("-z", "follow,tcp,raw," + stream));
            }
            Path cached = CACHE.resolve(
                    file.getFileName() + "-" + Integer.toHexString((command + Files.getLastModifiedTime(file).toString()).hashCode()));
            if (!Files.exists(cached)) {
                Lab.Run run = Lab.run(command.toArray(String[]::new));
                Files.createDirectories(CACHE);
                Files.write(cached, run.out());
            }
            Wireshark wireshark = new Wireshark();
            wireshark.read(Files.readString(cached, StandardCharsets.UTF_8));
            return wireshark;
        }

        private void read(String text) {
            int stream = -1;
            boolean inside = false;
            ByteArrayOutputStream[] nodes = new ByteArrayOutputStream[2];
            for (String line : text.lines().toList()) {
                if (line.startsWith("Filter: tcp.stream eq ")) {
                    stream = Integer.parseInt(line.substring(22).strip());
                    nodes = new ByteArrayOutputStream[] {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
                } else if (line.startsWith("Node 0: ")) {
                    firstNodes.put(stream, line.substring(8));
                } else if (line.startsWith("Node 1: ")) {
                    inside = true;
                } else if (line.startsWith("====")) {
                    if (inside) {
                        bytes.put(stream, new byte[][] {nodes[0].toByteArray(), nodes[1].toByteArray()});
                    }
                    inside = false;
                } else if (inside) {
                    nodes[line.startsWith("\t") ? 1 : 0].writeBytes(HexFormat.of().parseHex(line.strip()));
                } else {
                    packet(line.split("\t", -1));
                }
            }
        }

        private void packet(String[] fields) {
            if (fields.length < 12 || fields[0].isEmpty()) {
                return;
            }
            int stream = Integer.parseInt(fields[0]);
            boolean six = fields[1].isEmpty();
            String source = (six ? "[" + fields[3] + "]" : fields[1]) + ":" + fields[5];
            String destination = (six ? "[" + fields[4] + "]" : fields[2]) + ":" + fields[6];
            if (PORTS.contains(Integer.parseInt(fields[5])) || PORTS.contains(Integer.parseInt(fields[6]))) {
                pairs.putIfAbsent(stream, pair(source, destination));
            }
            boolean cut = !fields[7].equals("0") && !fields[10].equals(fields[11]);
            if (cut || !fields[8].isEmpty() || !fields[9].isEmpty()) {
                lossy.add(stream);
            }
        }
    }
}

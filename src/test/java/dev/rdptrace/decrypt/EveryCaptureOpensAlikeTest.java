package dev.rdptrace.decrypt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.testkit.Following;
import dev.rdptrace.testkit.SilentListener;
import dev.rdptrace.testkit.Thorough;
import dev.rdptrace.testkit.TlsRecords;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.x224.Tpkt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With all keys beside the project, every stream of every capture that comes with keys opens to the bytes that tshark
/// opens, by this program's own way from the file to the record. All of them take minutes: `-Drdptrace.thorough=true`.
class EveryCaptureOpensAlikeTest {
    /// A secret as scripts write it down: `\x0e\x78…`, the random without its first four bytes, then the master secret.
    private static final Pattern ESCAPED = Pattern.compile("((?:\\\\x[0-9a-f]{2}){28})[^\\\\]+((?:\\\\x[0-9a-f]{2}){48})");

    private final List<String> differences = new ArrayList<>();
    private final Map<String, Integer> suites = new TreeMap<>();
    private final Set<String> more = new TreeSet<>();
    private int captures;
    private int streams;
    private long bytes;

    @TempDir Path folder;

    @Test
    void labCaptures() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        List<Path> files = Lab.files("lab").stream().filter(file -> Files.exists(file.resolveSibling("keys.log"))).toList();
        for (int i = 0; i < files.size(); i += Thorough.oneIn(20)) {
            compare(files.get(i), files.get(i).resolveSibling("keys.log"), List.of());
        }
        concludes(Thorough.THOROUGH ? 500_000 : 5_000);
    }

    @Test
    void publishedCaptures() throws IOException, InterruptedException {
        Lab.needsTool("tshark");
        List<Path> all = Lab.files("public/rdp", "public/tls");
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        List<Path> rsa = new ArrayList<>();
        for (String where : List.of("public/rdp/keys", "public/tls/keys")) {
            try (Stream<Path> files = Files.list(Lab.captures().resolve(where))) {
                for (Path file : files.sorted().toList()) {
                    if (file.toString().matches(".*\\.(keys|dat)")) {
                        log.writeBytes(Files.readAllBytes(file));
                        log.write('\n');
                    } else if (file.toString().endsWith(".txt")) {
                        escaped(Files.readString(file, StandardCharsets.ISO_8859_1), all, log);
                    } else if (file.toString().matches(".*\\.(key|pem)")) {
                        rsa.add(file.toAbsolutePath());
                    }
                }
            }
        }
        Path keys = Files.write(folder.resolve("all.keys"), log.toByteArray());
        for (int i = 0; i < all.size(); i += Thorough.oneIn(4)) {
            compare(all.get(i), keys, rsa);
        }
        concludes(Thorough.THOROUGH ? 100_000 : 1);
    }

    private void concludes(long atLeast) {
        System.out.println(
                bytes + " bytes of " + streams + " streams in " + captures + " captures opened as tshark opens them; suites " + suites
                        + "; opened here alone: " + more);
        assertThat(differences).isEmpty();
        assertThat(bytes).isGreaterThan(atLeast);
    }

    private static void escaped(String text, List<Path> captures, ByteArrayOutputStream log) throws IOException {
        Matcher matcher = ESCAPED.matcher(text);
        while (matcher.find()) {
            String tail = matcher.group(1).replace("\\x", "");
            for (Path capture : captures) {
                String hex = capture.toString().contains("decryption") || capture.toString().contains("keylog")
                        ? HexFormat.of().formatHex(Files.readAllBytes(capture)) : "";
                int at = hex.indexOf(tail);
                if (at >= 8) {
                    log.writeBytes(("CLIENT_RANDOM " + hex.substring(at - 8, at) + tail + " " + matcher.group(2).replace("\\x", "") + "\n")
                            .getBytes(StandardCharsets.US_ASCII));
                }
            }
        }
    }

    // ---- ours ----

    /// One connection, opened while it is read.
    private final class Opened extends SilentListener {
        private final Connection connection;
        private final TlsRecords tls;
        private final ByteArrayOutputStream[] plain = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        private String suite = "";
        private boolean gap;

        Opened(Connection connection, Secrets secrets) {
            this.connection = connection;
            this.tls = new TlsRecords(secrets);
        }

        @Override
        public void onBytes(Side from) {
            OrderedBytes half = connection.bytes(from);
            while (half.available() > 0) {
                int total;
                if (half.buffer()[half.start()] == 3) {
                    total = Tpkt.length(half.buffer(), half.start(), half.available());
                } else if (half.available() < TlsRecord.HEADER) {
                    return;
                } else if (TlsRecord.plausible(half.buffer(), half.start(), half.available())) {
                    total = TlsRecord.HEADER + ((half.buffer()[half.start() + 3] & 0xff) << 8 | half.buffer()[half.start() + 4] & 0xff);
                } else {
                    total = half.available();
                }
                if (total == Tpkt.NOT_A_FRAME) {
                    total = half.available();
                }
                if (total <= 0 || half.available() < total) {
                    return;
                }
                if (half.buffer()[half.start()] != 3 && half.buffer()[half.start()] > 0
                        && TlsRecord.plausible(half.buffer(), half.start(), half.available())) {
                    record(from, half, total);
                }
                half.take(total);
            }
        }

        private void record(Side from, OrderedBytes half, int total) {
            boolean client = from == Side.CLIENT;
            if (!half.isWhole(half.offset(), total)) {
                gap = true;
                tls.gap(client, 1);
                return;
            }
            byte[] buffer = half.buffer();
            int start = half.start();
            int type = buffer[start];
            int body = start + TlsRecord.HEADER;
            if (type == ContentType.HANDSHAKE && buffer[body] == Handshake.SERVER_HELLO && suite.isEmpty()
                    && ServerHello.decode(buffer, body + 4, total - 9) instanceof Decoded.Complete<ServerHello>(var hello, _)) {
                suite = hello.version().name() + " " + hello.suite().name();
            }
            if (tls.open(client, type, (buffer[start + 1] & 0xff) << 8 | buffer[start + 2] & 0xff, buffer, body,
                    total - TlsRecord.HEADER) instanceof Decrypted.Plain(int inner, byte[] data) && inner == ContentType.APPLICATION_DATA) {
                plain[from.ordinal()].writeBytes(data);
            }
        }

        @Override
        public void onGap(Side from, long offset, long length, Moment at) {
            gap = true;
        }
    }

    private Map<Integer, Opened> open(Path file, Path keys, List<Path> rsa) throws IOException {
        KeyLog log = new KeyLog();
        log.add(Files.readAllBytes(keys));
        Secrets secrets = new Secrets(log);
        for (Path key : rsa) {
            if (RsaKey.load(Files.readAllBytes(key), new char[0]) instanceof RsaKey.Loaded.Opened(var opened)) {
                secrets.add(opened);
            }
        }
        Map<Integer, Opened> all = new TreeMap<>();
        Connections connections = new Connections(Following.everything(connection -> {
            Opened one = new Opened(connection, secrets);
            all.put(connection.stream(), one);
            return one;
        }));
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            // Secrets may stand behind the packets.
            Frame frame = new Frame();
            while (source.next(frame)) {
                // only to the end
            }
            source.facts().secrets().forEach(log::add);
        }
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            Following.through(connections, source);
        }
        return all;
    }

    private void compare(Path file, Path keys, List<Path> rsa) throws IOException, InterruptedException {
        Map<Integer, Opened> ours = open(file, keys, rsa);
        // SSL 3.0 has other keys and MACs, and no RDP was ever spoken over it.
        List<Integer> numbers =
                ours.entrySet().stream().filter(one -> !one.getValue().suite.isEmpty() && !one.getValue().suite.startsWith("SSL"))
                        .map(Map.Entry::getKey).toList();
        if (numbers.isEmpty()) {
            return;
        }
        Map<Integer, List<String>> theirs = tshark(file, keys, rsa, numbers);
        boolean any = false;
        for (int number : numbers) {
            Opened one = ours.get(number);
            List<String> own = Stream.of(one.plain).map(side -> HexFormat.of().formatHex(side.toByteArray())).sorted().toList();
            List<String> other = theirs.getOrDefault(number, List.of("", ""));
            int length = one.plain[0].size() + one.plain[1].size();
            if (own.equals(other)) {
                if (length > 0) {
                    any = true;
                    streams++;
                    bytes += length;
                    suites.merge(one.suite, 1, Integer::sum);
                }
            } else if (own.getFirst().startsWith(other.getFirst()) && own.getLast().startsWith(other.getLast())) {
                more.add(file.getParent().getFileName() + "/" + file.getFileName() + " stream " + number + " " + one.suite
                        + (one.gap ? " gap" : "")
                        + ": " + length + " bytes, tshark " + (other.getFirst().length() + other.getLast().length()) / 2);
            } else {
                differences.add(
                        file + " stream " + number + " " + one.suite + (one.gap ? " gap" : "") + ": " + own.getFirst().length() / 2 + "+"
                                + own.getLast().length() / 2 + " bytes, tshark " + other.getFirst().length() / 2 + "+"
                                + other.getLast().length() / 2);
            }
        }
        captures += any ? 1 : 0;
    }

    // ---- theirs ----

    /// The two sides of each stream in hex, sorted: which node is which depends on who was seen first.
    private static Map<Integer, List<String>> tshark(Path file, Path keys, List<Path> rsa, List<Integer> numbers)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString(), "-q", "-d", "tcp.port==3389,tls", "-o",
                "tcp.reassemble_out_of_order:TRUE", "-o", "tls.keylog_file:" + keys));
        rsa.forEach(key -> command.addAll(List.of("-o", "uat:rsa_keys:\"" + key + "\",\"\"")));
        numbers.forEach(stream -> command.addAll(List.of("-z", "follow,tls,raw," + stream)));
        Map<Integer, List<String>> found = new TreeMap<>();
        int current = -1;
        StringBuilder[] sides = new StringBuilder[2];
        for (String line : Lab.run(command.toArray(String[]::new)).text().split("\n")) {
            if (line.startsWith("Filter: tcp.stream eq ")) {
                current = Integer.parseInt(line.substring(22).strip());
                sides = new StringBuilder[] {new StringBuilder(), new StringBuilder()};
            } else if (line.startsWith("=====") && current >= 0) {
                found.putIfAbsent(current, Stream.of(sides).map(StringBuilder::toString).sorted().toList());
                current = -1;
            } else if (current >= 0 && line.matches("\t?[0-9a-f]+")) {
                sides[line.startsWith("\t") ? 1 : 0].append(line.strip());
            }
        }
        return found;
    }
}

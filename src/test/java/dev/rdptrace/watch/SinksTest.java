package dev.rdptrace.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Comments;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SinksTest {
    private static final List<InterfaceFacts> NETWORKS = List.of(new InterfaceFacts(1, "eth0", 262_144, "tcp", 10, 0));

    static {
        Metrics.limit(); // before another server is made in this process
    }

    @TempDir Path folder;

    private final List<String> notices = new CopyOnWriteArrayList<>();

    @Test
    void ringFilesKeepTheLastOnes() throws IOException {
        try (RingFiles files = new RingFiles(folder.resolve("ring.pcapng"), FileLimits.parse(List.of("packets:10", "files:3")), "test",
                () -> NETWORKS, notices::add)) {
            files.open();
            for (int i = 0; i < 95; i++) {
                files.packet(0, i, new byte[60], 0, 60, 60, List.of());
            }
        }
        List<String> kept;
        try (Stream<Path> all = Files.list(folder)) {
            kept = all.map(path -> path.getFileName().toString()).sorted().toList();
        }
        assertThat(kept).hasSize(3).allMatch(name -> name.matches("ring_000(08|09|10)_\\d{14}\\.pcapng"));
        assertThat(frames(folder.resolve(kept.getLast()))).containsExactly(90L, 91L, 92L, 93L, 94L);
        assertThat(notices).isEmpty();
    }

    @Test
    void aFileThatCannotBeWrittenIsSaidOnceAndCounted() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        try (RingFiles files =
                new RingFiles(gone.resolve("a.pcapng"), FileLimits.parse(List.of("packets:2")), "test", () -> NETWORKS, notices::add)) {
            files.open();
            try (Stream<Path> all = Files.list(gone)) {
                for (Path file : all.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(gone);
            for (int i = 0; i < 10; i++) {
                files.packet(0, i, new byte[60], 0, 60, 60, List.of());
            }
            assertThat(files.lost()).isEqualTo(8);
        }
        assertThat(notices).hasSize(1).first().asString().contains("cannot be written");
    }

    @Test
    void linesRotateAndNothingIsLost() throws IOException {
        Path path = folder.resolve("verdicts.ndjson");
        try (LineFile file = new LineFile(path, 100, 3, notices::add)) {
            for (int i = 0; i < 50; i++) {
                file.write("{\"number\":%03d}\n".formatted(i).getBytes(StandardCharsets.UTF_8));
            }
            assertThat(file.lost()).isZero();
        }
        assertThat(Files.readAllLines(path)).last().isEqualTo("{\"number\":049}");
        assertThat(folder.resolve("verdicts.ndjson.2")).exists();
        assertThat(folder.resolve("verdicts.ndjson.3")).doesNotExist();
        assertThat(Files.size(path)).isLessThanOrEqualTo(100);
    }

    @Test
    void aRingKnowsItsFilesOfEarlierRuns() throws IOException {
        for (String other : List.of("ring_00001_20260131093000.pcap", "ring2_00001_20260131093000.pcapng",
                "ring.pcapng", "ring_00001_2026.pcapng")) {
            Files.createFile(folder.resolve(other));
        }
        Files.createFile(folder.resolve("ring_00007_20260131093000.pcapng"));
        for (int run = 0; run < 4; run++) {
            try (RingFiles files = new RingFiles(folder.resolve("ring.pcapng"), FileLimits.parse(List.of("packets:1", "files:3")), "test",
                    () -> NETWORKS, notices::add)) {
                files.open();
                files.packet(0, 10 * run, new byte[60], 0, 60, 60, List.of());
                files.packet(0, 10 * run + 1, new byte[60], 0, 60, 60, List.of());
                assertThat(files.files()).isEqualTo(2);
            }
        }
        List<Long> kept = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.filter(path -> path.getFileName().toString().matches("ring_\\d{5}_\\d{14}\\.pcapng")).toList()) {
                kept.addAll(frames(file));
            }
        }
        assertThat(kept).containsExactlyInAnyOrder(21L, 30L, 31L);
        assertThat(folder.resolve("ring.pcapng")).exists();
        assertThat(folder.resolve("ring_00001_20260131093000.pcap")).exists();
        assertThat(folder.resolve("ring2_00001_20260131093000.pcapng")).exists();
        assertThat(folder.resolve("ring_00001_2026.pcapng")).exists();
    }

    /// A limit on the size of files stands for a disk that is full: of a write that does not fit the beginning is written.
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatAFullDiskTookAndWhatItDidNotAddUp() throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", "ulimit -f 150; exec \"$@\"", "sh",
                System.getProperty("java.home") + "/bin/java",
                "-XX:-UsePerfData", "-cp", System.getProperty("java.class.path"), FullDisk.class.getName(), folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        List<Long> lost = Stream.of(said.strip().split(" ")).map(Long::valueOf).toList();
        assertThat(lost).hasSize(3).allMatch(count -> count > 0);
        List<String> lines = Files.readAllLines(folder.resolve("log.ndjson"));
        assertThat(lines).hasSize((int) (FullDisk.LINES - lost.getFirst()))
                .allMatch(line -> line.matches("\\{\"number\":\\d+,\"text\":\"x{900}\"\\}"));
        assertThat(frames(folder.resolve("all.pcapng"))).hasSize((int) (FullDisk.PACKETS - lost.get(1)));
        assertThat(frames(folder.resolve("large.pcapng"))).hasSize((int) (FullDisk.LARGE_PACKETS - lost.get(2)));
    }

    @Test
    void aLineBeginsOnItsOwnAfterHalfALine() throws IOException {
        Path path = Files.writeString(folder.resolve("verdicts.ndjson"), "{\"number\":1}\n{\"num");
        try (LineFile file = new LineFile(path, 1000, 3, notices::add)) {
            file.open();
            file.write("{\"number\":3}\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(Files.readAllLines(path)).containsExactly("{\"number\":1}", "{\"num", "{\"number\":3}");
    }

    @Test
    void limitsAreDumpcaps() {
        assertThat(FileLimits.parse(List.of("duration:60", "filesize:1000", "files:5"))).isEqualTo(new FileLimits(60, 1_000_000, 5, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> FileLimits.parse(List.of("size:5")));
        assertThatIllegalArgumentException().isThrownBy(() -> FileLimits.parse(List.of("files:x")));
    }

    @Test
    void aCommandThatFailsIsSaidOnceAndNotRunAgain() throws IOException {
        Path ran = folder.resolve("ran");
        DeliveryQueue outbox = new DeliveryQueue("--exec", Deliveries.command("echo >>'" + ran + "'; exit 3"), notices::add);
        outbox.send(new byte[0]);
        outbox.send(new byte[0]);
        outbox.close();
        assertThat(Files.readAllLines(ran)).hasSize(2);
        assertThat(outbox.dropped()).isEqualTo(2);
        assertThat(notices).containsExactly("--exec: the command ended with 3");
    }

    @Test
    void aWebhookThatFailsIsTriedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        List<String> got = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            got.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(asked.incrementAndGet() == 1 ? 503 : 204, -1);
            exchange.close();
        });
        server.start();
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
        try (DeliveryQueue outbox = new DeliveryQueue("--webhook", Deliveries.webhook(address), notices::add)) {
            outbox.send("{}".getBytes(StandardCharsets.UTF_8));
            long end = System.nanoTime() + 10_000_000_000L;
            while (outbox.delivered() == 0 && System.nanoTime() < end) {
                Thread.sleep(20);
            }
            assertThat(outbox.delivered()).isEqualTo(1);
        } finally {
            server.stop(0);
        }
        assertThat(got).containsExactly("{}", "{}");
        assertThat(notices).hasSize(1).first().asString().contains("503");
    }

    /// RFC 7617; and what makes the address a secret is not said when it fails.
    @Test
    void userAndPasswordOfAWebhookAreSentAndNeverSaid() throws Exception {
        List<String> got = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicInteger status = new AtomicInteger(500);
        server.createContext("/", exchange -> {
            got.add(exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:9/elsewhere");
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        String host = "127.0.0.1:" + server.getAddress().getPort();
        try {
            DeliveryQueue.Delivery hook = Deliveries.webhook(URI.create("http://alice:p%40ss@" + host + "/services/T0?token=t1"));
            for (int each : new int[] {500, 401, 403, 302, 307}) {
                status.set(each);
                assertThatThrownBy(() -> hook.deliver("{}".getBytes(StandardCharsets.UTF_8)))
                        .hasMessageContaining("http://" + host + " answered " + each)
                        .hasMessageNotContainingAny("alice", "p%40ss", "p@ss", "T0", "t1")
                        .satisfies(said -> assertThat(said.getMessage().contains("a redirection, which is not followed"))
                                .isEqualTo(each / 100 == 3));
            }
            status.set(204);
            hook.deliver("{}".getBytes(StandardCharsets.UTF_8));
            Deliveries.webhook(URI.create("http://" + host)).deliver("{}".getBytes(StandardCharsets.UTF_8));
        } finally {
            server.stop(0);
        }
        assertThat(got).hasSize(7).endsWith("/ null").first().isEqualTo("/services/T0?token=t1 Basic YWxpY2U6cEBzcw==");
    }

    @Test
    void whatIsWrittenIsTheOwnersAlone() throws IOException {
        assumeTrue(posix());
        Path log = folder.resolve("log");
        Path ring = folder.resolve("ring.pcapng");
        try (LineFile file = new LineFile(log, 1000, 3, notices::add);
                RingFiles files = new RingFiles(ring, FileLimits.parse(List.of()), "test", () -> NETWORKS, notices::add)) {
            file.open();
            files.open();
        }
        for (Path each : List.of(log, ring)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).isEqualTo("rw-------");
        }
    }

    @Test
    void aLinkInTheirPlaceLeadsNowhere() throws IOException {
        assumeTrue(posix());
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        for (Path target : List.of(victim, folder.resolve("new"))) {
            Path link = Files.createSymbolicLink(folder.resolve("link-to-" + target.getFileName()), target);
            try (LineFile file = new LineFile(link, 1000, 3, notices::add);
                    RingFiles files = new RingFiles(link, FileLimits.parse(List.of()), "test", () -> NETWORKS, notices::add)) {
                assertThatThrownBy(file::open).isInstanceOf(IOException.class).hasMessageContaining("symbolic link");
                assertThatThrownBy(files::open).isInstanceOf(IOException.class).hasMessageContaining("symbolic link");
                file.write("{}\n".getBytes(StandardCharsets.UTF_8));
            }
        }
        assertThat(victim).hasContent("precious");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    private boolean posix() {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    @Test
    void whatAWebhookNeverAnsweredIsCountedAtTheEnd() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            DeliveryQueue outbox = new DeliveryQueue("--webhook", Deliveries.webhook(at(silent)), notices::add);
            for (int i = 0; i < 3; i++) {
                outbox.send("{}".getBytes(StandardCharsets.UTF_8));
            }
            outbox.close();
            assertThat(outbox.delivered()).isZero();
            assertThat(outbox.dropped()).isEqualTo(3);
            outbox.close();
            assertThat(outbox.dropped()).isEqualTo(3);
        }
    }

    /// Each byte comes in time, the answer never.
    @Test
    void aWebhookThatDripsItsAnswerIsGivenUp() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (ServerSocket dripping = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> drip(dripping, "HTTP/1.1 200 OK\r\nX-Header: ", left));
            long began = System.nanoTime();
            assertThatThrownBy(() -> Deliveries.webhook(at(dripping), 700).deliver(new byte[10])).isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer within 1 second");
            assertThat(System.nanoTime() - began).isLessThan(5_000_000_000L);
            assertThat(left.await(10, TimeUnit.SECONDS)).as("the connection is closed").isTrue();
        }
    }

    /// The verdict has arrived; what else the server has to say does not hold up the next.
    @Test
    void nobodyWaitsForTheWholePageOfAWebhook() throws Exception {
        try (ServerSocket dripping = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            String begin = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
            Thread.ofPlatform().daemon().start(() -> drip(dripping, begin, new CountDownLatch(1)));
            long began = System.nanoTime();
            Deliveries.webhook(at(dripping)).deliver(new byte[10]);
            assertThat(System.nanoTime() - began).isLessThan(5_000_000_000L);
        }
    }

    private static void drip(ServerSocket server, String begin, CountDownLatch left) {
        try (Socket one = server.accept(); OutputStream out = one.getOutputStream()) {
            out.write(begin.getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write('x');
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException gone) {
            left.countDown();
        }
    }

    private static URI at(ServerSocket server) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/hook");
    }

    /// As with DNS, or a kernel that does not let go: nothing can be interrupted.
    @Test
    void whatIsOnItsWayAtTheEndIsCountedToo() {
        AtomicBoolean over = new AtomicBoolean();
        DeliveryQueue outbox = new DeliveryQueue("--webhook", _ -> {
            while (!over.get()) {
                Thread.onSpinWait();
            }
        }, notices::add);
        for (int i = 0; i < 300; i++) {
            outbox.send(new byte[0]);
        }
        outbox.close();
        over.set(true);
        assertThat(outbox.delivered()).isZero();
        assertThat(outbox.dropped()).isEqualTo(300);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aCommandThatReadsNothingIsEndedInTime() {
        long began = System.nanoTime();
        assertThatThrownBy(() -> Deliveries.command("sleep 60", 500).deliver(new byte[500_000])).isInstanceOf(DeliveryQueue.Refusal.class)
                .hasMessageContaining("ran for more than 1 second");
        assertThat(System.nanoTime() - began).isLessThan(10_000_000_000L);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aCommandIsEndedWithWhatItStarted() throws Exception {
        Path child = folder.resolve("child");
        assertThatThrownBy(() -> Deliveries.command("sleep 60 & echo $! >'" + child + "'; wait", 1500).deliver(new byte[0]))
                .isInstanceOf(DeliveryQueue.Refusal.class);
        Optional<ProcessHandle> started = ProcessHandle.of(Long.parseLong(Files.readString(child).strip()));
        if (started.isPresent()) {
            started.get().onExit().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aHalfRequestForFiguresHoldsNobodyUp() throws Exception {
        try (Metrics metrics = new Metrics(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> "figures\n")) {
            metrics.open();
            try (Socket half = new Socket(metrics.address().getAddress(), metrics.address().getPort())) {
                half.getOutputStream().write("GET /metrics HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
                Thread.sleep(100);
                assertThat(ask(metrics, "GET")).startsWith("HTTP/1.1 200").endsWith("figures\n");
                half.setSoTimeout(20_000);
                assertThat(half.getInputStream().read()).as("it is closed").isEqualTo(-1);
            }
        }
    }

    @Test
    void figuresAreReadAndNothingElse() throws Exception {
        try (Metrics metrics = new Metrics(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> "figures\n")) {
            metrics.open();
            for (String method : List.of("POST", "TRACE", "PUT", "DELETE")) {
                assertThat(ask(metrics, method)).startsWith("HTTP/1.1 405")
                        .containsIgnoringCase("allow: GET, HEAD").doesNotContain("figures");
            }
            assertThat(ask(metrics, "HEAD")).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: 8").doesNotContain("figures");
            assertThat(ask(metrics, "GET", "/healthz")).startsWith("HTTP/1.1 200").endsWith("ok\n");
        }
    }

    private static String ask(Metrics metrics, String method) throws IOException {
        return ask(metrics, method, "/metrics");
    }

    private static String ask(Metrics metrics, String method, String path) throws IOException {
        try (Socket socket = new Socket(metrics.address().getAddress(), metrics.address().getPort())) {
            socket.setSoTimeout(5000);
            String request = method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aSlowSinkHoldsNobodyUp() {
        long began = System.nanoTime();
        DeliveryQueue outbox = new DeliveryQueue("--exec", _ -> Thread.sleep(60_000), notices::add);
        for (int i = 0; i < 1000; i++) {
            outbox.send(new byte[0]);
        }
        assertThat(outbox.dropped()).isGreaterThan(700);
        assertThat(System.nanoTime() - began).isLessThan(1_000_000_000L);
        outbox.close();
        assertThat(notices).hasSize(1);
    }

    @Test
    void theKeeperNeverForgetsTheNewestAndNeverGrows() throws IOException {
        BitSet ports = new BitSet();
        ports.set(3389);
        PacketHistory keeper = new PacketHistory(64 << 10, ports);
        try (PacketSource source =
                Captures.open(List.of("samples/pmtu-black-hole/capture.pcapng", "samples/nla-wrong-password/capture.pcapng",
                        "samples/success-tls-xrdp/capture.pcapng"), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                keeper.see(frame);
            }
        }
        assertThat(keeper.packets()).isPositive();
    }

    @Test
    void theKeeperGivesTheHandshakeBackOnce() throws IOException {
        String sample = "samples/nla-required/capture.pcapng";
        Incident incident;
        try (PacketSource source = Captures.open(List.of(sample), InputStream.nullInputStream())) {
            incident = dev.rdptrace.Analyzer.analyze(source, dev.rdptrace.Analyzer.Options.NONE, () -> false).incidents().getFirst();
        }
        BitSet ports = new BitSet();
        ports.set(3389);
        PacketHistory keeper = new PacketHistory(1 << 20, ports);
        List<Long> all = new ArrayList<>();
        try (PacketSource source = Captures.open(List.of(sample), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                keeper.see(frame);
                // Two hosts asking for their router's address say nothing about the handshake.
                if (new Packet().wrap(frame) == Verdict.TCP) {
                    all.add(frame.nanos());
                }
            }
        }
        List<Long> released = new ArrayList<>();
        List<String> comments = new ArrayList<>();
        Comments said = new Comments();
        said.add(incident.verdict().frames().getFirst(), "here");
        keeper.release(incident, said, (_, nanos, _, _, _, _, comment) -> {
            released.add(nanos);
            comments.addAll(comment);
        });
        assertThat(released).isEqualTo(all);
        assertThat(comments).containsExactly("here");
        assertThat(keeper.release(incident, said, (_, _, _, _, _, _, _) -> {})).isZero();
    }

    private static List<Long> frames(Path file) throws IOException {
        List<Long> times = new ArrayList<>();
        try (PacketSource source = Captures.open(List.of(file.toString()), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                times.add(frame.nanos());
            }
            assertThat(source.facts().interfaces()).extracting(InterfaceFacts::name).containsExactly("eth0");
        }
        return times;
    }
}

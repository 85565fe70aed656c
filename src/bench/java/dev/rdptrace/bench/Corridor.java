package dev.rdptrace.bench;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Judge;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.net.Packet;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.testkit.Following;
import dev.rdptrace.testkit.SilentListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.x224.FirstBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The steps from the file to the verdict, one by one, per packet or per handshake:
/// `mvn -P bench test-compile exec:exec@bench -Dbench="Corridor -prof gc"`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Corridor {
    private static final int FLOWS = 10_000;
    private static final int FRAMES = 3 * FLOWS;
    private static final int SEGMENTS = 1000;

    private final byte[] opened = opened();
    private final Frame frame = new Frame();
    private final Packet packet = new Packet();
    private final byte[] request = Traffic.request();
    private final byte[] noRequest = Traffic.clientHello();
    private final byte[] handshake = handshake();
    private final byte[] stream = stream();
    private Packet data;
    private Connections known;
    private Attempt attempt;
    private Surroundings surroundings;
    private long number;

    private static byte[] opened() {
        Traffic traffic = new Traffic(4 << 20);
        for (int flow = 0; flow < FLOWS; flow++) {
            traffic.open(flow, 8080);
        }
        return traffic.bytes();
    }

    /// One connection; every fifth pair of segments is swapped.
    private static byte[] stream() {
        Traffic traffic = new Traffic(2 << 20).open(1, 3389);
        byte[] payload = new byte[1000];
        for (int i = 0; i < SEGMENTS; i++) {
            int place = i % 10 == 0 ? i + 1 : i % 10 == 1 ? i - 1 : i;
            traffic.segment(1, 3389, true, Traffic.PUSH, 1 + place * payload.length, 1, payload);
        }
        return traffic.bytes();
    }

    private static byte[] handshake() {
        byte[] request = Traffic.request();
        byte[] confirm = Traffic.confirm();
        byte[] hello = Traffic.clientHello();
        byte[] answer = Traffic.serverHello();
        int c = 1 + request.length;
        int s = 1 + confirm.length;
        return new Traffic(4096).open(1, 3389)
                .segment(1, 3389, true, Traffic.PUSH, 1, 1, request)
                .segment(1, 3389, false, Traffic.PUSH, 1, c, confirm)
                .segment(1, 3389, true, Traffic.PUSH, c, s, hello)
                .segment(1, 3389, false, Traffic.PUSH, s, c + hello.length, answer)
                .bytes();
    }

    /// Nothing is worth following.
    private static Connections connections() {
        return new Connections(Following.rdp(_ -> {
            throw new IllegalStateException();
        }));
    }

    private static PacketSource open(byte[] file) throws IOException {
        return Captures.open(List.of("-"), new ByteArrayInputStream(file));
    }

    @Setup
    public void prepare() throws IOException {
        known = connections();
        try (PacketSource source = open(opened)) {
            while (source.next(frame)) {
                packet.wrap(frame);
                known.accept(packet, ++number, number);
            }
        }
        byte[] one = new Traffic(1024).segment(7, 8080, true, Traffic.PUSH, 1, 1, noRequest).bytes();
        data = new Packet();
        try (PacketSource source = open(one)) {
            source.next(frame);
            frame.set(frame.bytes().clone(), frame.offset(), frame.length(), frame.wireLength(), 1, 1, 1, 0);
            data.wrap(frame);
        }
        attempt = wholeHandshake().incidents().getFirst().attempts().getFirst().attempt();
        surroundings = new Surroundings(List.of(attempt), attempt.last().nanos());
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long recordWalk() throws IOException {
        long bytes = 0;
        try (PacketSource source = open(opened)) {
            while (source.next(frame)) {
                bytes += frame.length();
            }
        }
        return bytes;
    }

    @Benchmark
    public Object headerParse() {
        return packet.wrap(frame);
    }

    @Benchmark
    public long flowHit() {
        known.accept(data, ++number, number);
        return number;
    }

    /// Every third packet begins a flow; the walk over the records and headers is in it.
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int flowMiss() throws IOException {
        Connections fresh = connections();
        long count = 0;
        try (PacketSource source = open(opened)) {
            while (source.next(frame)) {
                packet.wrap(frame);
                fresh.accept(packet, ++count, count);
            }
        }
        return fresh.streams();
    }

    /// A segment of a connection that is followed: kept in order, counted, handed on.
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public long reassembly() throws IOException {
        long[] bytes = new long[1];
        Connections all = new Connections(Following.everything(connection -> new SilentListener() {
            @Override
            public void onBytes(Side from) {
                OrderedBytes half = connection.bytes(from);
                bytes[0] += half.available();
                half.take(half.available());
            }
        }));
        long count = 0;
        try (PacketSource source = open(stream)) {
            while (source.next(frame)) {
                packet.wrap(frame);
                all.accept(packet, ++count, count);
            }
        }
        return bytes[0];
    }

    @Benchmark
    public boolean firstPayload() {
        return FirstBytes.couldBeConnectionRequest(request, 0, request.length)
                ^ FirstBytes.couldBeConnectionRequest(noRequest, 0, noRequest.length);
    }

    @Benchmark
    public Object tlsParse() {
        return ClientHello.decode(noRequest, 9, noRequest.length - 9);
    }

    /// From the bytes of the file to the verdict; reassembly is in it.
    @Benchmark
    public Analysis wholeHandshake() throws IOException {
        try (PacketSource source = open(handshake)) {
            return Analyzer.analyze(source, Analyzer.Options.NONE, () -> false);
        }
    }

    @Benchmark
    public JudgedAttempt rules() {
        return Judge.judge(attempt, surroundings);
    }
}

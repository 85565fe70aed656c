package dev.rdptrace.bench;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.session.GatewayChannels;
import dev.rdptrace.session.InternedFacts;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.Following;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Step;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to open a handshake with keys, from SYN over TLS, CredSSP with NTLM, MCS, licensing and activation to the
/// FIN of a short session: `mvn -P bench test-compile exec:exec@bench -Dbench=Opened`
///
/// What a sample's peers said inside TLS is sealed anew in many connections, each with a client, random and secrets of its
/// own. One thread does all the work, so what is printed per handshake is its CPU time.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class Opened {
    private static final int HANDSHAKES = 100;

    /// AES-256-GCM and SHA-384 in both.
    @Param({"GCM", "TLS13"}) private Suite suite;

    private byte[] capture;
    private byte[] log;
    private final KeyLog keyLog = new KeyLog();

    @Setup
    public void prepare() throws IOException {
        List<SaidInTls> inside = SaidInTls.of("success-nla-tls13-keys");
        byte[] certificate = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "240101000000Z", 2048);
        CaptureBuilder builder = new CaptureBuilder().stepMicros(200);
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < HANDSHAKES; i++) {
            KnownTls tls = new KnownTls(builder.tcp("10.0.0." + (1 + i), 50_000 + i, "192.0.2.1", 3389).open(), suite, i);
            tls.dialogue().client(Traffic.request()).server(Traffic.confirm());
            tls.handshake(certificate);
            for (SaidInTls said : inside) {
                if (said.byClient()) {
                    tls.client(said.plain());
                } else {
                    tls.server(said.plain());
                }
            }
            tls.dialogue().clientFin().serverFin();
            builder.pauseMillis(5000);
            keys.append(tls.keyLog());
        }
        log = keys.toString().getBytes(StandardCharsets.US_ASCII);
        keyLog.add(log);
        capture = file(builder.tape());
        long opened = opened().incidents().stream().flatMap(incident -> incident.attempts().stream())
                .filter(attempt -> attempt.attempt().inner().decrypted() && attempt.attempt().reached(Step.FONT_MAP)
                        && attempt.attempt().inferred().isEmpty())
                .count();
        long decoded = decoded().stream().filter(attempt -> attempt.inner().decrypted() && attempt.reached(Step.FONT_MAP)).count();
        if (opened != HANDSHAKES || decoded != HANDSHAKES) {
            throw new IllegalStateException(opened + " opened, " + decoded + " decoded");
        }
    }

    /// The classic format, nanoseconds.
    private static byte[] file(Tape tape) {
        int length = 24 + tape.shots().stream().mapToInt(shot -> 16 + shot.bytes().length).sum();
        ByteBuffer file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xa1b23c4d).putShort((short) 2).putShort((short) 4).putLong(0).putInt(262144).putInt(1);
        for (Tape.Shot shot : tape.shots()) {
            file.putInt((int) (shot.nanos() / 1_000_000_000L)).putInt((int) (shot.nanos() % 1_000_000_000L)).putInt(shot.bytes().length)
                    .putInt(shot.wireLength()).put(shot.bytes());
        }
        return file.array();
    }

    private Analysis analyze(Optional<Secrets> secrets) throws IOException {
        try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(capture))) {
            return Analyzer.analyze(source, new Analyzer.Options(Set.of(), Set.of(), false, secrets), () -> false);
        }
    }

    /// From the bytes of the file to the verdict, everything opened.
    @Benchmark
    @OperationsPerInvocation(HANDSHAKES)
    public Analysis opened() throws IOException {
        return analyze(Optional.of(new Secrets(keyLog)));
    }

    /// Every PDU of the handshake decoded, nothing judged.
    @Benchmark
    @OperationsPerInvocation(HANDSHAKES)
    public List<Attempt> decoded() throws IOException {
        List<Attempt> attempts = new ArrayList<>(HANDSHAKES);
        Optional<Secrets> secrets = Optional.of(new Secrets(keyLog));
        InternedFacts familiar = new InternedFacts();
        GatewayChannels channels = new GatewayChannels();
        Connections connections = new Connections(Following
                .rdp(connection -> new RdpSession(connection, false, false, secrets, familiar, channels, _ -> {}, _ -> {}, attempts::add)));
        try (PacketSource source = Captures.open(List.of("-"), new ByteArrayInputStream(capture))) {
            Following.through(connections, source);
        }
        return attempts;
    }

    /// All without keys, to the verdict.
    @Benchmark
    @OperationsPerInvocation(HANDSHAKES)
    public Analysis sealed() throws IOException {
        return analyze(Optional.empty());
    }

    /// The lines of one connection in a key log.
    @Benchmark
    @OperationsPerInvocation(HANDSHAKES)
    public int keyLog() {
        KeyLog fresh = new KeyLog();
        fresh.add(log);
        return fresh.size();
    }
}

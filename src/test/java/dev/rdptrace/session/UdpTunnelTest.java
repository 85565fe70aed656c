package dev.rdptrace.session;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Hash;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.SideTransport.Tunnel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The creation of a tunnel over UDP, read with keys: [MS-RDPEMT] over TLS or DTLS over [MS-RDPEUDP] and [MS-RDPEUDP2].
class UdpTunnelTest {
    private static final int PORT = 50_200;
    private static final int LARGEST = 400;
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);
    /// [MS-RDPEMT] 4.1.
    private static final String REQUEST = "00 1800 04 07000000 00000000 e2f0d108567fb43adcf4b3dc16921e3a";

    private static final int LOSSY = 0x200;

    /// What the way does to what is sent.
    private enum Way {
        EVEN, SWAPS, LOSES, TWICE, LOSES_FOR_GOOD
    }

    private final CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
    private final int[] numbers = {0xffff_fffe, 0x10};
    private Way way = Way.SWAPS;
    private int version;
    private int flags;
    private int sent;

    private void syn(boolean fromClient) {
        byte[] syn = ByteBuffer.allocate(1232).putInt(fromClient ? -1 : 77).putShort((short) 64)
                .putShort((short) (fromClient ? 0x1001 | flags : 0x1005)).putInt(numbers[fromClient ? 0 : 1] - 1).putShort((short) 1232)
                .putShort((short) 1232).putShort((short) 1).putShort((short) version).array();
        send(fromClient, syn);
    }

    private void send(boolean fromClient, byte[] datagram) {
        sent++;
        capture.udp(fromClient ? CLIENT : SERVER, fromClient ? PORT : 3389, fromClient ? SERVER : CLIENT, fromClient ? 3389 : PORT,
                datagram);
    }

    /// In as many datagrams as it takes.
    private void carry(boolean fromClient, byte[] bytes) {
        List<byte[]> datagrams = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += LARGEST) {
            byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + LARGEST));
            datagrams.add(version == 0x0101 ? second(numbers[fromClient ? 0 : 1]++, part) : first(numbers[fromClient ? 0 : 1]++, part));
        }
        switch (way) {
            case SWAPS -> datagrams.addFirst(datagrams.removeLast());
            case LOSES -> datagrams.add(datagrams.removeFirst()); // and it is sent again behind all others
            case TWICE -> datagrams.addAll(List.copyOf(datagrams));
            case LOSES_FOR_GOOD -> {
                if (!fromClient) {
                    datagrams.removeFirst();
                }
            }
            case EVEN -> {}
        }
        datagrams.forEach(datagram -> send(fromClient, datagram));
        if (way == Way.TWICE) {
            syn(fromClient);
        }
    }

    private static byte[] first(int number, byte[] data) {
        return ByteBuffer.allocate(16 + data.length).putInt(1).putShort((short) 64).putShort((short) 8).putInt(number).putInt(number)
                .put(data).array();
    }

    private static byte[] second(int number, byte[] data) {
        byte[] packet = ByteBuffer.allocate(8 + data.length).put((byte) 0xe0).putShort((short) 0x04c0).putShort((short) 0x1100)
                .putShort(Short.reverseBytes((short) number)).put(data).array();
        byte prefix = packet[0];
        packet[0] = packet[7];
        packet[7] = prefix;
        return Arrays.copyOf(packet, 7 + data.length);
    }

    private Analysis answered(Suite suite, int version, String response, boolean withKeys) throws IOException {
        opened(version);
        return read(new KnownTls(this::carry, suite, 5).handshake(CERTIFICATE).client(bytes(REQUEST)).server(bytes(response)), withKeys);
    }

    private void opened(int version) {
        this.version = version;
        syn(true);
        syn(false);
        if (version == 0x0101) {
            Arrays.fill(numbers, 1);
        }
    }

    private Analysis read(KnownTls tls, boolean withKeys) throws IOException {
        KeyLog log = new KeyLog();
        log.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return Analyzer.analyze(capture.tape().source(), withKeys
                ? new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(log))) : Analyzer.Options.NONE, () -> false);
    }

    @ParameterizedTest
    @CsvSource({"GCM, 2", "TLS13, 2", "GCM, 257", "TLS13, 257"})
    void theServerRefusesIt(Suite suite, int version) throws IOException {
        Analysis analysis = answered(suite, version, "01 0400 04 05000780", true);
        Tunnel tunnel = analysis.companions().sideTransports().getFirst().tunnel();
        assertThat(tunnel.requestId()).isEqualTo(7);
        assertThat(tunnel.result()).isEqualTo(0x8007_0005);
        assertThat(tunnel.cookieHash()).isEqualTo(Hex.of(Hash.SHA_256.of(bytes("e2f0d108567fb43adcf4b3dc16921e3a"))));
        Finding verdict = analysis.incidents().getFirst().verdict();
        assertThat(verdict.id()).isEqualTo("udp-tunnel-rejected");
        assertThat(verdict.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(verdict.side()).isEqualTo(Culprit.SERVER);
        assertThat(verdict.confidence()).isEqualTo(Confidence.SEEN);
        assertThat(verdict.says()).contains("for request 7", "0x80070005");
        assertThat(analysis.incidents().getFirst().headline().attempt().events()).extracting(EventText::says).containsSubsequence(
                "RDPUDP SYN, version " + (version == 2 ? 2 : 3) + ", datagrams of 1232 bytes", "ClientHello", "ServerHello",
                "Tunnel Create Request for request 7", "Tunnel Create Response 0x80070005");
        assertThat(verdict.frames()).containsExactly(tunnel.asked().frame(), tunnel.answered().frame());
    }

    /// The reliable stream comes in order, whatever the way did: MS-RDPEUDP 3.1.1.2.
    @ParameterizedTest
    @CsvSource({"2, EVEN", "2, SWAPS", "2, LOSES", "2, TWICE", "257, EVEN", "257, SWAPS", "257, LOSES", "257, TWICE"})
    void whateverTheWayDoesItIsReadInOrder(int version, Way way) throws IOException {
        this.way = way;
        Tunnel tunnel = tunnel(answered(Suite.TLS13, version, "01 0400 04 05000780", true));
        assertThat(tunnel.result()).isEqualTo(0x8007_0005);
        assertThat(tunnel.requestId()).isEqualTo(7);
        assertThat(tunnel.answered().frame()).isEqualTo(way == Way.TWICE ? sent - 2 : sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 257})
    void whatIsNotInTheCaptureAtAllIsNotGuessed(int version) throws IOException {
        way = Way.LOSES_FOR_GOOD;
        assertThat(tunnel(answered(Suite.GCM, version, "01 0400 04 05000780", true))).isEqualTo(Tunnel.NONE);
    }

    /// RDP-UDP-L: DTLS, of which no record waits for another.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsLostOverALossyTransportKeepsNothingBack(boolean loses) throws IOException {
        flags = LOSSY;
        way = Way.EVEN;
        opened(2);
        KnownTls tls = KnownTls.overDatagrams((fromClient, bytes) -> send(fromClient, first(numbers[fromClient ? 0 : 1]++, bytes)), 6)
                .handshake(CERTIFICATE);
        numbers[0] += loses ? 3 : 0;
        Analysis analysis = read(tls.client(bytes(REQUEST)).server(bytes("02 0200 04 aabb"), bytes("01 0400 04 05000780")), true);
        assertThat(analysis.companions().sideTransports().getFirst().offer().lossy()).isTrue();
        assertThat(tunnel(analysis).requestId()).isEqualTo(7);
        assertThat(tunnel(analysis).answered().frame()).isEqualTo(sent);
        assertThat(analysis.incidents().getFirst().verdict().id()).isEqualTo("udp-tunnel-rejected");
    }

    private static Tunnel tunnel(Analysis analysis) {
        return analysis.companions().sideTransports().getFirst().tunnel();
    }

    @Test
    void theServerAgrees() throws IOException {
        Analysis analysis = answered(Suite.GCM, 2, "01 0400 04 00000000", true);
        assertThat(analysis.companions().sideTransports().getFirst().tunnel().answered().seen()).isTrue();
        assertThat(analysis.incidents().getFirst().verdict().id()).isEqualTo("undetermined");
    }

    @Test
    void withoutKeysNobodyKnows() throws IOException {
        Analysis analysis = answered(Suite.TLS13, 257, "01 0400 04 05000780", false);
        assertThat(analysis.companions().sideTransports().getFirst().tunnel()).isEqualTo(Tunnel.NONE);
        assertThat(analysis.incidents().getFirst().verdict().id()).isEqualTo("undetermined");
    }
}

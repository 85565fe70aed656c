package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static dev.rdptrace.testkit.WindowsPeers.join;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Hash;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.incident.MainConnection.Tie;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.SideTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which main connection a transport over UDP belongs to: what it says itself, else addresses and time.
class JoinedOverUdpTest {
    private static final int PORT = 50_200;
    /// The client and the server as they are called on the other side of an address translation.
    private static final String OTHER_CLIENT = "198.51.100.7";
    private static final String OTHER_SERVER = "203.0.113.9";
    private static final byte[] COOKIE = bytes("e2f0d108567fb43adcf4b3dc16921e3a");
    private static final byte[] OTHER_COOKIE = bytes("00f0d108567fb43adcf4b3dc16921e3a");
    private static final byte[] ID = bytes("69cfb9e469ab4220ad5974d0868d0000");
    private static final byte[] NO_ID = {};
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);

    private final CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
    private final KeyLog keys = new KeyLog();
    private final int[] numbers = {0x10, 0x10};

    /// [MS-RDPEUDP] 2.2.2.1, 2.2.2.8, 2.2.2.9
    private static byte[] syn(boolean answer, byte[] correlationId, byte[] cookieHash) {
        int version = cookieHash.length > 0 ? 0x0101 : 2;
        ByteBuffer syn = ByteBuffer.allocate(1232).putInt(answer ? 77 : -1).putShort((short) 64)
                .putShort((short) (0x1001 | (answer ? 4 : 0) | (correlationId.length > 0 ? 0x800 : 0))).putInt(0xf).putShort((short) 1232)
                .putShort((short) 1232);
        if (correlationId.length > 0) {
            syn.put(correlationId).put(new byte[16]);
        }
        return syn.putShort((short) 1).putShort((short) version).put(cookieHash).array();
    }

    private JoinedOverUdpTest ask(String client, String server, byte[] correlationId, byte[] cookieHash) {
        capture.udp(client, PORT, server, 3389, syn(false, correlationId, cookieHash)).pauseMillis(50);
        return this;
    }

    /// A session that is opened with keys, in which the server asks for a transport with a cookie.
    private JoinedOverUdpTest session(int requestId, byte[] cookie) {
        Dialogue dialogue = capture.tcp(CLIENT, 50_123, SERVER, 3389);
        new WindowsPeers(capture, dialogue, Suite.GCM).negotiated(SSL, SSL);
        KnownTls tls = new KnownTls(dialogue, Suite.GCM, 1).handshake(CERTIFICATE)
                .server(InnerBytes.initiateMultitransport(1004, requestId, 1, cookie));
        keys.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /// A session in the clear as far as its Connection Request, with a correlation id.
    private JoinedOverUdpTest correlated(int port, byte[] correlationId) {
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], 3);
        byte[] longer = join(request, bytes("06 00 2400"), correlationId, new byte[16]);
        longer[3] += 36;
        longer[4] += 36;
        longer[12] = 8; // it is announced
        capture.tcp(CLIENT, port, SERVER, 3389).open().client(longer).server(CaptureBuilder.connectionConfirm(2, 1));
        return this;
    }

    private Analysis analysis() {
        try {
            return Analyzer.analyze(capture.tape().source(),
                    new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(keys))), () -> false);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Incident> overTcp(Analysis analysis) {
        return analysis.incidents().stream().filter(incident -> !incident.headline().attempt().overUdp()).toList();
    }

    private static long alone(Analysis analysis) {
        return analysis.incidents().size() - overTcp(analysis).size();
    }

    private static void joined(Analysis analysis, Tie tie) {
        Incident incident = overTcp(analysis).getFirst();
        assertThat(incident.overUdp()).hasSize(1);
        assertThat(incident.owner(incident.overUdp().getFirst()).orElseThrow().tie(incident.overUdp().getFirst())).isEqualTo(tie);
        assertThat(alone(analysis)).isZero();
    }

    private static void apart(Analysis analysis) {
        assertThat(overTcp(analysis).getFirst().overUdp()).isEmpty();
        assertThat(alone(analysis)).isEqualTo(1);
    }

    private static byte[] turned(byte[] hash) {
        byte[] turned = new byte[hash.length];
        for (int i = 0; i < hash.length; i++) {
            turned[i] = hash[i ^ 3];
        }
        return turned;
    }

    // ---- the cookie ----

    @ParameterizedTest
    @ValueSource(strings = {"plain", "turned"})
    void theHashOfTheCookieJoinsWhatWasRecordedBehindATranslation(String order) {
        byte[] hash = Hash.SHA_256.of(COOKIE);
        session(7, COOKIE).ask(OTHER_CLIENT, OTHER_SERVER, NO_ID, order.equals("plain") ? hash : turned(hash));
        joined(analysis(), Tie.COOKIE_HASH);
    }

    @Test
    void theHashOfAnotherCookieIsOfAnotherSession() {
        session(7, COOKIE).ask(CLIENT, SERVER, NO_ID, Hash.SHA_256.of(OTHER_COOKIE));
        apart(analysis());
    }

    @Test
    void withoutKeysTheHashSaysNothingAndAddressesDo() {
        session(7, COOKIE).ask(CLIENT, SERVER, NO_ID, Hash.SHA_256.of(OTHER_COOKIE));
        joined(capture.tape().analyze(), Tie.ADDRESSES);
    }

    // ---- the request id ----

    /// [MS-RDPEMT] 2.2.2.1 in TLS over [MS-RDPEUDP].
    private JoinedOverUdpTest tunnel(String client, String server, int requestId, byte[] cookie) {
        ask(client, server, NO_ID, NO_ID);
        capture.udp(server, 3389, client, PORT, syn(true, NO_ID, NO_ID));
        KnownTls tls = new KnownTls((fromClient, bytes) -> {
            for (int at = 0; at < bytes.length; at += 1000) {
                byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 1000));
                int next = numbers[fromClient ? 0 : 1]++;
                byte[] datagram =
                        ByteBuffer.allocate(16 + part.length).putInt(1).putShort((short) 64).putShort((short) 8).putInt(next).putInt(next)
                                .put(part).array();
                capture.udp(fromClient ? client : server, fromClient ? PORT : 3389, fromClient ? server : client, fromClient ? 3389 : PORT,
                        datagram);
            }
        }, Suite.GCM, 2).handshake(CERTIFICATE)
                .client(join(bytes("00 1800 04"), new byte[] {(byte) requestId, 0, 0, 0}, new byte[4], cookie))
                .server(bytes("01 0400 04 00000000"));
        keys.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    @Test
    void theRequestIdAndTheCookieInsideJoinToo() throws IOException {
        session(7, COOKIE).tunnel(OTHER_CLIENT, OTHER_SERVER, 7, COOKIE);
        Analysis analysis = analysis();
        joined(analysis, Tie.REQUEST_ID);
        SideTransport udp = overTcp(analysis).getFirst().overUdp().getFirst();
        assertThat(udp.tunnel().answered().seen()).isTrue();
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("test"), json);
        assertThat(json.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " "))
                .contains("\"ofStream\" : 0, \"joinedBy\" : \"request-id\"",
                        "\"tunnel\" : { \"requestId\" : 7, \"result\" : \"0x00000000\" }")
                .doesNotContain("e2f0d108567fb43a");
        assertThat(TextReport.text(analysis.report("test"), new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC)))
                .contains("of tcp.stream 0, by the request id and the cookie", "tunnel for request 7: 0x00000000");
    }

    @Test
    void theCookieUnderAnotherRequestIdIsOfNobody() {
        session(7, COOKIE).tunnel(CLIENT, SERVER, 8, COOKIE);
        assertThat(overTcp(analysis()).getFirst().overUdp()).isEmpty();
    }

    // ---- the correlation id ----

    @ParameterizedTest
    @ValueSource(strings = {"69cfb9e469ab4220ad5974d0868d0000", "e4b9cf69ab692042ad5974d0868d0000"})
    void theCorrelationIdJoinsWhatWasRecordedBehindATranslation(String asRequested) {
        correlated(50_123, bytes(asRequested)).ask(OTHER_CLIENT, OTHER_SERVER, ID, NO_ID);
        joined(analysis(), Tie.CORRELATION_ID);
    }

    @Test
    void otherAddressesAndNoIdAreOfAnotherSession() {
        correlated(50_123, bytes("01010101010101010101010101010101")).ask(OTHER_CLIENT, OTHER_SERVER, ID, NO_ID);
        apart(analysis());
    }

    @Test
    void anIdOfZerosIsNone() {
        correlated(50_123, new byte[16]).ask(OTHER_CLIENT, OTHER_SERVER, new byte[16], NO_ID);
        apart(analysis());
    }

    @Test
    void anotherIdBetweenTheSameHostsMayStillBeIts() {
        correlated(50_123, bytes("01010101010101010101010101010101")).ask(CLIENT, SERVER, ID, NO_ID);
        joined(analysis(), Tie.ADDRESSES);
    }

    @Test
    void ofTwoConnectionsItIsTheOneThatItNames() {
        correlated(50_123, bytes("01010101010101010101010101010101")).correlated(50_124, ID).ask(CLIENT, SERVER, ID, NO_ID);
        List<Incident> incidents = overTcp(analysis());
        assertThat(incidents.stream().flatMap(incident -> incident.overUdp().stream()
                .map(udp -> incident.owner(udp).orElseThrow().attempt().stream()))).containsExactly(1);
    }
}

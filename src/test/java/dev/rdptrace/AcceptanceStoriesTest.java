package dev.rdptrace;

import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.net.Packet;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.HtmlReport;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Phase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Twenty complaints that people bring, each as its capture: what one screen must say, and the well-known wrong answer that
/// it must not give.
class AcceptanceStoriesTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;

    /// A report as a reader has it.
    private record Screen(Analysis analysis, String text) {

        static Screen of(Tape tape) {
            Analysis analysis = tape.analyze();
            return new Screen(analysis, TextReport.text(analysis.report("0"), Style.PLAIN));
        }

        static Screen of(Tape tape, Endpoint gateway) {
            try {
                Analysis analysis = Analyzer.analyze(tape.source(), new Analyzer.Options(Set.of(), Set.of(gateway), false), () -> false);
                return new Screen(analysis, TextReport.text(analysis.report("0"), Style.PLAIN));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static Screen ofSample(String name) {
            return of(Samples.tape(name));
        }

        Incident incident() {
            return analysis.incidents().getFirst();
        }

        Finding verdict() {
            return incident().verdict();
        }

        /// The verdict's sentence and what to do.
        String advice() {
            return (verdict().says() + " " + String.join(" ", incident().fixes())).toLowerCase(Locale.ROOT);
        }

        /// The text and what -v adds, without line breaks.
        String flat() {
            return (text + TextReport.text(analysis.report("0"), new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC)))
                    .replaceAll("\\s+", " ");
        }

        Screen is(String id, Phase phase, Culprit side) {
            assertThat(verdict().id() + " " + verdict().phase() + " " + verdict().side() + ": " + verdict().says())
                    .startsWith(id + " " + phase + " " + side + ":");
            return this;
        }

        Screen says(String... parts) {
            for (String part : parts) {
                assertThat(flat()).containsIgnoringCase(part);
            }
            return this;
        }

        Screen warns(String id, String... parts) {
            assertThat(incident().warnings()).anySatisfy(warning -> {
                assertThat(warning.id()).isEqualTo(id);
                assertThat(Identity.shown(warning.says())).contains(parts);
            });
            return this;
        }

        /// The verdict does not speak of it.
        Screen doesNotBlame(String... words) {
            assertThat(verdict().says().toLowerCase(Locale.ROOT)).doesNotContain(words);
            return this;
        }

        Screen excludes(String part) {
            assertThat(incident().excluded()).anySatisfy(excluded -> assertThat(excluded.says()).contains(part));
            return this;
        }
    }

    private static WindowsPeers peers() {
        return WindowsPeers.with(Suite.GCM);
    }

    private static Screen screen(WindowsPeers peers) {
        return Screen.of(peers.tape());
    }

    @Test
    void story1TheServerResetsOnTheClientHello() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).clientHello();
        peers.dialogue().serverReset();
        Screen screen = screen(peers).is("tls-ch-then-rst", Phase.TLS, Culprit.SERVER).excludes("password")
                .doesNotBlame("firewall", "password", "nla")
                .says("before anything of them was sent", "36870", "36874", "22:13:20 UTC");
        assertThat(screen.verdict().closedBy()).isEqualTo(Culprit.SERVER);
        assertThat(screen.verdict().confidence()).isEqualTo(Confidence.SEEN);
    }

    @Test
    void story2ADeviceForgesTheReset() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX);
        peers.dialogue().clientOnly(WindowsPeers.hello(Suite.GCM, 0));
        peers.pause(1).dialogue().forgedReset(false, 251);
        Screen screen = screen(peers).is("tls-sni-or-policy-reset", Phase.TLS, Culprit.PATH)
                .says("its TTL is 251, the server's other packets have 124", "one round trip takes 38");
        assertThat(screen.verdict().closedBy()).isEqualTo(Culprit.PATH);
        assertThat(Screen.ofSample("forged-reset").verdict().side()).isEqualTo(Culprit.PATH);
    }

    @Test
    void story3TheServerRequiresNla() {
        Screen.ofSample("nla-required").is("x224-neg-failure-5-nla-required", Phase.X224, Culprit.CLIENT)
                .says("the server insists on Network Level Authentication", "the client asked for SSL")
                .doesNotBlame("tls 1.", "version", "cipher");
    }

    @Test
    void story4TheServerHasNoCertificateOrAnotherSecurityLayer() {
        Screen.ofSample("no-certificate").is("x224-neg-failure-3-no-cert", Phase.X224, Culprit.SERVER)
                .says("no usable certificate", "asked for SSL")
                .doesNotBlame("password", "firewall", "expired");
        Screen.ofSample("tls-not-allowed").is("x224-neg-failure-2-ssl-not-allowed", Phase.X224, Culprit.SERVER)
                .says("the client asked for", "SecurityLayer")
                .doesNotBlame("password", "firewall");
        WindowsPeers peers = peers().negotiated(ALL, 0);
        peers.dialogue().clientReset();
        screen(peers).is("x224-cc-downgrade-to-rdp", Phase.X224, Culprit.SERVER).says("Standard RDP Security", "SecurityLayer")
                .doesNotBlame("password", "firewall");
    }

    @Test
    void story5NoCommonVersionOrSuite() {
        Screen.ofSample("tls-version-mismatch").is("tls-alert-70-version", Phase.TLS, Culprit.SERVER).says("the client offers TLS 1.2")
                .doesNotBlame("password");
        Screen.ofSample("tls-cipher-mismatch").says("no cipher suite, group or signature algorithm in common", "the client offers")
                .doesNotBlame("password", "certificate", "firewall");
        // A good connection of another client to the same server is in the capture: only what differs counts.
        WindowsPeers old = WindowsPeers.with(Suite.TLS10_CBC).negotiated(ALL, HYBRID_EX).clientHello().clearAlert(false, 70);
        old.dialogue().serverFin();
        WindowsPeers good = new WindowsPeers(old.capture(), old.capture().tcp("192.168.1.11", 50900, SERVER, 3389), Suite.GCM);
        session(good.negotiated(ALL, HYBRID_EX).tls());
        Screen screen = Screen.of(old.tape()).is("tls-alert-70-version", Phase.TLS, Culprit.CLIENT).says("the client offers TLS 1.0");
        assertThat(screen.incident().excluded()).anySatisfy(excluded -> assertThat(excluded.because())
                .contains("192.168.1.11", "TLS 1.2").doesNotContain("0x009c", "TLS_RSA_WITH_AES_128_GCM_SHA256"));
    }

    private static WindowsPeers session(WindowsPeers secured) {
        return secured.ntlm().accepted().down(4).connect().join(7).session().graphics(20);
    }

    @Test
    void story6ACertificatePromptIsNoFault() {
        WindowsPeers first = peers().negotiated(ALL, HYBRID_EX).tls().pause(11_000);
        first.dialogue().clientReset();
        session(first.pause(300).again(50125).negotiated(ALL, HYBRID_EX).tls());
        Screen screen = Screen.of(first.tape());
        assertThat(screen.analysis().incidents()).hasSize(1);
        assertThat(screen.incident().outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(screen.incident().attempts()).extracting(d -> d.outcome()).containsExactly(Outcome.ABANDONED, Outcome.ESTABLISHED);
        screen.says("11").doesNotBlame("fault", "certificate");
        assertThat(screen.text()).doesNotContain("FAILED");
    }

    @Test
    void story7FallbacksAreNotTheFault() {
        WindowsPeers first = peers().negotiated(ALL, HYBRID_EX).clientHello();
        first.dialogue().serverReset();
        WindowsPeers second = first.pause(200).again(50124).negotiated(SSL, SSL).clientHello();
        second.dialogue().serverReset();
        WindowsPeers third = second.pause(200).again(50125).tcp().request(0);
        third.dialogue().server(CaptureBuilder.connectionConfirm(3, 1)).serverFin();
        Screen screen = Screen.of(first.tape()).is("tls-ch-then-rst", Phase.TLS, Culprit.SERVER);
        assertThat(screen.analysis().incidents()).hasSize(1);
        assertThat(screen.incident().attempts()).hasSize(3);
        assertThat(screen.incident().headline().attempt().stream()).isZero();
        screen.doesNotBlame("ssl_required", "nla");
    }

    @Test
    void story8TheServerRefusesTheLogon() {
        Screen.ofSample("nla-wrong-password").doesNotBlame("wrong password", "the password is wrong").says("TLS versions, cipher suites");
        WindowsPeers slow = peers().negotiated(ALL, HYBRID_EX).tls().ntlm().pause(5000).down(15);
        slow.dialogue().serverFin();
        screen(slow).is("credssp-auth-rejected-errorcode", Phase.CREDSSP, Culprit.SERVER)
                .says("TLS versions, cipher suites", "was waiting for something, often a domain controller")
                .doesNotBlame("wrong password", "firewall");
    }

    @Test
    void story9TheClientRefusesCredSsp() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).tls().up(57).down(262);
        peers.dialogue().clientFin();
        screen(peers).is("credssp-client-close-at-challenge", Phase.CREDSSP, Culprit.CLIENT)
                .says("the client closed the connection", "policy of the client", "patch level").doesNotBlame("server refused", "password");
        WindowsPeers guarded = peers().negotiated(ALL, HYBRID_EX).tls().pause(30_000);
        guarded.dialogue().clientFin();
        assertThat(screen(guarded).verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    /// Of a flight that is lost the earliest segment alone is sent again, RFC 6298 5.4; the capture lacks nothing.
    @Test
    void whereOnlyTheEarliestSegmentIsSentAgainTheCaptureIsWhole() {
        for (boolean again : new boolean[] {true, false}) {
            WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).clientHello();
            byte[] first = new byte[1400];
            first[0] = 22; // a handshake record of 4000 bytes
            first[1] = 3;
            first[2] = 3;
            first[3] = 0x0f;
            first[4] = (byte) 0xa0;
            first[5] = 2;
            peers.dialogue().raw(false, Packet.ACK, 0, first).raw(false, Packet.ACK, 1400, new byte[1400]);
            for (int i = 0; i < 3; i++) {
                peers.pause(4000);
                if (again) {
                    peers.dialogue().raw(false, Packet.ACK, 0, first);
                }
            }
            peers.pause(30_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
            List<String> unclear =
                    peers.tape().analyze().incidents().getFirst().headline().unclear().stream().map(Object::toString).toList();
            assertThat(unclear.stream().anyMatch(u -> u.contains("capture lacks packets"))).as(unclear.toString()).isEqualTo(!again);
        }
    }

    @Test
    void story10BigPacketsVanish() {
        Screen.ofSample("pmtu-black-hole").is("pmtud-blackhole", Phase.TLS, Culprit.PATH).says("bytes do not pass", "752 do", "MSS")
                .doesNotBlame("certificate",
                        "cipher");
        Screen.ofSample("pmtu-black-hole-server-side").is("pmtud-blackhole", Phase.TLS, Culprit.PATH).says("sent ");
    }

    @Test
    void story11NoAnswerOrRefused() {
        Screen.ofSample("port-filtered").says("does not answer at all", "no other port of this host was asked for")
                .doesNotBlame("nothing listens");
        Screen.ofSample("port-closed").is("tcp-syn-refused", Phase.TCP, Culprit.SERVER).says("nothing listens").doesNotBlame("firewall");
        Screen.ofSample("firewall-reject-reset").is("tcp-syn-rst-by-middlebox", Phase.TCP, Culprit.PATH)
                .says("a device on the path refuses");
    }

    @Test
    void story11OtherPortsOfTheHostTellMore() {
        silentBeside(445, true).says("does not answer at all", "its port 445 answered").excludes("the host being off")
                .doesNotBlame("nothing listens", "off,");
        Screen deaf = silentBeside(445, false).says("its port 445 did not answer either").doesNotBlame("nothing listens");
        assertThat(deaf.incident().excluded()).noneMatch(excluded -> excluded.says().contains("host being off"));
        // What another host answers says nothing about this one.
        WindowsPeers peers = peers();
        peers.capture().tcp(CLIENT, 50300, "10.20.0.6", 445).open();
        other(peers.knock().pause(21_000));
        screen(peers).says("no other port of this host was asked for");
    }

    private static Screen silentBeside(int port, boolean answered) {
        WindowsPeers peers = peers();
        var beside = peers.capture().tcp(CLIENT, 50300, SERVER, port).syn();
        if (answered) {
            beside.synAck().clientAck();
        }
        other(peers.knock().pause(21_000));
        return screen(peers).is("tcp-syn-no-response", Phase.TCP, Culprit.UNKNOWN);
    }

    @Test
    void story12TheFirstWordComesLongAfterTheHandshake() {
        WindowsPeers peers = peers();
        peers.dialogue().syn().synAck().clientAck().client(CaptureBuilder.connectionRequest(new byte[0], ALL));
        peers.pause(47_000).dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
        session(peers.tls());
        Screen screen = screen(peers).warns("tcp-synack-from-proxy", "the first RDP byte came 47 s after the request",
                "an intermediary accepts TCP for the server");
        assertThat(screen.incident().outcome()).isEqualTo(Outcome.ESTABLISHED);
        screen.doesNotBlame("loss", "lost", "server");
        assertThat(screen(session(peers().negotiated(ALL, HYBRID_EX).tls())).incident().warnings()).isEmpty();
    }

    @Test
    void story12SomebodyElseAcceptsTheConnection() {
        WindowsPeers peers = peers();
        peers.dialogue().server().hopLimit(64);
        peers.dialogue().syn().synAck().clientAck();
        peers.dialogue().client(CaptureBuilder.connectionRequest(new byte[0], ALL));
        peers.dialogue().server().hopLimit(116);
        peers.pause(9000).dialogue().serverAck().serverAck().serverAck();
        peers.pause(30_000).dialogue().clientFin();
        Screen screen = screen(peers).says("a device answered the SYN in the server's place").doesNotBlame("the server's tcp acknowledged");
        assertThat(screen.verdict().side()).isEqualTo(Culprit.PATH);
    }

    @Test
    void story13TheServerHangs() {
        Screen.ofSample("silent-server").is("tcp-accept-then-silence", Phase.X224, Culprit.SERVER)
                .says("the server's TCP acknowledged the RDP request", "did not answer within")
                .doesNotBlame("loss", "lost", "mtu", "firewall");
    }

    @Test
    void story14AnotherServiceAnswers() {
        Screen.ofSample("ssh-on-the-port").is("wrong-protocol-server", Phase.X224, Culprit.SERVER)
                .says("not an RDP server: it speaks SSH", "SSH-2.0")
                .doesNotBlame("certificate", "nla", "password");
        Screen.ofSample("web-server-on-the-port").says("not an RDP server", "HTTP/").doesNotBlame("certificate", "nla");
    }

    @Test
    void story15TheNameLeadsElsewhere() {
        WindowsPeers peers = peers();
        dns(peers.capture(), "ts1.contoso.com", 0, "10.20.0.77");
        other(peers.knock().pause(21_000));
        screen(peers).is("tcp-syn-no-response", Phase.TCP, Culprit.UNKNOWN)
                .warns("dns-stale-address", "ts1.contoso.com resolved to 10.20.0.77, the client connected to " + SERVER)
                .doesNotBlame("nothing listens", "firewall");
        // The answer names the host: nothing to say.
        WindowsPeers right = peers();
        dns(right.capture(), "ts1.contoso.com", 0, SERVER);
        right.dialogue().syn();
        other(right.pause(21_000));
        assertThat(screen(right).incident().warnings()).isEmpty();
        // The name does not exist, and nobody sends a SYN.
        CaptureBuilder none = new CaptureBuilder();
        dns(none, "ts9.contoso.com", 3);
        Screen.of(none.tape()).says("NO RDP", "ts9.contoso.com does not exist", "RDP was never tried");
    }

    /// A query and its answer.
    private static void dns(CaptureBuilder capture, String name, int code, String... addresses) {
        capture.udp(CLIENT, 61000, "192.168.1.1", 53, dnsMessage(name, false, 0));
        capture.udp("192.168.1.1", 53, CLIENT, 61000, dnsMessage(name, true, code, addresses));
    }

    private static byte[] dnsMessage(String name, boolean response, int code, String... addresses) {
        ByteBuffer out = ByteBuffer.allocate(512);
        out.putShort((short) 0x4711).putShort((short) ((response ? 0x8180 : 0x0100) | code)).putShort((short) 1)
                .putShort((short) addresses.length)
                .putInt(0);
        for (String label : name.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.put((byte) 0).putShort((short) 1).putShort((short) 1);
        for (String address : addresses) {
            out.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(300).putShort((short) 4);
            for (String octet : address.split("\\.")) {
                out.put((byte) Integer.parseInt(octet));
            }
        }
        return java.util.Arrays.copyOf(out.array(), out.position());
    }

    /// The capture goes on with something else.
    private static void other(WindowsPeers peers) {
        peers.capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
    }

    @Test
    void story16TheClientGoesThroughAGateway() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers gateway = new WindowsPeers(capture, capture.tcp(CLIENT, 50123, "203.0.113.9", 443), Suite.GCM);
        gateway.tcp().tlsFor("rdgw.contoso.com");
        gateway.up(480).down(260).up(520).down(190).dialogue().clientFin();
        assertThat(capture.tape().analyze().incidents()).as("nobody said that it is one").isEmpty();
        Screen screen = Screen.of(capture.tape(), new Endpoint(0, 0xffff_cb00_7109L, 443)).is("rdg-refused", Phase.GATEWAY,
                Culprit.GATEWAY).says("203.0.113.9:443");
        assertThat(screen.flat()).contains("gateway").containsAnyOf("inside it", "encrypted");
        screen.doesNotBlame("port 3389", "firewall");
    }

    @Test
    void story17TheBrokersOtherHostIsNotReached() {
        WindowsPeers broker = session0(peers().negotiated(ALL, HYBRID_EX).tls());
        broker.dialogue().clientFin().serverFin();
        WindowsPeers target = broker.pause(100).another(CLIENT, 50124, "10.0.0.4");
        other(target.knock().pause(21_000));
        Screen screen = Screen.of(broker.tape()).is("redirect-target-unreachable", Phase.TCP, Culprit.UNKNOWN)
                .says("redirected the client to 10.0.0.4", "that leg got no SYN-ACK")
                .doesNotBlame("certificate", "password");
        assertThat(screen.analysis().incidents()).hasSize(1);
        // It knocks at a closed port until it gives up: who redirected it is the broker still.
        WindowsPeers first = session0(peers().negotiated(ALL, HYBRID_EX).tls());
        first.dialogue().clientFin().serverFin();
        WindowsPeers closed = first.pause(100);
        for (int i = 0; i < 3; i++) {
            closed = closed.pause(500).another(CLIENT, 50124 + i, "10.0.0.4");
            closed.dialogue().syn().serverReset();
        }
        Screen.of(first.tape()).is("redirect-target-unreachable", Phase.TCP, Culprit.SERVER)
                .says(WindowsPeers.SERVER + " answered and redirected the client to 10.0.0.4", "nothing listens there");
        // A routing token says where it should go: 10.0.0.4, port 3389, each in the byte order of the specification.
        WindowsPeers leg = session0(peers().negotiated(ALL, HYBRID_EX).tls());
        leg.dialogue().clientFin().serverFin();
        WindowsPeers second = leg.pause(100).another(CLIENT, 50124, "10.20.0.6").tcp().request("Cookie: msts=67108874.15629.0000\r\n", ALL);
        second.dialogue().serverReset();
        Screen token = Screen.of(leg.tape()).says("10.0.0.4").doesNotBlame("firewall");
        assertThat(token.analysis().incidents()).hasSize(1);
        assertThat(token.verdict().id()).isEqualTo("x224-cr-then-rst");
    }

    /// A session that is up and gone within a second.
    private static WindowsPeers session0(WindowsPeers secured) {
        return secured.ntlm().accepted().down(4).connect().join(7).session();
    }

    @Test
    void story18UdpIsNotTheCause() {
        WindowsPeers peers = session(peers().negotiated(ALL, HYBRID_EX).tls());
        for (int i = 0; i < 3; i++) {
            peers.capture().udp(CLIENT, 50200, SERVER, 3389, udpSyn());
            peers.pause(2700);
        }
        peers.graphics(5).dialogue().clientFin();
        Screen screen = screen(peers).warns("udp-blocked", "costs 5.4", "not the cause");
        assertThat(screen.incident().outcome()).isEqualTo(Outcome.ESTABLISHED);
        screen.doesNotBlame("udp");
        // An answer: nothing to say.
        WindowsPeers open = session(peers().negotiated(ALL, HYBRID_EX).tls());
        open.capture().udp(CLIENT, 50200, SERVER, 3389, udpSyn()).udp(CLIENT, 50200, SERVER, 3389, udpSyn())
                .udp(CLIENT, 50200, SERVER, 3389, udpSyn()).udp(SERVER, 3389, CLIENT, 50200, udpSyn());
        assertThat(screen(open).incident().warnings()).noneMatch(w -> w.id().equals("udp-blocked"));
    }

    @Test
    void story18SessionsThatEndAtOneAgePointAtUdp() {
        WindowsPeers first = peers();
        for (int i = 0; i < 5; i++) {
            WindowsPeers one = session(first.pause(1000).again(50200 + i).negotiated(ALL, HYBRID_EX).tls());
            one.capture().udp(CLIENT, 50300 + i, SERVER, 3389, udpSyn()).udp(SERVER, 3389, CLIENT, 50300 + i, udpSyn());
            one.pause(32_000 + 100 * i).graphics(1).pause(32_000 + 100 * i).dialogue().serverReset();
        }
        for (int i = 0; i < 3; i++) {
            session(first.pause(1000).again(50400 + i).negotiated(ALL, HYBRID_EX).tls()).pause(200_000).graphics(1).dialogue().clientFin()
                    .serverFin();
        }
        Screen screen =
                Screen.of(first.tape()).warns("udp-keepalive-death", "5 of 5 sessions with UDP ended 64 to 65 s after", "0 of 3 without",
                        "it is the UDP transport that dies, not the network");
        screen.doesNotBlame("idle timer", "firewall", "certificate");
    }

    /// [MS-RDPEUDP] 2.2.2.1 and 2.2.2.5: a SYN, padded to 1232 bytes.
    private static byte[] udpSyn() {
        return ByteBuffer.allocate(1232).putInt(-1).putShort((short) 64).putShort((short) 1).putInt(77).putShort((short) 1232)
                .putShort((short) 1232)
                .array();
    }

    @Test
    void story19TwoCapturesAgree() throws IOException {
        Incident forged = compared("forged-reset", "forged-reset-server-side");
        assertThat(forged.verdict().side()).isEqualTo(Culprit.PATH);
        assertThat(forged.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(forged.verdict().says()).contains("never sent");
        Incident lost = compared("synack-lost-client-side", "synack-lost");
        assertThat(lost.verdict().side()).isEqualTo(Culprit.PATH);
        assertThat(lost.verdict().says()).contains("SYN-ACK");
        assertThat(lost.verdict().says()).doesNotContain("nothing listens", "does not answer at all");
    }

    /// The client's capture with the server's, whose clock is 4 s ahead.
    private static Incident compared(String client, String server) throws IOException {
        Tape here = Samples.tape(client);
        Tape there = Samples.tape(server).map(shot -> shot.at(shot.nanos() + 4_000_000_000L));
        return TwoCaptures.compare(here.analyze(), here::source, there::source, "server.pcapng", Analyzer.Options.NONE, () -> false)
                .incidents().getFirst();
    }

    @Test
    void story20ThePoorCaptureSaysSo() {
        for (String sample : List.of("starts-mid-session", "short-snaplen")) {
            Screen screen = Screen.ofSample(sample);
            assertThat(screen.text().lines().findFirst().orElse("")).startsWith("? CANNOT TELL");
            assertThat(screen.verdict().confidence()).isEqualTo(Confidence.CANNOT_TELL);
            screen.says("dumpcap -i IFACE -s 0 -w rdp.pcapng");
        }
        Tape whole = Samples.tape("reset-on-clienthello");
        Tape half = new Tape(whole.shots().stream().filter(shot -> shot.bytes().length > 37 && (shot.bytes()[36] & 0xff) == 0x0d
                && (shot.bytes()[37] & 0xff) == 0x3d).toList());
        assertThat(Screen.of(half).verdict().outcome()).isEqualTo(Outcome.UNDETERMINED);
        CaptureBuilder nothing = new CaptureBuilder();
        nothing.tcp("10.1.1.1", 40000, "10.1.1.2", 80).open().client("47 45 54 20 2f 20 48 54 54 50").clientFin();
        assertThat(Screen.of(nothing.tape()).text()).startsWith("NO RDP");
    }

    @Test
    void story20ScannersAreSetAside() {
        WindowsPeers user = peers().negotiated(ALL, HYBRID_EX).clientHello();
        user.dialogue().serverReset();
        for (int i = 0; i < 412; i++) {
            WindowsPeers scanner =
                    new WindowsPeers(user.capture(), user.capture().tcp("203.0.113." + (1 + i % 40), 30000 + i, SERVER, 3389), Suite.GCM);
            scanner.tcp();
            scanner.dialogue().client(CaptureBuilder.connectionRequest(new byte[0], new int[] {SSL, SSL | HYBRID, ALL}[i % 3]))
                    .server(CaptureBuilder.connectionConfirm(2, 1)).clientReset();
        }
        Screen screen = Screen.of(user.tape()).is("tls-ch-then-rst", Phase.TLS, Culprit.SERVER);
        assertThat(screen.incident().client().address()).isEqualTo(CLIENT);
        assertThat(screen.analysis().incidents().stream().skip(1))
                .allMatch(i -> i.outcome() == Outcome.PROBE || i.outcome() == Outcome.NOT_RDP);
        assertThat(screen.text().lines().count()).isLessThan(70);
    }

    @Test
    void story20WhatIsSharedNamesNobody() throws IOException {
        WindowsPeers peers = peers().tcp().request("Cookie: mstshash=CONTOSO\\alfred\r\n", ALL);
        dns(peers.capture(), "ts1.contoso.com", 0, "10.20.0.77");
        peers.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
        peers.certificate(CertificateBytes.of("CN=ts1.contoso.com", "CN=Contoso Issuing CA 2", "210601000000Z", "221114000000Z", 2048));
        peers.tlsFor("ts1.contoso.com").dialogue().clientReset();
        Analysis analysis = peers.tape().analyze();
        for (String report : written(analysis, Disguise.NONE)) {
            assertThat(report).containsIgnoringCase("contoso").contains(SERVER);
        }
        List<String> shared = written(analysis, Disguise.of(analysis.report("0")));
        for (String report : shared) {
            assertThat(report).doesNotContainIgnoringCase("contoso").doesNotContain("alfred", SERVER, CLIENT, "10.20.0.77");
            assertThat(report).contains("tls-cert-expired", "host-1", "host-2");
        }
        assertThat(written(analysis, Disguise.of(analysis.report("0")))).isEqualTo(shared);
    }

    private static List<String> written(Analysis analysis, Disguise disguise) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        TextReport.write(analysis.report("0"), new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC), disguise, text);
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        JsonReport.write(analysis.report("0"), disguise, json);
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        HtmlReport.write(analysis.report("0"), disguise, page);
        return List.of(text.toString(StandardCharsets.UTF_8), json.toString(StandardCharsets.UTF_8), page.toString(StandardCharsets.UTF_8));
    }

    // ---- what only several connections show ----

    @Test
    void aServerWithAnotherCertificateThanBefore() {
        WindowsPeers first = session(peers().negotiated(ALL, HYBRID_EX).tls());
        first.dialogue().clientFin().serverFin();
        byte[] other = CertificateBytes.of("CN=HOST6", "CN=HOST6", "230601000000Z", "240101000000Z", 2048);
        WindowsPeers second = session(first.pause(200_000).again(50200).certificate(other).negotiated(ALL, HYBRID_EX).tls());
        second.dialogue().clientFin().serverFin();
        assertThat(first.tape().analyze().incidents())
                .anySatisfy(i -> assertThat(i.warnings()).extracting(w -> w.id()).containsExactly("server-cert-changed"));
        WindowsPeers third = session(second.pause(200_000).again(50300).negotiated(ALL, HYBRID_EX).tls());
        third.dialogue().clientFin().serverFin();
        assertThat(first.tape().analyze().incidents())
                .anySatisfy(i -> assertThat(i.warnings()).extracting(w -> w.id()).containsExactly("tcp-lb-backend-flip"));
    }

    @Test
    void aServerThatIsFull() {
        WindowsPeers first = session(peers().negotiated(ALL, HYBRID_EX).tls());
        WindowsPeers second = session(first.another("192.168.1.11", 50100, SERVER).negotiated(ALL, HYBRID_EX).tls());
        for (int i = 0; i < 3; i++) {
            WindowsPeers late = second.pause(5000).another("192.168.1." + (20 + i), 50100, SERVER).tcp().request(ALL);
            late.dialogue().serverReset();
        }
        first.graphics(2);
        second.graphics(2);
        Analysis analysis = first.tape().analyze();
        assertThat(analysis.incidents().stream().filter(i -> i.outcome() == Outcome.FAILED)).hasSize(3)
                .allMatch(i -> i.verdict().id().equals("rdp-connection-limit"));
    }

    @Test
    void aServerWithTooManyHalfFinishedConnections() {
        WindowsPeers user = peers();
        WindowsPeers[] pending = pending(user.capture());
        user.tcp().request(ALL).dialogue().serverReset();
        for (WindowsPeers one : pending) {
            one.dialogue().clientReset();
        }
        assertThat(user.tape().analyze().incidents()).anySatisfy(i -> {
            assertThat(i.client().address()).isEqualTo(CLIENT);
            assertThat(i.verdict().id()).isEqualTo("rdp-pending-connection-limit");
        });
    }

    private static WindowsPeers[] pending(CaptureBuilder capture) {
        WindowsPeers[] pending = new WindowsPeers[60];
        for (int i = 0; i < pending.length; i++) {
            pending[i] = new WindowsPeers(capture, capture.tcp("203.0.113." + (i + 1), 40000, SERVER, 3389), Suite.GCM).negotiated(ALL,
                    HYBRID_EX);
        }
        return pending;
    }

    /// Whoever is answered with a reset for what cannot be read was not turned away for want of room.
    @Test
    void aServerWithManyHalfFinishedConnectionsThatIsSentNoRdp() {
        WindowsPeers user = peers();
        WindowsPeers[] pending = pending(user.capture());
        user.negotiated(ALL, HYBRID_EX).dialogue().client(new byte[100]).serverReset();
        for (WindowsPeers one : pending) {
            one.dialogue().clientReset();
        }
        Incident incident =
                user.tape().analyze().incidents().stream().filter(i -> i.client().address().equals(CLIENT)).findFirst().orElseThrow();
        assertThat(incident.verdict().id()).isNotEqualTo("rdp-pending-connection-limit");
        assertThat(incident.verdict().side()).isNotEqualTo(Culprit.SERVER);
    }

    @Test
    void aLogonStormThatOverflowsTheQueue() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(300);
        for (int i = 0; i < 30; i++) {
            var dialogue = capture.tcp("192.168.2." + (i + 1), 50000, SERVER, 3389);
            if (i % 3 == 0) {
                dialogue.syn().serverReset();
            } else {
                dialogue.open().client(CaptureBuilder.connectionRequest(new byte[0], ALL)).server(CaptureBuilder.connectionConfirm(2, 8));
            }
        }
        assertThat(capture.tape().analyze().incidents().stream().filter(i -> i.outcome() == Outcome.FAILED)).hasSize(10)
                .allMatch(i -> i.verdict().id().equals("tcp-burst-backlog-overflow"));
    }

    @Test
    void aClientThatReconnectsByItself() {
        WindowsPeers cut = session(peers().negotiated(ALL, HYBRID_EX).tls());
        cut.dialogue().serverReset();
        for (int i = 1; i <= 6; i++) {
            cut.pause(5000);
            cut.capture().tcp(CLIENT, 50123 + i, SERVER, 3389).syn().serverReset();
        }
        Screen screen = Screen.of(cut.tape()).is("session-cut", Phase.SESSION, Culprit.SERVER).warns("autoreconnect-storm", "6 times",
                "first break");
        assertThat(screen.analysis().incidents()).hasSize(1);
    }

    @Test
    void ipv6IsTriedFirstInVain() {
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp("2001:db8::10", 50122, "2001:db8:1::5", 3389).syn();
        capture.pauseMillis(21_000);
        WindowsPeers four = new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 3389), Suite.GCM);
        session(four.negotiated(ALL, HYBRID_EX).tls());
        Screen screen = Screen.of(capture.tape()).warns("ipv6-first-blackhole", "2001:db8:1::5", "21");
        assertThat(screen.analysis().incidents()).hasSize(1);
        assertThat(screen.incident().outcome()).isEqualTo(Outcome.ESTABLISHED);
    }

    @Test
    void bothSidesOfAnAddressTranslationAreOneAttempt() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(100);
        var inside = capture.tcp(CLIENT, 50123, "203.0.113.9", 3389);
        var outside = capture.tcp(CLIENT, 50123, SERVER, 3389);
        inside.syn();
        outside.syn().synAck();
        inside.synAck().clientAck();
        outside.clientAck();
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], SSL);
        inside.client(request);
        outside.client(request);
        outside.server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        inside.server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        Screen screen = Screen.of(capture.tape()).is("x224-neg-failure-5-nla-required", Phase.X224, Culprit.CLIENT);
        assertThat(screen.analysis().incidents()).hasSize(1);
        screen.warns("capture-artefact", "1 connection of this try is another one seen again");
    }

    @Test
    void aClientThatGetsNoTicket() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).tls();
        peers.capture().tcp(CLIENT, 50500, "10.20.0.2", 88).syn();
        peers.pause(1000).capture().tcp(CLIENT, 50500, "10.20.0.2", 88).syn();
        peers.pause(20_000).dialogue().clientFin();
        screen(peers).is("credssp-kdc-unreachable", Phase.CREDSSP, Culprit.CLIENT).says("10.20.0.2").doesNotBlame("certificate");
    }

    @Test
    void anAddressThatTwoHostsOwn() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).clientHello();
        peers.capture().arpReply(SERVER, 7).arpReply(SERVER, 8);
        peers.dialogue().serverReset();
        screen(peers).warns("tcp-duplicate-ip", "02:00:00:00:00:07", "02:00:00:00:00:08");
    }

    /// A reset whose TTL was never counted down comes from the next host; whether that is the server, ARP knows.
    @Test
    void whoSpeaksArpIsOnThisNetworkWhateverItsAddress() {
        CaptureBuilder routed = new CaptureBuilder().stepMicros(300);
        routed.tcp("10.1.0.5", 50123, "10.1.7.9", 3389).syn().forgedReset(false, 64);
        Screen.of(routed.tape()).is("tcp-syn-rst-by-middlebox", Phase.TCP, Culprit.PATH).says("unless the network is wider than that");
        CaptureBuilder flat = new CaptureBuilder().stepMicros(300);
        flat.arpReply("10.1.7.9", 7).tcp("10.1.0.5", 50123, "10.1.7.9", 3389).syn().forgedReset(false, 64);
        Screen.of(flat.tape()).is("tcp-syn-refused", Phase.TCP, Culprit.SERVER).doesNotBlame("firewall");
    }

    /// In a wide network, or in a cloud, every host is next door by its TTL.
    @Test
    void whereNoHopIsCountedAResetIsTheServersOwn() {
        for (boolean toTheClient : new boolean[] {true, false}) {
            CaptureBuilder wide = new CaptureBuilder().stepMicros(300);
            // Another host of the network has accepted a connection, or the client has.
            CaptureBuilder.Dialogue other =
                    toTheClient ? wide.tcp("10.1.0.5", 50122, "10.1.9.20", 443) : wide.tcp("10.1.9.20", 50122, "10.1.0.5", 443);
            other.syn().synAck();
            wide.tcp("10.1.0.5", 50123, "10.1.7.9", 3389).syn().forgedReset(false, 64);
            if (toTheClient) {
                Screen.of(wide.tape()).is("tcp-syn-refused", Phase.TCP, Culprit.SERVER).doesNotBlame("firewall");
            } else {
                Screen.of(wide.tape()).is("tcp-syn-rst-by-middlebox", Phase.TCP, Culprit.PATH);
            }
        }
    }

    // ---- and what nearly looks like it ----

    @Test
    void oneClientTurnedAwayIsNoLimit() {
        WindowsPeers first = session(peers().negotiated(ALL, HYBRID_EX).tls());
        WindowsPeers second = session(first.another("192.168.1.11", 50100, SERVER).negotiated(ALL, HYBRID_EX).tls());
        second.pause(5000).another("192.168.1.20", 50100, SERVER).tcp().request(ALL).dialogue().serverReset();
        first.graphics(2);
        second.graphics(2);
        assertThat(first.tape().analyze().incidents().getFirst().verdict().id()).isEqualTo("x224-cr-then-rst");
    }

    @Test
    void anotherHostALittleLaterIsAnotherTry() {
        WindowsPeers first = session0(peers().negotiated(ALL, HYBRID_EX).tls());
        first.dialogue().clientFin().serverFin();
        WindowsPeers other = first.pause(20_000).another(CLIENT, 50124, "10.0.0.4");
        other(other.knock().pause(21_000));
        Screen screen = Screen.of(first.tape()).is("tcp-syn-no-response", Phase.TCP, Culprit.UNKNOWN);
        assertThat(screen.analysis().incidents()).hasSize(2);
    }

    @Test
    void twoClientsAtOnceStayApart() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(100);
        var one = capture.tcp(CLIENT, 50123, SERVER, 3389);
        var other = capture.tcp("192.168.1.11", 50777, SERVER, 3389);
        one.syn();
        other.syn();
        one.synAck().clientAck();
        other.synAck().clientAck();
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], SSL);
        one.client(request).server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        other.client(request).server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        assertThat(capture.tape().analyze().incidents()).hasSize(2);
    }

    @Test
    void aControllerThatAnswersIsNotBlamed() {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).tls();
        peers.capture().tcp(CLIENT, 50500, "10.20.0.2", 88).syn().synAck();
        peers.pause(20_000).dialogue().clientFin();
        assertThat(screen(peers).verdict().id()).isEqualTo("tls-client-rejects-cert");
    }

    @Test
    void theSameCertificateAgainIsNoChange() {
        WindowsPeers first = session(peers().negotiated(ALL, HYBRID_EX).tls());
        first.dialogue().clientFin().serverFin();
        WindowsPeers second = session(first.pause(200_000).again(50200).negotiated(ALL, HYBRID_EX).tls());
        second.dialogue().clientFin().serverFin();
        assertThat(first.tape().analyze().incidents()).hasSize(2).allMatch(i -> i.warnings().isEmpty());
    }

    @Test
    void aFewRefusalsAreNoStorm() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(300);
        for (int i = 0; i < 6; i++) {
            var dialogue = capture.tcp("192.168.2." + (i + 1), 50000, SERVER, 3389);
            dialogue.server().hopLimit(124);
            dialogue.syn().serverReset();
        }
        assertThat(capture.tape().analyze().incidents()).allMatch(i -> i.verdict().id().equals("tcp-syn-refused"));
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.Analyzer;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.diagnosis.rules.TcpRules;
import dev.rdptrace.diagnosis.rules.TryRules;
import dev.rdptrace.report.Report;
import dev.rdptrace.testkit.CommentedHex;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Verdicts and warnings that only other connections, other traffic or the whole of a capture bring out: found, and what
/// nearly looks the same.
class CompanyTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    private static final String GATEWAY = "203.0.113.9";

    private static WindowsPeers peers() {
        return WindowsPeers.with(Suite.GCM);
    }

    private static WindowsPeers nla() {
        return peers().negotiated(ALL, HYBRID_EX).tls();
    }

    private static WindowsPeers session(WindowsPeers secured) {
        return secured.ntlm().accepted().down(4).connect().join(7).session().graphics(20);
    }

    private static Incident first(WindowsPeers peers) {
        return first(peers.tape());
    }

    private static Incident first(Tape tape) {
        return tape.analyze().incidents().getFirst();
    }

    private static List<String> warnings(Incident incident) {
        return incident.warnings().stream().map(w -> w.id()).toList();
    }

    private static String says(Incident incident, String warning) {
        return incident.warnings().stream().filter(w -> w.id().equals(warning)).map(w -> Identity.shown(w.says())).findFirst().orElse("");
    }

    private static Tape later(WindowsPeers peers, long millis) {
        peers.pause(millis).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        return peers.tape();
    }

    // ---- one client, several connections ----

    @Test
    void aClientThatInsistsOnOneModeAtATime() {
        Incident incident = first(refusals(true, 0, HYBRID));
        assertThat(incident.verdict().id()).isEqualTo("third-party-sec-mismatch");
        assertThat(incident.verdict().side()).isEqualTo(Culprit.CLIENT);
        assertThat(incident.verdict().says()).contains("RDP, then HYBRID", "refuses each");
        // One that asks for all it can do has negotiated, whatever it tries afterwards.
        assertThat(first(refusals(true, ALL, SSL)).verdict().id()).startsWith("x224-neg-failure-");
        // The same mode again is one refusal, and its code says why.
        assertThat(first(refusals(true, SSL, SSL)).verdict().id()).startsWith("x224-neg-failure-");
        assertThat(first(refusals(false, 0, HYBRID)).verdict().id()).isNotEqualTo("third-party-sec-mismatch");
        assertThat(answer(TryRules.THIRD_PARTY_SEC_MISMATCH, first(refusals(false, 0, HYBRID)).attempts()))
                .isInstanceOf(Answer.Unclear.class);
    }

    private static Tape refusals(boolean complete, int one, int other) {
        WindowsPeers peers = peers().tcp().request(one);
        peers.dialogue().server(CaptureBuilder.connectionConfirm(3, one == 0 ? 1 : 5)).clientFin().serverFin();
        WindowsPeers second = peers.pause(100).again(50124).tcp().request(other);
        if (complete) {
            second.dialogue().server(CaptureBuilder.connectionConfirm(3, 2)).clientFin().serverFin();
        }
        return peers.tape();
    }

    @Test
    void aHealthCheckThatSpeaksRdp() {
        Incident checks = first(checks(5, 5000, 0));
        assertThat(checks.verdict().id()).isEqualTo("health-check-cr");
        assertThat(checks.outcome()).isEqualTo(Outcome.PROBE);
        assertThat(checks.verdict().says()).contains("5 times");
        assertThat(first(checks(5, 5000, 2500)).verdict().id()).as("uneven").isNotEqualTo("health-check-cr");
        assertThat(answer(TryRules.HEALTH_CHECK_CR, first(checks(3, 5000, 0)).attempts())).as("too few").isInstanceOf(Answer.Unclear.class);
        // A user's client that comes again and again to be refused is no check.
        WindowsPeers refused = peers();
        for (int i = 0; i < 5; i++) {
            WindowsPeers one = refused.pause(5000).again(50200 + i).tcp().request(SSL);
            one.dialogue().server(CaptureBuilder.connectionConfirm(3, 5)).clientFin().serverFin();
        }
        assertThat(first(refused).outcome()).isEqualTo(Outcome.FAILED);
    }

    private static Tape checks(int count, long every, long uneven) {
        WindowsPeers peers = peers();
        for (int i = 0; i < count; i++) {
            peers.pause(every + (i % 2 == 0 ? uneven : 0)).again(50200 + i).negotiated(SSL, SSL).dialogue().clientReset();
        }
        return peers.tape();
    }

    @Test
    void aDeviceThatForgotTheConnection() {
        Incident incident = first(forgotten(900_000, true));
        assertThat(incident.verdict().id()).isEqualTo("tcp-nat-mapping-lost");
        assertThat(incident.verdict().side()).isEqualTo(Culprit.PATH);
        assertThat(incident.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(incident.verdict().says()).contains("15 min of silence");
        Incident alone = first(forgotten(900_000, false));
        assertThat(alone.verdict().id()).isEqualTo("tcp-path-death");
        assertThat(answer(TryRules.TCP_NAT_MAPPING_LOST, alone.attempts())).isInstanceOf(Answer.Unclear.class);
        assertThat(first(forgotten(3_000, true)).verdict().id()).as("it was not idle").isEqualTo("tcp-path-death");
    }

    private static Tape forgotten(long idle, boolean again) {
        WindowsPeers peers = session(nla());
        peers.pause(idle);
        byte[] record = peers.record(60);
        for (int i = 0; i < 6; i++) {
            peers.dialogue().raw(true, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, record);
            peers.pause(300L << i);
        }
        return again ? session(peers.again(50124).negotiated(ALL, HYBRID_EX).tls()).tape() : later(peers, 5000);
    }

    @Test
    void aClientWhoseWayChanges() {
        assertThat(says(first(flap(1300)), "client-vpn-flap")).contains("from 1460 to 1300");
        assertThat(warnings(first(flap(1460)))).doesNotContain("client-vpn-flap");
    }

    private static Tape flap(int mss) {
        WindowsPeers peers = peers().negotiated(ALL, HYBRID_EX).clientHello();
        peers.dialogue().serverReset();
        WindowsPeers second = peers.pause(3000).again(50124);
        second.dialogue().mss(mss);
        second.negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        return peers.tape();
    }

    @Test
    void aServiceThatDiesOfTheConnection() {
        Incident died = first(thenRefused(true, 124));
        assertThat(died.verdict().id()).isEqualTo("client-info-then-close");
        assertThat(says(died, "tcp-port-closed-meanwhile")).contains("refuses the next", "crashed or was stopped");
        assertThat(warnings(first(thenRefused(false, 124)))).as("the client left the first").doesNotContain("tcp-port-closed-meanwhile");
        assertThat(warnings(first(thenRefused(true, 63)))).as("a firewall refuses").doesNotContain("tcp-port-closed-meanwhile");
    }

    private static Tape thenRefused(boolean byServer, int hopLimit) {
        WindowsPeers peers = nla().ntlm().accepted().down(4).connect().join(7).up(404);
        if (byServer) {
            peers.dialogue().serverReset();
        } else {
            peers.dialogue().clientReset();
        }
        WindowsPeers next = peers.pause(300).again(50124);
        next.dialogue().server().hopLimit(hopLimit);
        next.dialogue().syn();
        next.pause(38).dialogue().serverReset();
        return peers.tape();
    }

    @Test
    void sessionsThatEndAtOneAgeWithUdpOnly() {
        assertThat(says(first(udp(65_000, 65_500, 64_000)), "udp-keepalive-death")).contains("3 of 3 sessions with UDP", "64 to 66 s",
                "0 of 1 without");
        assertThat(warnings(first(udp(65_000, 65_500, 140_000)))).as("not regular").doesNotContain("udp-keepalive-death");
        assertThat(warnings(first(udp(65_000, 65_500)))).as("too few").doesNotContain("udp-keepalive-death");
    }

    /// Sessions of such lengths with UDP, then one without.
    private static Tape udp(long... lives) {
        WindowsPeers peers = peers();
        for (int i = 0; i < lives.length; i++) {
            WindowsPeers one = session(peers.pause(1000).again(50200 + i).negotiated(ALL, HYBRID_EX).tls());
            byte[] syn = ByteBuffer.allocate(1232).putInt(-1).putShort((short) 64).putShort((short) 1).putInt(77).putShort((short) 1232)
                    .putShort((short) 1232).array();
            one.capture().udp(CLIENT, 50300 + i, SERVER, 3389, syn).udp(SERVER, 3389, CLIENT, 50300 + i, syn);
            one.pause(lives[i] / 2).graphics(1).pause(lives[i] / 2).dialogue().serverReset();
        }
        WindowsPeers plain = session(peers.pause(1000).again(50400).negotiated(ALL, HYBRID_EX).tls());
        plain.pause(300_000).graphics(1).dialogue().clientFin();
        return peers.tape();
    }

    // ---- who sent the reset ----

    @Test
    void oneSignAgainstTheServerIsADoubt() {
        WindowsPeers odd = peers().negotiated(ALL, HYBRID_EX).clientHello();
        odd.dialogue().raw(false, CaptureBuilder.RST | CaptureBuilder.ACK, 1000, new byte[0]);
        Finding doubted = first(odd).verdict();
        assertThat(doubted.id()).isEqualTo("tls-ch-then-rst");
        assertThat(doubted.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        assertThat(doubted.says()).contains("one sign speaks against the server itself having sent the reset: its sequence number");
        WindowsPeers own = peers().negotiated(ALL, HYBRID_EX).clientHello();
        own.dialogue().serverReset();
        assertThat(first(own).verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(first(own).verdict().says()).doesNotContain("speaks against");
    }

    // ---- what the server waited for ----

    @Test
    void aSlowRefusalWhileNoControllerAnswers() {
        Incident incident = first(refusedAfter(6000, true));
        assertThat(incident.verdict().id()).isEqualTo("credssp-auth-rejected-errorcode");
        assertThat(says(incident, "credssp-auth-slow-reject")).contains("to refuse the logon", "it asked 10.20.0.2 (port 389) in vain");
        assertThat(says(first(refusedAfter(6000, false)), "credssp-auth-slow-reject")).isNotEmpty().doesNotContain("in vain");
        assertThat(warnings(first(refusedAfter(100, true)))).as("quick").doesNotContain("credssp-auth-slow-reject");
    }

    private static WindowsPeers refusedAfter(long millis, boolean knocks) {
        WindowsPeers peers = nla().ntlm();
        if (knocks) {
            peers.capture().tcp(SERVER, 51000, "10.20.0.2", 389).syn();
            peers.pause(millis / 2);
            peers.capture().tcp(SERVER, 51000, "10.20.0.2", 389).syn();
        } else {
            peers.pause(millis / 2);
        }
        peers.pause(millis / 2).down(15).dialogue().serverFin();
        return peers;
    }

    // ---- what the server is ----

    @Test
    void flagsOfWindowsWithATtlThatIsNot() {
        assertThat(says(first(answeredWith(62, 0x1f)), "honeypot-or-proxy-server")).contains("TTL of 62");
        assertThat(warnings(first(answeredWith(124, 0x1f)))).doesNotContain("honeypot-or-proxy-server");
        assertThat(warnings(first(answeredWith(62, 0x0b)))).as("another server's flags").doesNotContain("honeypot-or-proxy-server");
    }

    private static WindowsPeers answeredWith(int hopLimit, int flags) {
        WindowsPeers peers = peers();
        peers.dialogue().server().hopLimit(hopLimit);
        peers.tcp().request(ALL);
        byte[] confirm = CaptureBuilder.connectionConfirm(2, HYBRID_EX);
        confirm[12] = (byte) flags;
        peers.dialogue().server(confirm);
        peers.clientHello().dialogue().serverReset();
        return peers;
    }

    @Test
    void aSelfSignedCertificateIsNormalAndRefusedAllTheSame() {
        WindowsPeers own = nla().upAlert();
        own.dialogue().clientReset();
        assertThat(warnings(first(own))).contains("tls-cert-self-signed");
        WindowsPeers issued = peers().certificate(CertificateBytes.of("CN=HOST5", "CN=Contoso CA", "230601000000Z", "240101000000Z", 2048))
                .negotiated(ALL, HYBRID_EX).tls();
        issued.dialogue().clientReset();
        assertThat(warnings(first(issued))).doesNotContain("tls-cert-self-signed");
        assertThat(warnings(first(session(nla())))).as("accepted").isEmpty();
    }

    /// The server took one client's hello and not the other's: what only that one offers is named.
    @Test
    void aServerThatTakesOneOfferAndNotTheOther() {
        Incident newer = beside(Suite.GCM, Suite.TLS13);
        assertThat(newer.verdict().id()).isEqualTo("tls-ch-then-rst");
        assertThat(says(newer, "tls-offer-differs")).contains("192.168.1.11", "versions TLS 1.3", "TLS_AES_256_GCM_SHA384");
        assertThat(newer.excluded()).anyMatch(excluded -> excluded.says().equals("the server's TLS as such"));
        assertThat(warnings(beside(Suite.GCM, Suite.GCM))).as("the same offer").doesNotContain("tls-offer-differs");
        assertThat(warnings(beside(Suite.TLS13, Suite.TLS13))).doesNotContain("tls-offer-differs");
        WindowsPeers alone = WindowsPeers.with(Suite.TLS13).negotiated(ALL, HYBRID_EX).clientHello();
        alone.dialogue().serverReset();
        assertThat(warnings(first(alone))).as("nobody got in").doesNotContain("tls-offer-differs");
    }

    /// The try of a client that the server resets at the hello, after another one has got in.
    private static Incident beside(Suite taken, Suite refused) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        session(new WindowsPeers(capture, capture.tcp("192.168.1.11", 50100, SERVER, 3389), taken).negotiated(ALL, HYBRID_EX).tls());
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 3389), refused);
        peers.pause(5000).negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        return capture.tape().analyze().incidents().stream().filter(i -> i.client().address().equals(CLIENT)).findFirst().orElseThrow();
    }

    /// A program on the client's own machine accepts for a host that is somewhere else.
    @Test
    void theNearEndOfATunnelIsNotTheHost() {
        for (String[] ends : new String[][] {{"127.0.0.1", "127.0.0.1"}, {"127.0.0.1", "127.0.0.2"}, {"::1", "::1"}}) {
            assertThat(warnings(closed(ends[0], ends[1]))).as(ends[1]).contains("local-tunnel");
        }
        assertThat(warnings(closed(CLIENT, CLIENT))).as("an address that others reach").doesNotContain("local-tunnel");
        assertThat(warnings(closed(CLIENT, SERVER))).doesNotContain("local-tunnel");
    }

    private static Incident closed(String client, String server) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(client, 50123, server, 54321), Suite.GCM);
        peers.tcp().request(ALL).dialogue().serverFin().clientFin();
        return first(capture.tape());
    }

    // ---- the gateway ----

    private static WindowsPeers toGateway() {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        return new WindowsPeers(capture, capture.tcp(CLIENT, 50123, GATEWAY, 443), Suite.GCM);
    }

    private static Incident throughGateway(Tape tape) {
        Analyzer.Options options = new Analyzer.Options(Set.of(), Set.of(new Endpoint(0, 0xffff_cb00_7109L, 443)), false);
        try {
            return Analyzer.analyze(tape.source(), options, () -> false).incidents().getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aGatewayThatDoesNotAnswer() {
        WindowsPeers peers = toGateway().knock();
        Incident incident = throughGateway(later(peers, 21_000));
        assertThat(incident.verdict().id()).isEqualTo("tcp-syn-no-response");
        assertThat(says(incident, "rdg-unreachable")).contains("none was tried");
    }

    @Test
    void aGatewayWhoseTlsFails() {
        WindowsPeers peers = toGateway();
        peers.tcp().clientHelloFor("rdgw.contoso.com").dialogue().serverReset();
        Incident incident = throughGateway(peers.tape());
        assertThat(incident.verdict().phase()).isEqualTo(Phase.TLS);
        assertThat(warnings(incident)).contains("rdg-tls-failed").doesNotContain("rdg-unreachable");
    }

    @Test
    void aGatewayConnectionThatIsCutWhenIdle() {
        Incident cut = throughGateway(tunnel(120_000, true));
        assertThat(cut.verdict().id()).isEqualTo("rdg-idle-cut");
        assertThat(cut.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(cut.verdict().says()).contains("2 min");
        assertThat(throughGateway(tunnel(2_000, true)).verdict().id()).isEqualTo("session-established");
        assertThat(throughGateway(tunnel(120_000, false)).verdict().id()).isEqualTo("session-established");
    }

    private static Tape tunnel(long idle, boolean byServer) {
        WindowsPeers peers = toGateway();
        peers.tcp().tlsFor("rdgw.contoso.com").up(480).down(260).up(520).down(190);
        for (int i = 0; i < 60; i++) {
            peers.down(900).up(60);
        }
        peers.pause(idle);
        if (byServer) {
            peers.dialogue().serverReset();
        } else {
            peers.dialogue().clientFin();
        }
        return peers.tape();
    }

    @Test
    void udpToTheGatewayIsBlocked() {
        WindowsPeers peers = toGateway();
        peers.tcp().tlsFor("rdgw.contoso.com").up(480).down(260);
        byte[] hello = {22, (byte) 0xfe, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0};
        for (int i = 0; i < 3; i++) {
            peers.capture().udp(CLIENT, 50300, GATEWAY, 3391, hello);
            peers.pause(1000);
        }
        peers.dialogue().clientFin();
        assertThat(warnings(throughGateway(peers.tape()))).contains("rdg-udp-3391-blocked").doesNotContain("udp-blocked");
    }

    @Test
    void aGatewayOfTheCloudIsToldAsOne() {
        WindowsPeers cut = toGateway();
        cut.tcp().clientHelloFor("afdfp-rdgateway-r1.wvd.microsoft.com").dialogue().serverReset();
        assertThat(warnings(throughGateway(cut.tape()))).contains("avd-gateway");
        assertThat(cut.tape().analyze().incidents()).as("nobody named it").isEmpty();
        assertThat(notes(cut.tape()))
                .anyMatch(note -> note.contains("afdfp-rdgateway-r1.wvd.microsoft.com") && note.contains("diagnostics"));
        for (String other : List.of("rdgateway.contoso.com", "rdgateway-wvd.microsoft.com.example.test")) {
            WindowsPeers own = toGateway();
            own.tcp().clientHelloFor(other).dialogue().serverReset();
            assertThat(warnings(throughGateway(own.tape()))).doesNotContain("avd-gateway");
            assertThat(notes(own.tape())).noneMatch(note -> note.contains("Azure"));
        }
    }

    /// RFC 8489: a Binding or, as TURN, an Allocate.
    private static byte[] stun(int type) {
        return CommentedHex.bytes("%04x 0000 2112a442 b7e7a701bc34d686fa87dfae".formatted(type));
    }

    private static Tape toTheCloud(String name, int answer) {
        WindowsPeers peers = toGateway();
        peers.tcp().tlsFor(name);
        for (int i = 0; i < 3; i++) {
            peers.capture().udp(CLIENT, 50300, "20.202.1.1", 3478, stun(1)).udp(CLIENT, 50300, "20.202.1.1", 3478, stun(3));
            peers.pause(500);
        }
        if (answer > 0) {
            peers.capture().udp("20.202.1.1", 3478, CLIENT, 50300, stun(answer));
        }
        peers.dialogue().clientFin();
        return peers.tape();
    }

    @Test
    void shortpathIsToldAsWhatItIs() {
        String gateway = "afdfp-rdgateway-r1.wvd.microsoft.com";
        assertThat(notes(toTheCloud(gateway, 0))).anyMatch(note -> note.contains("STUN") && note.contains("3 times, and got no answer"));
        assertThat(notes(toTheCloud(gateway, 0x101)))
                .anyMatch(note -> note.contains("(STUN) and got one") && note.contains("to the session host"));
        assertThat(notes(toTheCloud(gateway, 0x103)))
                .anyMatch(note -> note.contains("(TURN) and got one") && note.contains("by way of it"));
        assertThat(notes(toTheCloud(gateway, 0x113))).anyMatch(note -> note.contains("(TURN) and was refused"));
        assertThat(notes(toTheCloud("meet.example.test", 0))).as("another program's").noneMatch(note -> note.contains("STUN"));
    }

    /// The session is in TLS to the service; UDP goes to the host itself.
    @Test
    void shortpathInAManagedNetworkIsUdpWithoutItsTcp() {
        for (int port : new int[] {3390, 40_000}) {
            WindowsPeers peers = toGateway();
            peers.tcp().tlsFor("afdfp-rdgateway-r1.wvd.microsoft.com");
            byte[] syn = Arrays.copyOf(CommentedHex.bytes("ffffffff 0040 0001 0000004d 04d0 04d0"), 1232);
            for (int i = 0; i < 4; i++) {
                peers.capture().udp(CLIENT, 50300, "10.1.2.3", port, syn);
                peers.pause(1000);
            }
            peers.dialogue().clientFin();
            List<String> notes = notes(peers.tape());
            assertThat(notes).anyMatch(note -> note.contains("Azure Virtual Desktop's"));
            assertThat(notes.stream().anyMatch(note -> note.contains("UDP 3390 of "))).isEqualTo(port == 3390);
            assertThat(peers.tape().analyze().incidents()).extracting(incident -> incident.verdict().id()).containsExactly("udp-blocked");
        }
    }

    private static List<String> notes(Tape tape) {
        return tape.analyze().report("test").fitness().stream().map(Report.Fitness::says).toList();
    }

    // ---- the session begins again ----

    @Test
    void aSessionThatIsStartedAgainAndAgain() {
        assertThat(warned(3, 1)).contains("activation-loop");
        assertThat(warned(2, 1)).doesNotContain("activation-loop");
        assertThat(warned(3, 600)).as("spread over a day's work").doesNotContain("activation-loop");
    }

    /// A recorded session as if its server had begun it so often.
    private static List<String> warned(int times, int secondsApart) {
        Attempt a = Samples.tape("success-standard-rdp-security").analyze().incidents().getFirst().headline().attempt();
        InnerFacts i = a.inner();
        Moment first = i.activations().getFirst();
        List<Moment> activations = new ArrayList<>();
        for (int n = 0; n < times; n++) {
            activations.add(new Moment(first.frame() + n, first.nanos() + n * secondsApart * 1_000_000_000L));
        }
        InnerFacts inner = new InnerFacts(i.conference(), i.echoed(), i.encryption(), i.license(), activations, i.redirection(), i.error(),
                i.disconnect(), i.decrypted());
        Attempt again = new Attempt(a.stream(), a.client(), a.server(), a.rolesCertain(), a.midStart(), a.steps(), a.inferred(), a.x224(),
                a.tls(), a.authentication(), inner, a.unread(), a.proxy(), a.records(), a.events(), a.tcp(), a.gateway(), a.tunnel(),
                a.end());
        return Judge.judge(again, new Surroundings(List.of(again), again.last().nanos())).warnings().stream().map(w -> w.id()).toList();
    }

    // ---- a card that answers ----

    private static List<String> warningsOfSilence(WindowsPeers peers) {
        peers.knock().pause(21_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        Incident incident = first(peers);
        assertThat(incident.verdict().is(TcpRules.TCP_SYN_NO_RESPONSE)).isTrue();
        return incident.warnings().stream().map(JudgedAttempt.Warning::id).toList();
    }

    @Test
    void aCardThatAnswersWhileItsSystemDoesNotTellsThatTheHostIsThere() {
        WindowsPeers there = WindowsPeers.with(Suite.GCM);
        there.capture().arpReply(SERVER, 5).arpReply("192.168.1.1", 6);
        assertThat(warningsOfSilence(there)).contains("tcp-syn-silent-host");
        WindowsPeers router = WindowsPeers.with(Suite.GCM);
        router.capture().arpReply(SERVER, 5).arpReply("192.168.1.1", 5);
        assertThat(warningsOfSilence(router)).doesNotContain("tcp-syn-silent-host");
        WindowsPeers longBefore = WindowsPeers.with(Suite.GCM);
        longBefore.capture().arpReply(SERVER, 5);
        assertThat(warningsOfSilence(longBefore.pause(60_000))).doesNotContain("tcp-syn-silent-host");
    }

    /// The same over IPv6, where every host has several addresses and a router says that it is one.
    @Test
    void neighbourDiscoveryTellsAsMuchAsArp() {
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, true, 255).neighbour("fe80::5", 5, false, true, 255)))
                .contains("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.solicitation(SIX, 5))).contains("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, true, 255).pauseMillis(60_000).neighbour(SIX, 0, false, true, 255)))
                .as("heard again, without naming the card").contains("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, true, true, 255))).as("a router").doesNotContain("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, false, 255))).as("a proxy").doesNotContain("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, true, 254))).as("from elsewhere").doesNotContain("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 0, false, true, 255))).as("no card").doesNotContain("tcp-syn-silent-host");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, true, 255).neighbour(SIX, 6, false, true, 255)))
                .contains("tcp-duplicate-ip");
        assertThat(silentOver6(c -> c.neighbour(SIX, 5, false, true, 255).neighbour(SIX, 6, false, false, 255)))
                .as("a proxy beside it").doesNotContain("tcp-duplicate-ip");
    }

    private static final String SIX = "fd00::20";

    private static List<String> silentOver6(UnaryOperator<CaptureBuilder> before) {
        CaptureBuilder capture = before.apply(new CaptureBuilder().stepMicros(500));
        CaptureBuilder.Dialogue asked = capture.tcp("fd00::10", 50123, SIX, 3389).syn();
        capture.pauseMillis(1000);
        asked.synAgain();
        capture.pauseMillis(20_000).tcp("fd00::77", 4, "fd00::78", 80).syn();
        Incident incident = capture.tape().analyze().incidents().stream().filter(i -> i.server().port() == 3389).findFirst().orElseThrow();
        assertThat(incident.verdict().is(TcpRules.TCP_SYN_NO_RESPONSE)).isTrue();
        return incident.warnings().stream().map(JudgedAttempt.Warning::id).toList();
    }

    private static Answer answer(Signature wanted, List<JudgedAttempt> attempts) {
        return Rules.TRY.stream().filter(rule -> rule.name().equals(wanted)).findFirst().orElseThrow().check()
                .apply(new JudgedTry(null, attempts, new Surroundings()));
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who is no user is set aside, and nobody else is.
class UsersAndScannersTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    private static final String NAMED = "Cookie: mstshash=alice\r\n";
    private static final String TOKEN = "Cookie: msts=3640205228.15629.0000\r\n";
    private static final String BALANCED = "tsv://MS Terminal Services Plugin.1.Sales\r\n";

    private static WindowsPeers peers() {
        return WindowsPeers.with(Suite.GCM);
    }

    private static Finding first(WindowsPeers peers) {
        return first(peers.tape());
    }

    private static Finding first(Tape tape) {
        return tape.analyze().incidents().getFirst().verdict();
    }

    private static WindowsPeers asked(String routing, int protocols) {
        return peers().tcp().request(routing, protocols);
    }

    // ---- users ----

    @Test
    void whoWaitsForTheAnswerAndCancelsIsAUserBeforeAHungServer() {
        WindowsPeers hung = asked(NAMED, ALL);
        hung.dialogue().serverAck();
        hung.pause(3400).dialogue().clientFin().serverFin();
        Finding verdict = first(hung);
        assertThat(verdict.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(verdict.says()).contains("had taken it and not answered", "cancelled").doesNotContain("not a user");
        // Without a name or a token it may be a program; at once it is one.
        WindowsPeers nameless = asked("", ALL);
        nameless.pause(3400).dialogue().clientFin().serverFin();
        assertThat(first(nameless).outcome()).isEqualTo(Outcome.ABANDONED);
        WindowsPeers atOnce = asked(NAMED, ALL);
        atOnce.dialogue().clientFin().serverFin();
        assertThat(first(atOnce).outcome()).isEqualTo(Outcome.PROBE);
    }

    @Test
    void aRoutingTokenIsABrokersClient() {
        for (String token : List.of(TOKEN, BALANCED)) {
            WindowsPeers left = asked(token, ALL);
            left.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID)).clientFin().serverFin();
            assertThat(first(left).outcome()).as(token).isEqualTo(Outcome.ABANDONED);
            WindowsPeers downgraded = asked(token, ALL);
            downgraded.dialogue().server(CaptureBuilder.connectionConfirm(2, SSL)).clientFin().serverFin();
            assertThat(first(downgraded).id()).as(token).isEqualTo("x224-cc-downgrade-to-tls");
        }
        WindowsPeers scanner = asked("Cookie: mstshash=nmap\r\n", ALL);
        scanner.dialogue().server(CaptureBuilder.connectionConfirm(2, SSL)).clientFin().serverFin();
        assertThat(first(scanner).id()).isEqualTo("scan-neg-probe");
    }

    @Test
    void leavingAtTheQuestionForCredentialsIsACancelledQuestion() {
        WindowsPeers cancelled = asked(NAMED, ALL);
        cancelled.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID));
        cancelled.pause(4100).dialogue().clientFin().serverFin();
        Finding verdict = first(cancelled);
        assertThat(verdict.outcome()).isEqualTo(Outcome.ABANDONED);
        assertThat(verdict.says()).contains("credentials", "cancelled");
    }

    // ---- checks and scans ----

    private static WindowsPeers certificateSeen(String routing) {
        WindowsPeers peers = asked(routing, SSL);
        peers.dialogue().server(CaptureBuilder.connectionConfirm(2, SSL));
        return peers.tls();
    }

    @Test
    void whoOnlyWantedToSeeTheCertificateHasNotRefusedIt() {
        WindowsPeers nmap = certificateSeen("Cookie: mstshash=nmap\r\n");
        nmap.dialogue().clientReset();
        assertThat(first(nmap).outcome()).isEqualTo(Outcome.PROBE);
        WindowsPeers nameless = certificateSeen("");
        nameless.dialogue().clientReset();
        assertThat(first(nameless).outcome()).isEqualTo(Outcome.ABANDONED);
        // A user's client that says good-bye.
        WindowsPeers user = certificateSeen(NAMED);
        user.upAlert().dialogue().clientFin();
        assertThat(first(user)).extracting(Finding::id, Finding::outcome).containsExactly("tls-client-rejects-cert", Outcome.FAILED);
    }

    private static Tape halfOpen(int synHops, int resetHops, boolean goesOn) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(200);
        Dialogue scan = capture.tcp("192.0.2.77", 58382, "198.51.100.40", 3389);
        scan.client().hopLimit(synHops);
        scan.syn().synAck();
        scan.client().hopLimit(resetHops);
        scan.raw(true, CaptureBuilder.RST, 0, new byte[0]);
        if (goesOn) {
            scan.client().hopLimit(synHops);
            scan.clientAck().client(CaptureBuilder.connectionRequest(NAMED.getBytes(java.nio.charset.StandardCharsets.US_ASCII), ALL));
        }
        return capture.tape();
    }

    @Test
    void aHalfOpenScanIsTheClientsWhateverItsSynPretends() {
        for (int[] hops : new int[][] {{64, 64}, {44, 64}, {57, 64}, {39, 128}, {255, 64}, {31, 53}}) {
            assertThat(first(halfOpen(hops[0], hops[1], false))).as(hops[0] + " " + hops[1]).extracting(Finding::id, Finding::outcome)
                    .containsExactly("scan-neg-probe", Outcome.PROBE);
        }
        assertThat(first(halfOpen(118, 59, false)).outcome()).as("a device near the server").isNotEqualTo(Outcome.PROBE);
        assertThat(first(halfOpen(64, 128, true)).id()).as("the client goes on").isNotEqualTo("scan-neg-probe");
    }

    @Test
    void theProxysOwnConnectionIsAHealthCheck() {
        String local = "0d0a0d0a000d0a515549540a 20 00 0000";
        for (boolean byServer : new boolean[] {false, true}) {
            WindowsPeers check = peers().tcp();
            check.dialogue().client(local);
            if (byServer) {
                check.dialogue().serverFin().clientFin();
            } else {
                check.dialogue().clientFin().serverFin();
            }
            assertThat(first(check)).extracting(Finding::id, Finding::outcome).containsExactly("health-check-tcp", Outcome.PROBE);
        }
        // In a client's name, and refused.
        WindowsPeers refused = peers().tcp();
        refused.dialogue().client("0d0a0d0a000d0a515549540a 21 11 000c c6336407 c0000214 9c40 0d3d")
                .client(CaptureBuilder.connectionRequest(NAMED.getBytes(java.nio.charset.StandardCharsets.US_ASCII), ALL)).serverReset();
        assertThat(first(refused).id()).isEqualTo("proxy-protocol-header");
    }

    @Test
    void aServerThatWaitedForTheClientsFirstWordHasRefusedNothing() {
        WindowsPeers silent = peers().tcp().pause(6000);
        silent.dialogue().serverFin().clientFin();
        assertThat(first(silent).outcome()).isEqualTo(Outcome.PROBE);
        WindowsPeers atOnce = peers().tcp();
        atOnce.dialogue().serverFin().clientFin();
        assertThat(first(atOnce).id()).isEqualTo("tcp-accept-then-reset");
        // The client's first acknowledgement is not in the capture, the next one is of the server's FIN.
        WindowsPeers unheard = peers();
        unheard.dialogue().syn().synAck();
        unheard.pause(6000).dialogue().serverFin().clientAck();
        assertThat(first(unheard).outcome()).isEqualTo(Outcome.PROBE);
        assertThat(unheard.tape().analyze().incidents().getFirst().warnings()).as("that is no round trip").noneMatch(w -> w.id().equals(
                "tcp-high-rtt"));
        WindowsPeers unheardAtOnce = peers();
        unheardAtOnce.dialogue().syn().synAck().serverFin().clientAck();
        assertThat(first(unheardAtOnce).id()).isEqualTo("tcp-accept-then-reset");
    }

    // ---- guessing ----

    private static WindowsPeers refused(WindowsPeers peers, String name) {
        peers.tcp().request("Cookie: mstshash=" + name + "\r\n", ALL).dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
        peers.tls().ntlm().downAlert().dialogue().serverFin().clientFin();
        return peers;
    }

    private static List<Outcome> outcomes(WindowsPeers peers) {
        return peers.tape().analyze().incidents().stream().map(Incident::outcome).distinct().toList();
    }

    @Test
    void aProgramThatTriesAPasswordEverySoOftenIsNoUser() {
        WindowsPeers slow = refused(peers(), "administrator");
        for (int i = 1; i < 12; i++) {
            slow = refused(slow.pause(400_000 + i % 3 * 5000).again(50123 + i), "administrator");
        }
        assertThat(outcomes(slow)).containsExactly(Outcome.PROBE);
        assertThat(first(slow).says()).contains("12 refused logons", "one every");
        // Somebody who forgot a password.
        WindowsPeers person = refused(peers(), "maria");
        int[] pauses = {12_000, 95_000, 31_000, 400_000, 9_000, 1_800_000, 60_000};
        for (int i = 0; i < pauses.length; i++) {
            person = refused(person.pause(pauses[i]).again(50200 + i), "maria");
        }
        assertThat(outcomes(person)).containsExactly(Outcome.FAILED);
    }

    /// A handshake over a satellite takes longer than typing: what counts is who goes on at once.
    @Test
    void aLongWayMakesNoUserOfAProgram() {
        for (int pause : new int[] {300, 5000}) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(350_000);
            WindowsPeers far = refused(new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389),
                    WindowsPeers.Suite.GCM), "administrator");
            for (int i = 1; i < 6; i++) {
                far = refused(far.pause(pause).again(50123 + i), "administrator");
            }
            assertThat(outcomes(far)).as("%d ms from a refusal to the next try", pause)
                    .containsExactly(pause < 1000 ? Outcome.PROBE : Outcome.FAILED);
        }
    }

    @Test
    void onePasswordAtManyHostsIsNoUser() {
        WindowsPeers sprayed = refused(peers(), "administrator");
        for (int i = 1; i < 8; i++) {
            sprayed = refused(sprayed.pause(20_000 + i % 4 * 9000).another(WindowsPeers.CLIENT, 50123 + i, "10.20.0." + (50 + i)),
                    "administrator");
        }
        assertThat(outcomes(sprayed)).containsExactly(Outcome.PROBE);
    }

    // ---- the rest of the capture ----

    private static Finding scanned(int ports, long every, boolean fin) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(200);
        for (int port = 3389 - ports / 2; port < 3389 + ports / 2; port++) {
            Dialogue one = capture.tcp("192.0.2.77", 40444, "198.51.100.40", port);
            one.server().hopLimit(120);
            if (fin) {
                one.raw(true, CaptureBuilder.FIN, 0, new byte[0]);
            } else {
                one.syn();
            }
            one.serverReset();
            capture.pauseMillis(every);
        }
        return first(capture.tape());
    }

    @Test
    void manyPortsOfOneHostWithinSecondsAreAPortScan() {
        for (boolean fin : new boolean[] {false, true}) {
            Finding scan = scanned(100, 1, fin);
            assertThat(scan).extracting(Finding::id, Finding::outcome).containsExactly("scan-neg-probe", Outcome.PROBE);
            assertThat(scan.says()).contains("port scan");
        }
        assertThat(scanned(6, 1, false)).as("a few services").extracting(Finding::id).isEqualTo("tcp-syn-refused");
        assertThat(scanned(60, 4000, false)).as("over minutes").extracting(Finding::id).isEqualTo("tcp-syn-refused");
    }

    private static Finding fallenSilent(boolean others, boolean heard) {
        WindowsPeers peers = asked(NAMED, ALL);
        peers.dialogue().serverAck();
        if (others) {
            peers.pause(8000).another(WindowsPeers.CLIENT, 50125, "10.20.0.78").knock();
            WindowsPeers other = peers.another(WindowsPeers.CLIENT, 50124, "10.20.0.77").knock();
            if (heard) {
                other.dialogue().synAck();
            }
        }
        peers.pause(30_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        return peers.tape().analyze().incidents().stream().filter(i -> i.server().address().equals(WindowsPeers.SERVER)).findFirst()
                .orElseThrow().verdict();
    }

    @Test
    void aServerIsNotBlamedForTheSilenceOfAll() {
        assertThat(fallenSilent(false, false)).extracting(Finding::id).isEqualTo("tcp-accept-then-silence");
        assertThat(fallenSilent(true, true)).as("another host still answers").extracting(Finding::id).isEqualTo("tcp-accept-then-silence");
        assertThat(fallenSilent(true, false).outcome()).isEqualTo(Outcome.UNDETERMINED);
        assertThat(fallenSilent(true, false).says()).contains("nothing of any server came back");
    }

    @Test
    void aProgramThatResetsTheConnectionHasGivenUp() {
        for (boolean reset : new boolean[] {true, false}) {
            WindowsPeers left = asked(NAMED, ALL);
            left.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
            left.tls().ntlm().accepted().down(4).connect().join(7).pause(20);
            if (reset) {
                left.dialogue().clientReset();
            } else {
                left.dialogue().clientFin();
            }
            assertThat(first(left)).extracting(Finding::id, Finding::outcome).containsExactly("client-left-before-session",
                    reset ? Outcome.FAILED : Outcome.ABANDONED);
        }
    }

    @Test
    void whoOnlyWantedToSeeTheChallengeIsAScannerByItsName() {
        for (String name : List.of("nmap", "alice")) {
            WindowsPeers peers = asked("Cookie: mstshash=" + name + "\r\n", SSL | HYBRID);
            peers.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID));
            peers.tls().up(57).down(262).dialogue().clientFin();
            assertThat(first(peers).outcome()).isEqualTo(name.equals("nmap") ? Outcome.PROBE : Outcome.FAILED);
        }
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Phase;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// How a connection ends, who said the last word, and what answers in the place of an RDP server.
class EndsTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    /// A Disconnect Provider Ultimatum in its TPKT.
    private static final int ULTIMATUM = 9;

    private static WindowsPeers asked(int protocols) {
        return WindowsPeers.with(Suite.GCM).tcp().request(protocols);
    }

    private static Incident first(WindowsPeers peers) {
        return peers.tape().analyze().incidents().getFirst();
    }

    // ---- refusals ----

    @Test
    void aRefusalWithACodeThatNobodyKnowsIsNotTheClientsFault() {
        for (int code : new int[] {0, 7, 255, -1}) {
            WindowsPeers peers = asked(ALL);
            byte[] refusal = CaptureBuilder.connectionConfirm(3, code);
            if (code == -1) {
                Arrays.fill(refusal, 15, 19, (byte) 0xff);
            }
            peers.dialogue().server(refusal).serverFin();
            Finding verdict = first(peers).verdict();
            assertThat(verdict.id()).isEqualTo("x224-neg-failure-other");
            assertThat(verdict.side()).as("code " + code).isEqualTo(Culprit.SERVER);
            assertThat(verdict.says())
                    .contains(code == -1 ? "code 0xFFFFFFFF" : "code 0x" + Integer.toHexString(code).toUpperCase(Locale.ROOT));
        }
        WindowsPeers known = asked(SSL);
        known.dialogue().server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        assertThat(first(known).verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    @Test
    void aRefusalWithAWrongLengthIsNoChoiceOfTheServer() {
        WindowsPeers peers = asked(ALL);
        byte[] refusal = CaptureBuilder.connectionConfirm(3, 2);
        refusal[13] = 0;
        peers.dialogue().server(refusal).clientReset();
        assertThat(first(peers).verdict().id()).isEqualTo("x224-neg-failure-2-ssl-not-allowed");
    }

    /// A ClientHello of two packets and a flight of two, cut at 200 bytes: where the second begins no record begins, and nobody broke TLS.
    @Test
    void whatACutCaptureHidesIsNotBrokenAndItsHellosAreNamed() {
        WindowsPeers peers = WindowsPeers.with(Suite.TLS13);
        peers.dialogue().mss(700);
        peers.negotiated(ALL, HYBRID_EX).clientHello(800).serverFlight().clientFinished().up(57).dialogue().serverFin();
        Incident incident = peers.tape().cut(200).analyze().incidents().getFirst();
        List<String> told = incident.headline().attempt().events().stream().map(EventText::says).toList();
        assertThat(told).anyMatch(line -> line.contains("ClientHello, not whole in the capture"))
                .noneMatch(line -> line.contains("neither TPKT"));
        assertThat(incident.headline().attempt().tls().broken()).isEmpty();
    }

    /// A program that ends a connection has its system say so then, not when the server asks for a sign of life.
    @Test
    void aClientThatKnowsNothingOfTheConnectionWhenItIsAskedHasNotClosedIt() {
        for (boolean forgotten : new boolean[] {true, false}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).tls().up(57).down(262);
            peers.dialogue().clientAck();
            if (forgotten) {
                peers.pause(5_000).dialogue().raw(false, CaptureBuilder.ACK, -1, new byte[0]);
            }
            peers.dialogue().raw(true, CaptureBuilder.RST, 0, new byte[0]);
            Finding verdict = first(peers).verdict();
            assertThat(verdict.side()).isEqualTo(forgotten ? Culprit.PATH : Culprit.CLIENT);
            assertThat(verdict.id()).isEqualTo(forgotten ? "tcp-rst-by-middlebox-midflow" : "credssp-client-close-at-challenge");
            assertThat(verdict.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        }
    }

    /// In a session an end that was silent for long may have started anew; one that had just spoken has not.
    @Test
    void anEndOfASessionThatKnowsNothingOfItMayHaveStartedAnewUnlessItHadJustSpoken() {
        for (boolean client : new boolean[] {true, false}) {
            for (int silence : new int[] {50, 20_000}) {
                WindowsPeers peers = session(Suite.GCM);
                peers.dialogue().serverAck().clientAck();
                peers.pause(silence).dialogue().raw(!client, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, peers.record(80));
                peers.dialogue().raw(client, CaptureBuilder.RST, 0, new byte[0]);
                Finding verdict = first(peers).verdict();
                assertThat(verdict.outcome()).isEqualTo(Outcome.INTERRUPTED);
                assertThat(verdict.id()).as(verdict.says())
                        .isEqualTo(client && silence < 1_000 ? "tcp-rst-by-middlebox-midflow" : "session-cut");
                assertThat(verdict.side()).as(verdict.says())
                        .isEqualTo(silence > 1_000 ? Culprit.UNKNOWN : client ? Culprit.PATH : Culprit.SERVER);
            }
        }
    }

    /// Its request was sent into a path that was dead for a while: it crossed the server's close, after a long wait.
    @Test
    void aServerThatWaitedInVainForALostRequestRefusedNothing() {
        byte[] request = CaptureBuilder.connectionRequest(new byte[0], ALL);
        WindowsPeers lost = WindowsPeers.with(Suite.GCM).tcp().pause(37_000);
        lost.dialogue().raw(false, CaptureBuilder.FIN | CaptureBuilder.ACK, 0, new byte[0]);
        lost.pause(30_000).dialogue().raw(true, CaptureBuilder.ACK, request.length, new byte[0]);
        lost.pause(500).dialogue().raw(true, CaptureBuilder.FIN | CaptureBuilder.ACK, 0, request);
        assertThat(first(lost).verdict().id()).isNotEqualTo("tcp-accept-then-reset");
        assertThat(first(lost).verdict().side()).isNotEqualTo(Culprit.SERVER);
        WindowsPeers refused = WindowsPeers.with(Suite.GCM).tcp();
        refused.dialogue().serverReset();
        assertThat(first(refused).verdict().id()).isEqualTo("tcp-accept-then-reset");
    }

    // ---- the end of a session ----

    private static WindowsPeers session(Suite suite) {
        return WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls().ntlm().accepted().down(4).connect().join(7).session().graphics(20);
    }

    @Test
    void aFinWithoutAWordIsNoGoodOrder() {
        for (Suite suite : List.of(Suite.GCM, Suite.TLS13)) {
            WindowsPeers killed = session(suite);
            killed.dialogue().serverFin();
            // The client's own ultimatum comes after it, and announces nothing of the server's.
            Finding verdict = first(killed.up(ULTIMATUM)).verdict();
            assertThat(verdict.id()).isEqualTo("session-cut");
            assertThat(verdict.outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(verdict.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        }
    }

    @Test
    void aGoodByeOfTheServerIsNoFault() {
        for (Suite suite : List.of(Suite.GCM, Suite.TLS13)) {
            WindowsPeers left = session(suite).down(ULTIMATUM);
            left.dialogue().serverFin();
            assertThat(first(left).outcome()).isEqualTo(Outcome.ESTABLISHED);
            WindowsPeers closed = session(suite).downAlert();
            closed.dialogue().serverFin();
            assertThat(first(closed).outcome()).isEqualTo(Outcome.ESTABLISHED);
        }
        // Where padding hides the size, what may be a good-bye is not called a cut.
        WindowsPeers padded = session(Suite.CBC_SHA1).down(ULTIMATUM);
        padded.dialogue().serverFin();
        assertThat(first(padded).outcome()).isEqualTo(Outcome.ESTABLISHED);
    }

    @Test
    void aResetBeforeTheClientsGoodByeIsACut() {
        WindowsPeers cut = session(Suite.GCM);
        cut.dialogue().serverReset();
        assertThat(first(cut.up(ULTIMATUM)).verdict().id()).isEqualTo("session-cut");
    }

    @Test
    void theServersResetAfterALongSilenceIsNobodysIdleTimer() {
        WindowsPeers peers = session(Suite.GCM).pause(73_000);
        peers.dialogue().serverReset();
        Incident incident = first(peers);
        assertThat(incident.verdict().id()).isEqualTo("session-cut");
        assertThat(incident.verdict().says()).contains("without traffic").doesNotContain("idle timer");
        assertThat(incident.excluded()).noneMatch(excluded -> excluded.says().contains("forged"));
        // Who was given up in silence learns it by the next word; by whom is not told.
        WindowsPeers forgotten = session(Suite.GCM).pause(73_000);
        forgotten.dialogue().clientOnly(forgotten.record(60)).end().pauseMillis(38);
        forgotten.dialogue().serverReset();
        assertThat(first(forgotten).verdict().id()).isEqualTo("tcp-idle-timeout-reset");
        assertThat(first(forgotten).verdict().side()).isEqualTo(Culprit.UNKNOWN);
    }

    // ---- good-byes and other protocols where TLS should be ----

    private static final String GOOD_BYE = "03 00 00 09 02 f0 80 21 80";

    private static WindowsPeers hello(int selected) {
        return asked(ALL, selected).clientHello();
    }

    private static WindowsPeers asked(int requested, int selected) {
        return WindowsPeers.with(Suite.GCM).negotiated(requested, selected);
    }

    @Test
    void aGoodByeInTheClearBelongsToWhoSentIt() {
        WindowsPeers cancelled = hello(HYBRID).pause(3700);
        cancelled.dialogue().client(GOOD_BYE).clientFin();
        Finding verdict = first(cancelled).verdict();
        assertThat(verdict.id()).isEqualTo("tls-ch-no-answer");
        assertThat(verdict.says()).contains("took the ClientHello, and the server did not answer it within", "the client gave up");
        assertThat(verdict.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        WindowsPeers servers = hello(HYBRID);
        servers.dialogue().server(GOOD_BYE).serverFin();
        assertThat(first(servers).verdict().id()).isEqualTo("tls-ch-answered-with-tpkt");
        // At once it says nothing about the server.
        WindowsPeers atOnce = hello(HYBRID);
        atOnce.dialogue().client(GOOD_BYE).clientFin();
        assertThat(first(atOnce).verdict().side()).isNotEqualTo(Culprit.SERVER);
    }

    @Test
    void aServerThatChoseNoTlsHasPromisedNone() {
        WindowsPeers peers = hello(0);
        peers.dialogue().server(GOOD_BYE).serverFin();
        Finding verdict = first(peers).verdict();
        assertThat(verdict.id()).isEqualTo("tls-not-agreed");
        assertThat(verdict.side()).isEqualTo(Culprit.CLIENT);
        assertThat(verdict.says()).contains("chose Standard RDP Security although the client asked for", "began TLS all the same")
                .doesNotContain("could not start TLS");
    }

    private static Incident throughGateway(WindowsPeers peers) {
        Endpoint gateway = new Endpoint(0, 0xffffcb007109L, 443); // 203.0.113.9
        return Tape.analyze(peers.tape().source(), new Analyzer.Options(Set.of(), Set.of(gateway), false)).incidents().getFirst();
    }

    @Test
    void whatAnswersAClientHelloInTheClearDoesNotSpeakTls() {
        Map<String, String> answers = Map.of("HTTP", "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "SSH", "SSH-2.0-OpenSSH_9.2\r\n",
                "SMTP", "220 mail.example.test ESMTP Postfix\r\n", "FTP", "220 FTP server ready\r\n", "go away", "go away, please\n",
                "MySQL", "\u000e\0\0\0\n8.0.36\0\u0008\0\0\0\0\0", "it sent",
                "\u0007\u0011\u0099\u0042\u0013\u00aa\u00bb\u0001\u0002\u0003");
        answers.forEach((name, text) -> {
            for (boolean gateway : new boolean[] {false, true}) {
                WindowsPeers peers =
                        gateway ? WindowsPeers.with(Suite.GCM).port(50123, "203.0.113.9", 443).tcp().clientHelloFor("rdgw.example.test")
                                : hello(SSL);
                peers.dialogue().server(text.getBytes(StandardCharsets.ISO_8859_1)).serverFin();
                Incident incident = throughGateway(peers);
                Finding verdict = incident.verdict();
                assertThat(verdict.id()).as(name + gateway).isEqualTo("wrong-protocol-server");
                assertThat(verdict.side()).isEqualTo(gateway ? Culprit.GATEWAY : Culprit.SERVER);
                assertThat(verdict.says()).contains("does not speak TLS", name);
                assertThat(incident.alternatives()).noneMatch(other -> other.id().startsWith("tls-"));
            }
        });
    }

    @Test
    void aPageWithAnotherTtlIsADevices() {
        for (int hopLimit : new int[] {124, 62, 250, 126}) {
            WindowsPeers peers = hello(SSL);
            peers.dialogue().server().hopLimit(hopLimit);
            peers.dialogue().server("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).serverFin();
            assertThat(first(peers).verdict().side()).as("TTL " + hopLimit).isEqualTo(hopLimit == 124 ? Culprit.SERVER : Culprit.PATH);
            WindowsPeers early = WindowsPeers.with(Suite.GCM).tcp().request(ALL);
            early.dialogue().server().hopLimit(hopLimit);
            early.dialogue().server("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(StandardCharsets.US_ASCII)).serverFin();
            assertThat(first(early).verdict().side()).as("TTL " + hopLimit).isEqualTo(hopLimit == 124 ? Culprit.SERVER : Culprit.PATH);
        }
    }

    @Test
    void bytesThatTurnBadWithinTlsWereDamaged() {
        WindowsPeers peers = hello(SSL).serverFlight();
        peers.dialogue().server("99 03 03 00 20 11 22 33 44 55 66").serverFin();
        assertThat(first(peers).verdict().id()).isEqualTo("tls-payload-corrupted");
    }

    // ---- messages nobody can read ----

    @Test
    void theServerClosesOnAMessageThatIsNoConnectInitial() {
        for (String body : List.of("03 00 00 0f 02 f0 80 7f 65 82 01 94 04 01 01",
                "03 00 00 1b 02 f0 80 7f 65 13 04 01 01 04 01 01 01 01 ff 30 00 30 00 04 00 11 22",
                "03 00 00 0c 02 f0 80 ff ff ff ff ff")) {
            for (String end : List.of("ultimatum", "reset", "fin", "silence")) {
                WindowsPeers peers = asked(0, 0);
                peers.dialogue().client(body);
                switch (end) {
                    case "ultimatum" -> peers.dialogue().server(GOOD_BYE).serverReset();
                    case "reset" -> peers.dialogue().serverReset();
                    case "fin" -> peers.dialogue().serverFin().clientFin();
                    default -> peers.pause(30_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
                }
                Finding verdict = first(peers).verdict();
                assertThat(verdict.id()).as(body + end).isEqualTo("mcs-client-pdu-unreadable");
                assertThat(verdict.side()).isEqualTo(Culprit.CLIENT);
                assertThat(verdict.phase()).isEqualTo(Phase.MCS);
                assertThat(verdict.confidence()).isEqualTo(end.equals("silence") ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN);
            }
        }
    }

    @Test
    void whatTheServerSpeaksIsNotCalledTheFirstWordWhereTheClientsIsMissing() {
        WindowsPeers lacking = WindowsPeers.with(Suite.GCM).tcp();
        lacking.dialogue().client().skip(48);
        lacking.dialogue().server("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII)).serverFin();
        assertThat(first(lacking).outcome()).isEqualTo(Outcome.UNDETERMINED);
        WindowsPeers greeted = WindowsPeers.with(Suite.GCM).tcp();
        greeted.dialogue().server("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.US_ASCII)).serverFin();
        assertThat(first(greeted).outcome()).isEqualTo(Outcome.NOT_RDP);
    }

    @Test
    void aServerThatClosesOnTheLastMessageOfTlsHasRefusedIt() {
        WindowsPeers closed = WindowsPeers.with(Suite.TLS13).negotiated(ALL, HYBRID_EX).tls();
        closed.dialogue().serverFin();
        assertThat(first(closed).verdict().id()).isEqualTo("tls-after-cke-ephemeral");
        WindowsPeers waited = WindowsPeers.with(Suite.TLS13).negotiated(ALL, HYBRID_EX).tls().pause(30_000);
        waited.dialogue().serverFin();
        assertThat(first(waited).verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    @Test
    void anUltimatumIsShorterThanAnyAnswerHoweverItIsPadded() {
        for (Suite suite : List.of(Suite.CBC_SHA1, Suite.GCM, Suite.TLS13)) {
            WindowsPeers asked =
                    WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls().ntlm().accepted().down(4).up(451).down(ULTIMATUM);
            asked.dialogue().clientReset();
            assertThat(first(asked).verdict().id()).as(suite.toString()).isEqualTo("dpu-without-errinfo");
            WindowsPeers left = WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls().ntlm().accepted().down(4).up(451);
            left.dialogue().clientReset();
            assertThat(first(left).verdict().side()).isEqualTo(Culprit.CLIENT);
        }
    }

    /// Who refuses a certificate that nobody showed stands for somebody else; who could not read what came blames nobody.
    @Test
    void anAlertBlamesNobodyForWhatTheHandshakeHadNotShown() {
        for (Suite suite : List.of(Suite.GCM, Suite.TLS13)) {
            for (int code : new int[] {42, 46, 48, 22, 86, 109, 110}) {
                WindowsPeers peers = WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).clientHello().clearAlert(false, code);
                peers.dialogue().serverFin();
                assertThat(first(peers).verdict().side()).as("alert " + code).isEqualTo(Culprit.UNKNOWN);
            }
        }
        WindowsPeers asked = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).clientHello().serverFlight().clientFinished()
                .clearAlert(false, 48);
        asked.dialogue().serverFin();
        assertThat(first(asked).verdict().id()).isEqualTo("tls-client-cert-requested");
        WindowsPeers refused = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).clientHello().serverFlight().clearAlert(true, 48);
        refused.dialogue().clientFin();
        assertThat(first(refused).verdict().id()).isEqualTo("tls-client-rejects-cert");
    }
}

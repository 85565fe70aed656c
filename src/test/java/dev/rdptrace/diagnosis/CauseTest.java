package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CaptureBuilder.ACK;
import static dev.rdptrace.testkit.CaptureBuilder.PSH;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.Analysis;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Cause before effect: who owed the next message, who had received what when he closed, and what was sent and lost. The
/// truth is built in; every stage of the handshake is tried with every end.
class CauseTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    /// A round trip of [WindowsPeers] takes 38 ms.
    private static final int ROUND_TRIP_MILLIS = 38;

    private static WindowsPeers nla(Suite suite) {
        return WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).tls();
    }

    private static WindowsPeers mcs(Suite suite) {
        return nla(suite).ntlm().accepted().down(4);
    }

    /// What the server said last, and the client's next message is due.
    private static Map<String, Function<Suite, WindowsPeers>> clientOwes() {
        Map<String, Function<Suite, WindowsPeers>> stages = new LinkedHashMap<>();
        stages.put("Connection Confirm", suite -> WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX));
        stages.put("TLS flight", suite -> WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).clientHello().serverFlight());
        stages.put("challenge", suite -> nla(suite).up(57).down(262));
        stages.put("acceptance", suite -> nla(suite).ntlm().down(59));
        stages.put("Connect-Response", suite -> mcs(suite).up(451).down(117));
        stages.put("Attach User Confirm", suite -> mcs(suite).connect());
        stages.put("Connect-Response, and Erect Domain alone", suite -> mcs(suite).up(451).down(117).up(12));
        stages.put("last join", suite -> mcs(suite).connect().join(3));
        stages.put("Demand Active", suite -> mcs(suite).connect().join(3).up(404).down(24).up(25).down(34).down(472));
        return stages;
    }

    /// The client's next message, sealed where the stage is: what the server answers to.
    private record Question(Function<Suite, WindowsPeers> before, Function<WindowsPeers, byte[]> message, String answeredId) {}

    private static Map<String, Question> questions() {
        Map<String, Question> all = new LinkedHashMap<>();
        all.put("request", new Question(suite -> WindowsPeers.with(suite).tcp(), _ -> CaptureBuilder.connectionRequest(
                "Cookie: mstshash=alice\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII), ALL), "x224-cr-then-"));
        all.put("ClientHello TLS 1.2", new Question(suite -> WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX),
                _ -> WindowsPeers.hello(Suite.values()[0], 0), "tls-ch-then-"));
        all.put("authenticate", new Question(suite -> nla(suite).up(57).down(262), peers -> peers.record(660), "credssp-auth-rejected-"));
        all.put("Connect-Initial", new Question(CauseTest::mcs, peers -> peers.record(451), "mcs-ci-then-close"));
        all.put("Client Info", new Question(suite -> mcs(suite).connect().join(3), peers -> peers.record(404), "client-info-then-close"));
        return all;
    }

    private static Finding verdict(WindowsPeers peers) {
        Analysis analysis = peers.tape().analyze();
        assertThat(analysis.incidents()).isNotEmpty();
        return analysis.incidents().getFirst().verdict();
    }

    private static void elsewhere(WindowsPeers peers) {
        peers.capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
    }

    private static Stream<DynamicTest> each(Consumer<Trial> check) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            questions().forEach(
                    (name, question) -> tests.add(dynamicTest(name + ", " + suite, () -> check.accept(new Trial(suite, question)))));
        }
        return tests.stream();
    }

    private record Trial(Suite suite, Question question) {
        WindowsPeers peers() {
            return question.before.apply(suite);
        }
    }

    // ---- whose turn it was ----

    @TestFactory
    Stream<DynamicTest> silenceIsTheClientsWhereTheClientOwesTheNextMessage() {
        Map<String, Consumer<WindowsPeers>> ends = new LinkedHashMap<>();
        ends.put("the server closes after 30 s", peers -> peers.pause(30_000).dialogue().serverFin().clientAck());
        ends.put("the server resets after 60 s", peers -> peers.pause(60_000).dialogue().serverReset());
        ends.put("the client closes after 12 s", peers -> peers.pause(12_000).dialogue().clientFin().serverAck());
        ends.put("nobody closes", peers -> elsewhere(peers.pause(40_000)));
        List<DynamicTest> tests = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            clientOwes()
                    .forEach((stage, before) -> ends.forEach((how, end) -> tests.add(dynamicTest(stage + ", " + how + ", " + suite, () -> {
                        WindowsPeers peers = before.apply(suite);
                        end.accept(peers);
                        Finding verdict = verdict(peers);
                        assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isIn(Culprit.CLIENT, Culprit.UNKNOWN,
                                Culprit.NONE);
                        assertThat(verdict.outcome()).isNotEqualTo(Outcome.ESTABLISHED);
                    }))));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> silenceIsTheServersWhereTheServerOwesTheNextMessage() {
        return each(trial -> {
            WindowsPeers peers = trial.peers();
            peers.dialogue().client(trial.question.message.apply(peers));
            peers.pause(12_000).dialogue().clientFin().serverAck();
            Finding verdict = verdict(peers);
            assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isEqualTo(Culprit.SERVER);
        });
    }

    @Test
    void anAbsenceIsNeverCalledSeen() {
        for (Suite suite : Suite.values()) {
            for (Question question : questions().values()) {
                WindowsPeers peers = question.before.apply(suite);
                peers.dialogue().client(question.message.apply(peers));
                peers.pause(12_000).dialogue().clientFin().serverAck();
                assertThat(verdict(peers).confidence()).isNotEqualTo(Confidence.SEEN);
            }
        }
    }

    // ---- who knew what ----

    @TestFactory
    Stream<DynamicTest> closeThatDoesNotAcknowledgeTheMessageIsNoAnswerToIt() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            questions().forEach((name, question) -> {
                for (boolean reset : new boolean[] {true, false}) {
                    tests.add(dynamicTest(name + (reset ? ", reset, " : ", FIN, ") + suite, () -> {
                        Finding crossed = verdict(closed(suite, question, reset, true));
                        assertThat(crossed.id()).as(crossed.says()).doesNotStartWith(question.answeredId);
                        assertThat(crossed.says()).doesNotContain("instead of answering").doesNotContainPattern("-\\d+(\\.\\d+)? m?s\\b");
                        Finding answered = verdict(closed(suite, question, reset, false));
                        assertThat(answered.id()).as(answered.says()).startsWith(question.answeredId);
                    }));
                }
            });
        }
        return tests.stream();
    }

    /// @param crossing the close was on its way before the message can have arrived, and does not acknowledge it
    private static WindowsPeers closed(Suite suite, Question question, boolean reset, boolean crossing) {
        WindowsPeers peers = question.before.apply(suite);
        byte[] message = question.message.apply(peers);
        Dialogue dialogue = peers.dialogue();
        peers.pause(5_000);
        dialogue.clientOnly(message);
        peers.pause(crossing ? 3 : ROUND_TRIP_MILLIS);
        dialogue.server().lacks(crossing ? message.length : 0);
        if (reset) {
            dialogue.serverReset();
        } else {
            dialogue.serverFin();
        }
        return peers;
    }

    @Test
    void clientThatLeftBeforeTheConfirmDidNotJudgeIt() {
        WindowsPeers peers = WindowsPeers.with(Suite.values()[0]).tcp();
        peers.dialogue().client(
                CaptureBuilder.connectionRequest("Cookie: mstshash=alice\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII), ALL));
        peers.pause(5_000).dialogue().clientFin();
        peers.pause(3_000).dialogue().server(CaptureBuilder.connectionConfirm(2, SSL));
        Finding verdict = verdict(peers);
        assertThat(verdict.id()).isNotIn("x224-client-close-after-cc", "x224-cc-downgrade-to-tls");
        assertThat(verdict.says()).doesNotContainPattern("-\\d+(\\.\\d+)? m?s\\b");
    }

    @Test
    void clientThatLeftBeforeTheCertificateDidNotRefuseIt() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = WindowsPeers.with(suite).negotiated(ALL, HYBRID_EX).clientHello();
            peers.dialogue().clientFin();
            peers.dialogue().client().lacks(1);
            peers.serverFlight();
            Finding verdict = verdict(peers);
            assertThat(verdict.id()).as(verdict.says()).isEqualTo("client-left-in-tls");
            assertThat(verdict.side()).isEqualTo(Culprit.CLIENT);
        }
    }

    @Test
    void clientThatLeavesWithTheWholeSealedFlightReceivedWasAskedAboutTheCertificate() {
        WindowsPeers peers =
                WindowsPeers.with(Suite.values()[Suite.values().length - 1]).negotiated(ALL, HYBRID_EX).clientHello().serverFlight();
        peers.pause(20_000).dialogue().clientFin().serverAck();
        Finding verdict = verdict(peers);
        assertThat(verdict.side()).as(verdict.id() + verdict.says()).isEqualTo(Culprit.CLIENT);
        assertThat(verdict.outcome()).isEqualTo(Outcome.ABANDONED);
    }

    // ---- sent, delivered, lost ----

    @TestFactory
    Stream<DynamicTest> answerThatWasSentAndLostIsNotTheServersSilence() {
        Map<String, Consumer<Dialogue>> signs = new LinkedHashMap<>();
        signs.put("an acknowledgement of the client's FIN", dialogue -> dialogue.clientFin().serverAck());
        signs.put("a keep-alive's answer",
                dialogue -> dialogue.raw(true, ACK, -1, new byte[] {0}).serverAck().raw(true, ACK, -1, new byte[] {0})
                        .serverAck().clientFin().serverAck());
        signs.put("the server's FIN", dialogue -> {
            dialogue.serverFin().client().lacks(125);
            dialogue.clientAck();
        });
        List<DynamicTest> tests = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            questions().forEach(
                    (name, question) -> signs.forEach((sign, end) -> tests.add(dynamicTest(name + ", " + sign + ", " + suite, () -> {
                        WindowsPeers peers = question.before.apply(suite);
                        peers.dialogue().client(question.message.apply(peers));
                        peers.dialogue().server().skip(124);
                        peers.dialogue().client().lacks(124);
                        peers.pause(12_000);
                        end.accept(peers.dialogue());
                        Finding verdict = verdict(peers);
                        assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isEqualTo(Culprit.PATH);
                        assertThat(verdict.confidence()).isNotEqualTo(Confidence.SEEN);
                    }))));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> endThatNeverAcknowledgedTheMessageCannotHaveRefusedIt() {
        return each(trial -> {
            WindowsPeers peers = trial.peers();
            byte[] message = trial.question.message.apply(peers);
            Dialogue dialogue = peers.dialogue();
            dialogue.clientOnly(message);
            for (int i = 0; i < 5; i++) {
                peers.pause(400 << i);
                dialogue.raw(true, ACK | PSH, -message.length, message);
            }
            dialogue.server().lacks(message.length);
            peers.pause(4_000);
            dialogue.serverFin().clientAck();
            Finding verdict = verdict(peers);
            assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isEqualTo(Culprit.PATH);
        });
    }

    @Test
    void copiesThatNobodyAcknowledgesDidNotArrive() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = mcs(suite).connect();
            byte[] confirm = peers.up(12).record(15);
            peers.dialogue().raw(false, ACK | PSH, 0, confirm);
            for (int i = 0; i < 5; i++) {
                peers.pause(300 << i).dialogue().raw(false, ACK | PSH, 0, confirm);
            }
            peers.dialogue().server().skip(confirm.length);
            peers.pause(10_000).dialogue().serverReset();
            Finding verdict = verdict(peers);
            assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isIn(Culprit.PATH, Culprit.UNKNOWN, Culprit.CLIENT);
        }
    }

    @Test
    void breakIsInThePhaseOfTheFirstMessageThatWasLost() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).ntlm().down(59);
            Dialogue dialogue = peers.dialogue();
            byte[] both = new byte[peers.record(96).length + peers.record(451).length];
            System.arraycopy(peers.record(96), 0, both, 0, peers.record(96).length);
            System.arraycopy(peers.record(451), 0, both, peers.record(96).length, peers.record(451).length);
            dialogue.clientOnly(both);
            for (int i = 0; i < 5; i++) {
                peers.pause(300 << i).dialogue().raw(true, ACK | PSH, -both.length, both);
            }
            Finding verdict = verdict(peers);
            assertThat(verdict.side()).isEqualTo(Culprit.PATH);
            assertThat(verdict.phase()).as(verdict.says()).isEqualTo(Phase.CREDSSP);
        }
    }

    @Test
    void sizeDecidesBelowAThousandBytesTooWhereSmallerPacketsGetThrough() {
        for (boolean alive : new boolean[] {true, false}) {
            WindowsPeers peers = mcs(Suite.values()[0]);
            byte[] message = peers.record(700);
            Dialogue dialogue = peers.dialogue();
            dialogue.clientOnly(message);
            for (int i = 0; i < 5; i++) {
                peers.pause(300 << i).dialogue().raw(true, ACK | PSH, -message.length, message);
            }
            dialogue.server().lacks(message.length);
            if (alive) {
                peers.pause(500).dialogue().raw(true, ACK, -message.length - 1, new byte[] {0}).serverAck();
                peers.pause(5_000).dialogue().raw(true, ACK, -message.length - 1, new byte[] {0}).serverAck();
            }
            elsewhere(peers.pause(3_000));
            Finding verdict = verdict(peers);
            assertThat(verdict.id()).as(verdict.says()).isEqualTo(alive ? "pmtud-blackhole" : "tcp-path-death");
        }
    }

    @Test
    void whatDidNotArriveIsNoTimeToMeasureCertificatesBy() {
        for (boolean flight : new boolean[] {true, false}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            if (flight) {
                peers.negotiated(ALL, HYBRID_EX).clientHello().dialogue().client().lacks(1);
                peers.serverFlight();
            } else {
                peers.tcp().request(ALL).dialogue().client().lacks(1);
                peers.dialogue().server(CaptureBuilder.connectionConfirm(0x1f, HYBRID_EX));
            }
            peers.pause(10).dialogue().clientFin();
            Incident incident = peers.tape().analyze().incidents().getFirst();
            List<String> warnings = incident.warnings().stream().map(Object::toString).toList();
            assertThat(warnings).noneMatch(warning -> warning.contains("not yet valid"))
                    .noneMatch(warning -> warning.contains("frames=[0]"));
            assertThat(incident.alternatives()).noneMatch(less -> less.toString().contains("valid only"));
        }
    }

    @Test
    void anAlertIsNoAnswerToALogonThatHadNotArrived() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).up(57).down(262);
            byte[] logon = peers.record(660);
            Dialogue dialogue = peers.dialogue();
            dialogue.clientOnly(logon);
            for (int i = 0; i < 5; i++) {
                peers.pause(400L << i).dialogue().raw(true, ACK | PSH, -logon.length, logon);
            }
            peers.pause(3_000).dialogue().clientFin();
            dialogue.server().lacks(logon.length + 1);
            peers.pause(40_000).downAlert().dialogue().serverFin();
            assertThat(verdict(peers).side()).as(verdict(peers).id() + ": " + verdict(peers).says()).isEqualTo(Culprit.PATH);
            assertThat(verdict(nla(suite).ntlm().downAlert()).id()).isEqualTo("credssp-auth-rejected-alert");
        }
    }

    @Test
    void onlyAClientThatWaitsForAnAnswerRunsOutOfPatience() {
        for (String at : List.of("its turn", "in the middle of its own messages", "the server's turn")) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            peers.dialogue().syn();
            peers.pause(400).dialogue().synAck().clientAck();
            peers.request(ALL).pause(400).dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
            peers.tls().pause(1_200).ntlm().pause(400).accepted().pause(400).down(4).connect().pause(400).join(3).pause(400);
            switch (at) {
                case "its turn" -> peers.dialogue().clientFin();
                case "the server's turn" -> peers.up(404).pause(350).dialogue().clientFin();
                default -> peers.up(404).down(24).up(25).down(34).down(472).up(492).dialogue().clientFin();
            }
            assertThat(verdict(peers).id()).as(at + ": " + verdict(peers).says())
                    .isEqualTo(at.equals("the server's turn") ? "tcp-high-rtt" : "client-left-before-session");
        }
    }
}

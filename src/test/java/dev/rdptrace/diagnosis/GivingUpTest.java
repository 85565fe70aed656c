package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CaptureBuilder.ACK;
import static dev.rdptrace.testkit.CaptureBuilder.FIN;
import static dev.rdptrace.testkit.CaptureBuilder.PSH;
import static dev.rdptrace.testkit.CaptureBuilder.RST;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// A system that sends in vain ends the connection in the end. That is TCP giving up (RFC 9293 3.8.3), not a program refusing.
class GivingUpTest {
    private static final byte[] NOTHING = {};

    private static WindowsPeers nla(Suite suite) {
        return WindowsPeers.with(suite).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().ntlm().accepted().down(4).connect().join(3);
    }

    private static WindowsPeers session(Suite suite) {
        return nla(suite).session().graphics(3);
    }

    private static Finding verdict(WindowsPeers peers) {
        return peers.tape().analyze().incidents().getFirst().verdict();
    }

    private static void isThePaths(WindowsPeers peers, Outcome outcome) {
        Finding verdict = verdict(peers);
        assertThat(verdict.side()).as(verdict.id() + ": " + verdict.says()).isEqualTo(Culprit.PATH);
        assertThat(verdict.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        assertThat(verdict.outcome()).isEqualTo(outcome);
    }

    // ---- a reset behind bytes that never arrived ----

    @Test
    void resetThatStandsBehindLostBytesLongAfterTheLastMessageIsTcpGivingUp() {
        for (Suite suite : Suite.values()) {
            WindowsPeers before = nla(suite).up(404);
            before.dialogue().server().skip(500);
            before.pause(19_000).dialogue().serverReset();
            isThePaths(before, Outcome.FAILED);
            WindowsPeers within = session(suite);
            within.dialogue().server().skip(3_000);
            within.pause(19_000).dialogue().serverReset();
            isThePaths(within, Outcome.INTERRUPTED);
        }
    }

    @Test
    void resetRightBehindItsOwnDataIsTheProgramsDoing() {
        for (Suite suite : Suite.values()) {
            WindowsPeers within = session(suite);
            within.dialogue().server().skip(300);
            within.pause(20).dialogue().serverReset();
            assertThat(verdict(within).side()).isNotEqualTo(Culprit.PATH);
        }
    }

    // ---- a close that nobody answers ----

    @Test
    void closeThatIsRepeatedWithoutAnyAnswerTellsOfADeadWay() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).pause(60_000);
            peers.dialogue().serverFin();
            for (int i = 0; i < 5; i++) {
                peers.pause(300 << i).dialogue().raw(false, FIN | ACK, -1, NOTHING);
            }
            isThePaths(peers, Outcome.FAILED);
            WindowsPeers answered = nla(suite).pause(60_000);
            answered.dialogue().serverFin().clientAck();
            assertThat(verdict(answered).side()).isEqualTo(Culprit.CLIENT);
        }
    }

    // ---- one message that never comes ----

    @Test
    void holeThatStaysThoughLaterBytesComeIsNoSilence() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).up(404).down(24).up(25);
            Dialogue dialogue = peers.dialogue();
            dialogue.server().skip(80);
            byte[] behind = peers.record(472);
            dialogue.client().lacks(80 + behind.length);
            dialogue.raw(false, ACK | PSH, 0, behind).server().skip(behind.length);
            dialogue.clientAck();
            peers.pause(12_000).dialogue().clientFin().serverAck();
            isThePaths(peers, Outcome.FAILED);
        }
    }

    @Test
    void messageThatIsRepeatedInVainWhileOthersPassIsDroppedOnTheWay() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).up(404).down(24).up(25);
            Dialogue dialogue = peers.dialogue();
            byte[] lost = peers.record(34);
            dialogue.raw(false, ACK | PSH, 0, lost);
            for (int i = 0; i < 4; i++) {
                peers.pause(300 << i).dialogue().raw(false, ACK | PSH, 0, lost);
            }
            dialogue.server().skip(lost.length);
            dialogue.client().lacks(lost.length);
            peers.pause(8_000).dialogue().clientFin().serverAck();
            isThePaths(peers, Outcome.FAILED);
        }
    }

    // ---- a system without the connection ----

    @Test
    void bareResetAfterASilenceIsNotCalledTheServersRefusal() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite);
            byte[] info = peers.record(404);
            peers.pause(5_000).dialogue().clientOnly(info);
            peers.pause(38).dialogue().server().lacks(info.length);
            peers.dialogue().raw(false, RST, 0, NOTHING);
            assertThat(verdict(peers).side()).as(verdict(peers).says()).isIn(Culprit.UNKNOWN, Culprit.PATH);
            WindowsPeers refused = nla(suite).up(404);
            refused.dialogue().serverReset();
            assertThat(verdict(refused).side()).isEqualTo(Culprit.SERVER);
        }
    }

    // ---- the way fails, and somebody notices late ----

    @Test
    void routerThatTurnsPacketsBackIsTheReasonOfTheSilence() {
        for (Suite suite : Suite.values()) {
            for (int code : new int[] {1, 13}) {
                WindowsPeers peers = nla(suite).pause(60_000);
                peers.dialogue().serverReset().end().unreachable("10.0.0.1", peers.dialogue(), false, code);
                isThePaths(peers, Outcome.FAILED);
                assertThat(Identity.shown(verdict(peers).says())).contains("10.0.0.1 turns packets of the server back");
            }
            // The client has closed, and whoever drops the rest has broken nothing.
            WindowsPeers left = session(suite);
            left.dialogue().clientReset().end().unreachable("10.0.0.1", left.dialogue(), false, 13);
            assertThat(verdict(left).outcome()).isEqualTo(Outcome.ESTABLISHED);
            WindowsPeers wentOn = session(suite);
            wentOn.dialogue().end().unreachable("10.0.0.1", wentOn.dialogue(), false, 13);
            wentOn.graphics(4).dialogue().clientFin().serverFin();
            assertThat(verdict(wentOn).outcome()).isEqualTo(Outcome.ESTABLISHED);
        }
    }

    @Test
    void copiesAfterTheLastAcknowledgementDoNotArrive() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = session(suite);
            byte[] first = peers.record(1200);
            byte[] second = peers.record(1200);
            Dialogue dialogue = peers.dialogue();
            dialogue.raw(false, ACK | PSH, 0, first).raw(false, ACK | PSH, first.length, second);
            // What is sent again does not keep to the borders of what was sent.
            byte[] both = Arrays.copyOf(first, 1460);
            peers.pause(300).dialogue().raw(false, ACK | PSH, 0, both);
            dialogue.server().skip(1460);
            peers.pause(700).dialogue().clientAck();
            byte[] rest = new byte[first.length + second.length - 1460];
            for (int i = 0; i < 5; i++) {
                peers.pause(300 << i).dialogue().raw(false, ACK | PSH, 0, rest);
            }
            dialogue.server().skip(rest.length);
            dialogue.client().lacks(rest.length);
            peers.pause(9_600).dialogue().serverReset();
            isThePaths(peers, Outcome.INTERRUPTED);
        }
    }

    @Test
    void acknowledgementBehindTheResetHadNotReachedWhoGaveUp() {
        for (Suite suite : Suite.values()) {
            for (int taken = 0; taken < 3; taken++) {
                WindowsPeers peers = session(suite);
                byte[] first = peers.record(60);
                byte[] second = peers.record(70);
                byte[] both = Arrays.copyOf(first, first.length + second.length);
                Dialogue dialogue = peers.dialogue();
                dialogue.raw(false, ACK | PSH, 0, first).raw(false, ACK | PSH, first.length, second);
                for (int i = 0; i < 5; i++) {
                    peers.pause(300 << i).dialogue().raw(false, ACK | PSH, 0, both);
                }
                dialogue.server().skip(both.length);
                dialogue.client().lacks(taken == 0 ? both.length : taken == 1 ? second.length : 0);
                peers.pause(9_600).dialogue().serverReset();
                peers.pause(60).dialogue().clientAck();
                isThePaths(peers, Outcome.INTERRUPTED);
            }
            WindowsPeers heard = session(suite);
            byte[] last = heard.record(60);
            Dialogue dialogue = heard.dialogue();
            dialogue.raw(false, ACK | PSH, 0, last);
            heard.pause(300).dialogue().raw(false, ACK | PSH, 0, last);
            dialogue.server().skip(last.length);
            heard.pause(20).dialogue().clientAck();
            heard.pause(9_600).dialogue().serverReset();
            assertThat(verdict(heard).side()).as(verdict(heard).says()).isEqualTo(Culprit.SERVER);
        }
    }

    @Test
    void whoAsksForSignsOfLifeInAHurryHearsNoAnswer() {
        for (Suite suite : Suite.values()) {
            for (boolean answered : new boolean[] {true, false}) {
                WindowsPeers peers = session(suite).pause(60_000);
                for (int i = 0; i < 5; i++) {
                    peers.pause(1_000).dialogue().raw(false, ACK, -1, new byte[1]);
                    if (answered) {
                        peers.pause(20).dialogue().clientAck();
                    }
                }
                peers.pause(1_000).dialogue().serverReset();
                isThePaths(peers, Outcome.INTERRUPTED);
                assertThat(verdict(peers).says()).contains(answered ? "it answered when the server asked for a sign of life"
                        : "heard nothing and gave up");
            }
            WindowsPeers calm = session(suite);
            for (int i = 0; i < 5; i++) {
                calm.pause(20_000).dialogue().raw(false, ACK, -1, new byte[1]);
                calm.pause(20).dialogue().clientAck();
            }
            calm.pause(1_000).dialogue().serverReset();
            assertThat(verdict(calm).side()).as(verdict(calm).says()).isEqualTo(Culprit.SERVER);
        }
    }

    @Test
    void messageThatComesLongAfterItsNumbersWasLostOnTheWay() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite);
            byte[] info = peers.record(404);
            Dialogue dialogue = peers.dialogue();
            dialogue.client().skip(info.length);
            dialogue.clientAck();
            peers.pause(20_000).dialogue().raw(true, FIN | ACK | PSH, -info.length, info).client().skip(1);
            dialogue.serverAck().serverFin().clientAck();
            isThePaths(peers, Outcome.FAILED);
        }
    }

    @Test
    void whoLeavesWhenCopiesOfManySecondsHaveJustComeThroughHasWaitedInVain() {
        for (Suite suite : Suite.values()) {
            for (int copies : new int[] {6, 0}) {
                WindowsPeers peers = nla(suite).up(12);
                Dialogue dialogue = peers.dialogue();
                byte[] joined = peers.record(15);
                dialogue.raw(false, ACK | PSH, 0, joined);
                for (int i = 0; i < copies; i++) {
                    peers.pause(200 << i).dialogue().raw(false, ACK | PSH, 0, joined);
                }
                dialogue.server().skip(joined.length);
                peers.pause(30).dialogue().clientAck();
                peers.pause(20).dialogue().clientFin().serverAck().serverFin();
                if (copies > 0) {
                    isThePaths(peers, Outcome.FAILED);
                } else {
                    assertThat(verdict(peers).side()).isEqualTo(Culprit.CLIENT);
                }
            }
        }
    }

    @Test
    void systemThatKnowsNothingOfAConnectionWhichItsPeerClosesHadLeftBefore() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = nla(suite).pause(60_000);
            peers.dialogue().serverFin().raw(true, RST, 0, NOTHING);
            isThePaths(peers, Outcome.FAILED);
            WindowsPeers silent = nla(suite).pause(60_000);
            silent.dialogue().serverFin().clientAck().clientReset();
            assertThat(verdict(silent).side()).isEqualTo(Culprit.CLIENT);
        }
    }

    @Test
    void requestThatComesBehindItsOwnCloseIsNoProbe() {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).tcp();
        byte[] request = CaptureBuilder.connectionRequest(NOTHING, HYBRID);
        Dialogue dialogue = peers.dialogue();
        dialogue.client().skip(request.length);
        dialogue.server().lacks(request.length + 1);
        peers.pause(17_000).dialogue().clientFin().serverAck();
        peers.pause(16_000).dialogue().raw(true, FIN | ACK | PSH, -request.length - 1, request);
        dialogue.server().lacks(0);
        dialogue.serverAck().serverFin();
        assertThat(verdict(peers).id()).as(verdict(peers).says()).isEqualTo("tcp-path-death");
    }

    @Test
    void resetThatDoesNotAcknowledgeWhatWasSentTellsThatItNeverCame() {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX);
        Dialogue dialogue = peers.dialogue();
        dialogue.client().skip(76);
        dialogue.server().lacks(76);
        dialogue.clientAck();
        peers.pause(115_000).dialogue().serverReset();
        isThePaths(peers, Outcome.FAILED);
    }

    // ---- what the capture lacks ----

    @Test
    void closeThatIsAcknowledgedAndNotCapturedIsItsSenders() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = session(suite).pause(9_000);
            peers.dialogue().client().skip(1);
            peers.dialogue().serverAck().serverFin().clientAck();
            assertThat(verdict(peers).id()).as(verdict(peers).says()).isEqualTo("session-ended-by-client");
            WindowsPeers own = session(suite).pause(9_000);
            own.dialogue().serverFin().clientAck();
            assertThat(verdict(own).id()).isNotEqualTo("session-ended-by-client");
        }
    }
}

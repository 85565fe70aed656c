package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.CaptureBuilder.ACK;
import static dev.rdptrace.testkit.CaptureBuilder.FIN;
import static dev.rdptrace.testkit.CaptureBuilder.PSH;
import static dev.rdptrace.testkit.CaptureBuilder.RST;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
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
}

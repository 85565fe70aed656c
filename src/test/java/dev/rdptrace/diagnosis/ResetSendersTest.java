package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who sent a reset, and when nothing tells.
class ResetSendersTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    /// TTL of [WindowsPeers]' server.
    private static final int USUAL = 124;

    private static WindowsPeers hello() {
        return WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).clientHello();
    }

    private static Incident first(WindowsPeers peers) {
        return peers.tape().analyze().incidents().getFirst();
    }

    /// @param identification -1: goes on counting
    private static Finding reset(int hopLimit, int identification) {
        WindowsPeers peers = hello();
        if (identification >= 0) {
            peers.dialogue().server().identification(identification);
        }
        peers.dialogue().forgedReset(false, hopLimit);
        return first(peers).verdict();
    }

    @Test
    void aHopMoreOrLessIsARouteWhileTheServerGoesOnCounting() {
        for (int hopLimit : new int[] {USUAL - 2, USUAL - 1, USUAL + 1, USUAL + 2}) {
            assertThat(reset(hopLimit, -1).id()).as("TTL " + hopLimit).isEqualTo("tls-ch-then-rst");
            assertThat(reset(hopLimit, -1).side()).isEqualTo(Culprit.SERVER);
        }
        assertThat(reset(USUAL + 1, 40_000).side()).isEqualTo(Culprit.PATH);
        assertThat(reset(USUAL + 3, -1).side()).isEqualTo(Culprit.PATH);
        assertThat(reset(61, -1).side()).isEqualTo(Culprit.PATH);
    }

    @Test
    void aFartherSenderIsNoDeviceBetweenUnlessItCountsItsOwnPackets() {
        for (int hopLimit : new int[] {USUAL - 1, USUAL - 5, USUAL - 20}) {
            assertThat(reset(hopLimit, 0).side()).as("TTL " + hopLimit).isNotEqualTo(Culprit.PATH);
            assertThat(reset(hopLimit, 0).confidence()).isNotEqualTo(Confidence.SEEN);
            assertThat(reset(hopLimit, 40_000).side()).as("TTL " + hopLimit).isEqualTo(Culprit.PATH);
        }
    }

    /// The same TTL tells nothing; time does.
    @Test
    void whatCannotHaveReachedTheServerIsNotAnsweredByIt() {
        for (int millis : new int[] {1, 5, 30, 40}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX);
            peers.dialogue().clientOnly(WindowsPeers.hello(Suite.GCM, 0));
            peers.pause(millis).dialogue().serverReset();
            assertThat(first(peers).verdict().side()).as("%d ms, a round trip takes 38", millis)
                    .isEqualTo(millis < 9 ? Culprit.PATH : Culprit.SERVER);
        }
        WindowsPeers heard = WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX);
        heard.dialogue().client(WindowsPeers.hello(Suite.GCM, 0)).serverReset();
        assertThat(first(heard).verdict().side()).as("it had acknowledged that before").isEqualTo(Culprit.SERVER);
    }

    @Test
    void windowsWritesNoTimestampIntoAReset() {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        peers.dialogue().client().timestamps();
        peers.dialogue().server().timestamps();
        peers.negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        Finding verdict = first(peers).verdict();
        assertThat(verdict.id()).isEqualTo("tls-ch-then-rst");
        assertThat(verdict.says()).doesNotContain("speaks against");
        // Linux does, so that its lack is a sign.
        WindowsPeers linux = WindowsPeers.with(Suite.GCM);
        linux.dialogue().client().timestamps();
        linux.dialogue().server().timestamps().hopLimit(60);
        linux.negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        assertThat(first(linux).verdict().says()).contains("speaks against the server");
    }

    private static Finding fragmentable(int hopLimit) {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        peers.dialogue().server().hopLimit(hopLimit);
        peers.negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        List<Tape.Shot> shots = new ArrayList<>(peers.tape().shots());
        byte[] reset = shots.getLast().bytes().clone();
        reset[20] = 0; // RFC 791 3.1: Don't Fragment
        shots.set(shots.size() - 1, shots.getLast().with(reset));
        return new Tape(shots).analyze().incidents().getFirst().verdict();
    }

    /// Windows XP and 2003 forbid that their data be fragmented, and not that their resets are.
    @Test
    void thatAResetMayBeFragmentedSaysNothingOfWindows() {
        assertThat(fragmentable(124).says()).doesNotContain("speaks against");
        assertThat(fragmentable(124).side()).isEqualTo(Culprit.SERVER);
        assertThat(fragmentable(60).says()).as("Linux").contains("speaks against the server");
    }

    @Test
    void anAlertThatWasLostBeforeTheResetIsTheServersOwn() {
        for (int gap : new int[] {7, 8, 200}) {
            WindowsPeers peers = hello();
            peers.dialogue().server().skip(gap).timestamps();
            peers.dialogue().serverReset();
            Finding verdict = first(peers).verdict();
            assertThat(verdict.id()).isEqualTo("tls-ch-then-rst");
            assertThat(verdict.says().contains("speaks against")).as("gap " + gap).isEqualTo(gap == 200);
            assertThat(verdict.says().contains("as many as an alert has")).as("gap " + gap).isEqualTo(gap != 200);
        }
    }

    @Test
    void whereNoHopIsCountedNothingTellsTheHostFromAFirewall() {
        assertThat(refused("100.64.10.5", "100.101.55.3", 128).id()).isEqualTo("tcp-syn-refused");
        assertThat(refused("100.64.10.5", "100.101.55.3", 64).id()).isEqualTo("tcp-syn-refused");
        assertThat(refused("10.1.0.5", "10.9.7.9", 128).id()).isEqualTo("tcp-syn-refused");
        Finding unseen = refused("10.1.0.5", "10.9.7.9", 128);
        assertThat(unseen.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        assertThat(unseen.says()).contains("a device that refuses in its name looks the same");
        assertThat(refused("10.1.0.5", "10.9.7.9", 64).says()).contains("or counts no hops, as clouds do");
        assertThat(refused("10.1.0.5", "203.0.113.9", 64).id()).isEqualTo("tcp-syn-rst-by-middlebox");
    }

    private static Finding refused(String client, String server, int hopLimit) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(300);
        capture.tcp(client, 50123, server, 3389).syn().forgedReset(false, hopLimit);
        return capture.tape().analyze().incidents().getFirst().verdict();
    }

    @Test
    void aBareResetMayBeTheAnswerOfASystemThatLostTheConnection() {
        for (boolean bare : new boolean[] {true, false}) {
            WindowsPeers peers = hello();
            peers.dialogue().raw(false, CaptureBuilder.RST | (bare ? 0 : CaptureBuilder.ACK), 0, new byte[0]);
            Finding verdict = first(peers).verdict();
            assertThat(verdict.id()).isEqualTo("tls-ch-then-rst");
            assertThat(verdict.confidence()).isEqualTo(bare ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN);
            assertThat(verdict.says().contains("the reset has no ACK")).isEqualTo(bare);
        }
    }

    @Test
    void aClientThatWasAwayIsNoDevice() {
        WindowsPeers away = session().pause(5000);
        byte[] record = away.record(120);
        for (int i = 0; i < 6; i++) {
            away.dialogue().raw(false, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, record).end().pauseMillis(600L << i);
        }
        away.dialogue().raw(true, CaptureBuilder.RST, 0, new byte[0]);
        Finding verdict = first(away).verdict();
        assertThat(verdict.id()).isEqualTo("session-cut");
        assertThat(verdict.side()).isEqualTo(Culprit.UNKNOWN);
        assertThat(verdict.says()).contains("started anew").doesNotContain("a device");
        // One that answers at once was there all the time.
        WindowsPeers there = session().pause(5000);
        there.dialogue().raw(false, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, record).raw(true, CaptureBuilder.RST, 0, new byte[0]);
        assertThat(first(there).verdict().id()).isEqualTo("tcp-rst-by-middlebox-midflow");
    }

    private static WindowsPeers session() {
        return WindowsPeers.with(Suite.GCM).negotiated(ALL, HYBRID_EX).tls().ntlm().accepted().down(4).connect().join(7).session()
                .graphics(20);
    }

    @Test
    void anEqualTtlExcludesNoDevice() {
        WindowsPeers peers = hello();
        peers.dialogue().serverReset();
        Incident incident = first(peers);
        assertThat(incident.excluded()).noneMatch(excluded -> excluded.says().contains("forged"));
        assertThat(incident.nextLook()).anyMatch(look -> look.contains("nothing at this end tells the server's reset"));
    }

    @Test
    void aSynAckOneHopAwayIsNoProxys() {
        for (int hopLimit : new int[] {USUAL - 1, USUAL + 1, 250}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            peers.dialogue().syn().server().hopLimit(hopLimit);
            peers.pause(38).dialogue().synAck().clientAck().server().hopLimit(USUAL);
            peers.request(ALL).dialogue().serverAck();
            peers.pause(30_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
            assertThat(first(peers).verdict().id()).as("TTL " + hopLimit)
                    .isEqualTo(hopLimit == 250 ? "tcp-synack-from-proxy" : "tcp-accept-then-silence");
        }
    }
}

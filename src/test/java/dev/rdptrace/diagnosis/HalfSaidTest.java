package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Messages that belong together and are sent one by one: who stops among them owes the rest.
class HalfSaidTest {
    private static final int[] FINALIZATION = {37, 41, 41, 45};

    private static WindowsPeers confirmed(Suite suite, int said) {
        return WindowsPeers.with(suite).negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().ntlm().accepted().down(4).connect().join(3)
                .up(404)
                .down(24).up(25).down(34).down(472).up(492).up(Arrays.copyOf(FINALIZATION, said));
    }

    private static Finding verdict(WindowsPeers peers) {
        return peers.tape().analyze().incidents().getFirst().verdict();
    }

    @Test
    void clientThatStopsInItsFinalizationIsNotRefusedByTheServersTimer() {
        for (Suite suite : Suite.values()) {
            for (int said = 1; said < FINALIZATION.length; said++) {
                WindowsPeers peers = confirmed(suite, said).pause(60_000);
                peers.dialogue().serverReset();
                Finding verdict = verdict(peers);
                assertThat(verdict.side()).as(suite + ", " + said + ": " + verdict.says()).isEqualTo(Culprit.CLIENT);
                assertThat(verdict.confidence()).isNotEqualTo(Confidence.SEEN);
            }
        }
    }

    @Test
    void serverThatClosesAtOnceAfterTheConfirmActiveHasRefusedIt() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = confirmed(suite, 2);
            peers.dialogue().serverReset();
            assertThat(verdict(peers).side()).isEqualTo(Culprit.SERVER);
        }
    }

    @Test
    void serverThatLetsAWholeFinalizationWaitIsSilentItself() {
        for (Suite suite : Suite.values()) {
            WindowsPeers peers = confirmed(suite, FINALIZATION.length).pause(20_000);
            peers.dialogue().clientFin().serverAck();
            assertThat(verdict(peers).side()).as(suite.toString()).isEqualTo(Culprit.SERVER);
        }
    }
}

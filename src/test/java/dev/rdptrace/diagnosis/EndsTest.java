package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import org.junit.jupiter.api.Test;

/// How a connection ends, who said the last word, and what answers in the place of an RDP server.
class EndsTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;

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
                java.util.Arrays.fill(refusal, 15, 19, (byte) 0xff);
            }
            peers.dialogue().server(refusal).serverFin();
            Finding verdict = first(peers).verdict();
            assertThat(verdict.id()).isEqualTo("x224-neg-failure-other");
            assertThat(verdict.side()).as("code " + code).isEqualTo(Fault.SERVER);
            assertThat(verdict.says()).contains(code == -1 ? "code 0xFFFFFFFF" : "code 0x" + Integer.toHexString(code).toUpperCase(java.util.Locale.ROOT));
        }
        WindowsPeers known = asked(SSL);
        known.dialogue().server(CaptureBuilder.connectionConfirm(3, 5)).serverFin();
        assertThat(first(known).verdict().side()).isEqualTo(Fault.CLIENT);
    }

    @Test
    void aRefusalWithAWrongLengthIsNoChoiceOfTheServer() {
        WindowsPeers peers = asked(ALL);
        byte[] refusal = CaptureBuilder.connectionConfirm(3, 2);
        refusal[13] = 0;
        peers.dialogue().server(refusal).clientReset();
        assertThat(first(peers).verdict().id()).isEqualTo("x224-neg-failure-2-ssl-not-allowed");
    }
}

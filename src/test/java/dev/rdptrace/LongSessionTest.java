package dev.rdptrace;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Of a session that is up little is read; how it ends is.
final class LongSessionTest {
    /// A Disconnect Provider Ultimatum in its TPKT.
    private static final int ULTIMATUM = 9;
    /// Sizes of records are exact where nothing is padded.
    private static final String EXACT = "GCM|TLS13";

    private static WindowsPeers longSession(Suite suite) {
        return WindowsPeers.with(suite).negotiated(SSL | HYBRID, HYBRID).tls().ntlm().accepted().connect().join(4).session().graphics(300);
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, mode = EnumSource.Mode.MATCH_ALL, names = EXACT)
    void anAnnouncedEndIsNoFault(Suite suite) {
        WindowsPeers peers = longSession(suite).down(ULTIMATUM);
        peers.dialogue().serverFin();
        Finding verdict = verdict(peers);
        assertThat(verdict.id()).isEqualTo("session-ended-by-server");
        assertThat(verdict.outcome()).isEqualTo(Outcome.ESTABLISHED);
    }

    @ParameterizedTest
    @EnumSource(value = Suite.class, mode = EnumSource.Mode.MATCH_ALL, names = EXACT)
    void anEndBehindPicturesInOneSegmentIsSeen(Suite suite) {
        WindowsPeers peers = longSession(suite).down(400, ULTIMATUM).downAlert();
        peers.dialogue().serverFin();
        assertThat(verdict(peers).outcome()).isEqualTo(Outcome.ESTABLISHED);
    }

    @ParameterizedTest
    @EnumSource(Suite.class)
    void anEndWithoutAWordIsCut(Suite suite) {
        WindowsPeers peers = longSession(suite).down(900);
        peers.dialogue().serverFin();
        Finding verdict = verdict(peers);
        assertThat(verdict.id()).isEqualTo("session-cut");
        assertThat(verdict.outcome()).isEqualTo(Outcome.INTERRUPTED);
    }

    private static Finding verdict(WindowsPeers peers) {
        return peers.tape().analyze().incidents().getFirst().verdict();
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whose story a connection belongs to: a session that worked hides nobody's failure, neither in a whole capture nor while it goes on.
class OtherUsersTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;

    private static WindowsPeers peers() {
        return WindowsPeers.with(Suite.GCM);
    }

    private static WindowsPeers logon(WindowsPeers peers, String name) {
        peers.tcp().request("Cookie: mstshash=" + name + "\r\n", ALL).dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
        return peers.tls().ntlm();
    }

    private static WindowsPeers session(WindowsPeers peers, String name) {
        return logon(peers, name).accepted().down(4).connect().join(7).session().graphics(20);
    }

    private static WindowsPeers refused(WindowsPeers peers, String name) {
        logon(peers, name).downAlert().dialogue().serverFin().clientFin();
        return peers;
    }

    private static List<String> outcomes(Tape tape) {
        return tape.analyze().incidents().stream().map(i -> i.outcome().name()).toList();
    }

    /// What is told while the capture goes on, the last word on each connection.
    private static List<Outcome> live(Tape tape) {
        List<Outcome> told = new ArrayList<>();
        RunningAnalysis stream = new RunningAnalysis(Analyzer.Options.NONE, 0, incident -> told.add(incident.outcome()));
        try (var source = tape.source()) {
            dev.rdptrace.capture.Frame frame = new dev.rdptrace.capture.Frame();
            while (source.next(frame)) {
                stream.accept(frame);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stream.finish();
        return told;
    }

    @Test
    void whatAnAddressBeginsBesideARunningSessionIsAnothersTry() {
        WindowsPeers alice = session(peers(), "alice");
        refused(alice.pause(5000).again(50124), "bob");
        alice.pause(1000).graphics(20).dialogue().clientFin().serverFin();
        assertThat(outcomes(alice.tape())).containsExactly("FAILED", "ESTABLISHED");
        assertThat(live(alice.tape())).contains(Outcome.FAILED, Outcome.ESTABLISHED);
    }

    @Test
    void whatComesAfterASessionIsAnotherTry() {
        for (int seconds : new int[] {1, 9, 20, 60}) {
            WindowsPeers first = session(peers(), "al");
            first.dialogue().clientFin().serverFin();
            WindowsPeers second = first.pause(1000L * seconds).again(50124);
            second.dialogue().syn().serverReset();
            assertThat(outcomes(first.tape())).as(seconds + " s later, refused").containsExactly("FAILED", "ESTABLISHED");
            assertThat(live(first.tape())).as(seconds + " s later, refused").containsExactly(Outcome.ESTABLISHED, Outcome.FAILED);
            first = session(peers(), "al");
            first.dialogue().clientFin().serverFin();
            assertThat(outcomes(refused(first.pause(1000L * seconds).again(50124), "al").tape())).as(seconds + " s later, wrong password")
                    .containsExactly("FAILED", "ESTABLISHED");
        }
    }

    @Test
    void failuresBeforeASessionAreItsFallbacks() {
        WindowsPeers first = refused(peers(), "al");
        assertThat(outcomes(session(first.pause(8000).again(50124), "al").tape())).containsExactly("ESTABLISHED");
        // With a domain before the name, or cut, it is the same name.
        first = refused(peers(), "CONTOSO\\alice");
        assertThat(outcomes(session(first.pause(8000).again(50124), "ali").tape())).containsExactly("ESTABLISHED");
        // Another name's failure is another user's.
        first = refused(peers(), "bob");
        assertThat(outcomes(session(first.pause(8000).again(50124), "alice").tape())).containsExactly("FAILED", "ESTABLISHED");
    }

    @Test
    void whoWasCutOffComesBackForTheSameSession() {
        WindowsPeers first = session(peers(), "al");
        first.dialogue().serverReset();
        WindowsPeers again = first.pause(2000).again(50124);
        again.dialogue().syn().serverReset();
        List<Incident> incidents = first.tape().analyze().incidents();
        assertThat(incidents).hasSize(1);
        assertThat(incidents.getFirst().outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(incidents.getFirst().attempts()).hasSize(2);
    }

    /// IPv6 is tried in vain, then IPv4 is refused, among others' connections that failed.
    private static Tape turned(int others) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        for (int i = 0; i < others; i++) {
            capture.tcp("198.51.100." + i % 250, 20_000 + i, "203.0.113." + i % 100, 3389).syn().serverReset();
        }
        capture.pauseMillis(60_000);
        CaptureBuilder.Dialogue six = capture.tcp("2001:db8::10", 50122, "2001:db8:1::5", 3389).syn();
        six.synAgain();
        capture.pauseMillis(3000);
        six.synAgain();
        capture.pauseMillis(3000);
        capture.tcp("192.168.1.10", 50123, "10.20.0.5", 3389).open().client(CaptureBuilder.connectionRequest(new byte[0], SSL))
                .server(CaptureBuilder.connectionConfirm(3, 5)).clientFin().serverFin();
        return capture.tape();
    }

    @Test
    void aTryIsTheSameAmongFewAndAmongMany() {
        for (int others : new int[] {0, 400, 700}) {
            Incident refused =
                    turned(others).analyze().incidents().stream().filter(i -> i.verdict().id().startsWith("x224-neg-failure-5")).findFirst()
                            .orElseThrow();
            assertThat(refused.attempts()).as("among " + others).hasSize(2);
            assertThat(refused.warnings()).extracting(JudgedAttempt.Warning::id).as("among " + others).contains("ipv6-first-blackhole");
        }
    }

    /// Three colleagues behind one address mistype, the fourth gets in.
    @Test
    void aFewNamesMoreAreAFewUsersMoreAndNoGuesser() {
        for (int colleagues : new int[] {1, 3, 4}) {
            WindowsPeers office = refused(peers(), "anna0");
            for (int i = 1; i < colleagues; i++) {
                office = refused(office.pause(40_000).again(50200 + i), "user" + i);
            }
            assertThat(outcomes(session(office.pause(40_000).again(50300), "zoe").tape())).as("%d colleagues", colleagues)
                    .contains("FAILED", "ESTABLISHED").doesNotContain("PROBE");
        }
    }
}

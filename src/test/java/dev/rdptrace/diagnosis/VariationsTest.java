package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Elsewhere;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The same story told elsewhere has the same end: verdict, side and who closed do not depend on where the capture was
/// taken, on the family of addresses, on ports, or on what the stacks of both sides look like.
class VariationsTest {

    @TestFactory
    Stream<DynamicTest> whereItWasCapturedChangesNothing() {
        return Elsewhere.all().stream().map(place -> DynamicTest.dynamicTest(place.name(), () -> {
            List<String> wrong = new ArrayList<>();
            for (VerdictsTest.Shown shown : VerdictsTest.SHOWN) {
                String here = told(shown.tape());
                String there = told(place.move().apply(shown.tape()));
                if (!here.equals(there)) {
                    wrong.add(shown.id() + ": " + here + " became " + there);
                }
            }
            assertThat(wrong.stream().distinct()).isEmpty();
        }));
    }

    // ---- what Windows clients do ----

    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    private static final byte[] NOTHING = new byte[0];

    private static WindowsPeers nla(WindowsPeers peers) {
        return peers.negotiated(ALL, HYBRID_EX).tls();
    }

    private static WindowsPeers refused(WindowsPeers peers) {
        nla(peers).ntlm().down(15).dialogue().clientFin().serverFin();
        return peers;
    }

    private static void session(WindowsPeers peers) {
        nla(peers).ntlm().accepted().down(4).connect().join(7).session().graphics(20);
    }

    /// mstsc connects to see what the server wants, leaves to ask for the password, and comes again.
    private static WindowsPeers asks(Suite suite) {
        WindowsPeers first = WindowsPeers.with(suite);
        nla(first).dialogue().clientReset();
        return first;
    }

    @Test
    void aPasswordPromptIsNoFault() throws IOException {
        for (Suite suite : Suite.values()) {
            WindowsPeers alone = asks(suite);
            assertThat(told(alone.tape())).isEqualTo("credssp-no-client-token abandoned credssp client client");
            WindowsPeers first = asks(suite);
            session(first.pause(9000).again(50124));
            assertThat(told(first.tape())).isEqualTo("session-established established session none nobody");
            assertThat(first.tape().analyze().incidents()).hasSize(1);
            WindowsPeers wrong = asks(suite);
            refused(wrong.pause(9000).again(50124));
            assertThat(told(wrong.tape())).isEqualTo("credssp-auth-rejected-errorcode failed credssp server server");
            WindowsPeers atLast = asks(suite);
            WindowsPeers again = refused(refused(atLast.pause(9000).again(50124)).pause(15_000).again(50125));
            session(again.pause(12_000).again(50126));
            assertThat(told(atLast.tape())).isEqualTo("session-established established session none nobody");
        }
    }

    /// Packets overtake each other: the reset behind a client's close comes before it, one number ahead of all that was seen.
    @Test
    void aResetThatOvertookItsOwnCloseIsNoDevices() throws IOException {
        for (Suite suite : Suite.values()) {
            WindowsPeers inOrder = WindowsPeers.with(suite);
            nla(inOrder).pause(200).dialogue().raw(true, CaptureBuilder.FIN | CaptureBuilder.ACK, 0, NOTHING)
                    .raw(true, CaptureBuilder.RST | CaptureBuilder.ACK, 1, NOTHING);
            WindowsPeers overtaken = WindowsPeers.with(suite);
            nla(overtaken).pause(200).dialogue().raw(true, CaptureBuilder.RST | CaptureBuilder.ACK, 1, NOTHING);
            overtaken.pause(140).dialogue().raw(true, CaptureBuilder.FIN | CaptureBuilder.ACK, 0, NOTHING);
            WindowsPeers lost = WindowsPeers.with(suite);
            nla(lost).pause(200).dialogue().raw(true, CaptureBuilder.RST | CaptureBuilder.ACK, 1, NOTHING);
            assertThat(told(overtaken.tape())).isEqualTo(told(inOrder.tape())).endsWith("client client");
            assertThat(told(lost.tape())).isEqualTo(told(inOrder.tape()));
            // Further ahead, and with data after it: that is no close of the client's.
            WindowsPeers forged = WindowsPeers.with(suite);
            nla(forged).pause(200).dialogue().raw(true, CaptureBuilder.RST | CaptureBuilder.ACK, 300, NOTHING);
            forged.pause(140).up(57);
            assertThat(told(forged.tape())).startsWith("tcp-rst-by-middlebox-midflow");
        }
    }

    /// A translator or balancer before the client answers what comes late, with resets of its own: the client has long gone.
    @Test
    void whoAnswersAfterTheEndHasNotBrokenAnything() throws IOException {
        for (Suite suite : Suite.values()) {
            WindowsPeers alone = WindowsPeers.with(suite);
            nla(alone).pause(200).dialogue().clientReset();
            WindowsPeers answered = WindowsPeers.with(suite);
            nla(answered).pause(200).dialogue().clientReset();
            answered.pause(900).dialogue().client().hopLimit(50);
            answered.dialogue().raw(true, CaptureBuilder.RST, 0, NOTHING).raw(true, CaptureBuilder.RST, 1, NOTHING);
            assertThat(told(answered.tape())).isEqualTo(told(alone.tape())).endsWith("client client");
            // The same reset before the client's own is the one that counts.
            WindowsPeers first = WindowsPeers.with(suite);
            nla(first).pause(200).dialogue().forgedReset(true, 50);
            first.pause(900).dialogue().clientReset();
            assertThat(told(first.tape())).startsWith("tcp-rst-by-middlebox-midflow");
        }
    }

    /// Keystrokes in one packet are as long as the word that ends a session; only the last of them can be that word.
    @Test
    void whoGoesOnTypingHasNotLeft() throws IOException {
        for (Suite suite : new Suite[] {Suite.GCM, Suite.TLS13, Suite.CHACHA20}) {
            WindowsPeers typing = WindowsPeers.with(suite);
            session(typing);
            for (int i = 0; i < 30; i++) {
                typing.pause(200).up(9).up(10).down(22);
            }
            typing.pause(3000).up(9);
            String open = typing.tape().analyze().incidents().getFirst().headline().attempt().events().toString();
            assertThat(open.split("Ultimatum", -1)).as("said once").hasSize(2);
            typing.dialogue().clientReset();
            var incident = typing.tape().analyze().incidents().getFirst();
            assertThat(incident.verdict().id()).isEqualTo("session-ended-by-client");
            assertThat(incident.verdict().says()).containsPattern("after 1?[0-9][.0-9]* s").doesNotContain(" ms");
            assertThat(incident.verdict().frames()).as("the last one decides").anyMatch(f -> f > typing.tape().shots().size() - 4);
            WindowsPeers gone = WindowsPeers.with(suite);
            session(gone);
            gone.pause(2000).up(9).up(60).dialogue().clientReset();
            assertThat(gone.tape().analyze().incidents().getFirst().headline().attempt().events().toString()).doesNotContain("Ultimatum");
        }
    }

    /// On a bridge, or with offload, the large segment that the system made is seen and then the packets that were made of it.
    @Test
    void piecesOfALargeSegmentAreNotSentAgain() throws IOException {
        for (boolean repeated : new boolean[] {false, true}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            session(peers);
            for (int i = 0; i < 10; i++) {
                byte[] large = peers.record(2896 - 24 - 5);
                peers.capture().stepMicros(5);
                peers.dialogue().raw(false, CaptureBuilder.ACK | CaptureBuilder.PSH, 0, large);
                peers.pause(repeated ? 300 : 0);
                peers.dialogue().raw(false, CaptureBuilder.ACK, 0, java.util.Arrays.copyOf(large, 1448))
                        .raw(false, CaptureBuilder.ACK | CaptureBuilder.PSH, 1448, java.util.Arrays.copyOfRange(large, 1448, 2896));
                peers.dialogue().server().skip(large.length);
                peers.capture().stepMicros(500);
                peers.pause(20).dialogue().clientAck();
            }
            var server = peers.tape().analyze().incidents().getFirst().headline().attempt().tcp().server();
            assertThat(server.traffic().duplicates()).isEqualTo(repeated ? 0 : 20);
            assertThat(server.traffic().shrunkSegments()).isEqualTo(repeated ? 10 : 0);
            assertThat(server.traffic().retransmissions()).isEqualTo(repeated ? 20 : 0);
        }
    }

    /// A host that answers the SYN late and everything else at once is not far away.
    @Test
    void aLateSynAckIsNoLongWay() throws IOException {
        for (int round : new int[] {5, 900}) {
            WindowsPeers peers = WindowsPeers.with(Suite.GCM);
            peers.dialogue().syn();
            peers.pause(1000).dialogue().synAgain();
            peers.pause(900).dialogue().synAck().clientAck().clientOnly(CaptureBuilder.connectionRequest(new byte[0], ALL));
            peers.pause(round).dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX)).clientReset();
            assertThat(peers.tape().analyze().incidents().getFirst().warnings()).extracting(w -> w.id().equals("tcp-high-rtt"))
                    .as("answers after " + round + " ms").isEqualTo(round == 5 ? List.of() : List.of(true));
        }
    }

    /// Windows asks three times, half a second apart, although it was told no, with the same port and the same number.
    @Test
    void aRefusedClientAsksThreeTimes() throws IOException {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        for (int i = 0; i < 3; i++) {
            if (i == 0) {
                peers.dialogue().syn();
            } else {
                peers.dialogue().synAgain();
            }
            peers.pause(38).dialogue().raw(false, CaptureBuilder.RST | CaptureBuilder.ACK, -0x7000_0000, new byte[0]);
            peers.pause(500);
        }
        assertThat(told(peers.tape())).isEqualTo("tcp-syn-refused failed tcp server server");
        assertThat(peers.tape().analyze().incidents()).hasSize(1);
    }

    @Test
    void everyTryFromANewPortIsOneTry() throws IOException {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        for (int i = 0; i < 4; i++) {
            peers.pause(4000).again(50200 + i).negotiated(ALL, HYBRID_EX).clientHello().dialogue().serverReset();
        }
        assertThat(told(peers.tape())).isEqualTo("tls-ch-then-rst failed tls server server");
        assertThat(peers.tape().analyze().incidents()).hasSize(1);
    }

    /// Its window is closed: a disconnect message, then a reset instead of a FIN.
    @Test
    void aSessionLeftByResetIsLeft() throws IOException {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        session(peers);
        peers.up(9).dialogue().clientReset();
        assertThat(told(peers.tape())).isEqualTo("session-ended-by-client established session none client");
    }

    @Test
    void aServerThatStartsMeanwhileIsNoFault() throws IOException {
        WindowsPeers peers = WindowsPeers.with(Suite.GCM);
        peers.dialogue().syn();
        peers.pause(38).dialogue().serverReset();
        session(peers.pause(20_000).again(50131));
        assertThat(told(peers.tape())).isEqualTo("session-established established session none nobody");
    }

    private static String told(Tape tape) throws IOException {
        Analysis analysis = Analyzer.analyze(tape.source(), new Analyzer.Options(Set.of(33_890, 8443), Set.of(), false), () -> false);
        return analysis.incidents().stream().filter(i -> i.server().port() != 80)
                .map(i -> i.verdict().id() + " " + i.outcome() + " " + i.verdict().phase() + " " + i.verdict().side() + " "
                        + i.verdict().closedBy())
                .findFirst()
                .orElse("nothing");
    }
}

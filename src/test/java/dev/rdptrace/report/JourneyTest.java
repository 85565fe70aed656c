package dev.rdptrace.report;

import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A client that a broker sends on makes one journey: each host in turn, and where it broke.
class JourneyTest {
    private static final int ALL = SSL | HYBRID | HYBRID_EX;
    private static final String TARGET = "10.20.0.6";
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);
    private static final String TOKEN = "Cookie: msts=67108874.15629.0000\r\n";

    private static WindowsPeers peers() {
        return WindowsPeers.with(Suite.GCM);
    }

    private static WindowsPeers session(WindowsPeers begun) {
        return begun.tls().ntlm().accepted().down(4).connect().join(7).session();
    }

    /// [MS-RDPBCGR] 1.3.8: in the place of a session the broker says where there is one.
    private static WindowsPeers sentOn(WindowsPeers begun) {
        WindowsPeers broker = begun.tls().ntlm().accepted().down(4).connect().join(7).up(343).down(34).down(620);
        broker.dialogue().clientFin().serverFin();
        return broker.pause(100);
    }

    private static Incident incident(Analysis analysis) {
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst();
    }

    private static List<String> hops(WindowsPeers peers) {
        return Journey.hops(incident(peers.tape().analyze())).stream()
                .map(leg -> Identity.shown(leg.says()).replaceAll("after .*", "after")).toList();
    }

    @Test
    void theHostBehindTheBrokerIsNotReached() {
        WindowsPeers target = sentOn(peers().negotiated(ALL, HYBRID_EX)).another(CLIENT, 50124, TARGET).knock().pause(21_000);
        target.capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        assertThat(hops(target)).containsExactly("client – " + SERVER + ": sent on after",
                "client – " + TARGET + ": not in session, broke in the TCP connection");
    }

    @Test
    void theHostBehindTheBrokerRefuses() {
        WindowsPeers target = sentOn(peers().negotiated(ALL, HYBRID_EX)).another(CLIENT, 50124, TARGET).tcp().request(TOKEN, ALL);
        target.dialogue().serverReset();
        assertThat(hops(target)).containsExactly("client – " + SERVER + ": sent on after",
                "client – " + TARGET + ": not in session, broke in the X.224 negotiation");
    }

    @Test
    void aHostBehindTheSameAddressIsAnotherHop() {
        WindowsPeers target = sentOn(peers().negotiated(ALL, HYBRID_EX)).again(50124).tcp().request(TOKEN, ALL);
        target.dialogue().serverReset();
        assertThat(hops(target)).containsExactly("client – " + SERVER + ": sent on after",
                "client – " + SERVER + ": not in session, broke in the X.224 negotiation");
    }

    @Test
    void retriesAtOneHostAreOneHop() {
        WindowsPeers first = sentOn(peers().negotiated(ALL, HYBRID_EX));
        for (int i = 0; i < 3; i++) {
            first = first.another(CLIENT, 50124 + i, TARGET);
            first.dialogue().syn().serverReset();
            first.pause(500);
        }
        assertThat(hops(first)).containsExactly("client – " + SERVER + ": sent on after",
                "client – " + TARGET + ": not in session, broke in the TCP connection");
    }

    @Test
    void aJourneyThatArrivesBreaksNowhere() {
        WindowsPeers target = sentOn(peers().negotiated(ALL, HYBRID_EX)).another(CLIENT, 50124, TARGET).tcp().request(TOKEN, ALL);
        target.dialogue().server(CaptureBuilder.connectionConfirm(2, HYBRID_EX));
        session(target).graphics(20);
        assertThat(hops(target)).hasSize(2).last().asString().endsWith("in session after").doesNotContain("not");
    }

    /// Two tries at one host, a try at another host, one family of addresses after the other.
    @Test
    void whoWasNotSentOnMakesNoJourney() {
        WindowsPeers again = peers().negotiated(ALL, HYBRID_EX);
        again.dialogue().serverReset();
        WindowsPeers second = again.pause(500).again(50124).tcp().request("", ALL);
        second.dialogue().serverReset();
        assertThat(hops(second)).isEmpty();
        WindowsPeers alone = session(peers().negotiated(ALL, HYBRID_EX)).graphics(20);
        assertThat(hops(alone)).isEmpty();
        CaptureBuilder families = new CaptureBuilder().stepMicros(500);
        for (int i = 0; i < 3; i++) {
            families.tcp("fd00::10", 50123, "fd00::5", 3389).syn();
            families.pauseMillis(1000);
        }
        WindowsPeers four = new WindowsPeers(families, families.tcp(CLIENT, 50124, SERVER, 3389), Suite.GCM).tcp().request("", ALL);
        four.dialogue().serverReset();
        families.tape().analyze().incidents().forEach(incident -> assertThat(Journey.hops(incident)).isEmpty());
    }

    // ---- read ----

    /// Up to where the server says where to go.
    private static KnownTls session(CaptureBuilder capture, int port, String server, int seed, String sentTo) {
        CaptureBuilder.Dialogue dialogue = capture.tcp(CLIENT, port, server, 3389);
        new WindowsPeers(capture, dialogue, Suite.TLS13).tcp();
        dialogue.client(CaptureBuilder.connectionRequest(new byte[0], ALL)).server(CaptureBuilder.connectionConfirm(2, HYBRID));
        KnownTls tls = new KnownTls(dialogue, Suite.TLS13, seed).handshake(CERTIFICATE);
        for (SaidInTls said : SaidInTls.of("success-nla-tls13-keys")) {
            boolean info = said.byClient() && said.plain().length > 200 && (said.plain()[7] & 0xff) == 0x64;
            if (said.byClient()) {
                tls.client(said.plain());
            } else {
                tls.server(said.plain());
            }
            if (info && !sentTo.isEmpty()) {
                tls.server(InnerBytes.redirection(1003, sentTo));
                dialogue.clientFin().serverFin();
                return tls;
            }
        }
        return tls;
    }

    @Test
    void whatTheBrokerSaysIsTheHop() throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        KeyLog keys = new KeyLog();
        keys.add(session(capture, 50123, SERVER, 1, TARGET).keyLog().getBytes(StandardCharsets.US_ASCII));
        keys.add(session(capture, 50124, TARGET, 2, "10.20.0.7").keyLog().getBytes(StandardCharsets.US_ASCII));
        WindowsPeers last = new WindowsPeers(capture, capture.tcp(CLIENT, 50125, "10.20.0.7", 3389), Suite.GCM);
        last.dialogue().syn().serverReset();
        Analysis analysis =
                Tape.analyze(capture.tape().source(), new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(keys))));
        List<Journey> hops = Journey.hops(incident(analysis));
        assertThat(hops).extracting(leg -> Identity.shown(leg.to())).containsExactly(SERVER, TARGET, "10.20.0.7");
        assertThat(hops).extracting(Journey::did).containsExactly("sent on", "sent on", "in session");
        assertThat(hops.getLast().done().seen()).isFalse();
        Report report = analysis.report("0");
        String text = TextReport.text(report, new Style(false, 0, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC));
        assertThat(text).containsSubsequence("client – " + SERVER + ": sent on after", "client – " + TARGET + ": sent on after",
                "client – 10.20.0.7: not in session, broke in the TCP connection");
        assertThat(text.lines().count()).isLessThanOrEqualTo(31);
        assertThat(json(report, Disguise.NONE)).contains("\"journey\"", "\"did\" : \"sent on\"", "\"brokeIn\" : \"tcp\"");
        assertThat(json(report, Disguise.of(report))).contains("\"journey\"").doesNotContain(SERVER, TARGET, "10.20.0.7");
    }

    private static String json(Report report, Disguise disguise) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.write(report, disguise, out);
        return out.toString(StandardCharsets.UTF_8);
    }
}

package dev.rdptrace.session;

import static dev.rdptrace.testkit.ScriptedWebGateway.CERTIFICATE;
import static dev.rdptrace.testkit.ScriptedWebGateway.CONFIRM;
import static dev.rdptrace.testkit.ScriptedWebGateway.REQUEST;
import static dev.rdptrace.testkit.ScriptedWebGateway.TARGET;
import static dev.rdptrace.testkit.ScriptedWebGateway.TOKEN;
import static dev.rdptrace.testkit.ScriptedWebGateway.answer;
import static dev.rdptrace.testkit.ScriptedWebGateway.negotiationFailed;
import static dev.rdptrace.testkit.ScriptedWebGateway.refusal;
import static dev.rdptrace.testkit.ScriptedWebGateway.request;
import static dev.rdptrace.testkit.ScriptedWebGateway.requestForConsole;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.EventText;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.Recut;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.Saying;
import dev.rdptrace.testkit.ScriptedWebGateway;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts.Web.Carrier;
import dev.rdptrace.timeline.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// RDP of a browser, in a WebSocket in the clear: which of the two hops broke, and what the host says is read as without a gateway.
class WebGatewayTest {
    private static final List<SaidInTls> SESSION = SaidInTls.of("success-nla-tls13-keys");
    private static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    private static ScriptedWebGateway asked() {
        return new ScriptedWebGateway(80).opened().client(request(TARGET, REQUEST));
    }

    private static ScriptedWebGateway relay() {
        return new ScriptedWebGateway(6080).opened("/websockify?token=" + TOKEN, SWITCHING).client(REQUEST);
    }

    private static ScriptedWebGateway session(ScriptedWebGateway gateway) {
        SESSION.forEach(said -> gateway.say(said.byClient(), said.plain()));
        return gateway;
    }

    private static Incident judged(Tape tape) {
        Analysis analysis = tape.analyze();
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst();
    }

    private static void finds(Tape tape, String id, Confidence confidence, String... says) {
        Finding verdict = judged(tape).verdict();
        assertThat(verdict.id()).isEqualTo(id);
        assertThat(verdict.confidence()).isEqualTo(confidence);
        assertThat(List.of(says)).allSatisfy(each -> assertThat(Identity.shown(verdict.says())).contains(each));
    }

    @Test
    void whichHopBrokeIsSaid() {
        finds(asked().server(refusal(1, 403)).end(false), "web-gateway-refused", Confidence.SEEN,
                "refused the browser's request for " + TARGET, "HTTP status 403");
        finds(asked().server(refusal(1)).end(false), "web-gateway-refused", Confidence.SEEN, "general error");
        finds(asked().end(false), "web-gateway-refused", Confidence.STRONGLY_SUGGESTED, "without an answer");
        finds(asked().closes(1000, "").end(false), "web-gateway-refused", Confidence.STRONGLY_SUGGESTED, "without an answer");
        finds(asked().server(refusal(1, -1, 10061)).end(false), "web-gateway-host-unreachable", Confidence.SEEN, "did not reach " + TARGET,
                "connection refused");
        finds(asked().server(refusal(1, 504)).end(false), "web-gateway-host-unreachable", Confidence.SEEN, "HTTP status 504");
        finds(asked().server(refusal(1, -1, -1, 48)).end(false), "web-gateway-host-tls-failed", Confidence.SEEN, "reached " + TARGET,
                "unknown_ca");
        finds(asked().waits(30).end(true), "web-gateway-no-answer", Confidence.STRONGLY_SUGGESTED, "30 s");
        finds(relay().closes(1011, "Failed to connect").end(false), "web-gateway-host-unreachable", Confidence.STRONGLY_SUGGESTED,
                "1011 (Failed to connect)");
        finds(relay().end(false), "web-gateway-host-unreachable", Confidence.STRONGLY_SUGGESTED,
                "did not reach that, or that closed at once");
        finds(relay().waits(30).end(true), "web-gateway-no-answer", Confidence.STRONGLY_SUGGESTED, "the host behind it");
    }

    /// The port of the host is closed, and that of the gateway is not.
    @Test
    void whatIsNotTheCauseIsSaidOfTheRightHop() {
        assertThat(judged(asked().server(refusal(1, -1, 10061)).end(false)).excluded()).extracting(excluded -> excluded.says())
                .contains("address, routing, a closed or filtered port of the gateway");
    }

    /// A path that only RDP has, and something before the gateway that knows no WebSocket.
    @Test
    void aWebSocketThatIsNotGivenIsSaidWithItsStatus() {
        finds(new ScriptedWebGateway(80).opened("/jet/rdp", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").end(false), "rdg-404",
                Confidence.SEEN, "404");
        finds(new ScriptedWebGateway(80).opened("/jet/rdp", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").end(true),
                "rdg-websocket-stripped", Confidence.SEEN, "200");
    }

    @Test
    void whatTheHostSaysIsJudgedAsWithoutAGateway() {
        byte[] nlaRequired = CaptureBuilder.connectionConfirm(3, 5);
        finds(asked().server(negotiationFailed(nlaRequired)).end(false), "x224-neg-failure-5-nla-required", Confidence.SEEN);
        finds(asked().server(answer("10.1.2.3", nlaRequired)).end(false), "x224-neg-failure-5-nla-required", Confidence.SEEN);
        finds(relay().server(nlaRequired).end(false), "x224-neg-failure-5-nla-required", Confidence.SEEN);
        ScriptedWebGateway refused = new ScriptedWebGateway(80).reached();
        SESSION.stream().limit(3).forEach(said -> refused.say(said.byClient(), said.plain()));
        finds(refused.server(InnerBytes.tsRequest(6, InnerBytes.errorCode(0xC000006D))).end(false), "credssp-auth-rejected-errorcode",
                Confidence.SEEN,
                "STATUS_LOGON_FAILURE");
    }

    private static List<String> said(Incident incident, Predicate<Event> which) {
        return incident.headline().attempt().events().stream().filter(which)
                .map(event -> event.from() + " " + event.kind() + ": " + EventText.says(event).replace("in the tunnel: ", "")).toList();
    }

    @Test
    void aSessionIsReadAsOneWithoutAGateway() throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50300, WindowsPeers.SERVER, 3389).open();
        KeyLog keys = session(new Direct(dialogue));
        dialogue.clientFin().serverFin();
        Incident direct = opened(capture.tape(), keys);
        List<String> alone =
                said(direct, event -> !event.kind().toString().startsWith("tcp") && !event.kind().toString().startsWith("tls"));
        assertThat(alone).hasSizeGreaterThan(20);

        Incident path = judged(session(new ScriptedWebGateway(80).reached()).end(true));
        assertThat(said(path, Event::tunnelled)).isEqualTo(alone);
        Attempt attempt = path.headline().attempt();
        assertThat(attempt.tunnel().web().carrier()).isEqualTo(Carrier.CLEAN_PATH);
        assertThat(attempt.tunnel().way().target()).isEqualTo(TARGET);
        assertThat(attempt.tunnel().host().orElseThrow().tls().certificate()).isEqualTo(direct.headline().attempt().tls().certificate());
        assertThat(attempt.inner()).usingRecursiveComparison().ignoringFields("activations").isEqualTo(direct.headline().attempt().inner());

        ScriptedWebGateway relay = new ScriptedWebGateway(6080).opened("/", SWITCHING);
        KeyLog inner = session((client, bytes) -> relay.say(client, bytes));
        Incident through = opened(relay.end(true), inner);
        assertThat(through.headline().attempt().tunnel().web().carrier()).isEqualTo(Carrier.BYTES);
        assertThat(said(through, event -> event.tunnelled() && !event.kind().toString().startsWith("tls"))).isEqualTo(alone);
        for (Incident each : List.of(direct, path, through)) {
            assertThat(each.outcome()).isEqualTo(Outcome.ESTABLISHED);
            assertThat(each.headline().attempt().reached(Step.FONT_MAP)).isTrue();
        }
        Incident sealed = judged(tapeOfRelay());
        assertThat(sealed.verdict().side()).as("without keys, by sizes").isEqualTo(Culprit.NONE);
    }

    private static Tape tapeOfRelay() {
        ScriptedWebGateway relay = new ScriptedWebGateway(6080).opened("/", SWITCHING);
        session((client, bytes) -> relay.say(client, bytes));
        return relay.end(true);
    }

    private record Direct(Dialogue dialogue) implements KnownTls.Carrier {
        @Override
        public void send(boolean fromClient, byte[] bytes) {
            if (fromClient) {
                dialogue.client(bytes);
            } else {
                dialogue.server(bytes);
            }
        }
    }

    private static KeyLog session(KnownTls.Carrier carrier) {
        carrier.send(true, REQUEST);
        carrier.send(false, CONFIRM);
        KnownTls tls = new KnownTls(carrier, Suite.TLS13, 3).handshake(CERTIFICATE);
        for (SaidInTls said : SESSION) {
            if (said.byClient()) {
                tls.client(said.plain());
            } else {
                tls.server(said.plain());
            }
        }
        KeyLog keys = new KeyLog();
        keys.add(tls.keyLog().getBytes(US_ASCII));
        return keys;
    }

    private static Incident opened(Tape tape, KeyLog keys) {
        Analysis analysis = Tape.analyze(tape.source(), new Analyzer.Options(Set.of(), Set.of(), false, Optional.of(new Secrets(keys))));
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst();
    }

    // ---- near misses ----

    @Test
    void noOtherWebSocketIsRdp() {
        for (byte[] first : List.of("hello there, how is it going?".getBytes(US_ASCII), "{\"type\":\"join\"}".getBytes(US_ASCII),
                InnerBytes.tsRequest(6, InnerBytes.negoTokens(InnerBytes.ntlmNegotiate())), "RFB 003.008\n".getBytes(US_ASCII),
                new byte[40])) {
            Tape chat = new ScriptedWebGateway(80).opened("/chat", SWITCHING).client(first).server(first).client(request(TARGET, REQUEST))
                    .end(false);
            assertThat(chat.analyze().incidents()).isEmpty();
            Finding onRdpPort = judged(new ScriptedWebGateway(3389).opened("/chat", SWITCHING).client(first).end(false)).verdict();
            assertThat(onRdpPort.id()).isEqualTo("wrong-protocol-client");
        }
        assertThat(new ScriptedWebGateway(80).opened("/chat", SWITCHING).server(REQUEST).end(false).analyze().incidents())
                .as("of the server").isEmpty();
        assertThat(
                new ScriptedWebGateway(80).opened("/page", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").end(true).analyze().incidents())
                .isEmpty();
        CaptureBuilder capture = new CaptureBuilder();
        capture.tcp(WindowsPeers.CLIENT, 50300, WindowsPeers.SERVER, 80).open()
                .client("GET / HTTP/1.1\r\nHost: gw\r\n\r\n".getBytes(US_ASCII))
                .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(US_ASCII)).client(REQUEST).clientFin().serverFin();
        assertThat(capture.tape().analyze().incidents()).isEmpty();
    }

    @Test
    void aHostThatAnsweredIsNoHostThatWasNotReached() {
        assertThat(judged(new ScriptedWebGateway(80).reached().end(false)).verdict().id()).doesNotStartWith("web-gateway");
        assertThat(judged(relay().server(CONFIRM).closes(1011, "").end(false)).verdict().id()).doesNotStartWith("web-gateway");
        assertThat(judged(asked().waits(3).end(true)).verdict().id()).as("the client had no patience").doesNotStartWith("web-gateway");
        assertThat(judged(asked().waits(30).server(answer("10.1.2.3", CONFIRM, CERTIFICATE)).end(true)).verdict().id())
                .doesNotStartWith("web-gateway");
    }

    @Test
    void anAnswerOfTheWrongSideOrOfNoKindIsNoRefusal() {
        for (byte[] answer : List.of(request(TARGET, REQUEST), new byte[30], "<html>".getBytes(US_ASCII))) {
            Incident incident = judged(asked().server(answer).client(REQUEST).end(true));
            assertThat(incident.headline().attempt().tunnel().web().refusal()).isEmpty();
            assertThat(incident.verdict().confidence()).isNotEqualTo(Confidence.SEEN);
        }
    }

    // ---- however it comes ----

    private static List<Tape> tapes() {
        return List.of(session(new ScriptedWebGateway(80).reached()).end(true), asked().server(refusal(1, -1, 10061)).end(false),
                relay().closes(1011, "Failed to connect").end(false), relay().server(CaptureBuilder.connectionConfirm(3, 5)).end(false));
    }

    @Test
    void segmentsMayBeCutInAnyWay() {
        for (Tape tape : tapes()) {
            Analysis plain = tape.analyze();
            for (int seed = 0; seed < 6; seed++) {
                Recut recut = new Recut(seed);
                for (Tape changed : List.of(recut.cut(tape, 4, false), recut.cut(tape, 60, false), recut.cut(tape, 5, true),
                        recut.reorder(tape, 4),
                        recut.join(recut.cut(tape, 3, false), 40_000), recut.repeat(tape, 3))) {
                    Analysis again = changed.analyze();
                    assertThat(Saying.incidents(again)).isEqualTo(Saying.incidents(plain));
                    assertThat(Saying.attempts(again)).isEqualTo(Saying.attempts(plain));
                }
            }
        }
    }

    /// Whatever is missing or wrong, something is said, and no hop is blamed for what was not seen.
    @Test
    void everyPrefixAndAnyByteHasAnAnswer() {
        SplittableRandom random = new SplittableRandom(17);
        for (Tape tape : tapes()) {
            for (int length = 1; length < Math.min(tape.size(), 60); length++) {
                tape.part(0, length).analyze().incidents()
                        .forEach(incident -> assertThat(incident.verdict().id()).isNotEqualTo("web-gateway-no-answer"));
            }
            for (int i = 0; i < 150; i++) {
                List<Tape.Shot> shots = new ArrayList<>(tape.shots());
                int at = random.nextInt(3, Math.min(shots.size(), 16));
                byte[] bytes = shots.get(at).bytes().clone();
                for (int j = 54; j < bytes.length && random.nextInt(4) > 0; j++) {
                    bytes[random.nextInt(54, bytes.length)] = (byte) random.nextInt(256);
                }
                shots.set(at, shots.get(at).with(bytes));
                assertThat(new Tape(shots).analyze().incidents())
                        .allSatisfy(incident -> assertThat(incident.verdict().says()).isNotEmpty());
            }
            assertThat(tape.cut(96).analyze().incidents())
                    .allSatisfy(incident -> assertThat(incident.verdict().id()).isNotEqualTo("web-gateway-no-answer"));
        }
    }

    // ---- secrets ----

    @Test
    void theTokenIsShownNowhere() throws IOException {
        for (Tape tape : List.of(asked().server(refusal(1, 403)).end(false), relay().closes(1011, TOKEN.substring(0, 5)).end(false),
                new ScriptedWebGateway(80).opened().client(requestForConsole(TARGET, "7d6f", new byte[0])).server(refusal(1, 401))
                        .end(false))) {
            Report report = tape.analyze().report("0");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            TextReport.write(report, new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC), Disguise.NONE, out);
            JsonReport.write(report, Disguise.NONE, out);
            assertThat(out.toString(US_ASCII)).contains("web-gateway").doesNotContain(TOKEN.substring(0, 12));
            ByteArrayOutputStream shared = new ByteArrayOutputStream();
            JsonReport.write(report, Disguise.of(report), shared);
            assertThat(shared.toString(US_ASCII)).contains("web-gateway").doesNotContain("contoso", TOKEN.substring(0, 5));
        }
    }
}

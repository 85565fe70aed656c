package dev.rdptrace.session;

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
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.InnerBytes;
import dev.rdptrace.testkit.KnownTls;
import dev.rdptrace.testkit.RpcBytes;
import dev.rdptrace.testkit.SaidInTls;
import dev.rdptrace.testkit.ScriptedGateway;
import dev.rdptrace.testkit.ScriptedGateway.Transport;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.wire.gateway.HttpHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every transport of a gateway says the same, and so the same is understood.
class ScriptedGatewayTest {
    private static ScriptedGateway gateway(Transport transport) {
        return new ScriptedGateway(new CaptureBuilder().stepMicros(500), transport, Optional.of(Suite.TLS13), 443);
    }

    private static Incident opened(ScriptedGateway gateway, boolean byClient) throws IOException {
        CaptureBuilder capture = gateway.end(byClient);
        return judged(capture, gateway.keyLog());
    }

    private static Incident judged(CaptureBuilder capture, byte[]... keys) throws IOException {
        KeyLog log = new KeyLog();
        for (byte[] each : keys) {
            log.add(each);
        }
        Analysis analysis = Analyzer.analyze(capture.tape().source(), new Analyzer.Options(Set.of(),
                Set.of(new Endpoint(0, 0xffff0a140005L, 443)), false, Optional.of(new Secrets(log))), () -> false);
        assertThat(analysis.incidents()).hasSize(1);
        return analysis.incidents().getFirst();
    }

    private static void sees(Incident incident, String id, String... says) {
        Finding verdict = incident.verdict();
        assertThat(verdict.id()).isEqualTo(id);
        assertThat(verdict.confidence()).isEqualTo(Confidence.SEEN);
        assertThat(Identity.shown(verdict.says())).contains(says);
        assertThat(incident.attempts()).flatExtracting(attempt -> attempt.attempt().events())
                .noneMatch(event -> EventText.says(event).contains("cannot be read"));
    }

    @ParameterizedTest
    @EnumSource
    void everyRefusalIsNamed(Transport transport) throws IOException {
        sees(opened(gateway(transport).open().tunnel(0x800759f8), false), "rdg-quarantine-or-cookie", "tunnel",
                "E_PROXY_COOKIE_AUTHENTICATION_ACCESS_DENIED");
        sees(opened(gateway(transport).open().tunnel(0).authorization(0x800759db), false), "rdg-cap-denied", "authorization");
        sees(opened(gateway(transport).open().tunnel(0).authorization(0).channel(0x800759da), true), "rdg-rap-denied",
                "ws1.contoso.com:3389");
        sees(opened(gateway(transport).open().tunnel(0).authorization(0).channel(0x59dd), true), "rdg-target-unreachable",
                "ws1.contoso.com:3389");
        sees(opened(gateway(transport).ready().close(0x59f6), false), "rdg-session-timeout", "E_PROXY_SESSIONTIMEOUT");
    }

    // ---- the host behind it ----

    private static final byte[] REQUEST = CaptureBuilder.connectionRequest(new byte[0], WindowsPeers.SSL | WindowsPeers.HYBRID);
    private static final byte[] CONFIRM = CaptureBuilder.connectionConfirm(2, WindowsPeers.HYBRID);
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=ws1.contoso.com", "CN=CA", "230601000000Z", "330601000000Z", 2048);

    /// A whole session with network level authentication, as recorded once, over `carrier`. Answers what opens its TLS.
    private static byte[] session(KnownTls.Carrier carrier) {
        carrier.send(true, REQUEST);
        carrier.send(false, CONFIRM);
        KnownTls tls = new KnownTls(carrier, Suite.TLS13, 3).handshake(CERTIFICATE);
        for (SaidInTls said : SaidInTls.of("success-nla-tls13-keys")) {
            if (said.byClient()) {
                tls.client(said.plain());
            } else {
                tls.server(said.plain());
            }
        }
        return tls.keyLog().getBytes(StandardCharsets.US_ASCII);
    }

    private static List<String> said(Incident incident, Predicate<Event> which) {
        return incident.attempts().stream().flatMap(attempt -> attempt.attempt().events().stream()).filter(which)
                .map(event -> event.from() + " " + event.kind() + " " + event.phase() + ": "
                        + EventText.says(event).replace("in the tunnel: ", "")
                        + " " + EventText.details(event))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void aSessionThroughTheGatewayIsReadAsOneWithoutIt(Transport transport) throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        CaptureBuilder.Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50200, WindowsPeers.SERVER, 3389);
        new WindowsPeers(capture, dialogue, Suite.TLS13).tcp();
        byte[] keys = session((client, bytes) -> {
            if (client) {
                dialogue.client(bytes);
            } else {
                dialogue.server(bytes);
            }
        });
        dialogue.clientFin().serverFin();
        Incident direct = judged(capture, keys);
        ScriptedGateway gateway = gateway(transport).ready();
        byte[] inner = session(gateway::say);
        Incident through = judged(gateway.end(true), inner, gateway.keyLog());
        assertThat(through.outcome()).isEqualTo(direct.outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(through.verdict().id()).isEqualTo(direct.verdict().id());
        assertThat(said(through, Event::tunnelled)).hasSizeGreaterThan(20)
                .isEqualTo(said(direct, event -> !event.kind().toString().startsWith("tcp")));
        Attempt inside = through.headline().attempt();
        Attempt alone = direct.headline().attempt();
        assertThat(inside.tunnel().way().target()).isEqualTo("ws1.contoso.com:3389");
        assertThat(inside.authentication()).usingRecursiveComparison().ignoringFields("clockSkewNanos").isEqualTo(alone.authentication());
        assertThat(inside.inner()).usingRecursiveComparison().ignoringFields("activations", "errorInfoAt", "disconnectAt")
                .isEqualTo(alone.inner());
        assertThat(inside.tunnel().host().orElseThrow().tls().certificate()).isEqualTo(alone.tls().certificate());
        assertThat(inside.steps().keySet()).containsAll(alone.steps().keySet());
    }

    /// A device that knows no WebSocket answers 200; a client that goes on with two connections has no trouble.
    @Test
    void aWebSocketThatIsNotGivenIsTheEndOnlyOfWhoDoesNotGoOn() throws IOException {
        sees(opened(gateway(Transport.HTTP_INSTEAD).fromGateway(), true), "rdg-websocket-stripped",
                "got an ordinary answer (200) instead of 101");
        assertThat(opened(gateway(Transport.HTTP_INSTEAD).ready().say(true, REQUEST).say(false, CONFIRM), true).verdict().id())
                .isNotEqualTo("rdg-websocket-stripped");
        assertThat(opened(gateway(Transport.WEB_SOCKET).fromGateway(), true).verdict().id()).isNotEqualTo("rdg-websocket-stripped");
    }

    @Test
    void aGatewayWithoutACertificateSaysSo() throws IOException {
        sees(opened(gateway(Transport.RPC).open().tunnel(0x800759ee), false), "rdg-no-certificate", "E_PROXY_NOCERTAVAILABLE");
        sees(opened(gateway(Transport.HTTP).fromGateway().toGateway().exchange(InnerBytes.gatewayHandshake(),
                InnerBytes.gatewayHandshakeResponse(0x800759ee)), false), "rdg-no-certificate", "handshake");
        assertThat(opened(gateway(Transport.HTTP).fromGateway().toGateway().exchange(InnerBytes.gatewayHandshake(),
                InnerBytes.gatewayHandshakeResponse(0x800759f9)), false).verdict().id()).isEqualTo("rdg-quarantine-or-cookie");
    }

    // ---- RPC ----

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "RPC.*")
    void bothConnectionsOfAVirtualConnectionTellOfTheTunnel(Transport transport) throws IOException {
        ScriptedGateway gateway = gateway(transport).ready();
        gateway.up(gateway.rpc().askForMessages()).down(gateway.rpc().message("Maintenance at 18:00")).down(RpcBytes.ping())
                .up(RpcBytes.ping());
        gateway.say(true, REQUEST).say(false, CaptureBuilder.connectionConfirm(3, 5));
        gateway.up(gateway.rpc().closeChannel()).down(gateway.rpc().pipeEnds(0x4ca)).down(gateway.rpc().channelClosed());
        Incident incident = opened(gateway, true);
        sees(incident, "x224-neg-failure-5-nla-required", "failure 5");
        assertThat(incident.attempts()).hasSize(2).extracting(attempt -> attempt.attempt().tunnel())
                .allMatch(tunnel -> tunnel.way().opened() && tunnel.inner()
                        && tunnel.refused().error() == 0);
        assertThat(incident.attempts()).extracting(attempt -> attempt.attempt().tunnel().channel().out()).containsExactlyInAnyOrder(true,
                false);
        assertThat(said(incident, event -> event.kind() == Event.Kind.GATEWAY)).anyMatch(says -> says.contains("RPC over HTTP CONN/B1"))
                .anyMatch(says -> says.contains("the other channel of this tunnel is stream 0"))
                .anyMatch(says -> says.contains("tunnel authorization request of PC7"))
                .anyMatch(says -> says.contains("idle timeout 30 min"))
                .anyMatch(says -> says.contains("message of the gateway: Maintenance at 18:00"));
    }

    @Test
    void aCallMayComeInFragments() throws IOException {
        ScriptedGateway gateway = gateway(Transport.RPC).open().tunnel(0).authorization(0);
        gateway.exchange(gateway.rpc().createChannel("ws1.contoso.com", false), gateway.rpc().channelCreated(0x59dd));
        sees(opened(gateway, true), "rdg-target-unreachable", "ws1.contoso.com:3389");
    }

    @Test
    void whatRpcEncryptsOnceMoreIsNotRead() throws IOException {
        ScriptedGateway gateway = gateway(Transport.RPC).open().tunnel(0).authorization(0);
        gateway.exchange(gateway.rpc().createChannel("ws1.contoso.com", true), gateway.rpc().channelCreated(0x59dd));
        Incident incident = opened(gateway, true);
        assertThat(said(incident, _ -> true)).anyMatch(says -> says.contains("RPC encrypts the calls once more"));
        assertThat(incident.headline().attempt().tunnel().way().target()).isEmpty();
    }

    @Test
    void aFaultIsTheAnswerToItsCall() throws IOException {
        ScriptedGateway gateway = gateway(Transport.RPC).open().tunnel(0);
        sees(opened(gateway.exchange(gateway.rpc().authorizeTunnel("PC7"), gateway.rpc().fault(5)), false), "rdg-cap-denied",
                "authorization",
                "ERROR_ACCESS_DENIED");
        ScriptedGateway cookie = gateway(Transport.RPC).open();
        sees(opened(cookie.exchange(cookie.rpc().createTunnel(true), cookie.rpc().tunnelCreated(0x800759f7)), false),
                "rdg-quarantine-or-cookie",
                "E_PROXY_COOKIE_BADPACKET");
    }

    @Test
    void oneOfTheTwoConnectionsIsDead() throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        ScriptedGateway alone = new ScriptedGateway(capture, Transport.RPC, Optional.of(Suite.TLS13), 443).fromGateway();
        capture.pauseMillis(20_000);
        Finding verdict = opened(alone, true).verdict();
        assertThat(verdict.id()).isEqualTo("rdg-in-channel-dead");
        assertThat(verdict.says()).contains("only the one from the gateway (RPC_OUT_DATA) came up");
        capture = new CaptureBuilder().stepMicros(500);
        ScriptedGateway apart = new ScriptedGateway(capture, Transport.RPC, Optional.of(Suite.TLS13), 443).fromGateway().toGateway();
        capture.pauseMillis(20_000);
        verdict = opened(apart, true).verdict();
        assertThat(verdict.id()).isEqualTo("rdg-in-channel-dead");
        assertThat(verdict.side()).isEqualTo(Culprit.PATH);
        assertThat(verdict.says()).contains("RPC_IN_DATA", "no answer came on the other");
        assertThat(opened(gateway(Transport.RPC).fromGateway().toGateway(), true).verdict().id()).as("too early")
                .isNotEqualTo("rdg-in-channel-dead");
    }

    /// By the sizes alone: CONN/B1 that nothing follows.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "RPC.*")
    void withoutKeysOneOfTheTwoConnectionsOverRpcIsDead(Transport transport) throws IOException {
        Finding dead = halfOpen(transport, 20_000, gateway -> gateway.fromGateway().toGateway()).verdict();
        assertThat(dead.id()).isEqualTo("rdg-in-channel-dead");
        assertThat(dead.side()).isEqualTo(Culprit.PATH);
        assertThat(dead.confidence()).isEqualTo(Confidence.STRONGLY_SUGGESTED);
        Finding alone = halfOpen(transport, 20_000, ScriptedGateway::fromGateway).verdict();
        assertThat(alone.id()).as("which may have been refused").isEqualTo("undetermined");
        assertThat(alone.says()).contains("had nothing from the other one (RPC_IN_DATA)");
        assertThat(halfOpen(transport, 20_000,
                gateway -> gateway.fromGateway().toGateway().answerIn("HTTP/1.0 503 RPC Error: 6ba\r\nContent-Length: 0\r\n\r\n"))
                .verdict().id()).isEqualTo("rdg-refused");
        for (Incident near : List.of(halfOpen(transport, 500, gateway -> gateway.fromGateway().toGateway()),
                halfOpen(transport, 20_000, ScriptedGateway::open),
                halfOpen(transport, 20_000,
                        gateway -> gateway.fromGateway().toGateway().answerIn("HTTP/1.0 503 RPC Error: 6ba\r\nContent-Length: 0\r\n\r\n")),
                halfOpen(transport, 20_000, gateway -> gateway.ready().say(true, REQUEST).say(false, CONFIRM)))) {
            assertThat(near.attempts()).extracting(attempt -> attempt.verdict().id()).as("%s", near.verdict().says())
                    .doesNotContain("rdg-in-channel-dead");
        }
    }

    private static Incident halfOpen(Transport transport, int millis, UnaryOperator<ScriptedGateway> said) throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        ScriptedGateway gateway = said.apply(new ScriptedGateway(capture, transport, Optional.of(Suite.TLS13), 443));
        capture.pauseMillis(millis);
        return judged(gateway.end(true));
    }

    @Test
    void theConnectionToTheGatewayIsRefused() throws IOException {
        ScriptedGateway gateway = gateway(Transport.RPC).fromGateway().toGateway()
                .answerIn("HTTP/1.0 503 RPC Error: 6ba\r\nContent-Length: 0\r\n\r\n");
        sees(opened(gateway, false), "rdg-5xx", "HTTP 503");
    }

    /// A mail server's RPC over HTTP looks the same and goes to another port.
    @Test
    void theRpcOfAMailServerIsNoTunnel() throws IOException {
        assertThat(request("RPC_OUT_DATA /rpc/rpcproxy.dll?localhost:3388").opensGateway()).isTrue();
        assertThat(request("RPC_OUT_DATA /rpc/rpcproxy.dll?mail.contoso.com:6001").opensGateway()).isFalse();
        assertThat(request("RPC_OUT_DATA /rpc/rpcproxy.dll?localhost:3388").beginsRpc()).as("it has no body").isFalse();
    }

    private static HttpHead.Request request(String line) {
        byte[] head = (line + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        return (HttpHead.Request) HttpHead.decode(head, 0, head.length).orNull();
    }

    /// Without keys no leg of a tunnel may be blamed for what its sizes do not show.
    @ParameterizedTest
    @EnumSource
    void withoutKeysASessionIsNoRefusal(Transport transport) throws IOException {
        for (boolean byClient : new boolean[] {true, false}) {
            ScriptedGateway gateway = gateway(transport).ready();
            session(gateway::say);
            Incident incident = judged(gateway.end(byClient));
            assertThat(incident.verdict().id()).as("%s", incident.verdict()).isIn("session-established", "undetermined");
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutKeysARefusedChannelIsNoOpenWay(Transport transport) throws IOException {
        Incident incident = judged(gateway(transport).open().tunnel(0).authorization(0).channel(0x59dd).end(true));
        assertThat(incident.verdict().id()).as("%s", incident.verdict()).isEqualTo("rdg-refused");
        assertThat(incident.verdict().says()).doesNotContain("opened the way", "passed on");
    }

    /// [MS-KKDCP]: whoever asks for a ticket through the gateway's web server and gets one was not refused.
    @Test
    void withoutKeysARequestForATicketIsNoRefusal() throws IOException {
        for (boolean byClient : new boolean[] {true, false}) {
            for (boolean ticket : new boolean[] {true, false}) {
                CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
                WindowsPeers peers =
                        new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.TLS13).tcp();
                KnownTls tls = new KnownTls(peers.dialogue(), Suite.TLS13, 7).handshake(CERTIFICATE);
                String head = (ticket ? "POST /KdcProxy" : "RDG_OUT_DATA /remoteDesktopGateway/") + " HTTP/1.1\r\nHost: gw.contoso.com\r\n"
                        + "Cache-Control: no-cache\r\nPragma: no-cache\r\nUser-Agent: kerberos/1.0\r\n\r\n";
                tls.client(head.getBytes(StandardCharsets.US_ASCII));
                if (ticket) {
                    tls.client(new byte[240]);
                }
                tls.server(new byte[1400]);
                if (byClient) {
                    peers.dialogue().clientFin().serverFin();
                } else {
                    peers.dialogue().serverFin().clientFin();
                }
                Incident incident = judged(capture);
                assertThat(incident.verdict().id()).as("%s", incident.verdict()).isEqualTo(ticket ? "undetermined" : "rdg-refused");
            }
        }
    }

    /// Head and body in one record, as libraries of Kerberos send them over HTTP/1.0; the near ones are refusals.
    @Test
    void withoutKeysARequestForATicketInOneRecordIsNoRefusal() throws IOException {
        assertThat(exchanged(false, 440, 1450)).as("a ticket").isEqualTo("undetermined");
        assertThat(exchanged(true, 440, 1450)).as("a ticket, over a connection that is kept").isEqualTo("undetermined");
        assertThat(exchanged(true, 2900, 2600)).as("a service ticket").isEqualTo("undetermined");
        assertThat(exchanged(false, 440, 380)).as("a KRB-ERROR").isEqualTo("undetermined");
        assertThat(exchanged(true, 413, 308)).as("403, and the client leaves").isEqualTo("rdg-refused");
        assertThat(exchanged(true, 413, 390)).as("401, and the client leaves").isEqualTo("rdg-refused");
        assertThat(exchanged(false, 413, 147)).as("a bare status").isEqualTo("rdg-refused");
        assertThat(exchanged(false, 240, 1450)).as("too short for a body").isEqualTo("rdg-refused");
        assertThat(exchanged(false, 413, 390, 520, 450)).as("signed in in vain").isEqualTo("rdg-refused");
    }

    /// @param sizes of the client's request and the answer in turn
    private static String exchanged(boolean byClient, int... sizes) throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers =
                new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 443), Suite.TLS13).tcp();
        KnownTls tls = new KnownTls(peers.dialogue(), Suite.TLS13, 7).handshake(CERTIFICATE);
        for (int i = 0; i < sizes.length; i += 2) {
            tls.client(new byte[sizes[i]]).server(new byte[sizes[i + 1]]);
        }
        if (byClient) {
            peers.dialogue().clientFin().serverFin();
        } else {
            peers.dialogue().serverFin().clientFin();
        }
        return judged(capture).verdict().id();
    }

    // ---- behind a device that takes the TLS off ----

    private static ScriptedGateway clear(Transport transport, int port) {
        return new ScriptedGateway(new CaptureBuilder().stepMicros(500), transport, Optional.empty(), port);
    }

    private static Analysis unnamed(CaptureBuilder capture) throws IOException {
        return Analyzer.analyze(capture.tape().source(), Analyzer.Options.NONE, () -> false);
    }

    @ParameterizedTest
    @EnumSource
    void whatAGatewaySaysInTheClearIsReadOnAnyPort(Transport transport) throws IOException {
        for (int port : new int[] {80, 443, 8080}) {
            sees(unnamed(clear(transport, port).open().tunnel(0).authorization(0x800759db).end(false)).incidents().getFirst(),
                    "rdg-cap-denied",
                    "authorization");
            sees(unnamed(clear(transport, port).open().tunnel(0).authorization(0).channel(0x59dd).end(true)).incidents().getFirst(),
                    "rdg-target-unreachable", "ws1.contoso.com:3389");
            sees(unnamed(clear(transport, port).ready().close(0x59f6).end(false)).incidents().getFirst(), "rdg-session-timeout",
                    "E_PROXY_SESSIONTIMEOUT");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theHostBehindAGatewayInTheClearIsJudgedAsOneThatIsSpokenToDirectly(Transport transport) throws IOException {
        for (boolean keys : new boolean[] {false, true}) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
            CaptureBuilder.Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50200, WindowsPeers.SERVER, 3389);
            new WindowsPeers(capture, dialogue, Suite.TLS13).tcp();
            byte[] secrets = session((client, bytes) -> {
                if (client) {
                    dialogue.client(bytes);
                } else {
                    dialogue.server(bytes);
                }
            });
            dialogue.clientFin().serverFin();
            byte[] known = keys ? secrets : new byte[0];
            Incident direct = judged(capture, known);
            ScriptedGateway gateway = clear(transport, 80).ready();
            session(gateway::say);
            Incident through = judged(gateway.end(true), known);
            assertThat(through.verdict().id()).isEqualTo(direct.verdict().id());
            assertThat(through.outcome()).isEqualTo(direct.outcome());
            assertThat(through.verdict().confidence()).isEqualTo(direct.verdict().confidence());
            assertThat(said(through, Event::tunnelled)).isEqualTo(said(direct, event -> !event.kind().toString().startsWith("tcp")));
            assertThat(through.headline().attempt().steps().keySet()).containsAll(direct.headline().attempt().steps().keySet().stream()
                    .filter(step -> step.phase() != Phase.TLS).toList());
        }
    }

    @Test
    void theStatusOfAGatewayInTheClearIsRead() throws IOException {
        String asks = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n";
        String out = "RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: gw\r\n";
        sees(said(out + "\r\n", asks, out + "Authorization: Basic YTpi\r\n\r\n", asks), "rdg-401-loop", "Negotiate", "did not satisfy it");
        sees(said(out + "\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "rdg-404", "HTTP 404");
        sees(said("GET /remoteDesktopGateway?ConId=1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), "rdg-5xx", "HTTP 502");
    }

    private static Incident said(String... clientThenServer) throws IOException {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        CaptureBuilder.Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50200, WindowsPeers.SERVER, 80);
        new WindowsPeers(capture, dialogue, Suite.GCM).tcp();
        for (int i = 0; i < clientThenServer.length; i++) {
            byte[] bytes = clientThenServer[i].getBytes(StandardCharsets.US_ASCII);
            if (i % 2 == 0) {
                dialogue.client(bytes);
            } else {
                dialogue.server(bytes);
            }
        }
        dialogue.serverFin().clientFin();
        return unnamed(capture).incidents().getFirst();
    }

    @Test
    void otherHttpIsNoGateway() throws IOException {
        for (String request : new String[] {"GET /index.html HTTP/1.1\r\n\r\n",
                "RPC_OUT_DATA /rpc/rpcproxy.dll?mail:6001 HTTP/1.1\r\nContent-Length: 76\r\n\r\n"}) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
            CaptureBuilder.Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50200, WindowsPeers.SERVER, 80);
            new WindowsPeers(capture, dialogue, Suite.GCM).tcp();
            dialogue.client(request.getBytes(StandardCharsets.US_ASCII))
                    .server("HTTP/1.1 404 Not Found\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            dialogue.serverFin().clientFin();
            assertThat(unnamed(capture).incidents()).as(request).isEmpty();
        }
    }

    @Test
    void oneConnectionInTheClearIsDead() throws IOException {
        for (Transport transport : new Transport[] {Transport.HTTP, Transport.RPC}) {
            CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
            ScriptedGateway alone = new ScriptedGateway(capture, transport, Optional.empty(), 80).fromGateway();
            capture.pauseMillis(20_000);
            assertThat(unnamed(alone.end(true)).incidents().getFirst().verdict().id()).isEqualTo("rdg-in-channel-dead");
        }
    }
}

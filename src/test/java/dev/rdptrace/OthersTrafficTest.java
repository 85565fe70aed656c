package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Happening;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What resembles RDP or might have led to it, and is none of it, is not reported; what does lead to RDP is, on any port.
class OthersTrafficTest {
    private static final String TARGET = "c0a80002"; // 192.168.0.2

    private static List<Incident> told(int port, UnaryOperator<Dialogue> dialogue) {
        return dialogue.apply(new CaptureBuilder().tcp("192.0.2.10", 50123, "192.0.2.20", port).open()).clientFin().serverFin().end().tape()
                .analyze()
                .incidents();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void theTransportOfControlSystemsIsNotRdp() {
        String[] requests = {
                "0300 0016 11 e0 0000 0001 00 c1 02 0100 c2 02 0102 c0 01 0a", // S7: calling and called TSAP, TPDU size
                "0300 0016 11 e0 0000 0002 00 c0 01 0a c1 02 0600 c2 02 0600", // the same in another order
                "0300 0023 1e e0 0000 0007 00 c1 02 0600 c2 0f 53494d415449432d524f4f542d4553 c0 01 0a", // S7-1200: a TSAP in words
                "0300 0016 11 e0 0000 0003 00 c0 01 0d c1 02 0001 c2 02 0001", // MMS
        };
        for (String request : requests) {
            assertThat(told(102, d -> d.client(request).server("0300 0016 11 d0 0001 0002 00 c0 01 0a c1 02 0100 c2 02 0102")
                    .client("0300 0019 02 f0 80 32 01 0000 0000 0008 0000 f0 00 0001 0001 01e0"))).as(request).isEmpty();
            // On a port of RDP everything is told.
            assertThat(told(3389, d -> d.client(request))).as(request).hasSize(1);
        }
        // A bare request, as old clients send it, and one with a cookie: RDP on any port.
        assertThat(told(102, d -> d.client("0300 000b 06 e0 0000 0000 00").server("0300 000b 06 d0 0000 1234 00"))).hasSize(1);
        assertThat(told(102, d -> d.client(CaptureBuilder.connectionRequest(text("Cookie: mstshash=al\r\n"), 3)))).hasSize(1);
    }

    @Test
    void aProxyIsNoBusinessOfOursUnlessItLeadsToRdp() {
        byte[] get = text("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        byte[] page = text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        for (boolean rdp : new boolean[] {false, true}) {
            String port = rdp ? "0d3d" : "0050";
            String number = rdp ? "3389" : "80";
            int reported = rdp ? 1 : 0;
            assertThat(told(1080,
                    d -> d.client("05 01 00").server("05 00").client("05 01 00 01" + TARGET + port).server("05 00 00 01" + TARGET + port)
                            .client(get).server(page)))
                    .as("SOCKS 5 to " + number).hasSize(reported);
            assertThat(told(1080, d -> d.client("05 01 00").server("05 00").client("05 01 00 03 03 776562" + port)
                    .server("05 05 00 01 00000000 0000"))).as("SOCKS 5 to a name, refused").hasSize(reported);
            assertThat(told(1080, d -> d.client("04 01" + port + TARGET + "00").server("00 5b 0000 00000000"))).as("SOCKS 4")
                    .hasSize(reported);
            assertThat(told(8080, d -> d.client(text("CONNECT web:" + number + " HTTP/1.1\r\nHost: web\r\n\r\n"))
                    .server(text("HTTP/1.1 403 Forbidden\r\n\r\n")))).as("CONNECT").hasSize(reported);
            assertThat(
                    told(8080, d -> d.client(text("PROXY TCP4 198.51.100.7 192.0.2.20 40000 " + number + "\r\n")).client(get).server(page)))
                    .as("PROXY").hasSize(reported);
            assertThat(
                    told(8080, d -> d.client("0d0a0d0a000d0a515549540a 21 11 000c c6336407 c0000214 9c40" + port).client(get).server(page)))
                    .as("PROXY 2").hasSize(reported);
        }
        // A name of sixteen letters, an address of version 6.
        assertThat(told(1080, d -> d.client("05 01 00").server("05 00").client("05 01 00 03 10 686f73742e6578616d706c652e6f7267 0d3d")
                .server("05 05 00 01 00000000 0000"))).hasSize(1).first()
                .extracting(i -> i.verdict().id(), i -> Identity.shown(i.headline().attempt().proxy().says()))
                .containsExactly("proxy-refused", "SOCKS 5; SOCKS 5 to host.example.org:3389");
        assertThat(told(1080, d -> d.client("05 01 00").server("05 00").client("05 01 00 04 20010db8000000000000000000000002 0d3d")
                .server("05 05 00 01 00000000 0000"))).hasSize(1);
        // Through a proxy to any port, if RDP is spoken there.
        assertThat(told(1080,
                d -> d.client("05 01 00").server("05 00").client("05 01 00 01" + TARGET + "2710").server("05 00 00 01" + TARGET + "2710")
                        .client(CaptureBuilder.connectionRequest(text("Cookie: mstshash=al\r\n"), 3))
                        .server(CaptureBuilder.connectionConfirm(2, 2))))
                .hasSize(1);
        // The way to a web site's TLS on port 443 makes no gateway of it.
        assertThat(told(443, d -> d.client(text("PROXY TCP4 198.51.100.7 192.0.2.20 40000 443\r\n")).client("16 03 01 0005 01 000001 00")
                .server("15 03 03 0002 0228"))).isEmpty();
    }

    /// One exchange with a proxy, as whole messages; a server's begin with `<`.
    private static Incident through(int port, int segment, byte[]... messages) {
        Dialogue dialogue = new CaptureBuilder().tcp("192.0.2.10", 50123, "192.0.2.20", port).open();
        for (byte[] message : messages) {
            boolean server = message[0] == '<';
            byte[] bytes = server ? Arrays.copyOfRange(message, 1, message.length) : message;
            for (int at = 0; at < bytes.length; at += segment) {
                byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + segment));
                dialogue = server ? dialogue.server(part) : dialogue.client(part);
            }
        }
        List<Incident> told = dialogue.serverFin().clientFin().end().tape().analyze().incidents();
        assertThat(told).as(port + " in segments of " + segment).hasSize(1);
        return told.getFirst();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static byte[] answer(byte[] bytes) {
        byte[] all = new byte[bytes.length + 1];
        all[0] = '<';
        System.arraycopy(bytes, 0, all, 1, bytes.length);
        return all;
    }

    @Test
    void aProxysRefusalIsReadInAnySegments() {
        byte[] connect = text("CONNECT rdp.example.org:3389 HTTP/1.0\r\n\r\n");
        byte[] greeting = hex("05 02 00 02");
        byte[] name = hex("05 01 00 03 03 776562 0d3d");
        Map<String, byte[][]> refusals = new LinkedHashMap<>();
        refusals.put("proxy-refused: \"HTTP/1.0 403 Forbidden\"",
                new byte[][] {connect, answer(text("HTTP/1.0 403 Forbidden\r\nA: b\r\n\r\n"))});
        refusals.put("rdg-407: \"HTTP/1.0 407 Proxy Authentication Required\"", new byte[][] {connect,
                answer(text("HTTP/1.0 407 Proxy Authentication Required\r\nVia: p\r\n\r\n<html>"))});
        refusals.put("proxy-refused: \"SOCKS 5 reply 5, connection refused\"", new byte[][] {greeting, answer(hex("05 00")), name,
                answer(hex("05 05 00 01 00000000 0000"))});
        refusals.put("proxy-refused: \"SOCKS 5: none of the client's ways to sign in is accepted (method 255)\"",
                new byte[][] {greeting, answer(hex("05 ff")),
                        name});
        refusals.put("proxy-refused: \"SOCKS 5: the user name or the password is refused (status 1)\"",
                new byte[][] {greeting, answer(hex("05 02")),
                        hex("01 02 616c 02 7077"), answer(hex("01 01")), name});
        refusals.put("proxy-refused: \"SOCKS 4 reply 91, rejected or failed\"", new byte[][] {hex("04 01 0d3d" + TARGET + "00"),
                answer(hex("00 5b 0000 00000000"))});
        refusals.forEach((told, messages) -> {
            for (int segment : new int[] {1, 2, 3, 7, 36, 2000}) {
                // That a refused SOCKS greeting was meant for RDP is known on a port of RDP, or by the request that followed.
                Incident incident = through(3389, segment, messages);
                assertThat(Identity.shown(incident.verdict().says())).as(told + " in segments of " + segment)
                        .endsWith("it answered " + told.replaceFirst("[^:]*: ", ""));
                assertThat(incident.verdict().id()).isEqualTo(told.replaceFirst(":.*", ""));
                assertThat(incident.fixes()).noneMatch(fix -> fix.contains("1080"));
            }
        });
        assertThat(through(8080, 36, refusals.values().iterator().next()).fixes()).anyMatch(fix -> fix.contains("port 3389"))
                .noneMatch(fix -> fix.contains("8080"));
    }

    @Test
    void whatAProxyLetsThroughIsReadInAnySegments() {
        byte[] request = CaptureBuilder.connectionRequest(text("Cookie: mstshash=al\r\n"), 1);
        byte[] confirm = answer(CaptureBuilder.connectionConfirm(3, 5));
        byte[] connect = text("CONNECT rdp.example.org:3389 HTTP/1.0\r\n\r\n");
        byte[] opened = answer(text("HTTP/1.0 200 Connection established\r\nProxy-agent: p/1\r\n\r\n"));
        byte[] greeting = hex("05 01 02");
        byte[] target = hex("05 01 00 01" + TARGET + "0d3d");
        List<byte[][]> ways = List.of(new byte[][] {connect, opened, request, confirm},
                new byte[][] {connect, answer(text("HTTP/1.1 407 Sign in\r\nContent-Length: 3\r\n\r\nno!")), connect, opened, request,
                        confirm},
                new byte[][] {greeting, answer(hex("05 00")), target, answer(hex("05 00 00 01 00000000 0000")), request, confirm},
                new byte[][] {greeting, answer(hex("05 02")), hex("01 02 616c 02 7077"), answer(hex("01 00")),
                        hex("05 01 00 03 03 776562 0d3d"),
                        answer(hex("05 00 00 03 02 6162 0000")), request, confirm},
                new byte[][] {hex("04 01 0d3d 00000007 616c00 77656200"), answer(hex("00 5a 0000 00000000")), request, confirm});
        for (byte[][] way : ways) {
            for (int segment : new int[] {1, 2, 3, 7, 36, 2000}) {
                Incident incident = through(8888, segment, way);
                assertThat(incident.verdict().id()).as("segments of " + segment).isEqualTo("x224-neg-failure-5-nla-required");
                assertThat(incident.headline().attempt().events()).anyMatch(event -> event.what() instanceof Happening.ProxyAnswer);
                assertThat(incident.headline().attempt().tcp().synCount()).isEqualTo(1);
            }
        }
    }

    private static WindowsPeers https() {
        return https(Suite.GCM);
    }

    private static WindowsPeers https(Suite suite) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        return new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, "203.0.113.9", 443), suite).tcp();
    }

    private static WindowsPeers gateway(Suite suite) {
        return https(suite).tlsFor("gateway.example.com");
    }

    private static List<Incident> closed(WindowsPeers peers) {
        peers.dialogue().clientFin().serverFin();
        return peers.tape().analyze().incidents();
    }

    @Test
    void aGatewaysNameAloneIsNoGateway() {
        for (String name : List.of("gateway.example.com", "api-gateway.example.com", "gw", "rds.eu-west-1.example.com",
                "remote.example.org", "rdg2.example.net")) {
            assertThat(closed(https().clientHelloFor(name))).as("a ClientHello only").isEmpty();
            assertThat(closed(https().clientHelloFor(name).restOfTls())).as("left after TLS").isEmpty();
            assertThat(closed(https().clientHelloFor(name).restOfTls().up(300).down(400))).as("one request").isEmpty();
            assertThat(closed(https().clientHelloFor(name, "h2", "http/1.1").restOfTls().up(300).down(400))).as("HTTP/2").isEmpty();
            WindowsPeers download = https().clientHelloFor(name).restOfTls().up(300);
            for (int i = 0; i < 90; i++) {
                download.down(16_000);
            }
            assertThat(closed(download)).as("a download").isEmpty();
            WindowsPeers polling = https().clientHelloFor(name).restOfTls();
            for (int i = 0; i < 90; i++) {
                polling.up(310).down(420).pause(1000);
            }
            assertThat(closed(polling)).as("a program that asks every second").isEmpty();
            assertThat(
                    closed(https().clientHelloFor(name).restOfTls().up(1700).down(150).pause(20_000).up(300).pause(80_000).up(8).down(9)))
                    .as("closed after minutes").isEmpty();
        }
    }

    @Test
    void aTunnelShowsByHowItBegins() {
        // Handshake, tunnel, authorization and channel over WebSocket.
        WindowsPeers session =
                https().clientHelloFor("gateway.example.com").restOfTls().up(3000).down(200).up(20).down(20).up(22).down(28).up(48).down(26)
                        .up(82).down(31);
        for (int i = 0; i < 60; i++) {
            session.up(90).down(900);
        }
        assertThat(closed(session)).extracting(i -> i.verdict().id()).containsExactly("session-established");
        assertThat(closed(https().clientHelloFor("gateway.example.com").restOfTls().up(3000).down(200).up(20).down(20).up(22).down(28)))
                .extracting(i -> i.verdict().id()).containsExactly("rdg-refused");
        // Over two connections.
        assertThat(closed(https().clientHelloFor("gateway.example.com").restOfTls().up(700).down(240).up(19).up(22).up(47).up(82)))
                .hasSize(1);
        assertThat(closed(https().clientHelloFor("gateway.example.com").restOfTls().up(700).down(240).down(18).down(26).down(24).down(29)))
                .hasSize(1);
        // A sign of life that a site sends again and again, one command of a mailbox after another.
        for (Suite suite : Suite.values()) {
            assertThat(closed(gateway(suite).up(700).down(240).down(18).down(18).down(18).down(18))).as("signs of life, %s", suite)
                    .hasSize(0);
            assertThat(closed(gateway(suite).down(17).up(19).up(19).up(19).up(19))).as("commands, %s", suite).hasSize(0);
        }
        // A chat that comes by the same sizes later. The padding of a block cipher hides the difference.
        for (Suite suite : List.of(Suite.GCM, Suite.TLS13)) {
            assertThat(closed(gateway(suite).up(700).down(240).down(40).down(18).down(30).down(24).down(60))).as("the site's, %s", suite)
                    .hasSize(0);
            assertThat(closed(gateway(suite).up(700).down(240).up(40).down(29).up(20).down(20).up(25).down(24))).as("both's, %s", suite)
                    .hasSize(0);
            assertThat(closed(gateway(suite).up(700).down(240).up(26).up(19).up(25).up(47).up(31))).as("the client's, %s", suite)
                    .hasSize(0);
        }
        // Two web sockets that greet with as many bytes, and go on otherwise.
        assertThat(closed(https().clientHelloFor("gateway.example.com").restOfTls().up(700).down(240).up(20).down(20).up(12).down(20)))
                .isEmpty();
    }

    @Test
    void aGreetingBeforeTheRequestIsReadOnAnyPort() {
        for (String greeting : List.of("SSH-2.0-OpenSSH_9.6\r\n", "220 mail.example.org ESMTP ready\r\n", "220 files FTP server\r\n")) {
            for (int segment : new int[] {1, 3, 2000}) {
                byte[] request = CaptureBuilder.connectionRequest(new byte[0], 3);
                var named = through(3389, segment, answer(text(greeting)), request).verdict();
                var found = through(3390, segment, answer(text(greeting)), request).verdict();
                assertThat(found.id()).as(greeting + segment).isEqualTo(named.id()).isEqualTo("wrong-protocol-server");
                assertThat(found.frames()).as(greeting + segment).isEqualTo(named.frames());
            }
        }
        assertThat(told(22, d -> d.server(text("SSH-2.0-OpenSSH_9.6\r\n")).client(text("SSH-2.0-PuTTY\r\n")))).isEmpty();
        assertThat(told(25, d -> d.server(text("220 mail ESMTP\r\n")))).isEmpty();
    }
}

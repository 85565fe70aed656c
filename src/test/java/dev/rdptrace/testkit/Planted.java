package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.CaptureBuilder.connectionConfirm;
import static dev.rdptrace.testkit.CaptureBuilder.connectionRequest;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.InnerBytes.negoTokens;
import static dev.rdptrace.testkit.InnerBytes.tsRequest;
import static dev.rdptrace.testkit.WindowsPeers.CLIENT;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.RDSTLS;
import static dev.rdptrace.testkit.WindowsPeers.SERVER;
import static dev.rdptrace.testkit.WindowsPeers.SSL;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Connections in which peers say a word of our choice, one for every place where a text of the wire is decoded.
///
/// @param name of the place
/// @param with the analysis of a connection that holds a word there
public record Planted(String name, Function<String, Analysis> with) {
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "330601000000Z", 2048);
    private static final long FILETIME = (1_700_000_000L + 11_644_473_600L) * 10_000_000L;
    private static final Endpoint GATEWAY = new Endpoint(0, 0xffff0a140005L, 443);

    public static List<Planted> everywhere() {
        return List.of(
                clear("user cookie", (d, word) -> refused(d, "Cookie: mstshash=" + word + "\r\n")),
                clear("domain and user in the cookie", (d, word) -> refused(d, "Cookie: mstshash=" + word + "\\" + word + "x\r\n")),
                clear("routing token", (d, word) -> refused(d, "Cookie: msts=" + word + "\r\n")),
                clear("load balancing information", (d, word) -> refused(d, "tsv://MS Terminal Services Plugin.1." + word + "\r\n")),
                clear("other text in the request", (d, word) -> refused(d, word + "\r\n")),
                clear("mail server",
                        (d, word) -> d.client(connectionRequest(new byte[0], 3)).server(bytes("220 mail." + word + " ESMTP\r\n"))
                                .serverFin()),
                clear("unknown server",
                        (d, word) -> d.client(connectionRequest(new byte[0], 3)).server(bytes("!! " + word + " !!")).serverFin()),
                clear("server that speaks first", (d, word) -> d.server(bytes("SSH-2.0-" + word + "\r\n")).serverFin()),
                clear("web client", (d, word) -> d.client(bytes("GET /" + word + " HTTP/1.1\r\nHost: " + word + "\r\n\r\n")).serverFin()),
                clear("web gateway", (d, word) -> d.client(bytes("GET /" + word + " HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"))
                        .server(bytes("HTTP/1.1 101 " + word + "\r\n\r\n"))
                        .client(InnerBytes.webSocket(true, ScriptedWebGateway.request(word + ".corp", new byte[0])))
                        .server(InnerBytes.webSocket(false, ScriptedWebGateway.answer(word + ".corp", connectionConfirm(3, 5))))
                        .serverFin()),
                clear("web gateway that closes", (d, word) -> d.client(bytes("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"))
                        .server(bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
                        .client(InnerBytes.webSocket(true, connectionRequest(new byte[0], 3)))
                        .server(ScriptedWebGateway.close(1011, "no way to " + word)).serverFin()),
                clear("unknown client", (d, word) -> d.client(bytes("!! " + word + " !!!!!!!!!!!!!")).serverFin()),
                clear("HTTP proxy that refuses",
                        (d, word) -> d.client(bytes("CONNECT " + word + ".corp:3389 HTTP/1.1\r\nHost: " + word + "\r\n\r\n"))
                                .server(bytes("HTTP/1.1 403 Forbidden\r\nVia: 1.1 " + word + "\r\n\r\n")).serverFin()),
                clear("HTTP proxy", (d, word) -> refused(d.client(bytes("CONNECT " + word + ":3389 HTTP/1.1\r\n\r\n"))
                        .server(bytes("HTTP/1.1 200 OK\r\nVia: 1.1 " + word + "\r\n\r\n")), "")),
                clear("SOCKS 5", (d, word) -> d.client(new byte[] {5, 1, 0}).server(new byte[] {5, 0})
                        .client(join(new byte[] {5, 1, 0, 3, (byte) bytes(word).length}, bytes(word), new byte[] {0x0d, 0x3d}))
                        .server(new byte[] {5, 4, 0, 1, 10, 77, 66, 55, 0, 0}).serverFin()),
                clear("SOCKS 4a",
                        (d, word) -> d
                                .client(join(new byte[] {4, 1, 0x0d, 0x3d, 0, 0, 0, 9}, bytes(word), new byte[1], bytes(word), new byte[1]))
                                .server(new byte[] {0, 0x5b, 0, 0, 0, 0, 0, 0}).serverFin()),
                clear("PROXY header",
                        (d, word) -> d.client(bytes("PROXY UNKNOWN " + word + "\r\n")).client(connectionRequest(new byte[0], 3))
                                .serverFin()),
                clear("bytes out of place", (d, word) -> d.client(connectionRequest(new byte[0], 3)).server(connectionConfirm(2, 1))
                        .client(bytes("pw=" + word + " and more of it ........")).serverFin()),
                new Planted("server name", word -> {
                    WindowsPeers peers = WindowsPeers.with(Suite.GCM).negotiated(SSL, SSL).tlsFor(word + ".corp");
                    peers.dialogue().clientReset();
                    return peers.tape().analyze();
                }),
                new Planted("certificate", word -> {
                    WindowsPeers peers =
                            WindowsPeers.with(Suite.GCM).certificate(CertificateBytes.of("CN=" + word, "CN=ca of " + word, "210601000000Z",
                                    "221114000000Z", 2048)).negotiated(SSL, SSL).tlsFor("other");
                    peers.dialogue().clientReset();
                    return peers.tape().analyze();
                }),
                new Planted("name that does not exist", word -> {
                    CaptureBuilder capture = new CaptureBuilder();
                    capture.udp(CLIENT, 61000, "192.168.1.1", 53, dns(word, false, 0));
                    capture.udp("192.168.1.1", 53, CLIENT, 61000, dns(word, true, 3));
                    return capture.tape().analyze();
                }),
                new Planted("name of another address", word -> {
                    WindowsPeers peers = WindowsPeers.with(Suite.GCM);
                    peers.capture().udp(CLIENT, 61000, "192.168.1.1", 53, dns(word, false, 0));
                    peers.capture().udp("192.168.1.1", 53, CLIENT, 61000, dns(word, true, 0, 10, 20, 0, 77));
                    peers.knock().pause(21_000);
                    peers.capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
                    return peers.tape().analyze();
                }),
                inTls("NTLM", (tls, word) -> tls.client(tsRequest(6, negoTokens(InnerBytes.ntlmNegotiate())))
                        .server(tsRequest(6, negoTokens(InnerBytes.ntlmChallenge(word + "d", word + "c", FILETIME))))
                        .client(tsRequest(6, negoTokens(InnerBytes.ntlmAuthenticate(word + "e", word + "u", word + "w")),
                                InnerBytes.pubKeyAuth(48),
                                InnerBytes.clientNonce()))
                        .server(tsRequest(6, InnerBytes.errorCode(0xC000006D)))),
                inTls("unknown token", (tls, word) -> tls.client(tsRequest(6, negoTokens(bytes(word + " token"))))
                        .server(tsRequest(6, InnerBytes.errorCode(0xC000006D)))),
                inTls("Kerberos", (tls, word) -> tls
                        .client(tsRequest(6, negoTokens(InnerBytes.spnegoApRequest(word + ".CORP", "TERMSRV", word + ".corp"))))
                        .server(tsRequest(6,
                                negoTokens(InnerBytes.spnegoError(2, 37, "20231114222320Z", word + ".CORP", "TERMSRV", word + ".corp"))))),
                new Planted("RDSTLS", word -> opened(rdp(SSL | HYBRID | RDSTLS, RDSTLS).server(InnerBytes.rdstlsCapabilities())
                        .client(InnerBytes.rdstlsPassword(word + "u", word + "d")).server(InnerBytes.rdstlsResponse(5)))),
                inTls("session behind TLS", (tls, word) -> {
                    SaidInTls.of("success-nla-tls13-keys").forEach(said -> {
                        if (said.byClient()) {
                            tls.client(wide(said.plain(), word));
                        } else {
                            tls.server(wide(said.plain(), word));
                        }
                    });
                    return tls;
                }),
                new Planted("session in the clear", word -> Tape.read(Path.of("samples/success-standard-rdp-security/capture.pcapng"))
                        .map(shot -> shot.with(wide(shot.bytes(), word))).analyze()),
                gateway("gateway",
                        (tls, word) -> tls.inWebSocket(InnerBytes.gatewayHandshake(), InnerBytes.gatewayHandshakeResponse(0),
                                InnerBytes.tunnelCreate(),
                                InnerBytes.tunnelResponse(0), InnerBytes.tunnelAuth(word + "-PC"), InnerBytes.tunnelAuthResponse(0),
                                InnerBytes.channelCreate(word + ".corp"), InnerBytes.gatewayPacket(0xb, counted("hello from " + word)),
                                InnerBytes.gatewayPacket(0xd), InnerBytes.channelResponse(0x800759da))),
                new Planted("gateway that answers 503",
                        word -> opened(tunnel(word, "HTTP/1.1 503 " + word + " is down\r\nServer: " + word + "\r\n"
                                + "WWW-Authenticate: " + word.replaceAll("[^A-Za-z0-9]", "") + "\r\n\r\n"))));
    }

    private interface Talk {
        Dialogue of(Dialogue dialogue, String word);
    }

    private interface InTls {
        KnownTls of(KnownTls tls, String word);
    }

    private static Planted clear(String name, Talk talk) {
        return new Planted(name, word -> talk.of(new CaptureBuilder().tcp("192.0.2.10", 50000, "198.51.100.20", 3389).open(), word).end()
                .tape().analyze());
    }

    private static Planted inTls(String name, InTls talk) {
        return new Planted(name, word -> opened(talk.of(rdp(SSL | HYBRID | HYBRID_EX, HYBRID), word)));
    }

    private static Planted gateway(String name, InTls talk) {
        return new Planted(name, word -> opened(talk.of(tunnel(word,
                "HTTP/1.1 101 " + word + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), word)));
    }

    private static Dialogue refused(Dialogue dialogue, String routing) {
        return dialogue.client(connectionRequest(bytes(routing), 3)).server(connectionConfirm(3, 5)).serverFin();
    }

    private static KnownTls rdp(int requested, int selected) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers =
                new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 3389), Suite.TLS13).negotiated(requested, selected);
        return new KnownTls(peers.dialogue(), Suite.TLS13, 1).handshake(CERTIFICATE);
    }

    private static KnownTls tunnel(String word, String answer) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 443), Suite.TLS13).tcp();
        return new KnownTls(peers.dialogue(), Suite.TLS13, 7).handshake(CERTIFICATE)
                .client(bytes("RDG_OUT_DATA /remoteDesktopGateway/" + word.replace(' ', '-') + " HTTP/1.1\r\nHost: " + word
                        + "\r\nRDG-Connection-Id: {" + word + "}\r\n" + "RDG-Correlation-Id: {" + word + "}\r\nAuthorization: "
                        + word.replace(' ', '-') + " xyz\r\nUser-Agent: " + word
                        + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
                .server(bytes(answer));
    }

    private static Analysis opened(KnownTls tls) {
        KeyLog log = new KeyLog();
        log.add(tls.keyLog().getBytes(StandardCharsets.US_ASCII));
        tls.dialogue().serverFin().clientFin();
        try {
            return Analyzer.analyze(tls.dialogue().end().tape().source(), new Analyzer.Options(Set.of(), Set.of(GATEWAY), false,
                    Optional.of(new Secrets(log))), () -> false);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /// Every text in UTF-16 of three characters or more becomes `word`, repeated or cut to the same length.
    private static byte[] wide(byte[] plain, String word) {
        byte[] planted = plain.clone();
        for (int from = 0; from + 6 <= planted.length; from++) {
            int to = from;
            while (to + 1 < planted.length && planted[to + 1] == 0
                    && (Character.isLetterOrDigit(planted[to]) || planted[to] == '-' || planted[to] == '.')) {
                to += 2;
            }
            if (to - from >= 6) {
                for (int i = from; i < to; i += 2) {
                    char c = word.charAt((i - from) / 2 % word.length());
                    planted[i] = (byte) c;
                    planted[i + 1] = (byte) (c >> 8);
                }
                from = to;
            }
        }
        return planted;
    }

    private static byte[] counted(String text) {
        byte[] wide = text.getBytes(StandardCharsets.UTF_16LE);
        return join(new byte[] {(byte) wide.length, (byte) (wide.length >> 8)}, wide);
    }

    private static byte[] dns(String label, boolean response, int code, int... address) {
        byte[] name = bytes(label);
        ByteBuffer out = ByteBuffer.allocate(512);
        out.putShort((short) 0x4711).putShort((short) ((response ? 0x8180 : 0x0100) | code)).putShort((short) 1)
                .putShort((short) (address.length / 4)).putInt(0).put((byte) name.length).put(name).put((byte) 4).put(bytes("corp"))
                .put((byte) 0)
                .putShort((short) 1).putShort((short) 1);
        if (address.length > 0) {
            out.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(300).putShort((short) 4);
            for (int octet : address) {
                out.put((byte) octet);
            }
        }
        return java.util.Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.InnerBytes.aad;
import static dev.rdptrace.testkit.InnerBytes.channelCreate;
import static dev.rdptrace.testkit.InnerBytes.channelResponse;
import static dev.rdptrace.testkit.InnerBytes.chunk;
import static dev.rdptrace.testkit.InnerBytes.gatewayData;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshake;
import static dev.rdptrace.testkit.InnerBytes.gatewayHandshakeResponse;
import static dev.rdptrace.testkit.InnerBytes.gatewayPacket;
import static dev.rdptrace.testkit.InnerBytes.tunnelAuth;
import static dev.rdptrace.testkit.InnerBytes.tunnelAuthResponse;
import static dev.rdptrace.testkit.InnerBytes.tunnelCreate;
import static dev.rdptrace.testkit.InnerBytes.tunnelResponse;
import static dev.rdptrace.testkit.InnerBytes.webSocket;

import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A client and an RD Gateway that speak [MS-TSGU] over any of its transports, inside TLS or, as behind a device that takes the TLS
/// off, in the clear.
public final class ScriptedGateway {
    public static final String TARGET = "ws1.contoso.com";

    public enum Transport {
        WEB_SOCKET,
        HTTP,
        /// WebSocket is asked for, and not given.
        HTTP_INSTEAD,
        RPC,
        RPC_NDR64
    }

    private static final String ASKS = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n";
    private static final String LONG = "Content-Length: 1073741824\r\n";
    private static final byte[] CERTIFICATE = CertificateBytes.of("CN=gw.contoso.com", "CN=CA", "230601000000Z", "330601000000Z", 2048);

    /// One connection.
    private final class Leg {
        final Dialogue dialogue;
        final KnownTls tls;

        Leg(int port, int seed) {
            dialogue = capture.tcp(WindowsPeers.CLIENT, port, WindowsPeers.SERVER, serverPort);
            new WindowsPeers(capture, dialogue, suite.orElse(Suite.GCM)).tcp();
            tls = suite.map(some -> new KnownTls(dialogue, some, seed).handshake(CERTIFICATE)).orElse(null);
            legs.add(this);
        }

        Leg client(byte[] bytes) {
            if (tls == null) {
                dialogue.client(bytes);
            } else {
                tls.client(bytes);
            }
            return this;
        }

        Leg server(byte[] bytes) {
            if (tls == null) {
                dialogue.server(bytes);
            } else {
                tls.server(bytes);
            }
            return this;
        }

        Leg client(String text) {
            return client(aad(text));
        }

        Leg server(String text) {
            return server(aad(text));
        }
    }

    private final CaptureBuilder capture;
    private final Transport transport;
    private final Optional<Suite> suite;
    private final int serverPort;
    private final List<Leg> legs = new ArrayList<>();
    private final RpcBytes rpc;

    /// @param suite of its TLS; without, all stands in the clear
    public ScriptedGateway(CaptureBuilder capture, Transport transport, Optional<Suite> suite, int serverPort) {
        this.capture = capture;
        this.transport = transport;
        this.suite = suite;
        this.serverPort = serverPort;
        this.rpc = new RpcBytes(transport == Transport.RPC_NDR64);
    }

    public boolean overRpc() {
        return transport == Transport.RPC || transport == Transport.RPC_NDR64;
    }

    public RpcBytes rpc() {
        return rpc;
    }

    /// What opens the TLS of all connections.
    public byte[] keyLog() {
        StringBuilder all = new StringBuilder();
        legs.forEach(leg -> all.append(leg.tls == null ? "" : leg.tls.keyLog()));
        return all.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private Leg out() {
        return legs.getFirst();
    }

    private Leg in() {
        return legs.getLast();
    }

    // ---- HTTP ----

    private static String request(String method, String... fields) {
        String target = method.startsWith("RPC") ? "/rpc/rpcproxy.dll?localhost:3388" : "/remoteDesktopGateway/";
        return method + " " + target + " HTTP/1.1\r\nHost: gw.contoso.com\r\n" + (method.startsWith("RDG") ? "RDG-Connection-Id: {7d6f}\r\n" : "")
                + String.join("", fields) + "\r\n";
    }

    /// Signs in at once the second time.
    private Leg signedIn(int port, int seed, String method, String... fields) {
        return new Leg(port, seed).client(request(method, "Content-Length: 0\r\n")).server(ASKS)
                .client(request(method, "Authorization: Basic YTpi\r\n" + String.join("", fields)));
    }

    /// The client signs in, and what takes the tunnel is open both ways.
    public ScriptedGateway open() {
        fromGateway();
        if (transport != Transport.WEB_SOCKET) {
            toGateway();
        }
        return together();
    }

    /// The connection from the gateway, or the only one.
    public ScriptedGateway fromGateway() {
        switch (transport) {
            case WEB_SOCKET -> signedIn(50123, 7, "RDG_OUT_DATA", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n")
                    .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
            case HTTP_INSTEAD -> signedIn(50123, 7, "RDG_OUT_DATA", "Connection: Upgrade\r\nUpgrade: websocket\r\n")
                    .server("HTTP/1.1 200 OK\r\n\r\n").server(new byte[100]);
            case HTTP -> signedIn(50123, 7, "RDG_OUT_DATA").server("HTTP/1.1 200 OK\r\n\r\n").server(new byte[100]);
            case RPC, RPC_NDR64 -> signedIn(50123, 7, "RPC_OUT_DATA", "Content-Length: 76\r\n").client(RpcBytes.connA1(1))
                    .server("HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\n" + LONG + "\r\n").server(RpcBytes.connA3());
        }
        return this;
    }

    public ScriptedGateway toGateway() {
        if (overRpc()) {
            signedIn(50124, 8, "RPC_IN_DATA", LONG).client(RpcBytes.connB1(1));
        } else {
            signedIn(50124, 8, "RDG_IN_DATA", "Transfer-Encoding: chunked\r\n").server("HTTP/1.1 200 OK\r\n\r\n").server(new byte[100]);
        }
        return this;
    }

    private ScriptedGateway together() {
        if (overRpc()) {
            out().server(RpcBytes.connC2());
            in().client(rpc.bind());
            out().server(rpc.bindAck());
            return this;
        }
        return exchange(gatewayHandshake(), gatewayHandshakeResponse(0));
    }

    /// Bytes of HTTP that answer on the connection of the client's packets.
    public ScriptedGateway answerIn(String head) {
        in().server(head);
        return this;
    }

    // ---- packets ----

    public ScriptedGateway exchange(byte[] client, byte[] server) {
        return up(client).down(server);
    }

    /// The client's packet or PDU.
    public ScriptedGateway up(byte[] packet) {
        in().client(transport == Transport.WEB_SOCKET ? webSocket(true, packet) : !overRpc() ? chunk(packet) : packet);
        return this;
    }

    /// The gateway's.
    public ScriptedGateway down(byte[] packet) {
        out().server(transport == Transport.WEB_SOCKET ? webSocket(false, packet) : packet);
        return this;
    }

    public ScriptedGateway tunnel(int error) {
        return overRpc() ? exchange(rpc.createTunnel(false), rpc.tunnelCreated(error)) : exchange(tunnelCreate(), tunnelResponse(error));
    }

    public ScriptedGateway authorization(int error) {
        return overRpc() ? exchange(rpc.authorizeTunnel("PC7"), rpc.tunnelAuthorized(error, 30))
                : exchange(tunnelAuth("PC7"), error == 0 ? gatewayPacket(7, hex("00000000 0300 0000 00000080 1e000000")) : tunnelAuthResponse(error));
    }

    public ScriptedGateway channel(int error) {
        if (!overRpc()) {
            return exchange(channelCreate(TARGET), channelResponse(error));
        }
        exchange(rpc.createChannel(TARGET), rpc.channelCreated(error));
        return error == 0 ? up(rpc.setupReceivePipe()) : this;
    }

    /// Up to the way to the host.
    public ScriptedGateway ready() {
        return open().tunnel(0).authorization(0).channel(0);
    }

    /// What client and host say to each other.
    public ScriptedGateway say(boolean client, byte[] data) {
        if (!overRpc()) {
            return client ? up(gatewayData(data)) : down(gatewayData(data));
        }
        return client ? exchange(rpc.sendToServer(data, Math.min(data.length, 100)), rpc.sent()) : down(rpc.received(data));
    }

    public ScriptedGateway close(int code) {
        return down(overRpc() ? rpc.pipeEnds(code) : InnerBytes.closeChannel(code));
    }

    /// All connections end.
    public CaptureBuilder end(boolean byClient) {
        for (Leg leg : legs) {
            if (byClient) {
                leg.dialogue.clientFin().serverFin();
            } else {
                leg.dialogue.serverFin().clientFin();
            }
        }
        return capture;
    }
}

package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.DerBytes.octets;
import static dev.rdptrace.testkit.DerBytes.sequence;

import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import java.nio.charset.StandardCharsets;

/// A browser that speaks RDP in a WebSocket in the clear, and the gateway it does so with.
public final class ScriptedWebGateway {
    public static final String TARGET = "ws1.contoso.com:3389";
    public static final String TOKEN = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl";
    public static final byte[] REQUEST = CaptureBuilder.connectionRequest(new byte[0], WindowsPeers.SSL | WindowsPeers.HYBRID);
    public static final byte[] CONFIRM = CaptureBuilder.connectionConfirm(2, WindowsPeers.HYBRID);
    public static final byte[] CERTIFICATE = CertificateBytes.of("CN=ws1.contoso.com", "CN=CA", "230601000000Z", "330601000000Z", 2048);

    private final CaptureBuilder capture;
    private final Dialogue dialogue;

    public ScriptedWebGateway(int port) {
        capture = new CaptureBuilder().stepMicros(500);
        dialogue = capture.tcp(WindowsPeers.CLIENT, 50300, WindowsPeers.SERVER, port).open();
    }

    // ---- RDCleanPath ----

    private static byte[] utf8(String text) {
        return element(0x0c, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] message(byte[]... fields) {
        return sequence(field(0, integer(3390)), join(fields));
    }

    public static byte[] request(String target, byte[] x224) {
        return message(field(2, utf8(target)), field(3, utf8(TOKEN)), field(6, octets(x224)));
    }

    public static byte[] requestForConsole(String target, String blob, byte[] x224) {
        return message(field(2, utf8(target)), field(3, utf8(TOKEN)), field(5, utf8(blob)), field(6, octets(x224)));
    }

    public static byte[] answer(String address, byte[] x224, byte[]... chain) {
        byte[] certificates = {};
        for (byte[] certificate : chain) {
            certificates = join(certificates, octets(certificate));
        }
        return message(field(6, octets(x224)), field(7, sequence(certificates)), field(9, utf8(address)));
    }

    /// @param numbers HTTP status, socket error, TLS alert; left off where negative
    public static byte[] refusal(int code, int... numbers) {
        byte[] error = field(0, integer(code));
        for (int i = 0; i < numbers.length; i++) {
            error = numbers[i] < 0 ? error : join(error, field(i + 1, integer(numbers[i])));
        }
        return message(field(1, sequence(error)));
    }

    public static byte[] negotiationFailed(byte[] x224) {
        return message(field(1, sequence(field(0, integer(2)))), field(6, octets(x224)));
    }

    // ---- the WebSocket ----

    public ScriptedWebGateway opened() {
        return opened("/jet/rdp", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    }

    public ScriptedWebGateway opened(String path, String answer) {
        dialogue.client(("GET " + path + " HTTP/1.1\r\nHost: gw\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAA\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        dialogue.server(answer.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    public ScriptedWebGateway client(byte[] message) {
        dialogue.client(InnerBytes.webSocket(true, message));
        return this;
    }

    public ScriptedWebGateway server(byte[] message) {
        dialogue.server(InnerBytes.webSocket(false, message));
        return this;
    }

    public ScriptedWebGateway say(boolean client, byte[] message) {
        return client ? client(message) : server(message);
    }

    /// The gateway's close frame.
    public ScriptedWebGateway closes(int code, String reason) {
        dialogue.server(close(code, reason));
        return this;
    }

    public static byte[] close(int code, String reason) {
        byte[] words = reason.getBytes(StandardCharsets.UTF_8);
        return join(new byte[] {(byte) 0x88, (byte) (2 + words.length), (byte) (code >> 8), (byte) code}, words);
    }

    /// Up to TLS with the host.
    public ScriptedWebGateway reached() {
        return opened().client(request(TARGET, REQUEST)).server(answer("10.1.2.3", CONFIRM, CERTIFICATE));
    }

    public ScriptedWebGateway waits(int seconds) {
        capture.pauseMillis(seconds * 1000L);
        return this;
    }

    public Tape end(boolean byClient) {
        if (byClient) {
            dialogue.clientFin().serverFin();
        } else {
            dialogue.serverFin().clientFin();
        }
        return capture.tape();
    }
}

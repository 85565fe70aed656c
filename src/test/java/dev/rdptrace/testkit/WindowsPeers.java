package dev.rdptrace.testkit;

import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// mstsc and a Windows host as a capture beside the client shows them: TTL 128 and 128 less the hops, resets with
/// ACK and window 0, the flight of TLS 1.2 in one record as Schannel writes it, CredSSP and MCS by the sizes of
/// [MS-CSSP] 2.2.1 and T.125. The plaintext of sealed records is nothing: without keys only its length counts.
public final class WindowsPeers {

    /// What Schannel negotiates; the record is as long as the suite makes it.
    public enum Suite {
        GCM(0xc030, 0x0303, 0, 24),
        CBC_SHA1(0xc014, 0x0303, 20, 0),
        CBC_SHA384(0xc028, 0x0303, 48, 0),
        TLS10_CBC(0xc014, 0x0301, 20, 0),
        TLS13(0x1302, 0x0304, 0, 17),
        CHACHA20(0xcca8, 0x0303, 0, 16);

        private final int code;
        private final int version;
        private final int mac;
        private final int overhead;

        Suite(int code, int version, int mac, int overhead) {
            this.code = code;
            this.version = version;
            this.mac = mac;
            this.overhead = overhead;
        }

        int recordLength(int plain) {
            return overhead > 0 ? plain + overhead : (version > 0x0301 ? 16 : 0) + 16 * ((plain + mac) / 16 + 1);
        }

        int wireVersion() {
            return Math.min(version, 0x0303);
        }
    }

    public static final String CLIENT = "192.168.1.10";
    public static final String SERVER = "10.20.0.5";
    public static final int SSL = 1;
    public static final int HYBRID = 2;
    public static final int RDSTLS = 4;
    public static final int HYBRID_EX = 8;
    public static final int RDSAAD = 16;

    private final CaptureBuilder capture;
    private final Dialogue dialogue;
    private final Suite suite;
    private boolean splitting;
    private boolean encryptThenMac;
    private byte[] certificate = CertificateBytes.of("CN=HOST5", "CN=HOST5", "230601000000Z", "240101000000Z", 2048);

    public WindowsPeers(CaptureBuilder capture, Dialogue dialogue, Suite suite) {
        this.capture = capture;
        this.dialogue = dialogue;
        this.suite = suite;
        dialogue.client().hopLimit(128);
        dialogue.server().hopLimit(124);
    }

    public static WindowsPeers with(Suite suite) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        return new WindowsPeers(capture, capture.tcp(CLIENT, 50123, SERVER, 3389), suite);
    }

    /// Another connection in the same capture.
    public WindowsPeers again(int clientPort) {
        return another(CLIENT, clientPort, SERVER);
    }

    public WindowsPeers another(String client, int clientPort, String server) {
        return new WindowsPeers(capture, capture.tcp(client, clientPort, server, 3389), suite);
    }

    /// The same at another port of the server.
    public WindowsPeers port(int clientPort, String server, int serverPort) {
        return new WindowsPeers(capture, capture.tcp(CLIENT, clientPort, server, serverPort), suite);
    }

    public WindowsPeers certificate(byte[] der) {
        certificate = der;
        return this;
    }

    public Dialogue dialogue() {
        return dialogue;
    }

    public CaptureBuilder capture() {
        return capture;
    }

    public Tape tape() {
        return capture.tape();
    }

    /// A SYN and its repetitions, as Windows sends them, without an answer.
    public WindowsPeers knock() {
        dialogue().syn();
        pause(1000).dialogue().synAgain();
        pause(2000).dialogue().synAgain();
        return this;
    }

    public WindowsPeers pause(long millis) {
        capture.pauseMillis(millis);
        return this;
    }

    // ---- TCP and negotiation ----

    /// A round trip takes 38 ms.
    public WindowsPeers tcp() {
        dialogue.syn();
        pause(38);
        dialogue.synAck().clientAck();
        return this;
    }

    public WindowsPeers request(int protocols) {
        return request("Cookie: mstshash=CONTOSO\\al\r\n", protocols);
    }

    /// @param routing a cookie or token with its CR LF
    public WindowsPeers request(String routing, int protocols) {
        dialogue.client(CaptureBuilder.connectionRequest(routing.getBytes(StandardCharsets.US_ASCII), protocols));
        pause(38);
        return this;
    }

    public WindowsPeers negotiated(int requested, int selected) {
        tcp().request(requested);
        byte[] confirm = CaptureBuilder.connectionConfirm(2, selected);
        confirm[12] = 0x1f; // extended client data, graphics pipeline, reserved, restricted admin, redirected authentication
        dialogue.server(confirm);
        return this;
    }

    // ---- TLS ----

    public WindowsPeers clientHello() {
        dialogue.client(hello(suite, 0));
        pause(38);
        return this;
    }

    /// A ClientHello that asks for a host (RFC 6066 3).
    public WindowsPeers clientHelloFor(String host) {
        dialogue.client(extended(hello(suite, 0), serverName(host)));
        pause(38);
        return this;
    }

    /// The same, and it offers these application protocols (RFC 7301 3.1).
    public WindowsPeers clientHelloFor(String host, String... protocols) {
        ByteBuffer list = ByteBuffer.allocate(256);
        for (String protocol : protocols) {
            list.put((byte) protocol.length()).put(protocol.getBytes(StandardCharsets.US_ASCII));
        }
        int length = list.position();
        ByteBuffer alpn = ByteBuffer.allocate(6 + length).putShort((short) 16).putShort((short) (2 + length)).putShort((short) length)
                .put(list.array(), 0, length);
        dialogue.client(extended(extended(hello(suite, 0), serverName(host)), alpn.array()));
        pause(38);
        return this;
    }

    private static byte[] serverName(String host) {
        byte[] name = host.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(9 + name.length).putShort((short) 0).putShort((short) (5 + name.length))
                .putShort((short) (3 + name.length)).put((byte) 0).putShort((short) name.length).put(name).array();
    }

    /// With one more extension at its end: the record, the message and the extensions grow.
    private static byte[] extended(byte[] hello, byte[] extension) {
        byte[] longer = join(hello, extension);
        int extensions = 5 + 4 + 2 + 32 + 1 + 2 + 6 + 2;
        for (int at : new int[] {3, 7, extensions}) {
            int length = ((longer[at] & 0xff) << 8 | longer[at + 1] & 0xff) + extension.length;
            longer[at] = (byte) (length >> 8);
            longer[at + 1] = (byte) length;
        }
        return longer;
    }

    /// A ClientHello that offers these suites.
    public WindowsPeers clientHelloWith(int... suites) {
        byte[] hello = hello(suite, 0);
        ByteBuffer list = ByteBuffer.allocate(2 + 2 * suites.length).putShort((short) (2 * suites.length));
        for (int code : suites) {
            list.putShort((short) code);
        }
        int at = 5 + 4 + 2 + 32 + 1;
        byte[] other = join(Arrays.copyOf(hello, at), list.array(), Arrays.copyOfRange(hello, at + 8, hello.length));
        for (int field : new int[] {3, 7}) {
            int length = ((other[field] & 0xff) << 8 | other[field + 1] & 0xff) + other.length - hello.length;
            other[field] = (byte) (length >> 8);
            other[field + 1] = (byte) length;
        }
        dialogue.client(other);
        pause(38);
        return this;
    }

    /// One record of the client as it is sealed.
    public byte[] record(int plain) {
        return sealed(plain);
    }

    /// A ClientHello with so many bytes of key share on top, as with ML-KEM.
    public WindowsPeers clientHello(int more) {
        dialogue.client(hello(suite, more));
        pause(38);
        return this;
    }

    public static byte[] hello(Suite suite, int more) {
        ByteBuffer body = ByteBuffer.allocate(600 + more);
        body.putShort((short) suite.wireVersion()).put(new byte[32]).put((byte) 0).putShort((short) 6).putShort((short) suite.code)
                .putShort((short) 0xc02f).putShort((short) 0x009c).put((byte) 1).put((byte) 0);
        int at = body.position();
        body.putShort((short) 0);
        body.putShort((short) 10).putShort((short) 6).putShort((short) 4).putShort((short) 29).putShort((short) 23);
        body.putShort((short) 13).putShort((short) 6).putShort((short) 4).putShort((short) 0x0804).putShort((short) 0x0401);
        if (suite.version == 0x0304) {
            body.putShort((short) 43).putShort((short) 5).put((byte) 4).putShort((short) 0x0304).putShort((short) 0x0303);
            body.putShort((short) 51).putShort((short) (38 + more)).putShort((short) (36 + more)).putShort((short) 29)
                    .putShort((short) (32 + more)).put(new byte[32 + more]);
        }
        body.putShort(at, (short) (body.position() - at - 2));
        return record(22, 0x0301, handshake(1, Arrays.copyOf(body.array(), body.position())));
    }

    /// ServerHello to the end of the server's flight, in one record as Schannel does it.
    public WindowsPeers serverFlight() {
        if (suite.version == 0x0304) {
            // EncryptedExtensions, Certificate, CertificateVerify, Finished: sealed
            dialogue.server(join(serverHello(), new byte[] {20, 3, 3, 0, 1, 1}, sealed(6), sealed(certificate.length + 13), sealed(264),
                    sealed(52)));
        } else {
            dialogue.server(clearFlight());
        }
        return this;
    }

    /// The server's flight up to TLS 1.2, where all of it is in the clear.
    public byte[] clearFlight() {
        return record(22, suite.wireVersion(), join(Arrays.copyOfRange(serverHello(), 5, serverHello().length), certificateMessage(),
                handshake(12, new byte[329]), handshake(14, new byte[0])));
    }

    /// The server's flight without a signed key exchange, as with this suite of static RSA (RFC 5246 7.4.3).
    public WindowsPeers serverFlightChoosing(int staticSuite) {
        byte[] hello = Arrays.copyOfRange(serverHello(), 5, serverHello().length);
        int at = 4 + 2 + 32 + 1;
        hello[at] = (byte) (staticSuite >> 8);
        hello[at + 1] = (byte) staticSuite;
        dialogue.server(record(22, suite.wireVersion(), join(hello, certificateMessage(), handshake(14, new byte[0]))));
        return this;
    }

    public byte[] serverHello() {
        ByteBuffer body = ByteBuffer.allocate(120);
        body.putShort((short) suite.wireVersion()).put(new byte[31]).put((byte) 7).put((byte) 0).putShort((short) suite.code).put((byte) 0);
        if (suite.version == 0x0304) {
            body.putShort((short) 46).putShort((short) 43).putShort((short) 2).putShort((short) 0x0304).putShort((short) 51)
                    .putShort((short) 36).putShort((short) 29).putShort((short) 32).put(new byte[32]);
        } else if (encryptThenMac) {
            body.putShort((short) 4).putShort((short) 22).putShort((short) 0);
        }
        return record(22, suite.wireVersion(), handshake(2, Arrays.copyOf(body.array(), body.position())));
    }

    private byte[] certificateMessage() {
        int length = certificate.length;
        return handshake(11, join(threeOctets(length + 3), threeOctets(length), certificate));
    }

    /// The client's key exchange and Finished.
    public WindowsPeers clientFinished() {
        if (suite.version == 0x0304) {
            dialogue.client(join(new byte[] {20, 3, 3, 0, 1, 1}, sealed(52)));
        } else {
            dialogue.client(join(record(22, suite.wireVersion(), handshake(16, new byte[66])), changeCipherSpec(), finished()));
        }
        pause(38);
        return this;
    }

    public WindowsPeers tls() {
        return clientHello().restOfTls();
    }

    /// TLS with a host of this name.
    public WindowsPeers tlsFor(String host) {
        return clientHelloFor(host).restOfTls();
    }

    /// From the server's flight to the end of the handshake.
    public WindowsPeers restOfTls() {
        serverFlight().clientFinished();
        if (suite.version != 0x0304) {
            dialogue.server(join(changeCipherSpec(), finished()));
        }
        return this;
    }

    private byte[] changeCipherSpec() {
        return record(20, suite.wireVersion(), new byte[] {1});
    }

    private byte[] finished() {
        return record(22, suite.wireVersion(), new byte[suite.recordLength(16)]);
    }

    /// Every record of data is sent as one byte and the rest, against BEAST (MS12-006).
    public WindowsPeers splitting() {
        splitting = true;
        return this;
    }

    /// The MAC stands behind the blocks (RFC 7366).
    public WindowsPeers encryptThenMac() {
        encryptThenMac = true;
        return this;
    }

    private byte[] sealed(int plain) {
        if (splitting) {
            return join(record(23, suite.wireVersion(), new byte[recordLength(1)]),
                    record(23, suite.wireVersion(), new byte[recordLength(plain - 1)]));
        }
        return record(23, suite.wireVersion(), new byte[recordLength(plain)]);
    }

    private int recordLength(int plain) {
        return encryptThenMac ? 16 * (plain / 16 + 1) + suite.mac : suite.recordLength(plain);
    }

    /// Records of the client with so many bytes of plaintext each.
    public WindowsPeers up(int... plain) {
        for (int bytes : plain) {
            dialogue.client(sealed(bytes));
        }
        pause(38);
        return this;
    }

    public WindowsPeers down(int... plain) {
        for (int bytes : plain) {
            dialogue.server(sealed(bytes));
        }
        return this;
    }

    public WindowsPeers downAlert() {
        int type = suite.version == 0x0304 ? 23 : 21;
        dialogue.server(record(type, suite.wireVersion(), new byte[suite.recordLength(2)]));
        return this;
    }

    /// The client says good-bye.
    public WindowsPeers upAlert() {
        dialogue.client(record(suite.version == 0x0304 ? 23 : 21, suite.wireVersion(), new byte[suite.recordLength(2)]));
        return this;
    }

    /// An alert in the clear.
    public WindowsPeers clearAlert(boolean fromClient, int code) {
        byte[] alert = record(21, suite.wireVersion(), new byte[] {2, (byte) code});
        if (fromClient) {
            dialogue.client(alert);
        } else {
            dialogue.server(alert);
        }
        return this;
    }

    // ---- CredSSP and after ----

    /// NTLM as Windows does it, up to the client's AUTHENTICATE with pubKeyAuth.
    public WindowsPeers ntlm() {
        return up(57).down(262).up(660);
    }

    public WindowsPeers kerberos() {
        return up(1612).down(206).up(158);
    }

    /// Kerberos user to user as Windows Server 2022 does it: TGT-REQ and TGT-REP, AP-REQ and AP-REP.
    public WindowsPeers tickets() {
        return up(175).down(1351).up(1887).down(227);
    }

    /// The same up to the client's pubKeyAuth.
    public WindowsPeers userToUser() {
        return tickets().up(191);
    }

    public WindowsPeers accepted() {
        return down(59).up(96);
    }

    /// Connect-Initial, Connect-Response, Erect Domain and Attach User, Attach Confirm.
    public WindowsPeers connect() {
        return up(451).down(117).up(12, 8).down(11);
    }

    public WindowsPeers join(int channels) {
        for (int i = 0; i < channels; i++) {
            up(12).down(15);
        }
        return this;
    }

    /// Client Info, network auto-detection, licence, Demand and Confirm Active, the finalization.
    public WindowsPeers session() {
        return up(404).down(24).up(25).down(34).down(472).up(492).up(37, 41, 41, 45).down(36).down(40).down(42).down(44);
    }

    public WindowsPeers graphics(int records) {
        for (int i = 0; i < records; i++) {
            down(1200);
        }
        return up(60);
    }

    // ---- bytes ----

    private static byte[] record(int type, int version, byte[] body) {
        return join(new byte[] {(byte) type, (byte) (version >> 8), (byte) version, (byte) (body.length >> 8), (byte) body.length}, body);
    }

    static byte[] handshake(int type, byte[] body) {
        return join(new byte[] {(byte) type}, threeOctets(body.length), body);
    }

    static byte[] threeOctets(int value) {
        return new byte[] {(byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

package dev.rdptrace.testkit;

import static dev.rdptrace.testkit.DerBytes.element;
import static dev.rdptrace.testkit.DerBytes.field;
import static dev.rdptrace.testkit.DerBytes.generalString;
import static dev.rdptrace.testkit.DerBytes.hex;
import static dev.rdptrace.testkit.DerBytes.integer;
import static dev.rdptrace.testkit.DerBytes.join;
import static dev.rdptrace.testkit.DerBytes.octets;
import static dev.rdptrace.testkit.DerBytes.sequence;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Messages that travel inside TLS, written from their specifications: the mirror of what the decoders read.
public final class InnerBytes {
    private static final byte[] NTLM = hex("4e544c4d53535000");
    private static final byte[] VERSION = hex("0a00634500 00000f"); // Windows 10.0 build 17763
    private static final byte[] SPNEGO = hex("06062b0601050502");
    private static final byte[] KERBEROS_OID = hex("06092a864886f712010202");

    private InnerBytes() {}

    // ---- [MS-CSSP] 2.2.1 ----

    public static byte[] tsRequest(int version, byte[]... fields) {
        return sequence(field(0, integer(version)), join(fields));
    }

    public static byte[] negoTokens(byte[] token) {
        return field(1, sequence(sequence(field(0, octets(token)))));
    }

    public static byte[] authInfo(int length) {
        return field(2, octets(new byte[length]));
    }

    public static byte[] pubKeyAuth(int length) {
        return field(3, octets(new byte[length]));
    }

    public static byte[] errorCode(int status) {
        return field(4, integer(status));
    }

    public static byte[] clientNonce() {
        return field(5, octets(new byte[32]));
    }

    // ---- [MS-NLMP] 2.2.1 ----

    public static byte[] ntlmNegotiate() {
        return join(NTLM, hex("01000000 b78208e2 0000000000000000 0000000000000000"), VERSION);
    }

    /// @param serverFiletime as AV pair 7
    public static byte[] ntlmChallenge(String domain, String computer, long serverFiletime) {
        byte[] target = utf16(domain);
        byte[] pairs = join(pair(2, target), pair(1, utf16(computer)), pair(7, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(serverFiletime).array()), pair(0, new byte[0]));
        ByteBuffer head = ByteBuffer.allocate(56).order(ByteOrder.LITTLE_ENDIAN);
        head.put(NTLM).putInt(2);
        at(head, target.length, 56);
        head.putInt(0xe28a8235).putLong(0x1122334455667788L).putLong(0);
        at(head, pairs.length, 56 + target.length);
        head.put(VERSION);
        return join(head.array(), target, pairs);
    }

    public static byte[] ntlmAuthenticate(String domain, String user, String workstation) {
        byte[][] parts = {new byte[24], new byte[100], utf16(domain), utf16(user), utf16(workstation), new byte[16]};
        parts[1][0] = 1;
        parts[1][16] = 1;
        parts[1][17] = 1;
        ByteBuffer head = ByteBuffer.allocate(88).order(ByteOrder.LITTLE_ENDIAN);
        head.put(NTLM).putInt(3);
        int offset = 88;
        for (byte[] part : parts) {
            at(head, part.length, offset);
            offset += part.length;
        }
        head.putInt(0xe2888235).put(VERSION); // then the MIC
        return join(head.array(), join(parts));
    }

    private static void at(ByteBuffer head, int length, int offset) {
        head.putShort((short) length).putShort((short) length).putInt(offset);
    }

    private static byte[] pair(int id, byte[] value) {
        return ByteBuffer.allocate(4 + value.length).order(ByteOrder.LITTLE_ENDIAN).putShort((short) id).putShort((short) value.length)
                .put(value)
                .array();
    }

    // ---- RFC 4178, RFC 4120 ----

    /// A NegTokenInit that offers Kerberos and brings an AP-REQ for a service of a realm.
    public static byte[] spnegoApRequest(String realm, String... service) {
        byte[] ticket = element(0x61, sequence(field(0, integer(5)), field(1, generalString(realm)), field(2, principal(service)),
                field(3, sealed())));
        byte[] request =
                element(0x6e, sequence(field(0, integer(5)), field(1, integer(14)), field(2, hex("03050020000000")), field(3, ticket),
                        field(4, sealed())));
        byte[] token = element(0x60, KERBEROS_OID, hex("0100"), request);
        return element(0x60, SPNEGO, field(0, sequence(field(0, sequence(KERBEROS_OID)), field(2, octets(token)))));
    }

    /// A NegTokenResp of this state with a KRB-ERROR of the server's clock.
    ///
    /// @param negState 1 accept-incomplete, 2 reject
    /// @param time `20260131120000Z`
    public static byte[] spnegoError(int negState, int code, String time, String realm, String... service) {
        byte[] error =
                element(0x7e, sequence(field(0, integer(5)), field(1, integer(30)), field(4, DerBytes.time(time)), field(5, integer(0)),
                        field(6, integer(code)), field(9, generalString(realm)), field(10, principal(service))));
        byte[] token = element(0x60, KERBEROS_OID, hex("0300"), error);
        return field(1, sequence(field(0, element(0x0a, new byte[] {(byte) negState})), field(1, KERBEROS_OID), field(2, octets(token))));
    }

    private static byte[] principal(String... names) {
        byte[] parts = new byte[0];
        for (String name : names) {
            parts = join(parts, generalString(name));
        }
        return sequence(field(0, integer(2)), field(1, sequence(parts)));
    }

    private static byte[] sealed() {
        return sequence(field(0, integer(18)), field(1, integer(3)), field(2, octets(new byte[200])));
    }

    // ---- [MS-RDPBCGR] 2.2.17, 2.2.18 ----

    public static byte[] rdstlsCapabilities() {
        return hex("0100 0100 0100 0100");
    }

    public static byte[] rdstlsPassword(String user, String domain) {
        return join(hex("0100 0200 0100"), counted(utf16("{11111111-2222-3333-4444-555555555555}\0")), counted(utf16(user + "\0")),
                counted(utf16(domain + "\0")), counted(new byte[600]));
    }

    public static byte[] rdstlsResponse(int result) {
        return ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 1).putShort((short) 4).putShort((short) 1)
                .putInt(result)
                .array();
    }

    public static byte[] aad(String json) {
        return json.getBytes(StandardCharsets.US_ASCII);
    }

    // ---- MCS and share PDUs ----

    /// [MS-RDPBCGR] 2.2.5.1.1 Set Error Info PDU.
    ///
    /// @param channel the I/O channel
    public static byte[] setErrorInfo(int channel, int code) {
        ByteBuffer share = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
        share.putShort((short) 22).putShort((short) 0x17).putShort((short) 1002).putInt(0x000103ea).put((byte) 0).put((byte) 1)
                .putShort((short) 4).put((byte) 0x2f).put((byte) 0).putShort((short) 0).putInt(code);
        return indication(channel, share.array());
    }

    /// [MS-RDPBCGR] 2.2.13.3.1 Enhanced Security Server Redirection PDU that names an address.
    public static byte[] redirection(int channel, String address) {
        byte[] target = utf16(address + "\0");
        ByteBuffer share = ByteBuffer.allocate(24 + target.length + 1).order(ByteOrder.LITTLE_ENDIAN);
        share.putShort((short) share.capacity()).putShort((short) 0x0a).putShort((short) 1002).putShort((short) 0);
        share.putShort((short) 0x400).putShort((short) (16 + target.length)).putInt(7).putInt(1).putInt(target.length).put(target);
        return indication(channel, share.array());
    }

    /// [MS-RDPBCGR] 2.2.10.1 Save Session Info PDU with 2.2.10.1.1.3, a plain notice that somebody was logged on.
    ///
    /// @param channel the I/O channel
    public static byte[] loggedOn(int channel) {
        ByteBuffer share = ByteBuffer.allocate(18 + 4 + 576).order(ByteOrder.LITTLE_ENDIAN);
        share.putShort((short) share.capacity()).putShort((short) 0x17).putShort((short) 1002).putInt(0x000103ea).put((byte) 0)
                .put((byte) 1)
                .putShort((short) (share.capacity() - 14)).put((byte) 0x26).put((byte) 0).putShort((short) 0).putInt(2);
        return indication(channel, share.array());
    }

    /// [MS-RDPBCGR] 2.2.1.12.1.3 LICENSE_ERROR_MESSAGE behind its security header.
    ///
    /// @param state 1 total abort, 2 no transition
    public static byte[] licenseError(boolean fromClient, int channel, int code, int state) {
        byte[] message = join(hex("8000 0000 ff 03 1000"), littleEndian(code), littleEndian(state), hex("0400 0000"));
        return sendData(fromClient, channel, message);
    }

    /// [MS-RDPBCGR] 2.2.15.1 Server Initiate Multitransport Request PDU.
    ///
    /// @param channel the message channel
    public static byte[] initiateMultitransport(int channel, int requestId, int protocol, byte[] cookie) {
        return indication(channel, join(hex("0200 0000"), littleEndian(requestId), new byte[] {(byte) protocol, 0, 0, 0}, cookie));
    }

    /// T.125 AttachUserConfirm without a user: refused.
    public static byte[] attachRefused(int result) {
        return join(hex("0300000902f080"), new byte[] {(byte) (0x2c | result >> 3), (byte) (result << 5)});
    }

    /// T.125 ChannelJoinConfirm without a channel: refused.
    public static byte[] joinRefused(int result, int channel) {
        return join(hex("0300000d02f080"), new byte[] {(byte) (0x3c | result >> 3), (byte) (result << 5), 0, 6},
                new byte[] {(byte) (channel >> 8), (byte) channel});
    }

    private static byte[] indication(int channel, byte[] data) {
        return sendData(false, channel, data);
    }

    /// T.125 SendDataRequest or SendDataIndication in X.224 and TPKT.
    private static byte[] sendData(boolean fromClient, int channel, byte[] data) {
        ByteBuffer pdu = ByteBuffer.allocate(15 + data.length);
        pdu.putShort((short) 0x0300).putShort((short) pdu.capacity()).put(hex("02f080")).put((byte) (fromClient ? 0x64 : 0x68))
                .putShort((short) 1)
                .putShort((short) channel).put((byte) 0x70).putShort((short) (0x8000 | data.length)).put(data);
        return pdu.array();
    }

    /// T.125 DisconnectProviderUltimatum.
    ///
    /// @param reason 3 user requested, 1 provider initiated
    public static byte[] ultimatum(int reason) {
        return join(hex("0300000902f080"), new byte[] {(byte) (0x20 | reason >> 1), (byte) (reason << 7)});
    }

    // ---- [MS-TSGU] ----

    /// 2.2.10.9 HTTP_PACKET_HEADER and the body.
    public static byte[] gatewayPacket(int type, byte[]... body) {
        byte[] all = join(body);
        return ByteBuffer.allocate(8 + all.length).order(ByteOrder.LITTLE_ENDIAN).putShort((short) type).putShort((short) 0)
                .putInt(8 + all.length)
                .put(all).array();
    }

    public static byte[] gatewayHandshake() {
        return gatewayPacket(1, hex("0100 0000 0000"));
    }

    public static byte[] gatewayHandshakeResponse(int error) {
        return gatewayPacket(2, littleEndian(error), hex("0100 0000 0000"));
    }

    public static byte[] tunnelCreate() {
        return gatewayPacket(4, hex("3f000000 0000 0000"));
    }

    public static byte[] tunnelResponse(int error) {
        return gatewayPacket(5, hex("0100"), littleEndian(error), error == 0 ? hex("0300 0000 07000000 3f000000") : hex("0000 0000"));
    }

    public static byte[] tunnelAuth(String client) {
        return gatewayPacket(6, hex("0000"), counted(utf16(client)));
    }

    public static byte[] tunnelAuthResponse(int error) {
        return gatewayPacket(7, littleEndian(error), hex("0000 0000"));
    }

    public static byte[] channelCreate(String host) {
        return gatewayPacket(8, hex("01 00 3d0d 0300"), counted(utf16(host + "\0")));
    }

    public static byte[] channelResponse(int error) {
        return gatewayPacket(9, littleEndian(error), error == 0 ? hex("0100 0000 05000000") : hex("0000 0000"));
    }

    public static byte[] gatewayData(byte[] data) {
        return gatewayPacket(10, counted(data));
    }

    public static byte[] closeChannel(int status) {
        return gatewayPacket(16, littleEndian(status));
    }

    /// RFC 6455 5.2 a whole binary frame, which a client masks.
    public static byte[] webSocket(boolean masked, byte[] data) {
        byte[] mask = {1, 2, 3, 4};
        ByteBuffer frame = ByteBuffer.allocate(8 + data.length).put((byte) 0x82);
        int flag = masked ? 0x80 : 0;
        if (data.length < 126) {
            frame.put((byte) (flag | data.length));
        } else {
            frame.put((byte) (flag | 126)).putShort((short) data.length);
        }
        if (masked) {
            frame.put(mask);
        }
        for (int i = 0; i < data.length; i++) {
            frame.put((byte) (masked ? data[i] ^ mask[i & 3] : data[i]));
        }
        return java.util.Arrays.copyOf(frame.array(), frame.position());
    }

    /// RFC 9112 7.1 one chunk.
    public static byte[] chunk(byte[] data) {
        return join((Integer.toHexString(data.length) + "\r\n").getBytes(StandardCharsets.US_ASCII), data, new byte[] {'\r', '\n'});
    }

    private static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private static byte[] counted(byte[] data) {
        return join(new byte[] {(byte) data.length, (byte) (data.length >> 8)}, data);
    }

    private static byte[] utf16(String text) {
        return text.getBytes(StandardCharsets.UTF_16LE);
    }
}

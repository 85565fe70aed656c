package dev.rdptrace.wire.gateway;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayTest {
    private static final String CHANNEL_CREATE = """
            0800 0000 1c000000                        # channel create, 28 bytes
            01 00 3d0d 0300                           # one name, none else, port 3389, protocol 3
            0c00 7700 7300 3100 2e00 7800 0000        # ws1.x
            """;
    private static final String OUT_DATA = """
            RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r
            Host: gw.example.com\r
            RDG-Connection-Id: {AB}\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Authorization: Negotiate TlRMTVNTUAABAAAA\r
            \r
            """;

    private static GatewayPacket packet(String hex) {
        byte[] bytes = bytes(hex);
        Decoded<GatewayPacket> decoded = GatewayPacket.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    private static HttpHead head(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        Decoded<HttpHead> decoded = HttpHead.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    @Test
    void aValueInAQueryMayBeASecret() {
        assertThat(target("/jet/rdp?token=eyJh.c2Vj&x=1&y")).isEqualTo("/jet/rdp?token=…&x=…&y");
        assertThat(target("/websockify?token=" + "a".repeat(3000))).isEqualTo("/websockify?token=…");
        assertThat(target("/rpc/rpcproxy.dll?localhost:3388")).isEqualTo("/rpc/rpcproxy.dll?localhost:3388");
        assertThat(target("/remoteDesktopGateway?ConId={AB}&CorId={CD}")).isEqualTo("/remoteDesktopGateway?ConId={AB}&CorId={CD}");
        assertThat(target("/a=b/c")).isEqualTo("/a=b/c");
    }

    private static String target(String target) {
        return ((HttpHead.Request) head("GET " + target + " HTTP/1.1\r\n\r\n")).target();
    }

    @Test
    void theHandshakeIsRead() {
        assertThat(packet("0100 0000 0e000000 01 00 0000 0200"))
                .isInstanceOfSatisfying(GatewayPacket.HandshakeRequest.class,
                        request -> assertThat(request.extendedAuthNames()).containsExactly("HTTP_EXTENDED_AUTH_PAA"));
        assertThat(packet("0200 0000 12000000 f9590780 01 00 0000 0000"))
                .isInstanceOfSatisfying(GatewayPacket.HandshakeResponse.class,
                        response -> assertThat(response.error().name()).isEqualTo("E_PROXY_UNSUPPORTED_AUTHENTICATION_METHOD"));
    }

    @Test
    void theChannelTellsTargetAndRefusal() {
        assertThat(packet(CHANNEL_CREATE)).isEqualTo(new GatewayPacket.ChannelCreate(List.of("ws1.x"), List.of(), 3389));
        var refused = (GatewayPacket.ChannelResponse) packet("0900 0000 10000000 dd590000 0000 0000");
        assertThat(refused.error().name()).isEqualTo("E_PROXY_TS_CONNECTFAILED");
        assertThat(refused.channelId()).isEqualTo(-1);
        var granted = (GatewayPacket.ChannelResponse) packet("0900 0000 14000000 00000000 0100 0000 05000000");
        assertThat(granted.channelId()).isEqualTo(5);
    }

    @Test
    void tunnelPacketsAreRead() {
        assertThat(packet("0400 0000 10000000 3f000000 0000 0000"))
                .isEqualTo(new GatewayPacket.TunnelCreate(0x3f, false, false));
        assertThat(packet("0500 0000 1a000000 0100 00000000 0300 0000 07000000 3f000000"))
                .isEqualTo(new GatewayPacket.TunnelResponse(1, new GatewayError(0), 7, 0x3f, false));
        assertThat(packet("0600 0000 10000000 0000 0400 50004300")).isEqualTo(new GatewayPacket.TunnelAuth("PC"));
        var denied = (GatewayPacket.TunnelAuthResponse) packet("0700 0000 10000000 db590780 0000 0000");
        assertThat(denied.error().name()).isEqualTo("E_PROXY_NAP_ACCESSDENIED");
        assertThat(denied.error().advice()).contains("connection authorization policy");
        assertThat(packet("0a00 0000 0d000000 0300 030000")).isEqualTo(new GatewayPacket.Data(10, 3));
        assertThat(packet("0d00 0000 08000000")).isEqualTo(new GatewayPacket.Other(13, 0));
        assertThat(packet("1000 0000 0c000000 ca040000"))
                .isEqualTo(new GatewayPacket.CloseChannel(false, new GatewayError(0x4ca)));
    }

    @Test
    void aLengthNoPacketHasIsBroken() {
        assertThat(GatewayPacket.decode(bytes("0100 0000 07000000"), 0, 8)).isInstanceOf(Decoded.Broken.class);
        assertThat(GatewayPacket.decode(bytes("0100 0000 ffffff7f"), 0, 8)).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void aRequestTellsMethodConnectionAndUpgrade() {
        var request = (HttpHead.Request) head(OUT_DATA);
        assertThat(request.method()).isEqualTo("RDG_OUT_DATA");
        assertThat(request.target()).isEqualTo("/remoteDesktopGateway/");
        assertThat(request.opensGateway()).isTrue();
        assertThat(request.connectionId()).isEqualTo("{AB}");
        assertThat(request.upgradesToWebSocket()).isTrue();
        assertThat(request.toString()).doesNotContain("TlRMTVNTUAABAAAA");
        assertThat(request.first("authorization")).contains("Negotiate");
    }

    @Test
    void aResponseTellsStatusAndSchemes() {
        var response = (HttpHead.Response) head("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n"
                + "WWW-Authenticate: Basic realm=\"x\", NTLM\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertThat(response.status()).isEqualTo(401);
        assertThat(response.reason()).isEqualTo("Unauthorized");
        assertThat(response.authenticationSchemes()).containsExactly("Negotiate", "Basic", "NTLM");
        assertThat(response.contentLength()).isEqualTo(13);
        assertThat(response.isChunked()).isTrue();
        assertThat(head("HTTP/1.1 200\r\n\r\n")).isEqualTo(new HttpHead.Response(200, "", List.of(), List.of()));
    }

    @Test
    void aHeadWaitsForItsEmptyLineButNotForEver() {
        byte[] bytes = OUT_DATA.getBytes(StandardCharsets.ISO_8859_1);
        for (int length = 0; length < bytes.length; length++) {
            assertThat(HttpHead.decode(bytes, 0, length)).isInstanceOf(Decoded.Partial.class);
        }
        byte[] endless = "a".repeat(HttpHead.MAX_LENGTH + 1).getBytes(StandardCharsets.ISO_8859_1);
        assertThat(HttpHead.decode(endless, 0, endless.length)).isInstanceOf(Decoded.Broken.class);
        assertThat(HttpHead.decode(bytes("0300 0013 0d0a 0d0a"), 0, 8)).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds(bytes(CHANNEL_CREATE), GatewayPacket::decode);
        Totality.holds(bytes("0500 0000 1a000000 0100 00000000 0300 0000 07000000 3f000000"), GatewayPacket::decode);
        Totality.holds(OUT_DATA.getBytes(StandardCharsets.ISO_8859_1), HttpHead::decode);
    }
}

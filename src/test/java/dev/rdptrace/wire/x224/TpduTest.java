package dev.rdptrace.wire.x224;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.x224.Tpdu.ConnectionConfirm;
import dev.rdptrace.wire.x224.Tpdu.ConnectionRequest;
import dev.rdptrace.wire.x224.Tpdu.NegotiationReply;
import dev.rdptrace.wire.x224.Tpdu.Oddity;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TpduTest {
    private static final String NEG_HYBRID_EX = "01 00 0800 0b000000"; // RDP_NEG_REQ, SSL+HYBRID+HYBRID_EX

    @Test
    void requestOfToday() {
        var request = request("Cookie: mstshash=AWAKECODI\r\n", NEG_HYBRID_EX);
        assertThat(request.cookieName()).isEqualTo("AWAKECODI");
        assertThat(request.requestedProtocols().names()).containsExactly("SSL", "HYBRID", "HYBRID_EX");
        assertThat(request.oddities()).isEmpty();
        assertThat(request.correlationId()).isEmpty();
    }

    @Test
    void requestWithoutNegotiationAsksForStandardSecurity() {
        var request = request("Cookie: mstshash=u\r\n", "");
        assertThat(request.negotiation()).isEmpty();
        assertThat(request.requestedProtocols().names()).containsExactly("RDP");
        assertThat(request.oddities()).isEmpty();
    }

    @Test
    void correlationIsFoundBehindTheRequest() {
        var request = request("", "01 08 0800 03000000" // CORRELATION_INFO_PRESENT
                + "06 00 2400 0102030405060708090a0b0c0d0e0f10" + "00".repeat(16));
        assertThat(request.correlationId()).isEqualTo("0102030405060708090a0b0c0d0e0f10");
        assertThat(request.negotiation().orElseThrow().flags().names()).containsExactly("CORRELATION_INFO_PRESENT");
        assertThat(request.oddities()).isEmpty();
        assertThat(request("", "01 08 0800 03000000").oddities()).containsExactly(Oddity.CORRELATION_MISSING);
    }

    @Test
    void cookieWithoutLineEndIsReadAndFlagged() {
        var request = request("Cookie: mstshash=nmap", NEG_HYBRID_EX);
        assertThat(request.cookieName()).isEqualTo("nmap");
        assertThat(request.requestedProtocols().bits()).isEqualTo(0xb);
        assertThat(request.oddities()).containsExactly(Oddity.TEXT_WITHOUT_CRLF);
    }

    @Test
    void routingTokenIsAnAddress() {
        assertThat(request("Cookie: msts=3640205228.15629.0000\r\n", NEG_HYBRID_EX).routing()).containsExactly(
                new Routing.AddressToken("Cookie: msts=3640205228.15629.0000", "172.31.249.216", 3389));
        assertThat(Routing.of("Cookie: msts=vi20010112000000000000000000000030.15629"))
                .isInstanceOfSatisfying(Routing.AddressToken.class, token -> {
                    assertThat(token.address()).isEqualTo("2001:112::30");
                    assertThat(token.port()).isEqualTo(3389);
                });
        assertThat(Routing.of("Cookie: msts=rd5o00000000000000000000ffffc0000201o3389"))
                .isInstanceOfSatisfying(Routing.AddressToken.class, token -> {
                    assertThat(token.address()).isEqualTo("192.0.2.1");
                    assertThat(token.port()).isEqualTo(3389);
                });
        assertThat(Routing.of("Cookie: msts=99999999999.1.0")).isInstanceOf(Routing.OpaqueToken.class);
        assertThat(Routing.of("Cookie: msts=1.70000.0")).isInstanceOf(Routing.OpaqueToken.class);
        assertThat(Routing.of("Cookie: msts=!something")).isInstanceOf(Routing.OpaqueToken.class);
    }

    @Test
    void loadBalanceInformationIsKeptAsText() {
        String info = "tsv://MS Terminal Services Plugin.1.Sessions";
        assertThat(request(info + "\r\n", NEG_HYBRID_EX).routing()).containsExactly(new Routing.LoadBalanceInfo(info));
    }

    @Test
    void tokenAndCookieTogetherAreFlagged() {
        var request = request("Cookie: msts=3640205228.15629.0000\r\nCookie: mstshash=u\r\n", NEG_HYBRID_EX);
        assertThat(request.routing()).hasSize(2);
        assertThat(request.oddities()).containsExactly(Oddity.TOKEN_AND_COOKIE);
    }

    @Test
    void lengthsThatDisagreeAreFlagged() {
        byte[] bytes = connectionRequest("", NEG_HYBRID_EX);
        bytes[4]--;
        assertThat(decode(bytes).oddities()).contains(Oddity.LENGTH_MISMATCH);
        bytes[4] += 9;
        assertThat(decode(bytes).oddities()).contains(Oddity.LENGTH_MISMATCH);
        assertThat(((ConnectionRequest) decode(bytes)).requestedProtocols().bits()).isEqualTo(0xb);
    }

    @Test
    void hostileNamesAreMadeSafe() {
        assertThat(request("Cookie: mstshash=a\u001b[2J\r\n", NEG_HYBRID_EX).cookieName()).isEqualTo("a\\u001b[2J");
    }

    @Test
    void confirmSelects() {
        //                         TPKT     LI CC  dst  src  cl  RSP flags len  HYBRID
        var confirm = confirm("03 00 0013 0e d0 0000 1234 00 02 1f 0800 02000000");
        assertThat(confirm.sourceReference()).isEqualTo(0x1234);
        assertThat(confirm.reply()).isInstanceOfSatisfying(NegotiationReply.Response.class, response -> {
            assertThat(response.selected().names()).containsExactly("HYBRID");
            assertThat(response.flags().names()).hasSize(5).contains("DYNVC_GFX_PROTOCOL_SUPPORTED");
        });
    }

    @Test
    void confirmRefuses() {
        assertThat(confirm("03 00 0013 0e d0 0000 1234 00 03 00 0800 05000000").reply())
                .isEqualTo(new NegotiationReply.Failure(new FailureCode(5)));
        assertThat(new FailureCode(5).name()).isEqualTo("HYBRID_REQUIRED_BY_SERVER");
        assertThat(new FailureCode(77).name()).isEqualTo("0x4D");
        assertThat(new FailureCode(-1).number()).isEqualTo("0xFFFFFFFF");
    }

    @Test
    void aRefusalIsOneWhateverItSaysOfItsOwnLength() {
        var confirm = confirm("03 00 0013 0e d0 0000 1234 00 03 00 0000 05000000");
        assertThat(confirm.reply()).isEqualTo(new NegotiationReply.Failure(new FailureCode(5)));
        assertThat(confirm.oddities()).containsExactly(Tpdu.Oddity.STRUCTURE_LENGTH);
    }

    @Test
    void confirmMaySayNothingOrSomethingElse() {
        assertThat(confirm("03 00 000b 06 d0 0000 1234 00").reply()).isEqualTo(new NegotiationReply.None());
        assertThat(confirm("03 00 0013 0e d0 0000 1234 00 09 00 0800 05000000").reply())
                .isEqualTo(new NegotiationReply.Unknown(9, "0900080005000000"));
        assertThat(confirm("03 00 000d 08 d0 0000 1234 00 02 00").reply())
                .isEqualTo(new NegotiationReply.Unknown(2, "0200"));
    }

    @Test
    void disconnectErrorDataAndOthers() {
        assertThat(decode(hex("03 00 000b 06 80 0000 1234 88"))).isInstanceOfSatisfying(Tpdu.DisconnectRequest.class,
                request -> assertThat(request.reasonName()).startsWith("connection request refused"));
        assertThat(decode(hex("03 00 0009 04 70 0000 02"))).isInstanceOfSatisfying(Tpdu.ErrorTpdu.class,
                error -> assertThat(error.causeName()).isEqualTo("invalid TPDU type"));
        assertThat(decode(hex("03 00 0009 02 f0 80 7f65"))).isInstanceOfSatisfying(Tpdu.Data.class, data -> {
            assertThat(data.offset()).isEqualTo(7);
            assertThat(data.length()).isEqualTo(2);
            assertThat(data.endOfTsdu()).isTrue();
        });
        assertThat(decode(hex("03 00 0007 02 10 00"))).isInstanceOfSatisfying(Tpdu.Other.class,
                other -> assertThat(other.code()).isEqualTo(0x10));
    }

    @Test
    void everyPrefixWaits() {
        byte[] bytes = connectionRequest("Cookie: mstshash=AWAKECODI\r\n", NEG_HYBRID_EX);
        for (int length = 0; length < bytes.length; length++) {
            assertThat(Tpdu.decode(bytes, 0, length)).isInstanceOf(Decoded.Partial.class);
            assertThat(Tpkt.length(bytes, 0, length)).isEqualTo(length < 4 ? Tpkt.NEED_MORE : bytes.length);
        }
        assertThat(Tpkt.length(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }

    @Test
    void framesAreMeasuredWithoutLookingInside() {
        assertThat(Tpkt.length(hex("00 80 94"), 0, 3)).isEqualTo(0x94);
        assertThat(Tpkt.length(hex("04 08"), 0, 2)).isEqualTo(8);
        assertThat(Tpkt.length(hex("04"), 0, 1)).isEqualTo(Tpkt.NEED_MORE);
        assertThat(Tpkt.length(hex("04 85"), 0, 2)).isEqualTo(Tpkt.NEED_MORE);
        assertThat(Tpkt.length(hex("03 00 0006"), 0, 4)).isEqualTo(Tpkt.NOT_A_FRAME);
        assertThat(Tpkt.length(hex("16 03 01"), 0, 3)).isEqualTo(Tpkt.NOT_A_FRAME);
        assertThat(Tpkt.length(hex("04 00"), 0, 2)).isEqualTo(Tpkt.NOT_A_FRAME);
        assertThat(Tpkt.length(hex("03 01"), 0, 2)).isEqualTo(Tpkt.NOT_A_FRAME);
    }

    @Test
    void noMutationThrows() {
        SplittableRandom random = new SplittableRandom(1);
        List<byte[]> seeds = List.of(
                connectionRequest("Cookie: msts=3640205228.15629.0000\r\nCookie: mstshash=u\r\n", NEG_HYBRID_EX),
                connectionRequest("", "01 08 0800 03000000 06 00 2400" + "11".repeat(32)),
                hex("03 00 0013 0e d0 0000 1234 00 02 1f 0800 02000000"),
                hex("03 00 000b 06 80 0000 1234 88"), hex("03 00 0009 04 70 0000 02"));
        int decoded = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
            for (int n = random.nextInt(1, 5); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (Tpdu.decode(bytes, 0, bytes.length) instanceof Decoded.Complete) {
                decoded++;
            }
            Tpkt.length(bytes, 0, bytes.length);
            FirstBytes.atEnd(bytes, 0, bytes.length);
        }
        assertThat(decoded).isPositive();
    }

    private static ConnectionRequest request(String text, String negotiation) {
        return (ConnectionRequest) decode(connectionRequest(text, negotiation));
    }

    private static ConnectionConfirm confirm(String hex) {
        return (ConnectionConfirm) decode(hex(hex));
    }

    private static Tpdu decode(byte[] bytes) {
        return Tpdu.decode(bytes, 0, bytes.length).orNull();
    }

    private static byte[] connectionRequest(String text, String negotiation) {
        byte[] middle = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] tail = hex(negotiation);
        int length = 11 + middle.length + tail.length;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {3, 0, (byte) (length >> 8), (byte) length}); // TPKT
        out.writeBytes(new byte[] {(byte) (length - 5), (byte) 0xe0, 0, 0, 0, 0, 0}); // LI, CR, references, class
        out.writeBytes(middle);
        out.writeBytes(tail);
        return out.toByteArray();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}

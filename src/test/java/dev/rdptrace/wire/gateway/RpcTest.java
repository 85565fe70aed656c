package dev.rdptrace.wire.gateway;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.RpcBytes;
import dev.rdptrace.testkit.Totality;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RpcTest {
    private static RpcPdu pdu(byte[] bytes) {
        Decoded<RpcPdu> decoded = RpcPdu.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    private static Optional<GatewayPacket> request(int opnum, byte[] pdu) {
        RpcPdu.Call call = (RpcPdu.Call) pdu(pdu);
        assertThat(call.opnum()).isEqualTo(opnum);
        return GatewayCall.request(opnum, java.util.Arrays.copyOfRange(pdu, call.offset(), call.offset() + call.length()), false).orNull();
    }

    /// [MS-RPCH] 2.2.4.2 and 2.2.4.5: 76 and 104 bytes.
    @Test
    void thePdusThatSetUpAVirtualConnectionAreNamed() {
        assertThat(RpcBytes.connA1(1)).hasSize(76);
        assertThat(RpcBytes.connA3()).hasSize(28);
        assertThat(RpcBytes.connB1(1)).hasSize(104);
        assertThat(RpcBytes.connC2()).hasSize(44);
        assertThat(List.of(pdu(RpcBytes.connA1(1)), pdu(RpcBytes.connA3()), pdu(RpcBytes.connB1(1)), pdu(RpcBytes.connC2()),
                pdu(RpcBytes.ping())))
                .extracting(rts -> ((RpcPdu.Rts) rts).name()).containsExactly("CONN/A1", "CONN/A3", "CONN/B1", "CONN/C2", "");
        assertThat(((RpcPdu.Rts) pdu(RpcBytes.connA1(1))).cookie()).isEqualTo(((RpcPdu.Rts) pdu(RpcBytes.connB1(1))).cookie())
                .isNotEqualTo(((RpcPdu.Rts) pdu(RpcBytes.connA1(2))).cookie());
    }

    @Test
    void theTransferSyntaxIsKnown() {
        assertThat(pdu(new RpcBytes(false).bind())).isEqualTo(new RpcPdu.Bind(Set.of()));
        assertThat(pdu(new RpcBytes(true).bind())).isEqualTo(new RpcPdu.Bind(Set.of(0)));
    }

    /// The example of [MS-TSGU] 4.1.1: four bytes in one buffer.
    @Test
    void dataForTheHostStandInNetworkOrder() {
        byte[] stub = bytes("""
                00000000 3641 1841 dd2d 8443 8363 82cc b6ea f3f9   # context handle
                00000008 00000001 00000004                         # eight bytes in all, one buffer, its length
                04000003
                """);
        Optional<GatewayPacket> data = GatewayCall.request(GatewayCall.SEND_TO_SERVER, stub, false).orNull();
        assertThat(data).contains(new GatewayPacket.Data(32, 4));
        stub[31] = 5;
        assertThat(GatewayCall.request(GatewayCall.SEND_TO_SERVER, stub, false)).isInstanceOf(Decoded.Broken.class);
    }

    @Test
    void aCookieAndAReauthenticationAreSeen() {
        assertThat(request(1, new RpcBytes(false).createTunnel(true))).contains(new GatewayPacket.TunnelCreate(0x1f, true, false));
        assertThat(request(1, new RpcBytes(false).createTunnel(false))).contains(new GatewayPacket.TunnelCreate(0x1f, false, false));
        byte[] again = bytes("""
                50520000 50520000 00000200                  # TSG_PACKET_REAUTH
                00000000 0700000000000000                   # padding, tunnel context
                43560000 43560000 00000200                  # TSG_PACKET_VERSIONCAPS
                5254 4356 00000200 01000000 0100 0100 0000 0000
                01000000 01000000 01000000 1f000000
                """);
        assertThat(GatewayCall.request(1, again, false).orNull()).contains(new GatewayPacket.TunnelCreate(0x1f, false, true));
    }

    @Test
    void whatIsCutShortOrNoRpcIsNotRead() {
        byte[] pdu = RpcBytes.connB1(1);
        for (int length = 0; length < pdu.length; length++) {
            assertThat(RpcPdu.decode(pdu, 0, length)).isInstanceOf(Decoded.Partial.class);
        }
        assertThat(RpcPdu.decode(bytes("04000000 10000000 10000000 00000000"), 0, 16)).isInstanceOf(Decoded.Broken.class);
        for (byte[] good : List.of(pdu, new RpcBytes(true).bind(), new RpcBytes(false).createTunnel(true))) {
            Totality.holds(good, RpcPdu::decode);
        }
    }
}

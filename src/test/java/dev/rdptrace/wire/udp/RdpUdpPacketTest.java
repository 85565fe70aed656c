package dev.rdptrace.wire.udp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Totality;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RdpUdpPacketTest {
    private static final String SYN = """
            ffffffff 0040 1801             # nothing acknowledged, window 64, SYN CORRELATION_ID SYNEX
            01020304 04d0 04d0             # first sequence number, 1232 bytes both ways
            a1a2a3a4a5a6a7a8a9aaabacadaeafb0 00000000000000000000000000000000
            0001 0101                      # version 3
            """ + "11".repeat(32) + " # hash of the cookie\n";

    private static RdpUdpPacket decoded(byte[] bytes) {
        return RdpUdpPacket.decode(bytes, 0, bytes.length).orNull();
    }

    @Test
    void synTellsSizesVersionAndCorrelation() {
        byte[] bytes = Arrays.copyOf(bytes(SYN), 1232);
        assertThat(RdpUdpPacket.looksLikeSyn(bytes, 0, bytes.length)).isTrue();
        var syn = (RdpUdpPacket.Syn) decoded(bytes);
        assertThat(syn.upMtu()).isEqualTo(1232);
        assertThat(syn.versionName()).isEqualTo("RDPUDP_PROTOCOL_VERSION_3");
        assertThat(syn.correlationId()).hasToString("a1a2a3a4a5a6a7a8a9aaabacadaeafb0");
        assertThat(syn.cookieHash().length()).isEqualTo(32);
        assertThat(syn.flagNames()).containsExactly("RDPUDP_FLAG_SYN", "RDPUDP_FLAG_CORRELATION_ID", "RDPUDP_FLAG_SYNEX");
    }

    @Test
    void synAckAgreesOnAVersion() {
        byte[] bytes = Arrays.copyOf(bytes("01020304 0040 1005 0a0b0c0d 04d0 04d0 0001 0002"), 1232);
        assertThat(RdpUdpPacket.looksLikeSyn(bytes, 0, bytes.length)).isTrue();
        var syn = (RdpUdpPacket.Syn) decoded(bytes);
        assertThat(syn.sourceAck()).isEqualTo(0x01020304);
        assertThat(syn.versionName()).isEqualTo("RDPUDP_PROTOCOL_VERSION_2");
        assertThat(syn.cookieHash().length()).isZero();
    }

    @Test
    void otherDatagramsAreNotTakenForSyn() {
        byte[] dns = bytes("1234 0100 0001 0000 0000 0000 03777777 00 0001 0001");
        assertThat(RdpUdpPacket.looksLikeSyn(dns, 0, dns.length)).isFalse();
        assertThat(decoded(bytes("0f94ea0b 0400 000c 0000"))).isEqualTo(new RdpUdpPacket.Other(0x0f94ea0b, 0x400, 0xc));
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Totality.holds(bytes(SYN), RdpUdpPacket::decode);
    }
}

package dev.rdptrace.diagnosis;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The headers in front of a segment: 40 bytes over IPv4, 60 over IPv6 (RFC 9293 3.7.1).
class SegmentSizeTest {
    @Test
    void theSegmentThatGetsThroughLeavesRoomForTheHeadersOfItsAddresses() {
        assertThat(says("192.168.1.10", "10.20.0.5", 1280 - 40)).contains("1280 do", "an MSS of 1240 would get through");
        assertThat(says("2001:db8::10", "2001:db8::5", 1280 - 60)).contains("1280 do", "an MSS of 1220 would get through");
    }

    /// One record of the client arrives, a larger one is sent again and again, and the server's acknowledgements still come.
    private static String says(String client, String server, int passes) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        WindowsPeers peers = new WindowsPeers(capture, capture.tcp(client, 50123, server, 3389), Suite.GCM)
                .negotiated(SSL | HYBRID | HYBRID_EX, HYBRID_EX).tls().up(passes - 29).down(262);
        byte[] large = Arrays.copyOf(peers.record(3000), 1400);
        peers.dialogue().raw(true, CaptureBuilder.ACK, 0, large).raw(true, CaptureBuilder.ACK, 1400, new byte[40]);
        peers.pause(38).dialogue().serverAck();
        for (int i = 0; i < 5; i++) {
            peers.pause(600L << i).dialogue().raw(true, CaptureBuilder.ACK, 0, large);
        }
        peers.pause(20_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        Incident incident =
                peers.tape().analyze().incidents().stream().filter(one -> one.server().port() == 3389).findFirst().orElseThrow();
        assertThat(incident.verdict().id()).isEqualTo("pmtud-blackhole");
        return incident.verdict().says();
    }
}

package dev.rdptrace.wire.udp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.wire.udp.RdpUdpPayload.Security;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdpUdpPayloadTest {
    private static final String CLIENT_HELLO = " 16 0303 0041 01 00003d 0303 " + "5a".repeat(32);

    private static final String SERVER_HELLO = " 16 0303 0010 02 00000c 0303";

    private static final String FIRST = """
            01020304 0400 000c             # acknowledges, window 1024, ACK DATA
            0003 c0c142 000000             # three elements of the vector, up to a boundary of four
            0a0b0c0d 0a0b0c0d              # numbers of the packet and of the source packet
            """;
    private static final String SECOND = """
            00                             # what the prefix has taken the place of: the upper half of the second number
            14 c1                          # DATA AOA DELAYACKINFO, window 2^12
            01 f401                        # one delayed acknowledgement, 500 ms
            64                             # everything before 100 is acknowledged
            e0                             # prefix: longer than seven bytes
            6400 0100                      # packet 100, first of the channel
            """;

    private static RdpUdpPayload of(String datagram, int version) {
        byte[] bytes = bytes(datagram);
        return RdpUdpPayload.of(bytes, 0, bytes.length, version);
    }

    private static Security security(String datagram, int version) {
        return of(datagram, version).security();
    }

    @Test
    void aSourcePacketIsReadBehindItsHeaders() {
        assertThat(security(FIRST + CLIENT_HELLO, 2)).isEqualTo(Security.CLIENT_HELLO);
        // No vector, but what it has acknowledged of the other's.
        assertThat(security("01020304 0400 0108 00000007 0a0b0c0d 0a0b0c0d" + SERVER_HELLO, 1)).isEqualTo(Security.SERVER_HELLO);
    }

    @Test
    void aPacketOfTheSecondVersionIsReadBehindItsPayloads() {
        assertThat(security(SECOND + CLIENT_HELLO, RdpUdpPayload.VERSION_3)).isEqualTo(Security.CLIENT_HELLO);
        // ACK of two delayed ones, OVERHEADSIZE and DATA; the seventh byte of the packet stands first.
        assertThat(security("10 45c0 6400 1122 e0 05 42 07 08 20 6500 0200" + SERVER_HELLO, RdpUdpPayload.VERSION_3)).isEqualTo(Security.SERVER_HELLO);
        // ACKVEC with a time stamp and two elements.
        assertThat(security("82 0cc0 6500 6400 e0 112233 05 c3 41 0200" + SERVER_HELLO, RdpUdpPayload.VERSION_3)).isEqualTo(Security.SERVER_HELLO);
        // DATA alone: the first byte of the hello itself stands first.
        assertThat(security("16 04c0 6500 0200 e0" + SERVER_HELLO.replaceFirst("16", ""), RdpUdpPayload.VERSION_3)).isEqualTo(Security.SERVER_HELLO);
    }

    @Test
    void whatCarriesNothingForTheLayerAboveSaysNothing() {
        assertThat(security("01020304 0400 0004 0000 0000" + SERVER_HELLO, 2)).as("only acknowledges").isEqualTo(Security.NONE);
        assertThat(security("01020304 0400 001c 0000 0000 0a0b0c0d 0a0b0c0d" + SERVER_HELLO, 2)).as("a FEC packet").isEqualTo(Security.NONE);
        assertThat(security("16 04c0 6500 0200 f0" + SERVER_HELLO.replaceFirst("16", ""), RdpUdpPayload.VERSION_3)).as("a dummy").isEqualTo(Security.NONE);
        assertThat(security("00 01c0 6400 1122 e0 00" + SERVER_HELLO, RdpUdpPayload.VERSION_3)).as("only acknowledges").isEqualTo(Security.NONE);
    }

    @Test
    void helloesAndAlertsOfTlsAndDtlsAreTold() {
        assertThat(record("16 fefd 0000 000000000000 0010 01 00000c 0000 000000 00000c fefd")).isEqualTo(new RdpUdpPayload(Security.CLIENT_HELLO, -1));
        assertThat(record("15 0303 0002 02 28")).isEqualTo(new RdpUdpPayload(Security.ALERT, 40));
        assertThat(record("15 feff 0000 000000000001 0002 02 50")).isEqualTo(new RdpUdpPayload(Security.ALERT, 80));
        assertThat(record("15 0303 001a" + "aa".repeat(26))).as("an encrypted alert").isEqualTo(RdpUdpPayload.NONE);
        assertThat(record("17 0303 0010 01 00000c 0303")).as("application data").isEqualTo(RdpUdpPayload.NONE);
        assertThat(record("16 0203 0010 01 00000c 0303")).as("no version").isEqualTo(RdpUdpPayload.NONE);
    }

    private static RdpUdpPayload record(String record) {
        return of("01020304 0400 0008 0a0b0c0d 0a0b0c0d" + record, 2);
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Random random = new Random(3);
        for (String whole : new String[] {FIRST + CLIENT_HELLO, SECOND + CLIENT_HELLO}) {
            byte[] bytes = bytes(whole);
            for (int i = 0; i < 20_000; i++) {
                byte[] changed = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                for (int k = random.nextInt(4); k > 0 && changed.length > 0; k--) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                }
                for (int version : new int[] {-1, 1, 2, RdpUdpPayload.VERSION_3}) {
                    RdpUdpPayload payload = RdpUdpPayload.of(changed, 0, changed.length, version);
                    assertThat(payload.alertCode() >= 0).isEqualTo(payload.security() == Security.ALERT);
                }
            }
        }
    }
}

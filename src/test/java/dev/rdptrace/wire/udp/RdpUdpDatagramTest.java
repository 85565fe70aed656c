package dev.rdptrace.wire.udp;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.wire.udp.RdpUdpDatagram.Security;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdpUdpDatagramTest {
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

    private static RdpUdpDatagram over(String datagram, int version) {
        byte[] bytes = bytes(datagram);
        RdpUdpDatagram over = new RdpUdpDatagram();
        over.over(bytes, 0, bytes.length, version);
        return over;
    }

    private static Security security(String datagram, int version) {
        return over(datagram, version).security();
    }

    // ---- numbers ----

    @Test
    void aSourcePacketHasTwoNumbersAndAVector() {
        RdpUdpDatagram packet = over(FIRST + CLIENT_HELLO, 2);
        assertThat(packet.number()).isEqualTo(0x0a0b0c0d);
        assertThat(packet.sourceNumber()).isEqualTo(0x0a0b0c0d);
        assertThat(packet.acknowledged()).isEqualTo(0x01020304);
        assertThat(packet.missing()).as("c0, c1 and 42: not yet received are the first, of none, and the second, of one").isEqualTo(1);
        assertThat(packet.dataLength()).isEqualTo(43);
        assertThat(packet.copy()).isEqualTo(bytes(CLIENT_HELLO));
    }

    /// The examples of [MS-RDPEUDP] 4.2.1, 4.2.2 and 4.2.3, whose data was cut.
    @Test
    void theExamplesOfTheSpecificationAreRead() {
        RdpUdpDatagram source = over("d6cf0ab8 0400 000c 0001 04 00 ec471ae4 ec471ae4 17 0303 0040 bb", 2);
        assertThat(source.carries()).isTrue();
        assertThat(source.number()).isEqualTo(0xec471ae4);
        assertThat(source.missing()).isZero();
        RdpUdpDatagram repair = over("d6cf0acb 0400 001c 0001 04 00 ec471afd ec471afd 10 01 0000 402504f1", 2);
        assertThat(repair.repairs()).isTrue();
        assertThat(repair.carries()).isFalse();
        RdpUdpDatagram ofAcks = over("d6cf0ab8 0400 010c 0001 04 00 d6cf0ab8 ec471ae4 ec471ae4 17 0303 00", 2);
        assertThat(ofAcks.sourceNumber()).isEqualTo(0xec471ae4);
        assertThat(ofAcks.dataLength()).isEqualTo(4);
    }

    @Test
    void aPacketOfTheSecondVersionHasTwoNumbersAndAVector() {
        RdpUdpDatagram packet = over(SECOND + CLIENT_HELLO, RdpUdpDatagram.VERSION_3);
        assertThat(packet.number()).isEqualTo(100);
        assertThat(packet.sourceNumber()).isEqualTo(1);
        assertThat(packet.copy()).isEqualTo(bytes(CLIENT_HELLO));
        // [MS-RDPEUDP2] 3.1.5.7: of base and following, the map 0x64 has missed the first two and two more.
        RdpUdpDatagram vector = over("64 08c0 e803 7f 00 e0", RdpUdpDatagram.VERSION_3);
        assertThat(vector.acknowledges()).as("cut short").isFalse();
        RdpUdpDatagram whole = over("00 08c0 e803 01 64 c0", RdpUdpDatagram.VERSION_3);
        assertThat(whole.acknowledged()).isEqualTo(1000);
        assertThat(whole.missing()).isEqualTo(4);
        assertThat(over("00 08c0 e803 01 e4 c0", RdpUdpDatagram.VERSION_3).missing()).as("a run that was received").isZero();
    }

    @Test
    void numbersGoOnBehindTheEndOfTheirRange() {
        RdpUdpDatagram newer = over(SECOND, RdpUdpDatagram.VERSION_3);
        assertThat(newer.ahead(1, 0xffff)).isEqualTo(2);
        assertThat(newer.ahead(0xfff0, 5)).isNegative();
        assertThat(over(FIRST, 2).ahead(0x8000_0000, 0x7fff_ffff)).isEqualTo(1);
    }

    // ---- what begins there ----

    @Test
    void aSourcePacketIsReadBehindItsHeaders() {
        assertThat(security(FIRST + CLIENT_HELLO, 2)).isEqualTo(Security.CLIENT_HELLO);
        // No vector, but what it has acknowledged of the other's.
        assertThat(security("01020304 0400 0108 00000007 0a0b0c0d 0a0b0c0d" + SERVER_HELLO, 1)).isEqualTo(Security.SERVER_HELLO);
    }

    @Test
    void aPacketOfTheSecondVersionIsReadBehindItsPayloads() {
        assertThat(security(SECOND + CLIENT_HELLO, RdpUdpDatagram.VERSION_3)).isEqualTo(Security.CLIENT_HELLO);
        // ACK of two delayed ones, OVERHEADSIZE and DATA; the seventh byte of the packet stands first.
        assertThat(security("10 45c0 6400 1122 e0 05 42 07 08 20 6500 0200" + SERVER_HELLO, RdpUdpDatagram.VERSION_3))
                .isEqualTo(Security.SERVER_HELLO);
        // ACKVEC with a time stamp and two elements.
        assertThat(security("82 0cc0 6500 6400 e0 112233 05 c3 41 0200" + SERVER_HELLO, RdpUdpDatagram.VERSION_3))
                .isEqualTo(Security.SERVER_HELLO);
        // DATA alone: the first byte of the hello itself stands first.
        assertThat(security("16 04c0 6500 0200 e0" + SERVER_HELLO.replaceFirst("16", ""), RdpUdpDatagram.VERSION_3))
                .isEqualTo(Security.SERVER_HELLO);
    }

    @Test
    void whatCarriesNothingForTheLayerAboveSaysNothing() {
        assertThat(security("01020304 0400 0004 0000 0000" + SERVER_HELLO, 2)).as("only acknowledges").isEqualTo(Security.NONE);
        assertThat(security("01020304 0400 001c 0000 0000 0a0b0c0d 0a0b0c0d" + SERVER_HELLO, 2)).as("a FEC packet")
                .isEqualTo(Security.NONE);
        assertThat(security("16 04c0 6500 0200 f0" + SERVER_HELLO.replaceFirst("16", ""), RdpUdpDatagram.VERSION_3)).as("a dummy")
                .isEqualTo(Security.NONE);
        assertThat(security("00 01c0 6400 1122 e0 00" + SERVER_HELLO, RdpUdpDatagram.VERSION_3)).as("only acknowledges")
                .isEqualTo(Security.NONE);
    }

    @Test
    void helloesAndAlertsOfTlsAndDtlsAreTold() {
        assertThat(record("16 fefd 0000 000000000000 0010 01 00000c 0000 000000 00000c fefd")).isEqualTo("CLIENT_HELLO -1");
        assertThat(record("15 0303 0002 02 28")).isEqualTo("ALERT 40");
        assertThat(record("15 feff 0000 000000000001 0002 02 50")).isEqualTo("ALERT 80");
        assertThat(record("15 0303 001a" + "aa".repeat(26))).as("an encrypted alert").isEqualTo("NONE -1");
        assertThat(record("17 0303 0010 01 00000c 0303")).as("application data").isEqualTo("NONE -1");
        assertThat(record("16 0203 0010 01 00000c 0303")).as("no version").isEqualTo("NONE -1");
    }

    private static String record(String record) {
        RdpUdpDatagram datagram = over("01020304 0400 0008 0a0b0c0d 0a0b0c0d" + record, 2);
        return datagram.security() + " " + datagram.alertCode();
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        Random random = new Random(3);
        RdpUdpDatagram datagram = new RdpUdpDatagram();
        for (String whole : new String[] {FIRST + CLIENT_HELLO, SECOND + CLIENT_HELLO}) {
            byte[] bytes = bytes(whole);
            for (int i = 0; i < 20_000; i++) {
                byte[] changed = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                for (int k = random.nextInt(4); k > 0 && changed.length > 0; k--) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                }
                for (int version : new int[] {-1, 1, 2, RdpUdpDatagram.VERSION_3}) {
                    datagram.over(changed, 0, changed.length, version);
                    assertThat(datagram.security() == Security.ALERT).isEqualTo(datagram.alertCode() >= 0);
                    assertThat(datagram.copy()).hasSize(datagram.dataLength());
                }
            }
        }
    }

    /// With its type a hello says how long it is: without that nobody could tell its end.
    @Test
    void howTheSecurityBeginsIsToldByTheHeadersOfItsFirstMessage() {
        int before = over(FIRST + "17 0303 0040 bb", 2).headers();
        assertThat(over(FIRST + "16 0303 0075 01 000071 0303", 2).headersOfSecurity()).isEqualTo(before + 5 + 4);
        assertThat(over(FIRST + "16 feff 0000 000000000000 0070 01 000064 0000 000000 000064 feff", 2).headersOfSecurity())
                .isEqualTo(before + 13 + 12);
        assertThat(over(FIRST + "15 0303 0002 02 28", 2).headersOfSecurity()).isEqualTo(before + 5 + 2);
        assertThat(over(FIRST + "17 0303 0040 bb", 2).headersOfSecurity()).isEqualTo(before);
    }
}

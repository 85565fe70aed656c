package dev.rdptrace.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Frame;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PacketTest {
    static final String ETHERNET = "02 00 00 00 00 02" + "02 00 00 00 00 01"; // destination, source; the type follows
    static final String IPV4 = "45 00 00 28" // version, header of 20 bytes; total length 40
            + "12 34 40 00" // identification; do not fragment
            + "40 06 00 00" // time to live 64; TCP; checksum left out
            + "c0 00 02 01" + "c0 00 02 02"; // 192.0.2.1 to 192.0.2.2
    static final String TCP = "c0 00 0d 3d" // port 49152 to 3389
            + "00 00 00 01" + "00 00 00 02" // sequence, acknowledgement
            + "50 18 04 00" + "00 00 00 00"; // 20 bytes, PSH ACK, window 1024
    static final String IPV6 = "60 00 00 00" // version 6
            + "00 14 06 40" // payload of 20 bytes; TCP; hop limit 64
            + "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
            + "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02";

    final Packet packet = new Packet();

    static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
    }

    Verdict wrap(int linkType, byte[] bytes) {
        return wrap(linkType, bytes, bytes.length);
    }

    Verdict wrap(int linkType, byte[] bytes, int wireLength) {
        Frame frame = new Frame();
        frame.set(bytes, 0, bytes.length, wireLength, 1, 0, linkType, 0);
        return packet.wrap(frame);
    }

    void isTheSegment() {
        assertThat(packet.sourcePort()).isEqualTo(49152);
        assertThat(packet.destinationPort()).isEqualTo(3389);
        assertThat(packet.payloadLength()).isZero();
        assertThat(packet.payloadCaptured()).isZero();
    }

    @Test
    void ethernetPaddingIsNoPayload() {
        assertThat(wrap(1, hex(ETHERNET, "08 00", IPV4, TCP, "00 00 00 00 00 00"))).isEqualTo(Verdict.TCP);
        isTheSegment();
        assertThat(packet.sourceHigh()).isZero();
        assertThat(packet.sourceLow()).isEqualTo(0xffffc0000201L);
        assertThat(packet.destinationLow()).isEqualTo(0xffffc0000202L);
        assertThat(packet.ipLength()).isEqualTo(40);
        assertThat(packet.identification()).isEqualTo(0x1234);
        assertThat(packet.dontFragment()).isTrue();
        assertThat(packet.hopLimit()).isEqualTo(64);
        assertThat(packet.sequence()).isEqualTo(1);
        assertThat(packet.acknowledgement()).isEqualTo(2);
        assertThat(packet.window()).isEqualTo(1024);
        assertThat(packet.has(Packet.ACK)).isTrue();
        assertThat(packet.has(Packet.SYN)).isFalse();
        assertThat(packet.mss()).isEqualTo(-1);
    }

    @Test
    void everyLinkLeadsToTheSameSegment() {
        record Link(int type, String header) {}
        List<Link> links = List.of(
                new Link(1, ETHERNET + "08 00"),
                new Link(1, ETHERNET + "81 00 00 05 08 00"),
                new Link(1, ETHERNET + "88 a8 00 64 81 00 00 c8 08 00"),
                new Link(1, ETHERNET + "91 00 00 64 92 00 00 c8 81 00 00 05 08 00"),
                new Link(1, ETHERNET + "00 30 aa aa 03 00 00 00 08 00"),
                new Link(113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00"),
                new Link(276, "08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 01 00 00"),
                new Link(101, ""), new Link(12, ""), new Link(14, ""), new Link(228, ""),
                new Link(0, "02 00 00 00"), new Link(0, "00 00 00 02"), new Link(108, "00 00 00 02"));
        for (Link link : links) {
            assertThat(wrap(link.type, hex(link.header, IPV4, TCP))).as(link.toString()).isEqualTo(Verdict.TCP);
            isTheSegment();
        }
        assertThat(wrap(229, hex(IPV6, TCP))).isEqualTo(Verdict.TCP);
        isTheSegment();
        assertThat(packet.sourceHigh()).isEqualTo(0x20010db800000000L);
        assertThat(packet.identification()).isEqualTo(-1);
        assertThat(wrap(147, hex(IPV4, TCP))).isEqualTo(Verdict.UNKNOWN_LINK);
    }

    @Test
    void totalLengthZeroMeansOffloaded() {
        byte[] bytes = hex(ETHERNET, "08 00", IPV4.replace("00 28", "00 00"), TCP, "01 02 03 04");
        assertThat(wrap(1, bytes, bytes.length + 100)).isEqualTo(Verdict.TCP);
        assertThat(packet.payloadLength()).isEqualTo(104);
        assertThat(packet.payloadCaptured()).isEqualTo(4);
    }

    @Test
    void payloadIsWhatTheHeadersClaimAndCapturedWhatIsThere() {
        byte[] bytes = hex(IPV4.replace("00 28", "00 32"), TCP, "01 02 03");
        assertThat(wrap(101, bytes, 50)).isEqualTo(Verdict.TCP);
        assertThat(packet.payloadLength()).isEqualTo(10);
        assertThat(packet.payloadCaptured()).isEqualTo(3);
        assertThat(packet.bytes()[packet.payloadOffset()]).isEqualTo((byte) 1);
    }

    @Test
    void optionsOfTheSyn() {
        byte[] bytes = hex(IPV4.replace("00 28", "00 3c"), "c0 00 0d 3d 00 00 00 01 00 00 00 00",
                "a0 02 ff ff 00 00 00 00", // 40 bytes, SYN
                "02 04 05 b4", // MSS 1460
                "04 02", // SACK permitted
                "08 0a 00 00 00 07 00 00 00 09", // timestamps 7, 9
                "01", "03 03 08"); // scale 8
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.TCP);
        assertThat(packet.mss()).isEqualTo(1460);
        assertThat(packet.windowScale()).isEqualTo(8);
        assertThat(packet.sackPermitted()).isTrue();
        assertThat(packet.timestamps()).isTrue();
        assertThat(packet.timestampValue()).isEqualTo(7);
    }

    @Test
    void sackBlocks() {
        byte[] bytes = hex(IPV4.replace("00 28", "00 34"), TCP.replace("50 18", "80 10"),
                "01 01", "05 0a 00 00 00 64 00 00 00 c8");
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.TCP);
        assertThat(packet.sackBlocks()).isEqualTo(1);
        assertThat(packet.sackLeft(0)).isEqualTo(100);
        assertThat(packet.sackRight(0)).isEqualTo(200);
    }

    @Test
    void malformedOptionStopsTheWalkNotTheSegment() {
        byte[] bytes = hex(IPV4.replace("00 28", "00 2c"), TCP.replace("50 18", "60 02"), "02 00 05 b4");
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.TCP);
        assertThat(packet.mss()).isEqualTo(-1);
        isTheSegment();
    }

    @Test
    void extensionHeadersOfIpv6AreWalked() {
        byte[] bytes = hex(IPV6.replace("00 14 06 40", "00 34 00 40"),
                "3c 00 01 04 00 00 00 00", // hop-by-hop, then destination options
                "2b 00 01 04 00 00 00 00", // then routing
                "2c 00 00 00 00 00 00 00", // then fragment
                "06 00 00 00 00 00 00 07", // atomic: the only one; then TCP
                TCP);
        assertThat(wrap(229, bytes)).isEqualTo(Verdict.TCP);
        isTheSegment();
        assertThat(packet.ipLength()).isEqualTo(92);
        assertThat(packet.protocol()).isEqualTo(6);
    }

    @Test
    void authenticationHeaderIsPassedOver() {
        byte[] bytes = hex(IPV4.replace("00 28", "00 40").replace("40 06 00 00", "40 33 00 00"),
                "06 04 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00", TCP);
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.TCP);
        isTheSegment();
    }

    @Test
    void udpTakesItsOwnLength() {
        byte[] bytes = hex(IPV4.replace("40 06 00 00", "40 11 00 00").replace("00 28", "00 20"), "c0 00 0d 3d 00 0a 00 00", "01 02 03 04");
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.UDP);
        assertThat(packet.payloadLength()).isEqualTo(2);
        assertThat(packet.payloadCaptured()).isEqualTo(2);
    }

    @Test
    void icmpQuotesThePacketItIsAbout() {
        byte[] bytes = hex(IPV4.replace("40 06 00 00", "40 01 00 00").replace("00 28", "00 38"),
                "03 04 00 00 00 00 05 14", // fragmentation needed, MTU 1300
                IPV4.replace("00 28", "05 dc"), "c0 00 0d 3d 00 00 00 2a");
        assertThat(wrap(101, bytes)).isEqualTo(Verdict.ICMP);
        assertThat(packet.icmpType()).isEqualTo(3);
        assertThat(packet.icmpCode()).isEqualTo(4);
        assertThat(packet.icmpMtu()).isEqualTo(1300);
        assertThat(packet.quoted()).isTrue();
        assertThat(packet.quotedLength()).isEqualTo(1500);
        assertThat(packet.quotedProtocol()).isEqualTo(6);
        assertThat(packet.quotedSourceLow()).isEqualTo(0xffffc0000201L);
        assertThat(packet.quotedDestinationLow()).isEqualTo(0xffffc0000202L);
        assertThat(packet.quotedSourcePort()).isEqualTo(49152);
        assertThat(packet.quotedDestinationPort()).isEqualTo(3389);
        assertThat(packet.quotedSequence()).isEqualTo(42);
    }

    @Test
    void packetTooBigQuotesToo() {
        byte[] bytes = hex(IPV6.replace("00 14 06 40", "00 44 3a 40"), "02 00 00 00 00 00 05 00", IPV6, TCP);
        assertThat(wrap(229, bytes)).isEqualTo(Verdict.ICMP);
        assertThat(packet.icmpMtu()).isEqualTo(1280);
        assertThat(packet.quotedDestinationPort()).isEqualTo(3389);
        assertThat(packet.quotedLength()).isEqualTo(60);
    }

    @Test
    void arpNamesWhoAsksForWhom() {
        byte[] bytes = hex(ETHERNET, "08 06", "00 01 08 00 06 04 00 02",
                "02 00 00 00 00 01 c0 00 02 01", "02 00 00 00 00 02 c0 00 02 02");
        assertThat(wrap(1, bytes)).isEqualTo(Verdict.ARP);
        assertThat(packet.arpSenderMac()).isEqualTo(0x020000000001L);
        assertThat(packet.sourceLow()).isEqualTo(0xffffc0000201L);
        assertThat(packet.destinationLow()).isEqualTo(0xffffc0000202L);
    }

    @Test
    void cutAndMalformedAreToldApart() {
        byte[] whole = hex(ETHERNET, "08 00", IPV4, TCP);
        assertThat(wrap(1, java.util.Arrays.copyOf(whole, 40), whole.length)).isEqualTo(Verdict.CUT);
        assertThat(wrap(101, hex(IPV4.replace("00 28", "00 1e"), TCP))).isEqualTo(Verdict.MALFORMED);
        assertThat(wrap(101, hex(IPV4.replace("45 00", "43 00"), TCP))).isEqualTo(Verdict.MALFORMED);
        assertThat(wrap(101, hex(IPV4, TCP.replace("50 18", "40 18")))).isEqualTo(Verdict.MALFORMED);
    }

    @Test
    void noPrefixAndNoMutationThrows() {
        SplittableRandom random = new SplittableRandom(1);
        List<byte[]> seeds = List.of(
                hex(ETHERNET, "88 a8 00 64 81 00 00 c8 08 00", IPV4, TCP),
                hex(ETHERNET, "86 dd", IPV6.replace("00 14 06 40", "00 2c 00 40"), "3c 00 01 04 00 00 00 00",
                        "33 00 01 04 00 00 00 00", "06 00 00 00 00 00 00 07", TCP),
                hex(ETHERNET, "08 00", IPV4.replace("40 06 00 00", "40 01 00 00").replace("00 28", "00 38"),
                        "03 04 00 00 00 00 05 14", IPV4, "c0 00 0d 3d 00 00 00 2a"));
        int[] links = {0, 1, 9, 12, 50, 101, 105, 108, 113, 127, 192, 228, 229, 239, 276};
        for (byte[] seed : seeds) {
            for (int link : links) {
                for (int length = 0; length <= seed.length; length++) {
                    check(link, java.util.Arrays.copyOf(seed, length), seed.length);
                }
            }
            for (int i = 0; i < 100_000; i++) {
                byte[] mutated = seed.clone();
                for (int k = 1 + random.nextInt(4); k > 0; k--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
                }
                check(i % 4 == 0 ? links[random.nextInt(links.length)] : 1, mutated, random.nextInt(200));
            }
        }
    }

    private void check(int link, byte[] bytes, int wireLength) {
        assertThat(wrap(link, bytes, wireLength)).isNotNull();
        if (packet.payloadCaptured() < 0 || packet.payloadLength() < packet.payloadCaptured()
                || packet.payloadOffset() + packet.payloadCaptured() > packet.bytes().length) {
            throw new AssertionError(HexFormat.of().formatHex(bytes));
        }
    }

    /// What is usual is read in one go, everything else header by header; both must say the same.
    @Test
    void theShortWayThroughTheHeadersSeesWhatTheLongOneSees() {
        byte[] usual = hex(ETHERNET, "08 00", "45 00 00 3c 12 34 40 00 40 06 00 00 c0 00 02 01 c0 00 02 02",
                "c0 00 0d 3d 00 00 00 01 00 00 00 02 80 18 04 00 00 00 00 00", "01 01 08 0a 00 00 00 07 00 00 00 09",
                "16 03 03 00 03 01 02 03");
        SplittableRandom random = new SplittableRandom(7);
        Frame frame = new Frame();
        Packet other = new Packet();
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = usual.clone();
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                bytes[14 + random.nextInt(bytes.length - 14)] = (byte) random.nextInt();
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(14, bytes.length + 1) : bytes.length;
            frame.set(bytes, 0, length, bytes.length, 1, 0, 1, 0);
            Verdict one = packet.wrap(frame);
            frame.set(bytes, 14, length - 14, bytes.length - 14, 1, 0, 228, 0);
            Verdict two = other.wrap(frame);
            assertThat(one).isEqualTo(two);
            if (one == Verdict.TCP) {
                assertThat(state(packet)).isEqualTo(state(other));
            }
        }
    }

    private static List<Object> state(Packet p) {
        return List.of(p.sourceLow(), p.destinationLow(), p.sourcePort(), p.destinationPort(), p.protocol(), p.hopLimit(),
                p.identification(),
                p.dontFragment(), p.fragmented(), p.ipLength(), p.payloadOffset(), p.payloadLength(), p.payloadCaptured(), p.sequence(),
                p.acknowledgement(), p.flags(), p.window(), p.mss(), p.windowScale(), p.sackPermitted(), p.timestamps(), p.timestampValue(),
                p.sackBlocks(), p.quoted(), p.tunnels);
    }
}

package dev.rdptrace.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TunnelsTest {
    private static final String INNER = PacketTest.IPV4 + PacketTest.TCP;
    private static final String FRAME = PacketTest.ETHERNET + "08 00" + INNER;

    private final Packet packet = new Packet();

    private record Way(String name, int linkType, String bytes, int tunnels) {}

    private static int size(String hex) {
        return PacketTest.hex(hex).length;
    }

    /// An outer IPv4 packet from 198.51.100.1 to 198.51.100.2.
    static String ip(int protocol, String payload) {
        return "45 00 %04x 00 01 00 00 40 %02x 00 00 c6 33 64 01 c6 33 64 02".formatted(20 + size(payload), protocol) + payload;
    }

    private static String udp(int port, String payload) {
        return ip(17, "c0 01 %04x %04x 00 00".formatted(port, 8 + size(payload)) + payload);
    }

    private static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        ways.add(new Way("MPLS", 1, PacketTest.ETHERNET + "88 47 00 01 00 40 00 02 01 40" + INNER, 0));
        ways.add(new Way("MPLS pseudowire", 1, PacketTest.ETHERNET + "88 47 00 02 01 40 00 00 00 00" + FRAME, 1));
        ways.add(new Way("802.1ah", 1, PacketTest.ETHERNET + "88 e7 00 00 00 01" + FRAME, 1));
        ways.add(new Way("PPPoE", 1, PacketTest.ETHERNET + "88 64 11 00 00 01 00 2a 00 21" + INNER + "00 00 00 00", 0));
        ways.add(new Way("PPP", 9, "00 21" + INNER, 0));
        ways.add(new Way("PPP with address and control, short protocol", 50, "ff 03 21" + INNER, 0));
        ways.add(new Way("token ring with a route", 6, "10 40 02 00 00 00 00 02 82 00 00 00 00 01 02 00 aa aa 03 00 00 00 08 00" + INNER,
                0));
        ways.add(new Way("FDDI", 10, "50" + PacketTest.ETHERNET + "aa aa 03 00 00 00 08 00" + INNER, 0));
        ways.add(new Way("Cisco HDLC", 104, "0f 00 08 00" + INNER, 0));
        ways.add(new Way("NFLOG", 239, "02 00 00 00" + "05 00 0a 00 00 00 00 00" + "2c 00 09 00" + INNER, 0));
        String wireless = "08 02 00 00" + "020000000003 020000000004 020000000001" + "00 00" + "aa aa 03 00 00 00 08 00" + INNER;
        ways.add(new Way("802.11", 105, wireless, 0));
        ways.add(new Way("802.11 with quality of service, header padded", 127,
                "00 00 09 00 02 00 00 00 20"
                        + wireless.replaceFirst("08 02", "88 02").replaceFirst("00 00aa aa", "00 00 00 00 00 00 aa aa"),
                0));
        ways.add(new Way("PPI", 192, "00 00 08 00 69 00 00 00" + wireless, 0));
        ways.add(new Way("IP in IP", 101, ip(4, INNER), 1));
        ways.add(new Way("EtherIP", 101, ip(97, "30 00" + FRAME), 1));
        ways.add(new Way("GRE", 101, ip(47, "00 00 08 00" + INNER), 1));
        ways.add(new Way("GRE with checksum, key and sequence", 101, ip(47, "b0 00 08 00 00 00 00 00 00 00 00 01 00 00 00 02" + INNER), 1));
        ways.add(new Way("GRE with Ethernet", 101, ip(47, "00 00 65 58" + FRAME), 1));
        ways.add(new Way("ERSPAN I", 101, ip(47, "00 00 88 be" + FRAME), 1));
        ways.add(new Way("ERSPAN II", 101, ip(47, "10 00 88 be 00 00 00 01 10 01 00 01 00 00 00 00" + FRAME), 1));
        ways.add(new Way("ERSPAN III", 101, ip(47, "10 00 22 eb 00 00 00 01 20 01 00 01 00 00 00 00 00 00 00 00" + FRAME), 1));
        ways.add(new Way("ERSPAN III with a platform header", 101,
                ip(47, "10 00 22 eb 00 00 00 01 20 01 00 01 00 00 00 00 00 00 00 01" + "00 00 00 00 00 00 00 00" + FRAME), 1));
        ways.add(new Way("PPTP", 101, ip(47, "30 81 88 0b 00 2c 00 01 00 00 00 01 00 00 00 00" + "ff 03 00 21" + INNER), 1));
        ways.add(new Way("VXLAN", 101, udp(4789, "08 00 00 00 00 00 01 00" + FRAME), 1));
        ways.add(new Way("VXLAN on Linux' old port", 101, udp(8472, "08 00 00 00 00 00 01 00" + FRAME), 1));
        ways.add(new Way("GENEVE with an option", 101, udp(6081, "01 00 65 58 00 00 01 00 01 02 03 00" + FRAME), 1));
        ways.add(new Way("GTP-U with an extension", 101, udp(2152, "34 ff 00 30 00 00 00 01 00 00 00 85 01 00 00 00" + INNER), 1));
        ways.add(new Way("L2TP", 101, udp(1701, "40 02 00 30 00 01 00 01" + "ff 03 00 21" + INNER), 1));
        ways.add(new Way("GRE in VXLAN", 101,
                udp(4789, "08 00 00 00 00 00 01 00" + PacketTest.ETHERNET + "08 00" + ip(47, "00 00 08 00" + INNER)), 2));
        return ways;
    }

    private Verdict wrap(int linkType, byte[] bytes) {
        Frame frame = new Frame();
        frame.set(bytes, 0, bytes.length, bytes.length, 1, 0, linkType, 0);
        return packet.wrap(frame);
    }

    @Test
    void everyTunnelLeadsToTheSameSegment() {
        for (Way way : ways()) {
            assertThat(wrap(way.linkType, PacketTest.hex(way.bytes))).as(way.name).isEqualTo(Verdict.TCP);
            assertThat(packet.destinationPort()).as(way.name).isEqualTo(3389);
            assertThat(packet.sourceLow()).as(way.name).isEqualTo(0xffffc0000201L);
            assertThat(packet.payloadLength()).as(way.name).isZero();
            assertThat(packet.tunnels).as(way.name).isEqualTo(way.tunnels);
        }
        String six =
                "60 00 00 00" + "00 14 06 40" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + PacketTest.TCP;
        assertThat(wrap(101, PacketTest.hex(ip(41, six)))).isEqualTo(Verdict.TCP);
        assertThat(packet.sourceHigh()).isEqualTo(0x20010db800000000L);
    }

    @Test
    void whatCannotBeLookedIntoIsNamed() {
        assertThat(wrap(101, PacketTest.hex(ip(50, "00 00 00 01 00 00 00 01 aa bb cc dd")))).isEqualTo(Verdict.ENCRYPTED_TUNNEL);
        assertThat(wrap(101, PacketTest.hex(udp(4500, "00 00 00 01 00 00 00 01 aa bb cc dd")))).isEqualTo(Verdict.ENCRYPTED_TUNNEL);
        assertThat(wrap(101, PacketTest.hex(udp(4500, "00 00 00 00 00 00 00 01 aa bb cc dd")))).isEqualTo(Verdict.UDP);
        assertThat(wrap(101, PacketTest.hex(udp(4789, "ff 00 00 00 00 00 00 01 aa bb cc dd")))).isEqualTo(Verdict.UDP);
        assertThat(packet.payloadLength()).isEqualTo(12);
    }

    @Test
    void nestingIsBounded() {
        String nested = INNER;
        for (int i = 0; i < 8; i++) {
            nested = ip(4, nested);
        }
        assertThat(wrap(101, PacketTest.hex(nested))).isEqualTo(Verdict.TCP);
        assertThat(wrap(101, PacketTest.hex(ip(4, nested)))).isEqualTo(Verdict.MALFORMED);
        byte[] labels = new byte[200_000];
        byte[] unit = PacketTest.hex("00 00 01 40 00 00 00 00", PacketTest.ETHERNET, "88 47");
        for (int at = 0; at + unit.length <= labels.length; at += unit.length) {
            System.arraycopy(unit, 0, labels, at, unit.length);
        }
        byte[] head = PacketTest.hex(PacketTest.ETHERNET, "88 47");
        byte[] deep = Arrays.copyOf(head, head.length + labels.length);
        System.arraycopy(labels, 0, deep, head.length, labels.length);
        assertThat(wrap(1, deep)).isEqualTo(Verdict.MALFORMED);
        byte[] tags = PacketTest.hex("00 08 aa aa 03 00 00 00 81 00 00 01".repeat(20_000));
        byte[] snap = Arrays.copyOf(PacketTest.hex(PacketTest.ETHERNET), 12 + tags.length);
        System.arraycopy(tags, 0, snap, 12, tags.length);
        assertThat(wrap(1, snap)).isEqualTo(Verdict.MALFORMED);
    }

    @Test
    void noPrefixAndNoMutationThrows() {
        SplittableRandom random = new SplittableRandom(11);
        for (Way way : ways()) {
            byte[] whole = PacketTest.hex(way.bytes);
            for (int length = 0; length <= whole.length; length++) {
                check(way.linkType, Arrays.copyOf(whole, length));
            }
            for (int i = 0; i < 10_000; i++) {
                byte[] mutated = whole.clone();
                for (int k = 1 + random.nextInt(3); k > 0; k--) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
                }
                check(way.linkType, mutated);
            }
        }
    }

    private void check(int linkType, byte[] bytes) {
        wrap(linkType, bytes);
        if (packet.payloadCaptured() < 0 || packet.payloadLength() < packet.payloadCaptured()
                || packet.payloadOffset() + packet.payloadCaptured() > packet.bytes().length) {
            throw new AssertionError(HexFormat.of().formatHex(bytes));
        }
    }
}

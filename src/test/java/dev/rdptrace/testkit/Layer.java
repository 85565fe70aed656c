package dev.rdptrace.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Encoders of everything that may lie around an IP packet: one layer puts a header before what it is given.
///
/// Written from the specifications, apart from the decoders of `dev.rdptrace.net`.
@FunctionalInterface
public interface Layer {

    /// What a packet begins with.
    enum Kind {
        IPV4,
        IPV6,
        ETHERNET,
        PPP,
        MPLS,
        PPPOE;

        int etherType() {
            return switch (this) {
                case IPV4 -> 0x0800;
                case IPV6 -> 0x86dd;
                case ETHERNET -> 0x6558;
                case PPP -> 0x880b;
                case MPLS -> 0x8847;
                case PPPOE -> 0x8864;
            };
        }
    }

    /// A packet as captured, with the length it had on the wire.
    record Wrapped(Kind kind, byte[] bytes, int wireLength) {

        Wrapped behind(Kind outer, byte[] header) {
            byte[] all = Arrays.copyOf(header, header.length + bytes.length);
            System.arraycopy(bytes, 0, all, header.length, bytes.length);
            return new Wrapped(outer, all, wireLength + header.length);
        }
    }

    Wrapped put(Wrapped inner);

    /// This layer first, then `outer` around it.
    default Layer in(Layer outer) {
        return inner -> outer.put(put(inner));
    }

    // ---- links, all ending the walk ----

    static Layer ethernet(int... tags) {
        return inner -> inner.behind(Kind.ETHERNET, bytes("02 00 00 00 00 02 02 00 00 00 00 01", tagged(inner, tags)));
    }

    private static String tagged(Wrapped inner, int... tags) {
        StringBuilder text = new StringBuilder();
        for (int tag : tags) {
            text.append(hex16(tag)).append("0064");
        }
        return text + hex16(inner.kind().etherType());
    }

    /// IEEE 802.3 with a length, LLC and SNAP.
    static Layer ethernetSnap() {
        return inner -> inner.behind(Kind.ETHERNET, bytes("02 00 00 00 00 02 02 00 00 00 00 01",
                hex16(Math.min(inner.wireLength() + 8, 1500)), snap(inner)));
    }

    private static String snap(Wrapped inner) {
        return "aaaa03 000000" + hex16(inner.kind().etherType());
    }

    /// IEEE 802.1ah: a backbone tag, a service tag, the customer's frame.
    static Layer backbone() {
        return inner -> inner.behind(Kind.ETHERNET, bytes("02 00 00 00 00 04 02 00 00 00 00 03 88a8 0005 88e7 00000abc"));
    }

    /// A header of fixed bytes with the EtherType behind them.
    static Layer typed(String before) {
        return inner -> inner.behind(Kind.ETHERNET, bytes(before, hex16(inner.kind().etherType())));
    }

    /// A header of fixed bytes.
    static Layer fixed(String before) {
        return inner -> inner.behind(Kind.ETHERNET, bytes(before));
    }

    /// A header of fixed bytes, LLC and SNAP.
    static Layer fixedSnap(String before) {
        return inner -> inner.behind(Kind.ETHERNET, bytes(before, snap(inner)));
    }

    /// The address family of BSD loopback.
    static Layer loopback(String four, String six) {
        return inner -> inner.behind(Kind.ETHERNET, bytes(inner.kind() == Kind.IPV4 ? four : six));
    }

    /// Linux' cooked capture, version 2: the EtherType comes first.
    static Layer cooked2() {
        return inner -> inner.behind(Kind.ETHERNET,
                bytes(hex16(inner.kind().etherType()), "0000 00000002 0001 04 06 020000000001 0000"));
    }

    static Layer nflog() {
        return inner -> inner.behind(Kind.ETHERNET, bytes(inner.kind() == Kind.IPV4 ? "02" : "0a", "00 0000",
                // the prefix "ab", then the payload; both lengths little-endian
                "0700 0a00 616200 00", little16(Math.min(inner.wireLength() + 4, 0xffff)), "0900"));
    }

    static Layer none() {
        return inner -> inner;
    }

    // ---- below IP ----

    static Layer ppp(boolean addressAndControl, boolean compressed) {
        return inner -> {
            String protocol = switch (inner.kind()) {
                case IPV4 -> compressed ? "21" : "0021";
                case IPV6 -> compressed ? "57" : "0057";
                case MPLS -> "0281";
                case ETHERNET, PPP, PPPOE -> throw new IllegalArgumentException(inner.kind() + " in PPP");
            };
            return inner.behind(Kind.PPP, bytes(addressAndControl ? "ff03" : "", protocol));
        };
    }

    static Layer pppoe() {
        return inner -> inner.behind(Kind.PPPOE, bytes("11 00 0011", hex16(Math.min(inner.wireLength(), 0xffff))));
    }

    /// Labels, the last marked as the bottom of the stack; a control word where an Ethernet frame is inside.
    static Layer mpls(int labels) {
        return inner -> {
            StringBuilder text = new StringBuilder();
            for (int i = 1; i <= labels; i++) {
                text.append("0001").append(i == labels ? "01" : "00").append("40");
            }
            return inner.behind(Kind.MPLS, bytes(text.toString(), inner.kind() == Kind.ETHERNET ? "00000000" : ""));
        };
    }

    // ---- over IP ----

    static Layer ipv4(int protocol) {
        return inner -> inner.behind(Kind.IPV4, bytes("45 00", hex16(inner.wireLength() + 20 > 0xffff ? 0 : inner.wireLength() + 20),
                "1234 0000 37", hex8(protocol), "0000 c6336401 c6336402"));
    }

    static Layer ipv6(int protocol) {
        return inner -> inner.behind(Kind.IPV6,
                bytes("60000000", hex16(inner.wireLength() > 0xffff ? 0 : inner.wireLength()), hex8(protocol), "37",
                        "20010db8000000000000000000000001 20010db8000000000000000000000002"));
    }

    /// With a destination options header before the transport.
    static Layer ipv6WithOptions(int protocol) {
        Layer options = inner -> inner.behind(inner.kind(), bytes(hex8(protocol), "00 0104 00000000"));
        return options.in(ipv6(60));
    }

    /// IP in IP by the kind of what is inside.
    static Layer ipInIpv4() {
        return inner -> ipv4(ipNumber(inner)).put(inner);
    }

    static Layer ipInIpv6() {
        return inner -> ipv6(ipNumber(inner)).put(inner);
    }

    private static int ipNumber(Wrapped inner) {
        return switch (inner.kind()) {
            case IPV4 -> 4;
            case IPV6 -> 41;
            case ETHERNET -> 97;
            case MPLS -> 137;
            case PPP, PPPOE -> throw new IllegalArgumentException(inner.kind() + " in IP");
        };
    }

    static Layer etherIp() {
        return inner -> inner.behind(Kind.ETHERNET, bytes("3000"));
    }

    /// RFC 2784 and 2890.
    static Layer gre(boolean checksum, boolean key, boolean sequence) {
        return inner -> inner.behind(Kind.IPV4, bytes(hex16((checksum ? 0x8000 : 0) | (key ? 0x2000 : 0) | (sequence ? 0x1000 : 0)),
                hex16(inner.kind().etherType()), checksum ? "00000000" : "", key ? "00000007" : "", sequence ? "00000001" : ""));
    }

    /// RFC 2637: PPP with a sequence number and an acknowledgement.
    static Layer pptp() {
        return inner -> inner.behind(Kind.IPV4, bytes("3081 880b", hex16(Math.min(inner.wireLength(), 0xffff)), "0001 00000001 00000002"));
    }

    static Layer wccp() {
        return inner -> inner.behind(Kind.IPV4, bytes("0000 883e 01020304"));
    }

    static Layer erspan(int type) {
        return inner -> inner.behind(Kind.IPV4, switch (type) {
            case 1 -> bytes("0000 88be");
            case 2 -> bytes("1000 88be 00000001", "1064 0001 00000000");
            default -> bytes("1000 22eb 00000001", "2064 0001 00000000 0000 0000");
        });
    }

    /// Type III with its optional platform header.
    static Layer erspan3WithPlatform() {
        return inner -> inner.behind(Kind.IPV4, bytes("1000 22eb 00000001", "2064 0001 00000000 0000 0001", "0000000000000000"));
    }

    static Layer udp(int port) {
        return inner -> inner.behind(Kind.IPV4,
                bytes("c350", hex16(port), hex16(inner.wireLength() + 8 > 0xffff ? 0 : inner.wireLength() + 8), "0000"));
    }

    static Layer vxlan() {
        return fixed("08000000 00007b00");
    }

    static Layer vxlanGpe() {
        return inner -> inner.behind(Kind.ETHERNET, bytes("0c0000", switch (inner.kind()) {
            case IPV4 -> "01";
            case IPV6 -> "02";
            case ETHERNET, PPP, MPLS, PPPOE -> "03";
        }, "00007b00"));
    }

    static Layer geneve(boolean options) {
        return inner -> inner.behind(Kind.ETHERNET,
                bytes(options ? "02" : "00", "00", hex16(inner.kind().etherType()), "00007b00", options ? "0102800100000000" : ""));
    }

    /// 3GPP TS 29.281, with a sequence number and one extension header where asked.
    static Layer gtp(boolean extended) {
        return inner -> inner.behind(Kind.ETHERNET, extended
                ? bytes("36 ff", hex16(inner.wireLength() + 8 & 0xffff), "00000001", "0001 00 85", "01 0009 00")
                : bytes("30 ff", hex16(inner.wireLength() & 0xffff), "00000001"));
    }

    static Layer l2tp(boolean withLength) {
        return inner -> inner.behind(Kind.ETHERNET, withLength
                ? bytes("4002", hex16(inner.wireLength() + 8 & 0xffff), "0001 0002") : bytes("0002 0001 0002"));
    }

    // ---- everything at once ----

    /// A way to capture a packet.
    ///
    /// @param linkType LINKTYPE_ number
    record Wrapping(String name, int linkType, Layer layer) {

        /// Takes the IP packet out of an Ethernet frame and wraps it; a frame without IP stays as it is.
        public Tape.Shot wrap(Tape.Shot shot) {
            byte[] frame = shot.bytes();
            int type = frame.length < 14 ? 0 : (frame[12] & 0xff) << 8 | frame[13] & 0xff;
            if (shot.linkType() != 1 || type != 0x0800 && type != 0x86dd) {
                return shot;
            }
            // Padding of short Ethernet frames is no part of the packet.
            int length = type == 0x0800 ? (frame[16] & 0xff) << 8 | frame[17] & 0xff : 40 + ((frame[18] & 0xff) << 8 | frame[19] & 0xff);
            int wire = Math.min(shot.wireLength() - 14, length);
            byte[] packet = Arrays.copyOfRange(frame, 14, Math.min(frame.length, 14 + wire));
            Wrapped wrapped = layer.put(new Wrapped(type == 0x0800 ? Kind.IPV4 : Kind.IPV6, packet, wire));
            return new Tape.Shot(wrapped.bytes(), wrapped.wireLength(), shot.nanos(), linkType);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// Every link type and tunnel that the program knows, and some of them nested.
    static List<Wrapping> all() {
        List<Wrapping> all = new ArrayList<>();
        links(all);
        tags(all);
        tunnels(all);
        return all;
    }

    private static void links(List<Wrapping> all) {
        all.add(new Wrapping("raw 12", 12, none()));
        all.add(new Wrapping("raw 14", 14, none()));
        all.add(new Wrapping("raw 101", 101, none()));
        all.add(new Wrapping("null little-endian", 0, loopback("02000000", "1e000000")));
        all.add(new Wrapping("null big-endian", 0, loopback("00000002", "0000001c")));
        all.add(new Wrapping("loop", 108, loopback("00000002", "00000018")));
        all.add(new Wrapping("SLL", 113, typed("0000 0001 0006 020000000001 0000")));
        all.add(new Wrapping("SLL2", 276, cooked2()));
        all.add(new Wrapping("PPP 9", 9, ppp(true, false)));
        all.add(new Wrapping("PPP 50 compressed", 50, ppp(false, true)));
        all.add(new Wrapping("PPPoE 51", 51, ppp(false, false).in(pppoe())));
        all.add(new Wrapping("Cisco HDLC", 104, typed("0f00")));
        all.add(new Wrapping("token ring", 6, fixedSnap("10 40 020000000002 020000000001")));
        all.add(new Wrapping("token ring with route", 6, fixedSnap("10 40 020000000002 820000000001 0630 0011 0020")));
        all.add(new Wrapping("FDDI", 10, fixedSnap("54 020000000002 020000000001")));
        all.add(new Wrapping("NFLOG", 239, nflog()));
        all.add(new Wrapping("802.11", 105, fixedSnap("0801 0000 020000000009 020000000001 020000000002 1000")));
        all.add(new Wrapping("802.11 QoS", 105, fixedSnap("8802 0000 020000000001 020000000009 020000000002 1000 0000")));
        all.add(new Wrapping("802.11 four addresses", 105,
                fixedSnap("0803 0000 020000000009 020000000008 020000000002 1000 020000000001")));
        all.add(new Wrapping("radiotap", 127,
                fixedSnap("00 00 0800 00000000 0801 0000 020000000009 020000000001 020000000002 1000")));
        all.add(new Wrapping("PPI", 192, fixedSnap("00 00 0800 69000000 0801 0000 020000000009 020000000001 020000000002 1000")));
        all.add(new Wrapping("Ethernet SNAP", 1, ethernetSnap()));
    }

    private static void tags(List<Wrapping> all) {
        all.add(new Wrapping("802.1Q", 1, ethernet(0x8100)));
        all.add(new Wrapping("802.1ad", 1, ethernet(0x88a8, 0x8100)));
        all.add(new Wrapping("QinQ old", 1, ethernet(0x9100, 0x8100)));
        all.add(new Wrapping("three tags", 1, ethernet(0x88a8, 0x8100, 0x8100)));
        all.add(new Wrapping("802.1ah", 1, ethernet().in(backbone())));
        all.add(new Wrapping("802.1Q in SLL", 113, typed("0000 0001 0006 020000000001 0000 8100 0064")));
        all.add(new Wrapping("MPLS", 1, mpls(1).in(ethernet())));
        all.add(new Wrapping("MPLS, three labels, tagged", 1, mpls(3).in(ethernet(0x8100))));
        all.add(new Wrapping("MPLS in PPP", 9, mpls(1).in(ppp(true, false))));
        all.add(new Wrapping("MPLS pseudowire", 1, ethernet(0x8100).in(mpls(2)).in(ethernet())));
        all.add(new Wrapping("PPPoE in Ethernet", 1, ppp(false, false).in(pppoe()).in(ethernet())));
        all.add(new Wrapping("PPPoE in 802.1ad", 1, ppp(false, false).in(pppoe()).in(ethernet(0x88a8, 0x8100))));
    }

    private static void tunnels(List<Wrapping> all) {
        all.add(new Wrapping("IP in IPv4", 1, ipInIpv4().in(ethernet())));
        all.add(new Wrapping("IP in IPv6", 1, ipInIpv6().in(ethernet())));
        all.add(new Wrapping("IP in IP in IP", 101, ipInIpv4().in(ipInIpv6()).in(ipInIpv4())));
        all.add(new Wrapping("GRE", 1, gre(false, false, false).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("GRE with everything over IPv6", 1,
                gre(true, true, true).in(ipv6WithOptions(47)).in(ethernet())));
        all.add(new Wrapping("GRE bridge", 1, ethernet(0x8100).in(gre(false, true, false)).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("MPLS in GRE", 1, mpls(1).in(gre(false, false, false)).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("PPTP", 1, ppp(true, false).in(pptp()).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("ERSPAN I", 1, ethernet().in(erspan(1)).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("ERSPAN II", 1, ethernet(0x8100).in(erspan(2)).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("ERSPAN III", 1, ethernet().in(erspan(3)).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("ERSPAN III with platform", 1, ethernet().in(erspan3WithPlatform()).in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("EtherIP", 1, ethernet().in(etherIp()).in(ipv4(97)).in(ethernet())));
        all.add(new Wrapping("MPLS in IP", 1, mpls(1).in(ipInIpv4()).in(ethernet())));
        all.add(new Wrapping("VXLAN", 1, ethernet().in(vxlan()).in(udp(4789)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("VXLAN over IPv6, tagged", 1, ethernet(0x8100).in(vxlan()).in(udp(8472)).in(ipv6(17)).in(ethernet(0x8100))));
        all.add(new Wrapping("VXLAN-GPE", 1, vxlanGpe().in(udp(4790)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("GENEVE bridge", 1, ethernet().in(geneve(true)).in(udp(6081)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("GENEVE of IP", 1, geneve(false).in(udp(6081)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("GTP-U", 1, gtp(false).in(udp(2152)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("GTP-U extended", 113,
                gtp(true).in(udp(2152)).in(ipv6(17)).in(typed("0000 0001 0006 020000000001 0000"))));
        all.add(new Wrapping("L2TP", 1, ppp(true, false).in(l2tp(true)).in(udp(1701)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("L2TP short", 1, ppp(false, true).in(l2tp(false)).in(udp(1701)).in(ipv4(17)).in(ethernet())));
        all.add(new Wrapping("WCCP", 1, wccp().in(ipv4(47)).in(ethernet())));
        all.add(new Wrapping("VXLAN in ERSPAN", 1,
                ethernet().in(vxlan()).in(udp(4789)).in(ipv4(17)).in(ethernet()).in(erspan(2)).in(ipv4(47)).in(ethernet())));
    }

    // ---- bytes ----

    private static byte[] bytes(String... hex) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String part : hex) {
            all.writeBytes(HexFormat.of().parseHex(part.replace(" ", "")));
        }
        return all.toByteArray();
    }

    private static String hex8(int value) {
        return HexFormat.of().toHexDigits((byte) value);
    }

    private static String hex16(int value) {
        return HexFormat.of().toHexDigits((short) value);
    }

    private static String little16(int value) {
        return hex16(Short.toUnsignedInt(Short.reverseBytes((short) value)));
    }
}

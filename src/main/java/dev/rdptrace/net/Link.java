package dev.rdptrace.net;

/// From the link layer to the network layer: link types of the tcpdump registry, then EtherTypes.
final class Link {
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;

    /// More tags than any network stacks.
    private static final int MAX_TAGS = 8;

    private Link() {}

    static Verdict open(Packet p, int linkType) {
        return switch (linkType) {
            case 1 -> ethernet(p);
            case 0, 108 -> loopback(p);
            case 12, 14, 101 -> raw(p);
            case 228 -> Internet.v4(p);
            case 229 -> Internet.v6(p);
            case 113 -> cooked(p);
            case 276 -> cooked2(p);
            default -> Verdict.UNKNOWN_LINK;
        };
    }

    static Verdict ethernet(Packet p) {
        if (!p.has(0, 14)) {
            return p.missing(14);
        }
        p.linkSource = p.u48(6);
        p.at += 12;
        return typed(p, 0);
    }

    /// The cursor stands on an EtherType or, if it is small, on an 802.3 length.
    private static Verdict typed(Packet p, int tags) {
        if (!p.has(0, 2)) {
            return p.missing(2);
        }
        int type = p.u16(0);
        p.at += 2;
        return type < 0x0600 ? llc(p) : network(p, type, tags);
    }

    /// IEEE 802.2 with the SNAP header that carries an EtherType; everything else over LLC is not IP.
    static Verdict llc(Packet p) {
        if (!p.has(0, 8) || p.u16(0) != 0xaaaa || p.u8(2) != 3) {
            return Verdict.NOT_IP;
        }
        int organisation = p.u8(3) << 16 | p.u16(4);
        int type = p.u16(6);
        if (organisation != 0 && organisation != 0x0000f8) {
            return Verdict.NOT_IP;
        }
        p.at += 8;
        return network(p, type, 0);
    }

    static Verdict network(Packet p, int type, int tags) {
        return switch (type) {
            case IPV4 -> Internet.v4(p);
            case IPV6 -> Internet.v6(p);
            case ARP -> arp(p);
            // 802.1Q, 802.1ad, and the two that were used before 802.1ad.
            case 0x8100, 0x88a8, 0x9100, 0x9200 -> {
                if (tags == MAX_TAGS) {
                    yield Verdict.MALFORMED;
                }
                if (!p.has(0, 4)) {
                    yield p.missing(4);
                }
                p.at += 2;
                yield typed(p, tags + 1);
            }
            default -> Verdict.NOT_IP;
        };
    }

    /// BSD loopback: the address family in the byte order of the host that captured, which is not known.
    private static Verdict loopback(Packet p) {
        if (!p.has(0, 4)) {
            return p.missing(4);
        }
        int family = p.i32(0);
        if ((family & 0xffff) == 0) {
            family = Integer.reverseBytes(family);
        }
        p.at += 4;
        return switch (family) {
            case 2 -> Internet.v4(p);
            // NetBSD and OpenBSD, FreeBSD, macOS; Linux and Windows.
            case 24, 28, 30, 10, 23 -> Internet.v6(p);
            default -> Verdict.NOT_IP;
        };
    }

    static Verdict raw(Packet p) {
        if (!p.has(0, 1)) {
            return p.missing(1);
        }
        return switch (p.u8(0) >> 4) {
            case 4 -> Internet.v4(p);
            case 6 -> Internet.v6(p);
            default -> Verdict.MALFORMED;
        };
    }

    private static Verdict cooked(Packet p) {
        if (!p.has(0, 16)) {
            return p.missing(16);
        }
        if (p.u16(4) == 6) {
            p.linkSource = p.u48(6);
        }
        int type = p.u16(14);
        p.at += 16;
        return cookedProtocol(p, type);
    }

    private static Verdict cooked2(Packet p) {
        if (!p.has(0, 20)) {
            return p.missing(20);
        }
        if (p.u8(11) == 6) {
            p.linkSource = p.u48(12);
        }
        int type = p.u16(0);
        p.at += 20;
        return cookedProtocol(p, type);
    }

    private static Verdict cookedProtocol(Packet p, int type) {
        return type == 4 ? llc(p) : type < 0x0600 ? Verdict.NOT_IP : network(p, type, 0);
    }

    /// RFC 826 for IPv4 over six-byte addresses.
    private static Verdict arp(Packet p) {
        if (!p.has(0, 8)) {
            return p.missing(8);
        }
        if (p.u16(2) != IPV4 || p.u8(4) != 6 || p.u8(5) != 4) {
            return Verdict.NOT_IP;
        }
        if (!p.has(0, 28)) {
            return p.missing(28);
        }
        p.arpOperation = p.u16(6);
        p.arpSenderMac = p.u48(8);
        p.sourceHigh = 0;
        p.sourceLow = Internet.mapped(p.i32(14));
        p.destinationHigh = 0;
        p.destinationLow = Internet.mapped(p.i32(24));
        return Verdict.ARP;
    }
}

package dev.rdptrace.net;

import dev.rdptrace.capture.LinkType;

/// From the link layer to the network layer: link types of the tcpdump registry, then EtherTypes.
final class Link {
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;

    /// More tags than any network stacks.
    private static final int MAX_TAGS = 8;
    private static final int MAX_LABELS = 16;
    private static final int MAX_ATTRIBUTES = 32;

    private Link() {}

    static Verdict open(Packet p, int linkType) {
        return switch (LinkType.of(linkType)) {
            case ETHERNET -> ethernet(p);
            case NULL, LOOP -> loopback(p);
            case RAW -> raw(p);
            case IPV4 -> Internet.v4(p);
            case IPV6 -> Internet.v6(p);
            case LINUX_SLL -> cooked(p);
            case LINUX_SLL2 -> cooked2(p);
            case IEEE802_5 -> tokenRing(p);
            case PPP, PPP_HDLC -> ppp(p);
            case FDDI -> fddi(p);
            case PPP_ETHER -> pppoe(p);
            case C_HDLC -> ciscoHdlc(p);
            case NFLOG -> nflog(p);
            case IEEE802_11 -> Wireless.plain(p, false);
            case IEEE802_11_RADIOTAP -> Wireless.radiotap(p);
            case PPI -> Wireless.perPacketInformation(p);
            case UNKNOWN -> Verdict.UNKNOWN_LINK;
        };
    }

    static Verdict ethernet(Packet p) {
        if (!p.has(0, 14)) {
            return p.missing(14);
        }
        p.headers.add(Header.ETHERNET, p.at);
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
        return type < 0x0600 ? llc(p, tags) : network(p, type, tags);
    }

    /// IEEE 802.2 with the SNAP header that carries an EtherType; everything else over LLC is not IP.
    static Verdict llc(Packet p, int tags) {
        if (!p.has(0, 8) || p.u16(0) != 0xaaaa || p.u8(2) != 3) {
            return Verdict.NOT_IP;
        }
        int organisation = p.u8(3) << 16 | p.u16(4);
        int type = p.u16(6);
        if (organisation != 0 && organisation != 0x0000f8) {
            return Verdict.NOT_IP;
        }
        p.at += 8;
        return network(p, type, tags);
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
            case 0x8847, 0x8848 -> mpls(p);
            case 0x8864 -> pppoe(p);
            // Provider backbone bridges, 802.1ah: a service tag, then the customer's frame.
            case 0x88e7 -> {
                if (!p.has(0, 4)) {
                    yield p.missing(4);
                }
                p.at += 4;
                yield Tunnels.ethernet(p);
            }
            default -> Verdict.NOT_IP;
        };
    }

    /// RFC 3032: labels until the bottom of the stack; what follows is not said and must be guessed from its first nibble (RFC 4928).
    static Verdict mpls(Packet p) {
        boolean bottom = false;
        for (int labels = 0; !bottom; labels++) {
            if (labels == MAX_LABELS) {
                return Verdict.MALFORMED;
            }
            if (!p.has(0, 4)) {
                return p.missing(4);
            }
            bottom = (p.u8(2) & 1) != 0;
            p.at += 4;
        }
        if (!p.has(0, 1)) {
            return p.missing(1);
        }
        return switch (p.u8(0) >> 4) {
            case 4 -> Internet.v4(p);
            case 6 -> Internet.v6(p);
            case 0 -> {
                // A pseudowire's control word, RFC 4385, and an Ethernet frame.
                if (!p.has(0, 4)) {
                    yield p.missing(4);
                }
                if (!p.has(4, 14)) {
                    yield p.missing(18);
                }
                p.at += 4;
                yield Tunnels.ethernet(p);
            }
            default -> p.has(0, 14) && (p.u16(12) == IPV4 || p.u16(12) == IPV6 || p.u16(12) == 0x8100) ? Tunnels.ethernet(p)
                    : Verdict.NOT_IP;
        };
    }

    /// RFC 2516, session stage.
    private static Verdict pppoe(Packet p) {
        if (!p.has(0, 6)) {
            return p.missing(6);
        }
        if (p.u8(0) != 0x11 || p.u8(1) != 0) {
            return Verdict.NOT_IP;
        }
        int length = p.u16(4);
        p.at += 6;
        p.claim = Math.min(p.claim, p.at + length);
        p.end = Math.min(p.end, p.claim);
        return ppp(p);
    }

    /// RFC 1661 and 1662; address, control and the first byte of the protocol may be left out.
    static Verdict ppp(Packet p) {
        if (p.has(0, 2) && p.u16(0) == 0xff03) {
            p.at += 2;
        }
        if (!p.has(0, 1)) {
            return p.missing(1);
        }
        int protocol = p.u8(0);
        if ((protocol & 1) != 0) {
            p.at++;
        } else {
            if (!p.has(0, 2)) {
                return p.missing(2);
            }
            protocol = p.u16(0);
            p.at += 2;
        }
        return switch (protocol) {
            case 0x21 -> Internet.v4(p);
            case 0x57 -> Internet.v6(p);
            case 0x281, 0x283 -> mpls(p);
            // Encrypted by the Encryption Control Protocol or by MPPE.
            case 0x53, 0xfd -> Verdict.ENCRYPTED_TUNNEL;
            default -> Verdict.NOT_IP;
        };
    }

    private static Verdict tokenRing(Packet p) {
        if (!p.has(0, 15)) {
            return p.missing(15);
        }
        // A source address with the group bit set announces routing information, whose first byte holds its length.
        int header = 14 + ((p.u8(8) & 0x80) != 0 ? p.u8(14) & 0x1f : 0);
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.headers.add(Header.ETHERNET, p.at + 2);
        p.at += header;
        return llc(p, 0);
    }

    private static Verdict fddi(Packet p) {
        if (!p.has(0, 13)) {
            return p.missing(13);
        }
        p.headers.add(Header.ETHERNET, p.at + 1);
        p.at += 13;
        return llc(p, 0);
    }

    private static Verdict ciscoHdlc(Packet p) {
        if (!p.has(0, 4)) {
            return p.missing(4);
        }
        int type = p.u16(2);
        p.at += 4;
        return network(p, type, 0);
    }

    /// Linux' netfilter log: attributes in the byte order of the host that captured, one of them the packet.
    private static Verdict nflog(Packet p) {
        if (!p.has(0, 4)) {
            return p.missing(4);
        }
        p.at += 4;
        for (int count = 0; count < MAX_ATTRIBUTES && p.has(0, 4); count++) {
            int length = p.u8(0) | p.u8(1) << 8;
            int type = p.u8(2) | p.u8(3) << 8;
            if ((type & 0xff) == 0) {
                length = p.u16(0);
                type = p.u16(2);
            }
            if (length < 4) {
                return Verdict.MALFORMED;
            }
            if (type == 9) {
                p.claim = Math.min(p.claim, p.at + length);
                p.end = Math.min(p.end, p.claim);
                p.at += 4;
                return raw(p);
            }
            int next = length + 3 & ~3;
            if (!p.has(0, next)) {
                return p.missing(next);
            }
            p.headers.add(Header.ATTRIBUTE, p.at);
            p.at += next;
        }
        return Verdict.NOT_IP;
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
        p.headers.add(Header.COOKED, p.at + 6);
        int type = p.u16(14);
        p.at += 16;
        return cookedProtocol(p, type);
    }

    private static Verdict cooked2(Packet p) {
        if (!p.has(0, 20)) {
            return p.missing(20);
        }
        p.headers.add(Header.COOKED, p.at + 12);
        int type = p.u16(0);
        p.at += 20;
        return cookedProtocol(p, type);
    }

    private static Verdict cookedProtocol(Packet p, int type) {
        return type == 4 ? llc(p, 0) : type < 0x0600 ? Verdict.NOT_IP : network(p, type, 0);
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
        p.headers.add(Header.ARP, p.at);
        p.arpSenderMac = (long) p.u16(8) << 32 | p.i32(10) & 0xffff_ffffL;
        p.sourceHigh = 0;
        p.sourceLow = Internet.mapped(p.i32(14));
        p.destinationHigh = 0;
        p.destinationLow = Internet.mapped(p.i32(24));
        return Verdict.ARP;
    }
}

package dev.rdptrace.net;

/// IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200, AH of RFC 4302).
final class Internet {
    static final int HOP_BY_HOP = 0;
    static final int ICMP = 1;
    static final int IPV4_INSIDE = 4;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int IPV6_INSIDE = 41;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int GRE = 47;
    static final int ESP = 50;
    static final int AH = 51;
    static final int ICMP6 = 58;
    static final int NO_NEXT = 59;
    static final int DESTINATION = 60;
    static final int ETHERNET_INSIDE = 97;
    static final int MOBILITY = 135;
    static final int MPLS_INSIDE = 137;
    static final int HOST_IDENTITY = 139;
    static final int SHIM6 = 140;

    /// More than any real packet chains.
    private static final int MAX_EXTENSIONS = 16;

    private Internet() {}

    static long mapped(int address) {
        return 0xffff_0000_0000L | address & 0xffff_ffffL;
    }

    static Verdict v4(Packet p) {
        if (!p.has(0, 20)) {
            return p.missing(20);
        }
        int header = (p.u8(0) & 0x0f) * 4;
        if (p.u8(0) >> 4 != 4 || header < 20) {
            return Verdict.MALFORMED;
        }
        int total = p.u16(2);
        // Zero is what a capture before segmentation offload shows of a packet beyond 64 KiB.
        if (total == 0) {
            total = p.claim - p.at;
        }
        if (total < header) {
            return Verdict.MALFORMED;
        }
        p.headers.add(Header.IPV4, p.at);
        p.sourceHigh = 0;
        p.sourceLow = mapped(p.i32(12));
        p.destinationHigh = 0;
        p.destinationLow = mapped(p.i32(16));
        p.hopLimit = p.u8(8);
        p.identification = p.u16(4);
        int fragment = p.u16(6);
        p.dontFragment = (fragment & 0x4000) != 0;
        int protocol = p.u8(9);
        p.protocol = protocol;
        bound(p, total);
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.at += header;
        if ((fragment & 0x3fff) != 0) {
            p.clearTransport();
            p.payload(0);
            if (!p.fragments.completes(p, p.identification, (fragment & 0x1fff) * 8, (fragment & 0x2000) != 0, protocol, true)) {
                return Verdict.FRAGMENT;
            }
            p.ipLength = header + p.claim;
        }
        return upper(p, protocol);
    }

    /// What lies behind the packet is padding of the link; what is missing was not captured.
    private static void bound(Packet p, int total) {
        p.ipLength = total;
        p.claim = p.at + total;
        p.end = Math.min(p.end, p.claim);
    }

    static Verdict v6(Packet p) {
        if (!p.has(0, 40)) {
            return p.missing(40);
        }
        if (p.u8(0) >> 4 != 6) {
            return Verdict.MALFORMED;
        }
        p.headers.add(Header.IPV6, p.at);
        p.sourceHigh = p.i64(8);
        p.sourceLow = p.i64(16);
        p.destinationHigh = p.i64(24);
        p.destinationLow = p.i64(32);
        p.hopLimit = p.u8(7);
        p.identification = -1;
        p.dontFragment = true;
        int payload = p.u16(4);
        int next = p.u8(6);
        p.protocol = next;
        // Zero: a jumbogram, or captured before segmentation offload.
        bound(p, payload == 0 && next != NO_NEXT ? p.claim - p.at : 40 + payload);
        p.at += 40;
        return upper(p, next);
    }

    /// Walks extension headers up to the transport header.
    static Verdict upper(Packet p, int protocol) {
        int next = protocol;
        for (int count = 0; count < MAX_EXTENSIONS; count++) {
            int length;
            switch (next) {
                case HOP_BY_HOP, ROUTING, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6 -> {
                    if (p.identification >= 0) {
                        // IPv4 has no such headers.
                        return transport(p, next);
                    }
                    if (!p.has(0, 2)) {
                        return p.missing(2);
                    }
                    length = 8 + 8 * p.u8(1);
                    p.headers.add(Header.EXTENSION, p.at);
                }
                case AH -> {
                    if (!p.has(0, 2)) {
                        return p.missing(2);
                    }
                    length = 8 + 4 * p.u8(1);
                }
                case FRAGMENT -> {
                    if (p.identification >= 0) {
                        return transport(p, next);
                    }
                    if (!p.has(0, 8)) {
                        return p.missing(8);
                    }
                    int fragment = p.u16(2);
                    if ((fragment & 0xfff9) != 0) {
                        int inner = p.u8(0);
                        int id = p.i32(4);
                        p.protocol = inner;
                        p.at += 8;
                        p.clearTransport();
                        p.payload(0);
                        if (!p.fragments.completes(p, id, fragment & 0xfff8, (fragment & 1) != 0, inner, false)) {
                            return Verdict.FRAGMENT;
                        }
                        p.ipLength = 40 + p.claim;
                        next = p.protocol;
                        continue;
                    }
                    length = 8;
                }
                default -> {
                    return transport(p, next);
                }
            }
            if (!p.has(0, length)) {
                return p.missing(length);
            }
            next = p.u8(0);
            p.protocol = next;
            p.at += length;
        }
        return Verdict.MALFORMED;
    }

    private static Verdict transport(Packet p, int protocol) {
        p.protocol = protocol;
        p.clearTransport();
        return switch (protocol) {
            case TCP -> Transport.tcp(p);
            case UDP -> Transport.udp(p);
            case ICMP -> p.identification >= 0 ? Transport.icmp(p, false) : Verdict.OTHER_IP;
            case ICMP6 -> p.identification < 0 ? Transport.icmp(p, true) : Verdict.OTHER_IP;
            case ESP -> Verdict.ENCRYPTED_TUNNEL;
            case IPV4_INSIDE -> Tunnels.v4(p);
            case IPV6_INSIDE -> Tunnels.v6(p);
            case GRE -> Tunnels.gre(p);
            case ETHERNET_INSIDE -> Tunnels.etherIp(p);
            case MPLS_INSIDE -> Tunnels.mpls(p);
            default -> {
                p.payload(0);
                yield Verdict.OTHER_IP;
            }
        };
    }
}

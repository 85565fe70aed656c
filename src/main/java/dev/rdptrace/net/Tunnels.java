package dev.rdptrace.net;

/// Packets inside packets: GRE (RFC 2784, 2890, PPTP's of RFC 2637) with ERSPAN, VXLAN (RFC 7348), GENEVE (RFC 8926),
/// GTP-U (3GPP TS 29.281), L2TP (RFC 2661), EtherIP (RFC 3378), and IP in IP.
final class Tunnels {
    /// More than any network nests; what is deeper is made to waste time.
    private static final int MAX_DEPTH = 8;

    private Tunnels() {}

    private static boolean enter(Packet p) {
        return ++p.tunnels <= MAX_DEPTH;
    }

    static Verdict v4(Packet p) {
        return enter(p) ? Internet.v4(p) : Verdict.MALFORMED;
    }

    static Verdict v6(Packet p) {
        return enter(p) ? Internet.v6(p) : Verdict.MALFORMED;
    }

    static Verdict ethernet(Packet p) {
        return enter(p) ? Link.ethernet(p) : Verdict.MALFORMED;
    }

    static Verdict mpls(Packet p) {
        return enter(p) ? Link.mpls(p) : Verdict.MALFORMED;
    }

    static Verdict etherIp(Packet p) {
        if (!p.has(0, 2)) {
            return p.missing(2);
        }
        if (p.u8(0) >> 4 != 3) {
            return Verdict.OTHER_IP;
        }
        p.at += 2;
        return ethernet(p);
    }

    static Verdict gre(Packet p) {
        if (!p.has(0, 4)) {
            return p.missing(4);
        }
        if (!enter(p)) {
            return Verdict.MALFORMED;
        }
        int flags = p.u16(0);
        int type = p.u16(2);
        boolean sequence = (flags & 0x1000) != 0;
        int header = 4;
        if ((flags & 7) == 1) {
            // PPTP: a key that holds length and call, and maybe an acknowledgement. MikroTik's EoIP looks alike.
            header = 8 + (sequence ? 4 : 0) + ((flags & 0x80) != 0 ? 4 : 0);
            if (!p.has(0, header)) {
                return p.missing(header);
            }
            p.at += header;
            return switch (type) {
                case 0x880b -> p.claim == p.at ? Verdict.OTHER_IP : Link.ppp(p);
                case 0x6400 -> p.claim == p.at ? Verdict.OTHER_IP : Link.ethernet(p);
                default -> Verdict.OTHER_IP;
            };
        }
        if ((flags & 0x4007) != 0) {
            // Source routing, which nobody uses, or a version that does not exist.
            return Verdict.OTHER_IP;
        }
        header += ((flags & 0x8000) != 0 ? 4 : 0) + ((flags & 0x2000) != 0 ? 4 : 0) + (sequence ? 4 : 0);
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.at += header;
        return switch (type) {
            case 0x6558 -> Link.ethernet(p);
            case 0x880b -> Link.ppp(p);
            case 0x88be -> erspan(p, sequence);
            case 0x22eb -> erspan3(p);
            case 0x883e -> {
                // WCCP puts four bytes of its own before the packet, in its second version.
                if (p.has(0, 5) && p.u8(0) >> 4 != 4) {
                    p.at += 4;
                }
                yield Internet.v4(p);
            }
            default -> {
                Verdict verdict = Link.network(p, type, 0);
                yield verdict == Verdict.NOT_IP ? Verdict.OTHER_IP : verdict;
            }
        };
    }

    /// Type I has no header of its own; type II comes with a GRE sequence number.
    private static Verdict erspan(Packet p, boolean sequence) {
        if (sequence) {
            if (!p.has(0, 8)) {
                return p.missing(8);
            }
            p.at += 8;
        }
        return Link.ethernet(p);
    }

    private static Verdict erspan3(Packet p) {
        if (!p.has(0, 12)) {
            return p.missing(12);
        }
        int header = (p.u8(11) & 1) != 0 ? 20 : 12;
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.at += header;
        return Link.ethernet(p);
    }

    /// Looks into a UDP payload by its destination port and the first bytes that its protocol fixes.
    ///
    /// @return [Verdict#UDP] where it is no tunnel
    static Verdict udp(Packet p) {
        int port = p.destinationPort;
        if (port != 4789 && port != 8472 && port != 4790 && port != 6081 && port != 2152 && port != 4500 && port != 1701
                || p.payloadCaptured < 8) {
            return Verdict.UDP;
        }
        int start = p.at;
        p.at += 8;
        Verdict inner = switch (port) {
            case 4789, 8472 -> vxlan(p);
            case 4790 -> vxlanGpe(p);
            case 6081 -> geneve(p);
            case 2152 -> gtp(p);
            case 1701 -> l2tp(p);
            // ESP, unless the first four bytes are zero, which mark IKE.
            default -> p.i32(0) == 0 ? Verdict.UDP : Verdict.ENCRYPTED_TUNNEL;
        };
        if (inner == Verdict.UDP) {
            p.at = start;
        }
        return inner;
    }

    private static Verdict vxlan(Packet p) {
        if ((p.u8(0) & 0x08) == 0 || (p.u8(0) & 0x77) != 0 || p.u8(7) != 0) {
            return Verdict.UDP;
        }
        p.at += 8;
        return ethernet(p);
    }

    private static Verdict vxlanGpe(Packet p) {
        if ((p.u8(0) & 0x0c) != 0x0c) {
            return Verdict.UDP;
        }
        int next = p.u8(3);
        if (next < 1 || next > 3) {
            return Verdict.UDP;
        }
        p.at += 8;
        return !enter(p) ? Verdict.MALFORMED : next == 3 ? Link.ethernet(p) : Link.raw(p);
    }

    private static Verdict geneve(Packet p) {
        if (p.u8(0) >> 6 != 0) {
            return Verdict.UDP;
        }
        int header = 8 + 4 * (p.u8(0) & 0x3f);
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        int type = p.u16(2);
        p.at += header;
        return !enter(p) ? Verdict.MALFORMED : type == 0x6558 ? Link.ethernet(p) : Link.network(p, type, 0);
    }

    private static Verdict gtp(Packet p) {
        // Version 1, GTP and not GTP', a user's packet.
        if (p.u8(0) >> 4 != 3 || p.u8(1) != 0xff) {
            return Verdict.UDP;
        }
        int header = 8;
        if ((p.u8(0) & 0x07) != 0) {
            header = 12;
            int next = p.has(0, 12) && (p.u8(0) & 0x04) != 0 ? p.u8(11) : 0;
            for (int count = 0; next != 0 && count < 8; count++) {
                if (!p.has(header, 1)) {
                    return p.missing(header + 1);
                }
                int length = 4 * p.u8(header);
                if (length == 0) {
                    return Verdict.MALFORMED;
                }
                header += length;
                if (!p.has(0, header)) {
                    return p.missing(header);
                }
                next = p.u8(header - 1);
            }
        }
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.at += header;
        return enter(p) ? Link.raw(p) : Verdict.MALFORMED;
    }

    private static Verdict l2tp(Packet p) {
        int flags = p.u16(0);
        // A data message of version 2.
        if ((flags & 0x8000) != 0 || (flags & 0x0f) != 2) {
            return Verdict.UDP;
        }
        int header = 6 + ((flags & 0x4000) != 0 ? 2 : 0) + ((flags & 0x0800) != 0 ? 4 : 0);
        if ((flags & 0x0200) != 0) {
            if (!p.has(header, 2)) {
                return p.missing(header + 2);
            }
            header += 2 + p.u16(header);
        }
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.at += header;
        return enter(p) ? Link.ppp(p) : Verdict.MALFORMED;
    }
}

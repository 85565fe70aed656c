package dev.rdptrace.net;

/// TCP (RFC 9293, 7323, 2018), UDP (RFC 768), ICMP (RFC 792) and ICMPv6 (RFC 4443) with the packets they quote.
final class Transport {
    private Transport() {}

    static Verdict tcp(Packet p) {
        if (!p.has(0, 20)) {
            return p.missing(20);
        }
        int header = (p.u8(12) >> 4) * 4;
        if (header < 20 || header > p.claim - p.at) {
            return Verdict.MALFORMED;
        }
        p.headers.add(Header.TCP, p.at);
        p.sourcePort = p.u16(0);
        p.destinationPort = p.u16(2);
        p.segment = p.at;
        p.flags = p.u16(12) & 0x1ff;
        p.payload(header);
        options(p, Math.min(header, p.end - p.at));
        return Verdict.TCP;
    }

    /// An option that makes no sense ends the walk, not the segment: the sequence numbers still count.
    private static void options(Packet p, int limit) {
        boolean syn = (p.flags & Packet.SYN) != 0;
        for (int at = 20; at < limit;) {
            int kind = p.u8(at);
            if (kind == 0) {
                return;
            }
            if (kind == 1) {
                at++;
                continue;
            }
            if (at + 1 >= limit) {
                return;
            }
            int length = p.u8(at + 1);
            if (length < 2 || at + length > limit) {
                return;
            }
            switch (kind) {
                case 2 -> {
                    if (length == 4 && syn) {
                        p.mss = p.u16(at + 2);
                    }
                }
                case 3 -> {
                    if (length == 3 && syn) {
                        p.windowScale = p.u8(at + 2);
                    }
                }
                case 4 -> p.sackPermitted |= length == 2 && syn;
                case 5 -> {
                    int blocks = Math.min(4, (length - 2) / 8);
                    for (int i = 0; i < blocks; i++) {
                        p.sackLeft[i] = p.i32(at + 2 + 8 * i);
                        p.sackRight[i] = p.i32(at + 6 + 8 * i);
                    }
                    p.sackBlocks = blocks;
                }
                case 8 -> {
                    if (length == 10) {
                        p.timestampsAt = p.at + at + 2;
                    }
                }
                default -> {}
            }
            at += length;
        }
    }

    static Verdict udp(Packet p) {
        if (!p.has(0, 8)) {
            return p.missing(8);
        }
        int length = p.u16(4);
        // Zero stands for a jumbogram, or for a datagram captured before segmentation offload.
        if (length != 0) {
            if (length < 8 || length > p.claim - p.at) {
                return Verdict.MALFORMED;
            }
            p.claim = p.at + length;
            p.end = Math.min(p.end, p.claim);
        }
        p.headers.add(Header.UDP, p.at);
        p.sourcePort = p.u16(0);
        p.destinationPort = p.u16(2);
        p.payload(8);
        return Tunnels.udp(p);
    }

    static Verdict icmp(Packet p, boolean six) {
        if (!p.has(0, 8)) {
            return p.missing(8);
        }
        p.headers.add(six ? Header.ICMPV6 : Header.ICMP, p.at);
        p.icmpType = p.u8(0);
        p.icmpCode = p.u8(1);
        p.payload(8);
        if (six) {
            if (p.icmpType == 2) {
                p.icmpMtu = (int) Math.min(p.i32(4) & 0xffff_ffffL, Integer.MAX_VALUE);
            }
            if (p.icmpType >= 1 && p.icmpType <= 4) {
                quote(p);
            }
        } else {
            if (p.icmpType == 3 && p.icmpCode == 4) {
                p.icmpMtu = p.u16(6);
            }
            // Unreachable, source quench, redirect, time exceeded, parameter problem.
            if (p.icmpType == 3 || p.icmpType == 4 || p.icmpType == 5 || p.icmpType == 11 || p.icmpType == 12) {
                quote(p);
            }
        }
        return Verdict.ICMP;
    }

    private static void quote(Packet p) {
        int at = 8;
        if (!p.has(at, 20)) {
            return;
        }
        int next;
        boolean first = true;
        if (p.u8(at) >> 4 == 4) {
            int header = (p.u8(at) & 0x0f) * 4;
            if (header < 20) {
                return;
            }
            p.quotedSourceHigh = 0;
            p.quotedSourceLow = Internet.mapped(p.i32(at + 12));
            p.quotedDestinationHigh = 0;
            p.quotedDestinationLow = Internet.mapped(p.i32(at + 16));
            p.quotedLength = p.u16(at + 2);
            first = (p.u16(at + 6) & 0x1fff) == 0;
            next = p.u8(at + 9);
            at += header;
        } else if (p.u8(at) >> 4 == 6 && p.has(at, 40)) {
            p.quotedSourceHigh = p.i64(at + 8);
            p.quotedSourceLow = p.i64(at + 16);
            p.quotedDestinationHigh = p.i64(at + 24);
            p.quotedDestinationLow = p.i64(at + 32);
            p.quotedLength = 40 + p.u16(at + 4);
            next = p.u8(at + 6);
            at += 40;
            while (first && p.has(at, 8) && (next == Internet.HOP_BY_HOP || next == Internet.ROUTING
                    || next == Internet.DESTINATION || next == Internet.FRAGMENT)) {
                first = next != Internet.FRAGMENT || (p.u16(at + 2) & 0xfff8) == 0;
                int length = next == Internet.FRAGMENT ? 8 : 8 + 8 * p.u8(at + 1);
                next = p.u8(at);
                at += length;
            }
        } else {
            return;
        }
        p.quoted = true;
        p.quotedProtocol = next;
        p.quotedTransport = first ? Math.max(0, p.end - p.at - at) : 0;
        boolean ports = first && (next == Internet.TCP || next == Internet.UDP) && p.has(at, 4);
        p.quotedSourcePort = ports ? p.u16(at) : -1;
        p.quotedDestinationPort = ports ? p.u16(at + 2) : -1;
        p.quotedSequence = ports && next == Internet.TCP && p.has(at, 8) ? p.i32(at + 4) : 0;
    }
}

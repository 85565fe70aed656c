package dev.rdptrace.net;

/// IEEE 802.11 data frames, with or without the headers that capture programs put before them.
final class Wireless {
    private static final int TO_DISTRIBUTION = 0x01;
    private static final int FROM_DISTRIBUTION = 0x02;
    private static final int PROTECTED = 0x40;
    private static final int ORDER = 0x80;

    private Wireless() {}

    /// radiotap.org: little-endian, the present words say which fields follow.
    static Verdict radiotap(Packet p) {
        if (!p.has(0, 8)) {
            return p.missing(8);
        }
        int length = p.u8(2) | p.u8(3) << 8;
        if (length < 8) {
            return Verdict.MALFORMED;
        }
        if (!p.has(0, length)) {
            return p.missing(length);
        }
        int present = p.u8(4);
        int field = 8;
        int last = 7;
        while ((p.u8(last) & 0x80) != 0 && field + 4 <= length) {
            last = field + 3;
            field += 4;
        }
        boolean padded = false;
        if ((present & 1) != 0) {
            field = (field + 7 & ~7) + 8;
        }
        if ((present & 2) != 0 && field < length) {
            padded = (p.u8(field) & 0x20) != 0;
        }
        p.at += length;
        return plain(p, padded);
    }

    static Verdict perPacketInformation(Packet p) {
        if (!p.has(0, 8)) {
            return p.missing(8);
        }
        int length = p.u8(2) | p.u8(3) << 8;
        int linkType = p.u8(4) | p.u8(5) << 8;
        if (length < 8) {
            return Verdict.MALFORMED;
        }
        if (!p.has(0, length)) {
            return p.missing(length);
        }
        p.headers.add(Header.TAGS, p.at);
        p.at += length;
        // It may hold any link type, itself too, which must not go round.
        return linkType == 192 ? Verdict.MALFORMED : Link.open(p, linkType);
    }

    /// @param padded the header is filled up to a multiple of four bytes
    static Verdict plain(Packet p, boolean padded) {
        if (!p.has(0, 2)) {
            return p.missing(2);
        }
        int control = p.u8(0);
        int flags = p.u8(1);
        // A data frame of version 0 that carries data.
        if ((control & 0x0f) != 0x08 || (control & 0x40) != 0) {
            return Verdict.NOT_IP;
        }
        boolean quality = (control & 0x80) != 0;
        boolean relayed = (flags & (TO_DISTRIBUTION | FROM_DISTRIBUTION)) == (TO_DISTRIBUTION | FROM_DISTRIBUTION);
        int header = 24 + (relayed ? 6 : 0);
        int aggregated = header;
        if (quality) {
            header += 2 + ((flags & ORDER) != 0 ? 4 : 0);
        }
        if (padded) {
            header = header + 3 & ~3;
        }
        if (!p.has(0, header)) {
            return p.missing(header);
        }
        p.headers.add(Header.ETHERNET, p.at + 4);
        p.headers.add(Header.COOKED, p.at + 16);
        if (relayed) {
            p.headers.add(Header.COOKED, p.at + 24);
        }
        if ((flags & PROTECTED) != 0) {
            return Verdict.ENCRYPTED_TUNNEL;
        }
        if (quality && (p.u8(aggregated) & 0x80) != 0) {
            // Several frames in one; the first has an Ethernet-like header of its own.
            header += 14;
            if (!p.has(0, header)) {
                return p.missing(header);
            }
            p.headers.add(Header.ETHERNET, p.at + header - 14);
        }
        p.at += header;
        return Link.llc(p, 0);
    }
}

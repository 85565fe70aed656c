package dev.rdptrace.net;

import org.jspecify.annotations.Nullable;

/// Who says that an IPv6 address is at a network card, as ARP says it for IPv4: neighbour solicitation and advertisement, RFC 4861 4.3
/// and 4.4. It is forged or comes from elsewhere where its hop limit is not 255 (7.1), and is a proxy's or one of several where it does
/// not override others (7.2.7, 7.2.8): neither is read.
///
/// @param high of the address, as of `low`
/// @param card in the low 48 bits; 0 where the message does not name it
/// @param router its sender forwards packets
public record NeighbourClaim(long high, long low, long card, boolean router) {
    private static final int ICMPV6 = 58;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int HOP_LIMIT = 255;
    private static final int SOURCE_CARD = 1;
    private static final int TARGET_CARD = 2;
    private static final int ROUTER = 0x80;
    private static final int OVERRIDE = 0x20;
    private static final int ADDRESS = 16;
    private static final int UNIT = 8;

    /// What the ICMP message in `packet` claims; null if it is another or is cut.
    public static @Nullable NeighbourClaim of(Packet packet) {
        boolean advertised = packet.icmpType() == ADVERTISEMENT;
        if (packet.protocol() != ICMPV6 || !advertised && packet.icmpType() != SOLICITATION || packet.icmpCode() != 0
                || packet.hopLimit() != HOP_LIMIT || packet.payloadCaptured() < ADDRESS) {
            return null;
        }
        byte[] bytes = packet.bytes();
        int at = packet.payloadOffset();
        int flags = advertised ? bytes[at - 4] : OVERRIDE;
        long high = advertised ? number(bytes, at, UNIT) : packet.sourceHigh();
        long low = advertised ? number(bytes, at + UNIT, UNIT) : packet.sourceLow();
        boolean address = (high | low) != 0 && high >>> 56 != 0xff;
        if (!address || (flags & OVERRIDE) == 0) {
            return null;
        }
        int option = advertised ? TARGET_CARD : SOURCE_CARD;
        return new NeighbourClaim(high, low, card(bytes, at + ADDRESS, at + packet.payloadCaptured(), option), (flags & ROUTER) != 0);
    }

    /// RFC 4861 4.6.1: type, length in units of eight bytes, address.
    private static long card(byte[] bytes, int from, int end, int wanted) {
        int length;
        for (int at = from; at + UNIT <= end; at += length) {
            length = (bytes[at + 1] & 0xff) * UNIT;
            if (length == 0) {
                return 0;
            }
            if (bytes[at] == wanted && length == UNIT) {
                return number(bytes, at + 2, 6);
            }
        }
        return 0;
    }

    private static long number(byte[] bytes, int at, int length) {
        long number = 0;
        for (int i = at; i < at + length; i++) {
            number = number << 8 | bytes[i] & 0xff;
        }
        return number;
    }
}

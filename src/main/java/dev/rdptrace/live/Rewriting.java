package dev.rdptrace.live;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/// Other addresses for the packets of an Ethernet capture, and checksums that fit them.
///
/// Rewritten are the MAC addresses, those of ARP, of the outermost IP header, and of the packet that an ICMP error
/// quotes. Checksums of IPv4, TCP, UDP, ICMP and ICMPv6 are computed anew, because a host that leaves them to its network
/// card captures its own packets without them; those of fragments and quotations are only adjusted (RFC 1624).
public final class Rewriting {
    private static final int ETHERNET_HEADER = 14;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP6 = 58;
    private static final int MAX_EXTENSIONS = 8;

    private final Map<Address, byte[]> replacements = new HashMap<>();

    private record Address(ByteBuffer bytes) {
        static Address of(byte[] bytes, int at, int length) {
            return new Address(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + length)));
        }
    }

    /// @param old `192.0.2.1`, `2001:db8::1` or `00:00:5e:00:53:01`
    /// @param replacement of the same kind
    /// @throws IllegalArgumentException when they are not
    public void replace(String old, String replacement) {
        byte[] from = parse(old);
        byte[] to = parse(replacement);
        if (from.length != to.length) {
            throw new IllegalArgumentException(old + " and " + replacement + " are addresses of different kinds");
        }
        replacements.put(Address.of(from, 0, from.length), to);
    }

    private static byte[] parse(String text) {
        if (text.matches("(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}")) {
            return HexFormat.of().parseHex(text.replaceAll("[:-]", "").toLowerCase(Locale.ROOT));
        }
        return InetAddress.ofLiteral(text).getAddress();
    }

    public boolean isEmpty() {
        return replacements.isEmpty();
    }

    /// Rewrites an Ethernet frame that begins at the start of `frame`; one that needs nothing stays as it is.
    public void apply(byte[] frame, int length) {
        if (length < ETHERNET_HEADER) {
            return;
        }
        swap(frame, 0, 6);
        swap(frame, 6, 6);
        int at = 12;
        int type = u16(frame, at);
        while ((type == 0x8100 || type == 0x88a8 || type == 0x9100) && at + 6 <= length) {
            at += 4;
            type = u16(frame, at);
        }
        at += 2;
        switch (type) {
            case 0x0800 -> v4(frame, at, length);
            case 0x86dd -> v6(frame, at, length);
            case 0x0806 -> arp(frame, at, length);
            default -> {}
        }
    }

    private boolean swap(byte[] bytes, int at, int length) {
        byte[] to = replacements.get(Address.of(bytes, at, length));
        if (to != null) {
            System.arraycopy(to, 0, bytes, at, length);
        }
        return to != null;
    }

    private void arp(byte[] b, int at, int length) {
        if (length - at < 28 || b[at + 4] != 6 || b[at + 5] != 4) {
            return;
        }
        swap(b, at + 8, 6);
        swap(b, at + 14, 4);
        swap(b, at + 18, 6);
        swap(b, at + 24, 4);
    }

    private void v4(byte[] b, int at, int length) {
        if (length - at < 20 || b[at] >>> 4 != 4) {
            return;
        }
        int header = (b[at] & 15) * 4;
        int total = u16(b, at + 2);
        int end = total == 0 ? length : Math.min(length, at + total);
        if (header < 20 || end - at < header) {
            return;
        }
        int before = sum(b, at + 12, 8);
        boolean changed = swap(b, at + 12, 4) | swap(b, at + 16, 4);
        int protocol = b[at + 9] & 0xff;
        boolean quotes = protocol == ICMP && quotedV4(b, at + header, end);
        if (!changed && !quotes) {
            return;
        }
        if (changed) {
            put16(b, at + 10, 0);
            put16(b, at + 10, ~fold(sum(b, at, header)) & 0xffff);
        }
        int fragment = u16(b, at + 6);
        if ((fragment & 0x1fff) != 0) {
            return;
        }
        boolean whole = (fragment & 0x2000) == 0 && (total == 0 || end == at + total);
        int pseudo = protocol == ICMP ? 0 : sum(b, at + 12, 8);
        transport(b, at + header, end, protocol, pseudo, protocol == ICMP ? 0 : before, whole);
    }

    private void v6(byte[] b, int at, int length) {
        if (length - at < 40) {
            return;
        }
        int payload = u16(b, at + 4);
        int end = payload == 0 ? length : Math.min(length, at + 40 + payload);
        int before = sum(b, at + 8, 32);
        boolean changed = swap(b, at + 8, 16) | swap(b, at + 24, 16);
        int protocol = b[at + 6] & 0xff;
        int next = at + 40;
        boolean whole = payload == 0 || end == at + 40 + payload;
        for (int i = 0; i < MAX_EXTENSIONS && end - next >= 8; i++) {
            int size = switch (protocol) {
                case 0, 43, 60, 135 -> 8 + 8 * (b[next + 1] & 0xff);
                case 44 -> 8;
                case 51 -> 4 * ((b[next + 1] & 0xff) + 2);
                default -> 0;
            };
            if (size == 0) {
                break;
            }
            if (protocol == 44) {
                if ((u16(b, next + 2) & 0xfff8) != 0) {
                    return;
                }
                whole &= (u16(b, next + 2) & 1) == 0;
            }
            protocol = b[next] & 0xff;
            next += size;
        }
        boolean quotes = protocol == ICMP6 && quotedV6(b, next, end);
        if (changed || quotes) {
            transport(b, next, end, protocol, sum(b, at + 8, 32), before, whole);
        }
    }

    /// @param pseudo sum over the addresses as they are now, `before` as they were
    private static void transport(byte[] b, int at, int end, int protocol, int pseudo, int before, boolean whole) {
        int field = switch (protocol) {
            case TCP -> at + 16;
            case UDP -> at + 6;
            case ICMP, ICMP6 -> at + 2;
            default -> -1;
        };
        if (field < 0 || end < field + 2 || protocol == UDP && u16(b, field) == 0) {
            return;
        }
        int old = u16(b, field);
        int sum;
        if (whole) {
            put16(b, field, 0);
            int length = protocol == UDP && u16(b, at + 4) >= 8 ? Math.min(u16(b, at + 4), end - at) : end - at;
            sum = sum(b, at, length) + (protocol == ICMP ? 0 : pseudo + protocol + length);
        } else {
            sum = (~old & 0xffff) + (~fold(before) & 0xffff) + fold(pseudo);
        }
        int checksum = ~fold(sum) & 0xffff;
        put16(b, field, protocol == UDP && checksum == 0 ? 0xffff : checksum);
    }

    private boolean quotedV4(byte[] b, int icmp, int end) {
        if (end - icmp < 28) {
            return false;
        }
        int type = b[icmp] & 0xff;
        int at = icmp + 8;
        int header = (b[at] & 15) * 4;
        if (type != 3 && type != 4 && type != 5 && type != 11 && type != 12 || b[at] >>> 4 != 4 || end - at < header || header < 20) {
            return false;
        }
        int before = sum(b, at + 12, 8);
        if (!(swap(b, at + 12, 4) | swap(b, at + 16, 4))) {
            return false;
        }
        put16(b, at + 10, 0);
        put16(b, at + 10, ~fold(sum(b, at, header)) & 0xffff);
        int protocol = b[at + 9] & 0xff;
        if ((u16(b, at + 6) & 0x1fff) == 0 && protocol != ICMP) {
            transport(b, at + header, end, protocol, sum(b, at + 12, 8), before, false);
        }
        return true;
    }

    private boolean quotedV6(byte[] b, int icmp, int end) {
        if (end - icmp < 48 || (b[icmp] & 0x80) != 0 || b[icmp + 8] >>> 4 != 6) {
            return false;
        }
        int at = icmp + 8;
        int before = sum(b, at + 8, 32);
        if (!(swap(b, at + 8, 16) | swap(b, at + 24, 16))) {
            return false;
        }
        transport(b, at + 40, end, b[at + 6] & 0xff, sum(b, at + 8, 32), before, false);
        return true;
    }

    /// Not folded; an odd last byte counts as the upper half.
    private static int sum(byte[] b, int at, int length) {
        int sum = 0;
        for (int i = 0; i + 1 < length; i += 2) {
            sum += u16(b, at + i);
        }
        return (length & 1) == 1 ? sum + ((b[at + length - 1] & 0xff) << 8) : sum;
    }

    private static int fold(int sum) {
        int folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return folded;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }

    private static void put16(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 8);
        b[at + 1] = (byte) value;
    }
}

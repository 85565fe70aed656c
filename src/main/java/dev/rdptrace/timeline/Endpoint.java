package dev.rdptrace.timeline;

import dev.rdptrace.bytes.Identity;

/// An address and a port. IPv4 is kept IPv4-mapped: high 0, low `0x0000ffffaabbccdd`.
public record Endpoint(long high, long low, int port) {
    /// The same few addresses are written again and again: those written last, each at its place.
    private static final Written[] WRITTEN = new Written[256];

    /// An address in words.
    private record Written(long high, long low, String text, String marked) {
        static Written of(long high, long low) {
            int place = (Long.hashCode(low * 31 + high) * 0x9e3779b9) >>> 24;
            Written before = WRITTEN[place];
            if (before != null && before.low == low && before.high == high) {
                return before;
            }
            String text = write(high, low);
            return WRITTEN[place] = new Written(high, low, text, Identity.HOST.of(text));
        }
    }

    public boolean isIpv4() {
        return high == 0 && low >>> 32 == 0xffffL;
    }

    /// The address as a key: the same for every port.
    public Endpoint host() {
        return new Endpoint(high, low, 0);
    }

    /// The address alone, IPv6 as RFC 5952 wants it.
    public String address() {
        return address(high, low);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint e && e.low == low && e.high == high && e.port == port;
    }

    @Override
    public int hashCode() {
        return (Long.hashCode(high) * 31 + Long.hashCode(low)) * 31 + port;
    }

    /// `10.0.0.5:3389` or `[2001:db8::1]:3389`
    @Override
    public String toString() {
        return isIpv4() ? address() + ":" + port : "[" + address() + "]:" + port;
    }

    /// The same for a sentence or a field.
    public String marked() {
        return isIpv4() ? markedAddress() + ":" + port : "[" + markedAddress() + "]:" + port;
    }

    /// The address alone for a sentence or a field.
    public String markedAddress() {
        return Written.of(high, low).marked;
    }

    public static String address(long high, long low) {
        return Written.of(high, low).text;
    }

    private static String write(long high, long low) {
        if (high == 0 && low >>> 32 == 0xffffL) {
            return (low >>> 24 & 0xff) + "." + (low >>> 16 & 0xff) + "." + (low >>> 8 & 0xff) + "." + (low & 0xff);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 4; i++) {
            groups[i] = (int) (high >>> 48 - 16 * i) & 0xffff;
            groups[i + 4] = (int) (low >>> 48 - 16 * i) & 0xffff;
        }
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}

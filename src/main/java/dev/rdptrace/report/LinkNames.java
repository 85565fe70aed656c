package dev.rdptrace.report;

/// Link types as tcpdump.org names them.
final class LinkNames {
    private LinkNames() {}

    static String of(int linkType) {
        return switch (linkType) {
            case 0 -> "NULL";
            case 1 -> "ETHERNET";
            case 9 -> "PPP";
            case 12, 14, 101 -> "RAW";
            case 50 -> "PPP_HDLC";
            case 105 -> "IEEE802_11";
            case 108 -> "LOOP";
            case 113 -> "LINUX_SLL";
            case 127 -> "IEEE802_11_RADIOTAP";
            case 192 -> "PPI";
            case 228 -> "IPV4";
            case 229 -> "IPV6";
            case 239 -> "NFLOG";
            case 276 -> "LINUX_SLL2";
            default -> "LINKTYPE_" + linkType;
        };
    }
}

package dev.rdptrace.capture;

import java.util.Arrays;

/// The link types that are read here, by their numbers and names in the registry of tcpdump.org: what a capture file says its
/// frames begin with.
public enum LinkType {
    NULL(0),
    ETHERNET(1),
    IEEE802_5(6),
    PPP(9),
    FDDI(10),
    /// 12 and 14 are what BSD systems call it in their own files.
    RAW(101, 12, 14),
    PPP_HDLC(50),
    PPP_ETHER(51),
    C_HDLC(104),
    IEEE802_11(105),
    LOOP(108),
    LINUX_SLL(113),
    IEEE802_11_RADIOTAP(127),
    PPI(192),
    IPV4(228),
    IPV6(229),
    NFLOG(239),
    LINUX_SLL2(276),
    /// Any other number; a negative one for what the registry does not hold.
    UNKNOWN;

    private static final LinkType[] BY_NUMBER = byNumber();

    private final int[] numbers;

    LinkType(int... numbers) {
        this.numbers = numbers;
    }

    public static LinkType of(int number) {
        return 0 <= number && number < BY_NUMBER.length ? BY_NUMBER[number] : UNKNOWN;
    }

    /// The registry's name for a number, without `LINKTYPE_`; where it is not known here, the number itself.
    public static String name(int number) {
        LinkType type = of(number);
        return type == UNKNOWN && number >= 0 ? "LINKTYPE_" + number : type.name();
    }

    private static LinkType[] byNumber() {
        LinkType[] table = new LinkType[277];
        Arrays.fill(table, UNKNOWN);
        for (LinkType type : values()) {
            for (int number : type.numbers) {
                table[number] = type;
            }
        }
        return table;
    }
}

package dev.rdptrace.live;

import java.util.Collection;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A capture filter, pcap-filter(7), that lets RDP on given ports pass and what explains it: ICMP, fragments, DNS, Kerberos.
public final class PortFilter {
    private static final int MAX_TAGS = 2;

    private PortFilter() {}

    /// Without VLAN tags.
    public static String plain(Collection<Integer> ports) {
        String all = new TreeSet<>(ports).stream().map(port -> "port " + port).collect(Collectors.joining(" or "));
        return all + " or port 53 or port 88 or icmp or icmp6 or ip[6:2] & 0x1fff != 0 or ip6 proto 44";
    }

    /// With up to two VLAN tags. `vlan` moves the offsets of everything behind it, so what is without tags comes first.
    public static String tagged(Collection<Integer> ports) {
        String plain = plain(ports);
        String filter = plain;
        for (int i = 0; i < MAX_TAGS; i++) {
            filter = plain + " or (vlan and (" + filter + "))";
        }
        return filter;
    }

    /// What is wrong with a filter; empty where nothing is, or where there is no libpcap to ask.
    public static String check(String filter) {
        try {
            return Libpcap.load().check(filter);
        } catch (LiveException absent) {
            return "";
        }
    }
}

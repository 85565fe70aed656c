package dev.rdptrace.redact;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Header;
import dev.rdptrace.net.Headers;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.timeline.Side;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A frame on its way into the copy: everything it is sent with, its addresses exchanged, its payload empty until that is known.
final class HeldFrame {
    private static final int NO_OPERATION = 1;
    private static final int ICMP_HEADER = 8;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int TCP_HEADER = 20;
    private static final int PORTS = 8;

    final byte[] bytes;
    final int wireLength;
    final long nanos;
    final int network;
    final int linkType;
    final Header[] kinds = new Header[Headers.MOST + 2];
    final int[] places = new int[Headers.MOST + 2];
    int headers;
    int length; // of what is kept
    int payloadAt;
    int payloadLength;
    long offset; // of the payload in its stream
    @Nullable Dialogue dialogue; // that it belongs to, if any
    Side side = Side.CLIENT; // in its dialogue
    boolean finished;
    private int fragmentAt; // in its datagram
    private List<HeldFrame> fragments = List.of(); // that this one was put together from

    HeldFrame(Frame frame, Packet packet, Verdict verdict, Addresses addresses) {
        byte[] all = frame.bytes();
        int from = frame.offset();
        bytes = new byte[frame.length()];
        wireLength = frame.wireLength();
        nanos = frame.nanos();
        network = frame.interfaceIndex();
        linkType = frame.linkType();
        Headers found = packet.headers();
        boolean together = false;
        for (int i = 0; i < found.count() && !together; i++) {
            kinds[i] = found.kind(i);
            places[i] = found.at(i) - from;
            together = kinds[i] == Header.DATAGRAM;
            headers += together ? 0 : 1;
        }
        int end = together || headers == 0 ? 0 : packet.headers().end() - from;
        if (together) {
            end = places[headers]; // the fragment begins there
        }
        fragmentAt = found.fragmentAt();
        // Ports stand in the first fragment.
        boolean ports = found.datagram() > 0 && fragmentAt == 0;
        System.arraycopy(all, from, bytes, 0, !ports ? end : Math.min(bytes.length, end + (packet.protocol() == TCP ? TCP_HEADER : PORTS)));
        length = verdict == Verdict.MALFORMED || verdict == Verdict.FRAGMENT || together ? bytes.length : end;
        payloadAt = end;
        int own = headers; // a packet that is quoted has its own
        for (int i = 0; i < own; i++) {
            replace(all, from, i, addresses);
        }
    }

    /// A datagram that came in fragments, with the last of which `packet` was wrapped.
    HeldFrame(Packet packet, List<HeldFrame> fragments, Addresses addresses) {
        this.fragments = fragments;
        HeldFrame last = fragments.getLast();
        int ip = last.networkBefore(last.headers);
        boolean six = last.kinds[ip] == Header.IPV6;
        int header = six ? 40 : 20;
        int at = header + packet.headers().end();
        bytes = new byte[header + packet.payloadOffset() + packet.payloadLength()];
        length = bytes.length;
        wireLength = bytes.length;
        nanos = last.nanos;
        network = last.network;
        linkType = last.linkType;
        System.arraycopy(last.bytes, last.places[ip], bytes, 0, header);
        put16(six ? 4 : 2, six ? bytes.length - 40 : bytes.length);
        bytes[0] = six ? bytes[0] : 0x45;
        kinds[0] = last.kinds[ip];
        headers = 1;
        payloadAt = at;
        System.arraycopy(packet.bytes(), 0, bytes, header, at - header);
        Headers found = packet.headers();
        for (int i = last.headers + 1; i < found.count(); i++) {
            kinds[headers] = found.kind(i);
            places[headers++] = found.at(i) + header;
            replace(packet.bytes(), -header, headers - 1, addresses);
        }
    }

    /// The place of the innermost IP header before that one.
    private int networkBefore(int before) {
        int ip = before - 1;
        while (ip > 0 && kinds[ip] != Header.IPV4 && kinds[ip] != Header.IPV6) {
            ip--;
        }
        return ip;
    }

    private void replace(byte[] all, int from, int header, Addresses addresses) {
        int at = places[header];
        switch (kinds[header]) {
            case ETHERNET -> {
                addresses.mac(bytes, at);
                addresses.mac(bytes, at + 6);
            }
            case COOKED -> addresses.mac(bytes, at);
            case ATTRIBUTE, TAGS -> {
                boolean tags = kinds[header] == Header.TAGS;
                int size = tags ? u8(at + 2) | u8(at + 3) << 8 : Math.min(u8(at) | u8(at + 1) << 8, u8(at) << 8 | u8(at + 1));
                clear(at + (tags ? 8 : 4), Math.min(payloadAt, at + size));
            }
            case ARP -> {
                System.arraycopy(all, from + at, bytes, at, 28);
                addresses.mac(bytes, at + 8);
                addresses.v4(bytes, at + 14);
                addresses.mac(bytes, at + 18);
                addresses.v4(bytes, at + 24);
                length = bytes.length;
            }
            case IPV4 -> ipv4(at, addresses);
            case IPV6 -> {
                addresses.v6(bytes, at + 8);
                addresses.v6(bytes, at + 24);
            }
            case EXTENSION -> clear(at + 2, Math.min(payloadAt, at + 8 + 8 * u8(at + 1)));
            case TCP -> tcp(all, from, at);
            case UDP -> {
                System.arraycopy(all, from + at, bytes, at, 8);
                payloadAt = Math.max(payloadAt, at + 8);
                length = Math.max(length, payloadAt);
            }
            case ICMP, ICMPV6 -> icmp(all, from, at, addresses);
            case DATAGRAM -> {}
        }
    }

    private void ipv4(int at, Addresses addresses) {
        addresses.v4(bytes, at + 12);
        addresses.v4(bytes, at + 16);
        clear(at + 20, at + 4 * (bytes[at] & 15));
    }

    private void clear(int from, int end) {
        if (from < Math.min(end, bytes.length)) {
            Arrays.fill(bytes, from, Math.min(end, bytes.length), (byte) 0);
        }
    }

    /// Options that say more than sizes and times are filled with the one that does nothing.
    private void tcp(byte[] all, int from, int at) {
        int end = Math.min(bytes.length, at + (all[from + at + 12] >> 2 & 0x3c));
        System.arraycopy(all, from + at, bytes, at, end - at);
        for (int option = at + 20; option < end && bytes[option] != 0;) {
            int size = bytes[option] == NO_OPERATION || option + 1 >= end ? 1 : Math.max(2, u8(option + 1));
            boolean plain = switch (bytes[option]) {
                case NO_OPERATION -> true;
                case 2, 3, 4, 5, 8 -> option + size <= end;
                default -> false;
            };
            if (!plain) {
                Arrays.fill(bytes, option, Math.min(end, option + size), (byte) NO_OPERATION);
            }
            option += size;
        }
        payloadAt = end;
        length = Math.max(length, end);
    }

    /// What it quotes begins with an IP header and goes on with ports.
    private void icmp(byte[] all, int from, int at, Addresses addresses) {
        System.arraycopy(all, from + at, bytes, at, ICMP_HEADER);
        length = bytes.length;
        int ip = at + ICMP_HEADER;
        int six = kinds[headers - 1] == Header.ICMPV6 ? 40 : 20;
        boolean error = six == 40 ? bytes[at] > 0 && bytes[at] < 5 : bytes[at] == 3 || bytes[at] == 4 || bytes[at] == 5 || bytes[at] == 11
                || bytes[at] == 12;
        if (error && bytes.length - ip >= six && (all[from + ip] >> 4 & 15) == (six == 40 ? 6 : 4)) {
            quoted(all, from, ip, six == 40, addresses);
        } else if (six == 40 && bytes[at] < -118 && bytes[at] > -124) {
            neighbour(all, from, at, addresses);
        }
        if (bytes[at] == 5 && six == 20) {
            addresses.v4(bytes, at + 4); // a redirection names the router
        }
    }

    /// A packet in an error about it: its headers stay.
    private void quoted(byte[] all, int from, int ip, boolean six, Addresses addresses) {
        int transport = ip + (six ? 40 : Math.max(20, 4 * (all[from + ip] & 15)));
        int protocol = all[from + ip + (six ? 6 : 9)];
        int end = Math.min(bytes.length, transport + PORTS);
        System.arraycopy(all, from + ip, bytes, ip, end - ip);
        kinds[headers] = six ? Header.IPV6 : Header.IPV4;
        places[headers++] = ip;
        replace(all, from, headers - 1, addresses);
        if (protocol == TCP && bytes.length >= transport + TCP_HEADER || protocol == UDP && bytes.length >= transport + PORTS) {
            kinds[headers] = protocol == TCP ? Header.TCP : Header.UDP;
            places[headers++] = transport;
            if (protocol == TCP) {
                tcp(all, from, transport);
            }
        }
    }

    /// RFC 4861 4: router and neighbour messages, with options in units of eight bytes.
    private void neighbour(byte[] all, int from, int at, Addresses addresses) {
        int type = bytes[at] & 0xff;
        int options = at + switch (type) {
            case 133 -> 8;
            case 134 -> 16;
            case 137 -> 40;
            default -> 24;
        };
        for (int address = at + 8; address + 16 <= options && type >= 135 && address + 16 <= bytes.length; address += 16) {
            System.arraycopy(all, from + address, bytes, address, 16);
            addresses.v6(bytes, address);
        }
        while (options + 8 <= bytes.length && all[from + options + 1] > 0) {
            System.arraycopy(all, from + options, bytes, options, 2);
            if (bytes[options] == 1 || bytes[options] == 2) {
                System.arraycopy(all, from + options, bytes, options, 8);
                addresses.mac(bytes, options + 2);
            }
            options += 8 * bytes[options + 1];
        }
    }

    /// So many bytes of payload stay, empty as yet.
    void payload(int captured) {
        payloadLength = captured;
        length = Math.max(length, payloadAt + captured);
    }

    /// The payload as it may be passed on.
    void payload(byte[] content) {
        payload(content.length);
        System.arraycopy(content, 0, bytes, payloadAt, content.length);
    }

    /// What stands behind the packet in its frame stays there, and is empty.
    void trailer() {
        length = bytes.length;
    }

    long payloadEnd() {
        return offset + payloadLength;
    }

    // ---- checksums ----

    /// Computes them over what is there now, as if the rest were zeros.
    void finish() {
        finished = true;
        for (int i = headers - 1; i >= 0; i--) {
            int at = places[i];
            switch (kinds[i]) {
                case IPV4 -> {
                    put16(at + 10, 0);
                    put16(at + 10, ~fold(sum(at, Math.min(length, at + 4 * (bytes[at] & 15)))));
                }
                case TCP -> transport(i, at, at + 16, TCP);
                case UDP -> {
                    if (u16(at + 6) != 0) {
                        transport(i, at, at + 6, UDP);
                    }
                }
                case ICMP -> transport(i, at, at + 2, 0);
                case ICMPV6 -> transport(i, at, at + 2, 58);
                default -> {}
            }
        }
        int datagram = places[0] + (kinds[0] == Header.IPV6 ? 40 : 20);
        for (HeldFrame fragment : fragments) {
            int from = Math.min(bytes.length, datagram + fragment.fragmentAt);
            System.arraycopy(bytes, from, fragment.bytes, fragment.payloadAt, Math.min(fragment.bytes.length - fragment.payloadAt,
                    bytes.length - from));
            fragment.finish();
        }
    }

    /// @param protocol of the pseudo header, 0 where there is none
    private void transport(int header, int at, int field, int protocol) {
        int ip = networkBefore(header);
        boolean six = kinds[ip] == Header.IPV6;
        int place = places[ip];
        int said = six ? u16(place + 4) + 40 : u16(place + 2);
        int end = said == 0 || six && said == 40 ? wireLength : place + said;
        int udp = protocol == UDP ? u16(at + 4) : 0;
        int size = udp > 0 ? udp : end - at;
        put16(field, 0);
        int sum = sum(at, Math.min(length, at + size));
        if (protocol > 0) {
            sum = fold(sum) + protocol + (size & 0xffff) + (size >>> 16) + (six ? sum(place + 8, place + 40) : sum(place + 12, place + 20));
        }
        int checksum = ~fold(sum) & 0xffff;
        put16(field, protocol == UDP && checksum == 0 ? 0xffff : checksum);
    }

    private int sum(int from, int to) {
        int sum = 0;
        for (int i = from; i + 1 < to; i += 2) {
            sum += u16(i);
        }
        return (to - from & 1) == 1 && to > from ? sum + (u8(to - 1) << 8) : sum;
    }

    private static int fold(int sum) {
        int folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return folded;
    }

    private int u8(int at) {
        return bytes[at] & 0xff;
    }

    private int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    private void put16(int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }
}

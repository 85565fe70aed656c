package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Printable;

/// A line of text in front of the negotiation request: a user cookie, a routing token or load balance information.
/// [MS-RDPBCGR] 2.2.1.1 `routingToken`, `cookie`.
public sealed interface Routing {
    /// The line as it stood, without CR LF, safe to show.
    String text();

    /// `Cookie: mstshash=NAME`. Windows clients cut the name at nine characters.
    record UserCookie(String text, String name) implements Routing {}

    /// `Cookie: msts=IP.PORT.0000`: the server that a broker or a load balancer has chosen.
    ///
    /// @param address as people write it, IPv6 without brackets
    /// @param port 0..65535
    record AddressToken(String text, String address, int port) implements Routing {}

    /// `Cookie: msts=` and something that is no address; only the load balancer knows.
    record OpaqueToken(String text, String token) implements Routing {}

    /// `tsv://…`: the collection or resource that a connection broker shall choose a server for.
    record LoadBalanceInfo(String text) implements Routing {}

    /// Any other text.
    record FreeText(String text) implements Routing {}

    /// What a line of the connection request is.
    static Routing of(String line) {
        String text = Printable.of(line, LONGEST_SHOWN);
        if (startsWith(line, "Cookie: mstshash=")) {
            return new UserCookie(text, Printable.of(line.substring("Cookie: mstshash=".length()), LONGEST_SHOWN));
        }
        if (startsWith(line, "Cookie: msts=")) {
            return token(text, line.substring("Cookie: msts=".length()).strip());
        }
        if (startsWith(line, "msts=")) {
            return token(text, line.substring("msts=".length()).strip());
        }
        if (startsWith(line, "tsv://")) {
            return new LoadBalanceInfo(text);
        }
        return new FreeText(text);
    }

    /// No line of a connection request is longer: its length byte counts to 254.
    int LONGEST_SHOWN = 256;

    private static boolean startsWith(String line, String prefix) {
        return line.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    private static Routing token(String text, String token) {
        Routing opaque = new OpaqueToken(text, Printable.of(token, LONGEST_SHOWN));
        String[] parts = token.split("\\.", -1);
        if (parts.length >= 2 && isNumber(parts[0], 10) && isNumber(parts[1], 5)) {
            long ip = Long.parseLong(parts[0]);
            int port = Integer.parseInt(parts[1]);
            return ip <= 0xffffffffL && port <= 0xffff ? new AddressToken(text, ipv4(ip), swap(port)) : opaque;
        }
        // Load balancers that persist by this cookie write IPv6 as "vi" and 32 digits, the port again byte-swapped …
        if (parts.length >= 2 && parts[0].matches("vi[0-9a-fA-F]{32}") && isNumber(parts[1], 5)
                && Integer.parseInt(parts[1]) <= 0xffff) {
            return new AddressToken(text, ipv6(parts[0].substring(2)), swap(Integer.parseInt(parts[1])));
        }
        // … or, with a routing domain, "rd5o" and 32 digits, "o" and the port as it is.
        if (token.matches("rd[0-9]{1,5}o[0-9a-fA-F]{32}o[0-9]{1,5}")) {
            int address = token.indexOf('o') + 1;
            int port = Integer.parseInt(token.substring(address + 33));
            return port <= 0xffff ? new AddressToken(text, ipv6(token.substring(address, address + 32)), port) : opaque;
        }
        return opaque;
    }

    private static boolean isNumber(String text, int longest) {
        return !text.isEmpty() && text.length() <= longest && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /// The number is the address in memory order of a little-endian machine: 3640205228 is 172.31.249.216.
    private static String ipv4(long number) {
        return (number & 0xff) + "." + (number >> 8 & 0xff) + "." + (number >> 16 & 0xff) + "." + (number >> 24 & 0xff);
    }

    private static int swap(int port) {
        return (port & 0xff) << 8 | port >> 8;
    }

    /// Thirty-two digits as an address with the longest run of zero groups folded; mapped IPv4 as IPv4.
    private static String ipv6(String digits) {
        if (digits.regionMatches(true, 0, "00000000000000000000ffff", 0, 24)) {
            long number = Long.parseLong(digits.substring(24), 16);
            return (number >> 24) + "." + (number >> 16 & 0xff) + "." + (number >> 8 & 0xff) + "." + (number & 0xff);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = Integer.parseInt(digits.substring(4 * i, 4 * i + 4), 16);
        }
        int longest = 1;
        int at = -1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                longest = end - i;
                at = i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == at) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}

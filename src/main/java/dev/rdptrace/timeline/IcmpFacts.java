package dev.rdptrace.timeline;

/// An ICMP or ICMPv6 error that quotes a packet of the connection.
///
/// @param sender address of the device that sent the error
/// @param about whose packet it quotes
/// @param type ICMP type; for ICMPv6 see `version6`
/// @param mtu next-hop MTU of "fragmentation needed" / "packet too big", 0 unknown (RFC 1191 4: old routers do not say)
/// @param quotedLength total length of the quoted IP packet, 0 unknown
/// @param quotesSyn the quoted segment is the SYN
/// @param hopLimit of the ICMP packet itself
public record IcmpFacts(Moment at, String sender, Side about, boolean version6, int type, int code, int mtu, int quotedLength,
        boolean quotesSyn, int hopLimit) {

    /// "fragmentation needed" or "packet too big".
    public boolean tooBig() {
        return tooBig(version6, type, code);
    }

    /// RFC 1191 4, RFC 4443 3.2.
    public static boolean tooBig(boolean version6, int type, int code) {
        return version6 ? type == 2 : type == 3 && code == 4;
    }

    public boolean timeExceeded() {
        return version6 ? type == 3 : type == 11;
    }

    public boolean unreachable() {
        return version6 ? type == 1 : type == 3 && code != 4;
    }

    /// The sender knows no way to the host, or the host does not answer there.
    public boolean noWay() {
        return version6 ? type == 1 && (code == 0 || code == 3) : type == 3 && (code <= 1 || code == 6 || code == 7);
    }

    /// The name of type and code in RFC 792, 1812 and 4443.
    public String says() {
        if (tooBig()) {
            return "packet too big" + (mtu == 0 ? "" : ", next hop takes " + mtu + " bytes");
        }
        if (timeExceeded()) {
            return code == 1 ? "fragment reassembly time exceeded" : "time to live exceeded in transit";
        }
        if (version6) {
            return switch (type == 1 ? code : -1) {
                case 0 -> "no route to destination";
                case 1 -> "communication administratively prohibited";
                case 2 -> "beyond scope of source address";
                case 3 -> "address unreachable";
                case 4 -> "port unreachable";
                case 5 -> "source address failed policy";
                case 6 -> "route rejected";
                default -> "ICMPv6 type " + type + " code " + code;
            };
        }
        return switch (type == 3 ? code : -1) {
            case 0 -> "network unreachable";
            case 1 -> "host unreachable";
            case 2 -> "protocol unreachable";
            case 3 -> "port unreachable";
            case 5 -> "source route failed";
            case 6 -> "destination network unknown";
            case 7 -> "destination host unknown";
            case 9 -> "network administratively prohibited";
            case 10 -> "host administratively prohibited";
            case 13 -> "communication administratively prohibited";
            default -> "ICMP type " + type + " code " + code;
        };
    }
}

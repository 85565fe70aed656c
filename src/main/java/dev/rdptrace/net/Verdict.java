package dev.rdptrace.net;

/// What a frame turned out to be. Everything but [#TCP], [#UDP], [#ICMP] and [#ARP] is only counted.
public enum Verdict {
    /// A TCP segment whose first twenty bytes are there; options and payload may be cut by the snap length.
    TCP,
    /// A UDP datagram whose header is there.
    UDP,
    /// An ICMP or ICMPv6 message whose first eight bytes are there.
    ICMP,
    /// An ARP request or reply for IPv4 over Ethernet.
    ARP,
    /// A fragment that does not complete its datagram, kept for later; the ports are set if it is the first.
    FRAGMENT,
    /// IP with another transport protocol.
    OTHER_IP,
    /// Not IP: spanning tree, LLDP, a management frame.
    NOT_IP,
    /// Encrypted, so that it cannot be looked into: ESP, also inside UDP, protected 802.11, encrypted PPP.
    ENCRYPTED_TUNNEL,
    /// The snap length cut it before the transport header ended.
    CUT,
    /// A header contradicts itself.
    MALFORMED,
    /// A link type this program does not know.
    UNKNOWN_LINK
}

package dev.rdptrace.net;

/// What [Headers] tells of; what else stands before a packet says nothing about who sends it.
public enum Header {
    /// Two hardware addresses of six bytes: Ethernet's, or those of a link that has them elsewhere.
    ETHERNET,
    /// One hardware address of six bytes: of cooked captures, or a further one of IEEE 802.11.
    COOKED,
    /// One of the attributes that stand before a packet of Linux' netfilter log: length and type, two bytes each, and a value.
    ATTRIBUTE,
    /// Per-packet information: eight bytes, its whole length in the third and fourth, little-endian.
    TAGS,
    ARP,
    IPV4,
    IPV6,
    /// Of IPv6, with its length in units of eight bytes in the second.
    EXTENSION,
    TCP,
    UDP,
    ICMP,
    ICMPV6,
    /// The frame brought the last fragment; what is told behind this is no longer in it.
    DATAGRAM
}

package dev.rdptrace.net;

import dev.rdptrace.capture.Frame;

/// A window over the innermost IP packet of a frame. [#wrap] checks every length once; accessors cannot fail after it.
///
/// Addresses are two longs: IPv6 as it is, IPv4 as an IPv4-mapped address (high 0, low `0x0000ffffaabbccdd`).
public final class Packet {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    private byte[] bytes = new byte[0];
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;
    private int protocol;
    private int hopLimit;
    private int identification;
    private boolean dontFragment;
    private boolean fragmented;
    private int ipLength;
    private int payloadOffset;
    private int payloadLength;
    private int payloadCaptured;
    private int sequence;
    private int acknowledgement;
    private int flags;
    private int window;
    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private boolean timestamps;
    private int timestampValue;
    private int timestampEcho;
    private int sackBlocks;
    private final int[] sackLeft = new int[4];
    private final int[] sackRight = new int[4];
    private int icmpType;
    private int icmpCode;
    private int icmpMtu;
    private long linkSource;
    private int tunnels;

    /// Moves this window to the innermost packet of `frame` and says what it is.
    public Verdict wrap(Frame frame) {
        bytes = frame.bytes();
        return Verdict.UNKNOWN_LINK;
    }

    /// The array that [#payloadOffset] points into (the frame's, or a reassembled datagram's).
    public byte[] bytes() {
        return bytes;
    }

    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /// IP protocol number of the transport (6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6).
    public int protocol() {
        return protocol;
    }

    /// IPv4 time to live or IPv6 hop limit.
    public int hopLimit() {
        return hopLimit;
    }

    /// IPv4 identification; -1 for IPv6.
    public int identification() {
        return identification;
    }

    /// IPv4 "do not fragment"; always true for IPv6.
    public boolean dontFragment() {
        return dontFragment;
    }

    /// Put together from fragments; the frame is the one that completed it.
    public boolean fragmented() {
        return fragmented;
    }

    /// Bytes of the IP packet, header included.
    public int ipLength() {
        return ipLength;
    }

    public int payloadOffset() {
        return payloadOffset;
    }

    /// Payload bytes of the segment or datagram as its headers claim.
    public int payloadLength() {
        return payloadLength;
    }

    /// How many of them were captured.
    public int payloadCaptured() {
        return payloadCaptured;
    }

    public int sequence() {
        return sequence;
    }

    public int acknowledgement() {
        return acknowledgement;
    }

    /// TCP flags, low nine bits.
    public int flags() {
        return flags;
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /// The window field as it is, not scaled.
    public int window() {
        return window;
    }

    /// Maximum segment size option of a SYN, or -1.
    public int mss() {
        return mss;
    }

    /// Window scale option of a SYN, or -1.
    public int windowScale() {
        return windowScale;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    /// Does the segment carry a timestamps option?
    public boolean timestamps() {
        return timestamps;
    }

    public int timestampValue() {
        return timestampValue;
    }

    public int timestampEcho() {
        return timestampEcho;
    }

    /// How many SACK blocks the segment carries, 0 to 4.
    public int sackBlocks() {
        return sackBlocks;
    }

    public int sackLeft(int block) {
        return sackLeft[block];
    }

    public int sackRight(int block) {
        return sackRight[block];
    }

    public int icmpType() {
        return icmpType;
    }

    public int icmpCode() {
        return icmpCode;
    }

    /// Next-hop MTU of "fragmentation needed" or "packet too big", else 0.
    public int icmpMtu() {
        return icmpMtu;
    }

    /// Ethernet source address in the low 48 bits, or 0.
    public long linkSource() {
        return linkSource;
    }

    /// How many tunnels were opened to get here.
    public int tunnels() {
        return tunnels;
    }
}

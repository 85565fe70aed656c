package dev.rdptrace.net;

import dev.rdptrace.capture.Frame;

/// A window over the innermost IP packet of a frame. [#wrap] checks every length once; accessors cannot fail after it. What
/// only a packet worth following is asked for is read when it is asked for.
///
/// Addresses are two longs: IPv6 as it is, IPv4 as an IPv4-mapped address (high 0, low `0x0000ffffaabbccdd`).
public final class Packet {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    private static final int ETHERNET = 1;
    private static final int STAMPS = 0x0101080a; // two fillers, then the time stamps option of ten bytes

    byte[] bytes = new byte[0];
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int sourcePort;
    int destinationPort;
    int protocol;
    int hopLimit;
    int identification;
    boolean dontFragment;
    boolean fragmented;
    int ipLength;
    int payloadOffset;
    int payloadLength;
    int payloadCaptured;
    int segment; // where the TCP header begins
    int flags;
    int mss;
    int windowScale;
    boolean sackPermitted;
    int timestampsAt; // where they lie, or 0
    int sackBlocks;
    final int[] sackLeft = new int[4];
    final int[] sackRight = new int[4];
    int icmpType;
    int icmpCode;
    int icmpMtu;
    int tunnels;
    final Headers headers = new Headers();
    long arpSenderMac;
    boolean quoted;
    long quotedSourceHigh;
    long quotedSourceLow;
    long quotedDestinationHigh;
    long quotedDestinationLow;
    int quotedProtocol;
    int quotedSourcePort;
    int quotedDestinationPort;
    int quotedSequence;
    int quotedLength;
    int quotedTransport;

    /// The last frame was not a usual one: fields that only the walk sets may hold what it found.
    private boolean walked = true;
    // The cursor of the walk through the headers: the next byte, behind the last captured byte, behind the last byte
    // that the enclosing header claims. `claim` may lie behind `end`, never before it.
    int at;
    int end;
    int claim;
    private int frameAt;
    private int network;
    boolean ethernet; // its header stands before the packet, at `frameAt`
    long frameNumber;
    long frameNanos;
    final Fragments fragments = new Fragments();

    /// Moves this window to the innermost packet of `frame` and says what it is.
    public Verdict wrap(Frame frame) {
        bytes = frame.bytes();
        at = frame.offset();
        frameAt = at;
        ethernet = frame.linkType() == ETHERNET;
        network = frame.interfaceIndex();
        end = at + frame.length();
        // A file may say fewer bytes on the wire than it holds.
        claim = at + Math.max(frame.length(), Math.min(frame.wireLength(), Integer.MAX_VALUE - at));
        frameNumber = frame.number();
        frameNanos = frame.nanos();
        if (frame.linkType() == ETHERNET && usual()) {
            return Verdict.TCP;
        }
        clear();
        walked = true;
        headers.clear();
        return Link.open(this, frame.linkType());
    }

    /// Of the last frame.
    public Headers headers() {
        headers.end(this, walked ? -1 : frameAt);
        return headers;
    }

    /// What nearly all packets are, in one go: Ethernet, IPv4 without options, TCP without options or with time stamps
    /// only, whole headers. The walk through [Link], [Internet] and [Transport] comes to the same for them, in forty
    /// calls; it does the rest. What is not set here is as [#clear] left it.
    private boolean usual() {
        byte[] b = bytes;
        int ip = at + 14;
        int tcp = ip + 20;
        if (end - tcp < 20 || b[at + 12] != 8 || b[at + 13] != 0 || b[ip] != 0x45 || b[ip + 9] != Internet.TCP) {
            return false;
        }
        int total = u16(b, ip + 2);
        int fragment = u16(b, ip + 6);
        int header = (b[tcp + 12] >> 2) & 0x3c;
        boolean stamped = header == 32 && end - tcp >= 32 && i32(b, tcp + 20) == STAMPS;
        if (header != 20 && !stamped || (b[tcp + 13] & SYN) != 0 || total < 20 + header || (fragment & 0x3fff) != 0) {
            return false;
        }
        if (walked) {
            clear();
            walked = false;
        }
        sourceLow = Internet.mapped(i32(b, ip + 12));
        destinationLow = Internet.mapped(i32(b, ip + 16));
        hopLimit = b[ip + 8] & 0xff;
        identification = u16(b, ip + 4);
        dontFragment = (fragment & 0x4000) != 0;
        protocol = Internet.TCP;
        ipLength = total;
        claim = ip + total;
        end = Math.min(end, claim);
        at = tcp;
        segment = tcp;
        sourcePort = u16(b, tcp);
        destinationPort = u16(b, tcp + 2);
        flags = (b[tcp + 12] & 1) << 8 | b[tcp + 13] & 0xff;
        payloadOffset = tcp + header;
        payloadLength = total - 20 - header;
        payloadCaptured = end - payloadOffset;
        timestampsAt = stamped ? tcp + 24 : 0;
        return true;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }

    private static int i32(byte[] b, int at) {
        return b[at] << 24 | (b[at + 1] & 0xff) << 16 | (b[at + 2] & 0xff) << 8 | b[at + 3] & 0xff;
    }

    private void clear() {
        sourceHigh = 0;
        sourceLow = 0;
        destinationHigh = 0;
        destinationLow = 0;
        protocol = 0;
        hopLimit = 0;
        identification = -1;
        dontFragment = false;
        fragmented = false;
        ipLength = 0;
        tunnels = 0;
        arpSenderMac = 0;
        clearTransport();
    }

    void clearTransport() {
        sourcePort = 0;
        destinationPort = 0;
        payloadOffset = at;
        payloadLength = 0;
        payloadCaptured = 0;
        flags = 0;
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestampsAt = 0;
        sackBlocks = 0;
        icmpType = 0;
        icmpCode = 0;
        icmpMtu = 0;
        quoted = false;
    }

    /// A header needs more bytes than were captured: were they never there, or only not captured?
    Verdict missing(int length) {
        return claim - at < length ? Verdict.MALFORMED : Verdict.CUT;
    }

    boolean has(int offset, int length) {
        return end - at >= offset + length;
    }

    int u8(int offset) {
        return bytes[at + offset] & 0xff;
    }

    int u16(int offset) {
        return u16(bytes, at + offset);
    }

    int i32(int offset) {
        return i32(bytes, at + offset);
    }

    long i64(int offset) {
        return (long) i32(offset) << 32 | i32(offset + 4) & 0xffff_ffffL;
    }

    // ---- a segment of an opening, kept while nobody follows its connection ----

    /// Longs that [#keep] needs.
    public static final int KEPT = 2;
    /// Bits that it answers.
    public static final int KEPT_BITS = 19;
    private static final int KEPT_HEADER = 28; // with room for time stamps, whose values are not kept
    private static final int SCALE_SHIFT = 8;
    private static final int WITH_MSS = 1 << 12;
    private static final int WITH_IDENTIFICATION = 1 << 13;
    private static final int WITH_SCALE = 1 << 14;
    private static final int WITH_STAMPS = 1 << 15;
    private static final int WITH_SACK = 1 << 16;
    private static final int UNFRAGMENTABLE = 1 << 17;
    private static final int IN_FRAGMENTS = 1 << 18;

    /// Keeps what the headers of this TCP segment say, but for its ends, its flags and its payload: in `to`, and in the answer.
    public int keep(long[] to, int first) {
        to[first] = (long) sequence() << 32 | acknowledgement() & 0xffff_ffffL;
        to[first + 1] = (long) window() << 48 | (long) (mss & 0xffff) << 32 | (identification & 0xffffL) << 16 | Math.min(ipLength, 0xffff);
        return hopLimit & 0xff | (windowScale & 0xf) << SCALE_SHIFT | (mss < 0 ? 0 : WITH_MSS)
                | (identification < 0 ? 0 : WITH_IDENTIFICATION)
                | (windowScale < 0 ? 0 : WITH_SCALE) | (timestamps() ? WITH_STAMPS : 0) | (sackPermitted ? WITH_SACK : 0)
                | (dontFragment ? UNFRAGMENTABLE : 0) | (fragmented ? IN_FRAGMENTS : 0);
    }

    /// Makes this the segment that was kept, between the ends of `like`.
    ///
    /// @param bits what [#keep] answered
    /// @param turned it goes the other way
    public void recall(long[] from, int first, int bits, int flags, Packet like, boolean turned) {
        clear();
        walked = true;
        sourceHigh = turned ? like.destinationHigh : like.sourceHigh;
        sourceLow = turned ? like.destinationLow : like.sourceLow;
        sourcePort = turned ? like.destinationPort : like.sourcePort;
        destinationHigh = turned ? like.sourceHigh : like.destinationHigh;
        destinationLow = turned ? like.sourceLow : like.destinationLow;
        destinationPort = turned ? like.sourcePort : like.destinationPort;
        protocol = Internet.TCP;
        this.flags = flags;
        hopLimit = bits & 0xff;
        windowScale = (bits & WITH_SCALE) != 0 ? bits >> SCALE_SHIFT & 0xf : -1;
        mss = (bits & WITH_MSS) != 0 ? (int) (from[first + 1] >>> 32) & 0xffff : -1;
        identification = (bits & WITH_IDENTIFICATION) != 0 ? (int) from[first + 1] >>> 16 : -1;
        sackPermitted = (bits & WITH_SACK) != 0;
        dontFragment = (bits & UNFRAGMENTABLE) != 0;
        fragmented = (bits & IN_FRAGMENTS) != 0;
        ipLength = (int) from[first + 1] & 0xffff;
        bytes = new byte[KEPT_HEADER];
        ethernet = false;
        network = like.network;
        segment = 0;
        timestampsAt = (bits & WITH_STAMPS) != 0 ? KEPT_HEADER - 8 : 0;
        payloadOffset = KEPT_HEADER;
        put(4, (int) (from[first] >>> 32));
        put(8, (int) from[first]);
        put(12, (int) (from[first + 1] >>> 48));
    }

    private void put(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> 24 - 8 * i);
        }
    }

    /// Everything from the cursor on is payload.
    void payload(int headerLength) {
        payloadLength = Math.max(0, claim - at - headerLength);
        payloadCaptured = Math.clamp((long) end - at - headerLength, 0, payloadLength);
        payloadOffset = Math.min(at + headerLength, end);
    }

    /// The array that [#payloadOffset] points into (the frame's, or a reassembled datagram's).
    public byte[] bytes() {
        return bytes;
    }

    /// Which interface of the capture it came by.
    public int network() {
        return network;
    }

    /// The hardware address that the frame came from, or -1 where the link has none that is known here, or it came in fragments.
    public long sourceMac() {
        return ethernet ? (i32(bytes, frameAt + 6) & 0xffff_ffffL) << 16 | u16(bytes, frameAt + 10) : -1;
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

    /// Of a TCP segment.
    public int sequence() {
        return i32(bytes, segment + 4);
    }

    /// Of a TCP segment.
    public int acknowledgement() {
        return i32(bytes, segment + 8);
    }

    /// TCP flags, low nine bits.
    public int flags() {
        return flags;
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /// The window field of a TCP segment as it is, not scaled.
    public int window() {
        return u16(bytes, segment + 14);
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
        return timestampsAt > 0;
    }

    public int timestampValue() {
        return timestampsAt > 0 ? i32(bytes, timestampsAt) : 0;
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

    /// Sender's hardware address of an ARP message, in the low 48 bits.
    public long arpSenderMac() {
        return arpSenderMac;
    }

    /// Does this ICMP error carry the IP header of the packet it complains about?
    public boolean quoted() {
        return quoted;
    }

    public long quotedSourceHigh() {
        return quotedSourceHigh;
    }

    public long quotedSourceLow() {
        return quotedSourceLow;
    }

    public long quotedDestinationHigh() {
        return quotedDestinationHigh;
    }

    public long quotedDestinationLow() {
        return quotedDestinationLow;
    }

    public int quotedProtocol() {
        return quotedProtocol;
    }

    /// Source port of the quoted packet, or -1 where the quotation ends before it.
    public int quotedSourcePort() {
        return quotedSourcePort;
    }

    /// Destination port of the quoted packet, or -1 where the quotation ends before it.
    public int quotedDestinationPort() {
        return quotedDestinationPort;
    }

    /// TCP sequence number of the quoted packet.
    public int quotedSequence() {
        return quotedSequence;
    }

    /// Total length of the quoted IP packet as its header says, header included.
    public int quotedLength() {
        return quotedLength;
    }

    /// How many bytes of the quoted packet's transport header and payload were captured.
    public int quotedTransport() {
        return quotedTransport;
    }

    /// What became of fragmented datagrams.
    public Fragments fragments() {
        return fragments;
    }
}

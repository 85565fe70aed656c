package dev.rdptrace.net;

/// Which headers with addresses, lengths or checksums a frame has, the outermost first, and where they begin. Behind a [Header#DATAGRAM]
/// they lie in the datagram that was put together.
public final class Headers {
    /// More than any real frame has.
    public static final int MOST = 48;
    private static final int ETHERNET_LENGTH = 14;

    private final Header[] kinds = new Header[MOST];
    private final int[] places = new int[MOST];
    private int count;
    private int end;
    private int datagram;
    private int fragmentAt;

    Headers() {}

    void clear() {
        count = 0;
        datagram = 0;
    }

    void add(Header kind, int at) {
        if (count < MOST) {
            kinds[count] = kind;
            places[count++] = at;
        }
    }

    void fragment(int number, int at) {
        datagram = number;
        fragmentAt = at;
    }

    /// @param frame where it begins if it is a usual one, whose headers nobody told; else -1
    void end(Packet packet, int frame) {
        if (frame >= 0) {
            clear();
            add(Header.ETHERNET, frame);
            add(Header.IPV4, frame + ETHERNET_LENGTH);
            add(Header.TCP, packet.segment);
        }
        end = packet.at;
    }

    public int count() {
        return count;
    }

    public Header kind(int which) {
        return kinds[which];
    }

    public int at(int which) {
        return places[which];
    }

    /// Where the reading of headers ended: at the transport header, or at what is none that is known.
    public int end() {
        return end;
    }

    /// The number of the datagram that the frame brought a new fragment of, from 1; 0 if it brought none.
    public int datagram() {
        return datagram;
    }

    /// Where that fragment belongs in the payload of its IP packet.
    public int fragmentAt() {
        return fragmentAt;
    }
}

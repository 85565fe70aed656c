package dev.rdptrace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The headers a packet will have, by those that came before in its flow: the same ends, the sequence numbers that go on. What is expected
/// need not be right; writer and reader expect the same.
final class ExpectedHeaders {
    static final int LONGEST = 256;
    static final int FLOWS = 1 << 12;
    private static final int MACS = 12;
    private static final int IPV4_ENDS = 12;
    private static final int IPV6_ENDS = 8;
    private static final int IPV6_HEADER = 40;
    private static final int TCP = 6;
    private static final int TCP_HEADER = 20;
    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGEMENT = 8;
    /// Frames are not shorter on Ethernet.
    private static final int SHORTEST = 60;

    private final byte[] @Nullable [] last = new byte[2 * FLOWS] @Nullable []; // by flow and direction
    private final int[] places = new int[FLOWS]; // of the IP header, and of the one behind it
    private final byte[] newest = new byte[LONGEST]; // of a flow that is new
    private final byte[] expected = new byte[LONGEST];
    private int network;
    private int transport;

    void clear() {
        Arrays.fill(last, null);
        Arrays.fill(places, 0);
        Arrays.fill(newest, (byte) 0);
    }

    /// Do the headers lie elsewhere than in the flow before?
    boolean moved(int direction, int networkAt, int transportAt) {
        return places[direction >> 1] != (networkAt << Byte.SIZE | transportAt);
    }

    void move(int direction, int networkAt, int transportAt) {
        places[direction >> 1] = networkAt << Byte.SIZE | transportAt;
        last[direction] = null;
        last[direction ^ 1] = null;
    }

    /// The headers that are expected, followed by what does not matter.
    ///
    /// @param direction number of the flow, twice, and 1 more in one of its directions
    /// @param wireLength of the frame
    byte[] of(int direction, int wireLength) {
        network = places[direction >> 1] >> Byte.SIZE;
        transport = places[direction >> 1] & 0xff;
        byte[] own = last[direction];
        byte[] other = last[direction ^ 1];
        System.arraycopy(own != null ? own : other != null ? other : newest, 0, expected, 0, LONGEST);
        boolean six = (expected[network] & 0xf0) == 0x60;
        if (own == null && other != null) {
            turn(six);
        }
        if (own != null || other != null) {
            if (expected[network + (six ? TCP : 9)] == TCP && transport + TCP_HEADER <= LONGEST) {
                put(expected, transport + SEQUENCE, own != null ? get(own, transport + SEQUENCE) + said(own, six)
                        : get(other, transport + ACKNOWLEDGEMENT));
                if (other != null) {
                    put(expected, transport + ACKNOWLEDGEMENT, get(other, transport + SEQUENCE) + said(other, six));
                }
            }
            if (own != null && !six && ++expected[network + 5] == 0) {
                expected[network + SEQUENCE]++; // identification
            }
        }
        if (wireLength > SHORTEST) {
            int at = network + (six ? 4 : 2);
            int length = wireLength - network - (six ? IPV6_HEADER : 0);
            expected[at] = (byte) (length >> Byte.SIZE);
            expected[at + 1] = (byte) length;
        }
        return expected;
    }

    /// Where that of TCP or UDP lies, of the headers that were expected last.
    int transport() {
        return transport;
    }

    private void turn(boolean six) {
        if (network > MACS) {
            swap(0, MACS / 2);
        }
        swap(network + (six ? IPV6_ENDS : IPV4_ENDS), six ? 16 : 4);
        swap(transport, 2);
    }

    private void swap(int at, int length) {
        for (int i = at; i < at + length; i++) {
            byte one = expected[i];
            expected[i] = expected[i + length];
            expected[i + length] = one;
        }
    }

    /// By how much the sequence number goes on behind it.
    private int said(byte[] headers, boolean six) {
        int length = six ? get(headers, network + 4) >>> 16 : get(headers, network) & 0xffff;
        int head = transport - network - (six ? IPV6_HEADER : 0) + ((headers[transport + 12] & 0xf0) >> 2);
        int flags = headers[transport + 13];
        return length - head + (flags & 1) + (flags >> 1 & 1);
    }

    private static int get(byte[] from, int at) {
        return from[at] << 24 | (from[at + 1] & 0xff) << 16 | (from[at + 2] & 0xff) << 8 | from[at + 3] & 0xff;
    }

    private static void put(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 24);
        to[at + 1] = (byte) (value >> 16);
        to[at + 2] = (byte) (value >> 8);
        to[at + 3] = (byte) value;
    }

    /// The headers that came.
    void came(int direction, byte[] from, int offset, int length) {
        byte[] to = last[direction];
        if (to == null) {
            to = new byte[LONGEST];
            last[direction] = to;
            System.arraycopy(from, offset, newest, 0, length);
        }
        System.arraycopy(from, offset, to, 0, length);
    }
}

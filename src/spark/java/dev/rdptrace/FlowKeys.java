package dev.rdptrace;

import dev.rdptrace.net.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// By what connections are known again in another recording: sequence numbers, which addresses may be translated with, and payload,
/// which sequence numbers may be replaced with. Of the first packets of each side, and of some of the others, the same ones wherever they
/// are seen; where a file begins in the middle of a connection, of more. What is the same in two recordings is most probably one packet,
/// and [dev.rdptrace.compare.Pairing] tells for sure.
final class FlowKeys {
    /// Of key and flow.
    private static final int RECORD_BYTES = 2 * Long.BYTES;
    private static final int FIRST = 2; // of a side
    private static final int FIRST_OF_THE_REST = 16; // where it did not begin in the file
    private static final int MOST_OTHERS = 64; // of the connection
    /// One in so many of the others.
    private static final int SOME = 4;
    /// Shorter ones are the same in many connections.
    private static final int TELLING = 64;
    /// What is random stands at the beginning of what carries it.
    private static final int BEGINNING = 256;
    private static final int MOST_KEYS = 96; // of a flow
    private static final int MOST_FLOWS = 1 << 16; // more than may be RDP in a file
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final Map<Long, Known> flows = new HashMap<>();

    private static final class Known {
        private long[] keys = new long[8];
        private int size;
        private final int[] payloads = new int[2]; // of each direction
        private boolean begun; // in this file
        private int others;
        private boolean wanted;

        void add(long key) {
            if (size == MOST_KEYS) {
                return;
            }
            if (size == keys.length) {
                keys = Arrays.copyOf(keys, 2 * size);
            }
            keys[size++] = key;
        }
    }

    /// A packet of a connection that is followed.
    ///
    /// @param further that goes on; where it does not and is not wanted, it is nobody's business
    void note(Packet packet, boolean further) {
        if (!further) {
            long flow = Selection.flow(packet);
            Known known = flows.get(flow);
            if (known != null && !known.wanted) {
                flows.remove(flow);
            }
            return;
        }
        boolean syn = packet.has(Packet.SYN);
        if (!syn && packet.payloadLength() == 0) {
            return;
        }
        long flow = Selection.flow(packet);
        Known known = flows.get(flow);
        if (known == null) {
            if (flows.size() == MOST_FLOWS) {
                return;
            }
            known = new Known();
            flows.put(flow, known);
        }
        if (syn && !packet.has(Packet.ACK)) {
            long sequence = Integer.toUnsignedLong(packet.sequence());
            known.add(mix(mix(sequence, packet.sourceHigh()), packet.sourceLow()));
            known.add(mix(mix(sequence, packet.destinationHigh() + packet.destinationPort()), packet.destinationLow()));
            known.begun = true;
            return;
        }
        long numbers = mix(Integer.toUnsignedLong(packet.sequence()), Integer.toUnsignedLong(packet.acknowledgement()));
        int before = syn ? 0 : known.payloads[SpokenLast.side(packet)]++;
        boolean first = before < (known.begun ? FIRST : FIRST_OF_THE_REST);
        if (first || numbers % SOME == 0 && known.others++ < MOST_OTHERS) {
            known.add(numbers);
        }
        if (before < FIRST && packet.payloadLength() >= TELLING && packet.payloadCaptured() == packet.payloadLength()) {
            known.add(hash(packet.bytes(), packet.payloadOffset(), packet.payloadLength()));
        }
    }

    /// A connection of the flow is taken for RDP.
    void want(long flow) {
        Known known = flows.get(flow);
        if (known != null) {
            known.wanted = true;
        }
    }

    private static long mix(long one, long other) {
        long mixed = (one * MIX ^ other) * MIX;
        return mixed ^ mixed >>> 29;
    }

    private static long hash(byte[] bytes, int offset, int length) {
        long hash = length;
        for (int i = offset; i < offset + Math.min(length, BEGINNING); i++) {
            hash = (hash ^ bytes[i] & 0xff) * MIX;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /// Key and flow, by turns.
    byte[] written() {
        int size = 0;
        for (Known known : flows.values()) {
            size += known.size;
        }
        ByteBuffer all = ByteBuffer.allocate(size * RECORD_BYTES);
        flows.forEach((flow, known) -> {
            for (int i = 0; i < known.size; i++) {
                all.putLong(known.keys[i]).putLong(flow);
            }
        });
        return all.array();
    }
}

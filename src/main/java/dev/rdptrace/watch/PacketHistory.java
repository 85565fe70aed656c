package dev.rdptrace.watch;

import dev.rdptrace.capture.Comments;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Packet;
import dev.rdptrace.wire.x224.FirstBytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Remembers the packets of handshakes, and what goes with them, until their verdict is known: in one array of fixed size,
/// the newest over the oldest.
///
/// Of a connection that may be RDP the first bytes are kept; of any other nothing after its first payload; DNS, Kerberos,
/// ICMP and ARP always. A frame can be large, so what is remembered is bounded in bytes.
public final class PacketHistory {
    /// Where packets go that are wanted.
    public interface Target {
        void packet(int network, long nanos, byte[] bytes, int offset, int length, int wireLength, List<String> comments);
    }

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    /// Size of the record, frame number, nanoseconds, length, length on the wire, link type, interface.
    private static final int HEADER = 36;
    private static final int END = -1;
    /// Set in the interface of a record that was handed over.
    private static final int RELEASED = 1 << 31;
    private static final int FLOWS = 65_536;
    /// A handshake with long certificates and a license is 30 KB; a redirect or a big token may double it.
    private static final int BYTES_OF_A_FLOW = 256 << 10;

    private final byte[] ring;
    private final BitSet ports;
    private final Packet packet = new Packet();
    private final Frame again = new Frame();
    private final Map<Flow, Kept> flows = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Flow, Kept> eldest) {
            return size() > FLOWS;
        }
    };
    private int head;
    private int tail;
    /// Records written so far and still there.
    private long stored;

    private record Flow(long aHigh, long aLow, long bHigh, long bLow, int ports) {}

    private static final class Kept {
        private int bytes;
        private boolean decided;
        private boolean wanted;
    }

    /// @param capacity bytes to remember
    /// @param ports RDP ports
    public PacketHistory(int capacity, BitSet ports) {
        ring = new byte[capacity];
        this.ports = (BitSet) ports.clone();
    }

    /// Remembers `frame` if it may be wanted later.
    public void see(Frame frame) {
        switch (packet.wrap(frame)) {
            case TCP -> {
                if (isWanted(frame)) {
                    store(frame);
                }
            }
            case UDP -> {
                if (TryPackets.isCompanion(packet.sourcePort()) || TryPackets.isCompanion(packet.destinationPort())
                        || ports.get(packet.destinationPort()) || ports.get(packet.sourcePort())) {
                    store(frame);
                }
            }
            case ICMP, ARP, FRAGMENT -> store(frame);
            case OTHER_IP, NOT_IP, ENCRYPTED_TUNNEL, CUT, MALFORMED, UNKNOWN_LINK -> {}
        }
    }

    private boolean isWanted(Frame frame) {
        if (TryPackets.isCompanion(packet.destinationPort()) || TryPackets.isCompanion(packet.sourcePort())) {
            return true;
        }
        boolean low = packet.sourceHigh() < packet.destinationHigh() || packet.sourceHigh() == packet.destinationHigh()
                && (packet.sourceLow() < packet.destinationLow() || packet.sourceLow() == packet.destinationLow()
                        && packet.sourcePort() < packet.destinationPort());
        Flow flow = low
                ? new Flow(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(),
                        packet.sourcePort() << 16 | packet.destinationPort())
                : new Flow(packet.destinationHigh(), packet.destinationLow(), packet.sourceHigh(), packet.sourceLow(),
                        packet.destinationPort() << 16 | packet.sourcePort());
        boolean begins = packet.has(Packet.SYN) && !packet.has(Packet.ACK);
        Kept kept = flows.get(flow);
        if (kept == null || begins && kept.decided) {
            kept = new Kept();
            flows.put(flow, kept);
        }
        if (!kept.decided) {
            if (ports.get(packet.sourcePort()) || ports.get(packet.destinationPort())) {
                kept.decided = true;
                kept.wanted = true;
            } else if (packet.payloadLength() > 0) {
                kept.decided = true;
                kept.wanted = FirstBytes.couldBeConnectionRequest(packet.bytes(), packet.payloadOffset(), packet.payloadCaptured());
            }
        }
        kept.bytes += frame.length();
        return (!kept.decided || kept.wanted) && (kept.bytes < BYTES_OF_A_FLOW || packet.has(Packet.FIN | Packet.RST));
    }

    private void store(Frame frame) {
        int need = HEADER + frame.length() + 7 & ~7;
        if (need > ring.length / 4) {
            return;
        }
        if (ring.length - tail < need + 8) {
            // The record would not fit before the end of the array: what is oldest there goes, then the start.
            while (stored > 0 && head >= tail) {
                forget();
            }
            INT.set(ring, tail, END);
            tail = 0;
            if (stored == 0) {
                head = 0;
            }
        }
        while (stored > 0 && head >= tail && head < tail + need + 8) {
            forget();
        }
        INT.set(ring, tail, need);
        LONG.set(ring, tail + 4, frame.number());
        LONG.set(ring, tail + 12, frame.nanos());
        INT.set(ring, tail + 20, frame.length());
        INT.set(ring, tail + 24, frame.wireLength());
        INT.set(ring, tail + 28, frame.linkType());
        INT.set(ring, tail + 32, frame.interfaceIndex());
        System.arraycopy(frame.bytes(), frame.offset(), ring, tail + HEADER, frame.length());
        tail += need;
        stored++;
    }

    private void forget() {
        head += (int) INT.get(ring, head);
        stored--;
        if (stored == 0) {
            head = tail;
        } else if ((int) INT.get(ring, head) == END) {
            head = 0;
        }
    }

    /// Hands over everything that belongs to `incident`, oldest first, and each packet only once: a verdict may be told
    /// again when the user tries again.
    ///
    /// @param comments by the numbers that the frames had when they were seen
    /// @return how many packets
    public int release(Incident incident, Comments comments, Target target) {
        TryPackets belonging = new TryPackets(List.of(incident));
        int released = 0;
        int at = head;
        for (long i = 0; i < stored; i++) {
            if ((int) INT.get(ring, at) == END) {
                at = 0;
            }
            int length = (int) INT.get(ring, at + 20);
            long number = (long) LONG.get(ring, at + 4);
            long nanos = (long) LONG.get(ring, at + 12);
            int wire = (int) INT.get(ring, at + 24);
            int network = (int) INT.get(ring, at + 32);
            if (network >= 0) {
                again.set(ring, at + HEADER, length, wire, number, nanos, (int) INT.get(ring, at + 28), network);
                if (belonging.has(again)) {
                    target.packet(network, nanos, ring, at + HEADER, length, wire, comments.on(number));
                    INT.set(ring, at + 32, RELEASED | network);
                    released++;
                }
            }
            at += (int) INT.get(ring, at);
        }
        return released;
    }

    /// Packets remembered.
    public long packets() {
        return stored;
    }
}

package dev.rdptrace;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Packet;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;

/// What both sides of a session said last, of which no more is read: the end of it may be asked for, see [dev.rdptrace.tcp.StreamTail].
final class SpokenLast {
    /// So much of it.
    private static final int KEPT = 192;

    private final Side[] sides = {new Side(), new Side()};

    private record Said(KeptPackets.LastWords words, int added) {}

    private static final class Side {
        private final Deque<Said> said = new ArrayDeque<>(4);
        private int bytes; // that all of them added
        private int end;
        private boolean begun;
    }

    void add(Packet packet, Frame frame) {
        Side from = sides[side(packet)];
        int captured = packet.payloadCaptured();
        int end = packet.sequence() + packet.payloadLength();
        if (captured <= 0 || from.begun && end - from.end <= 0) {
            return; // was said before
        }
        int added = from.begun ? Math.min(captured, end - from.end) : captured;
        from.begun = true;
        from.end = end;
        int kept = Math.min(captured, KEPT);
        int at = packet.payloadOffset() + captured - kept;
        from.said.add(new Said(new KeptPackets.LastWords(frame.number(), at - frame.offset(), Arrays.copyOfRange(packet.bytes(), at, at
                + kept)), added));
        from.bytes += added;
        while (from.bytes - from.said.getFirst().added >= KEPT) {
            from.bytes -= from.said.removeFirst().added;
        }
    }

    /// 0 for one direction of a flow, 1 for the other.
    static int side(Packet packet) {
        return packet.sourcePort() != packet.destinationPort() ? packet.sourcePort() < packet.destinationPort() ? 0 : 1
                : packet.sourceLow() != packet.destinationLow() ? packet.sourceLow() < packet.destinationLow() ? 0 : 1
                : packet.sourceHigh() < packet.destinationHigh() ? 0 : 1;
    }

    void tell(Consumer<KeptPackets.LastWords> to) {
        for (Side side : sides) {
            side.said.forEach(said -> to.accept(said.words));
        }
    }
}

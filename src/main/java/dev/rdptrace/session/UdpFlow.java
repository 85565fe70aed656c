package dev.rdptrace.session;

import dev.rdptrace.timeline.DatagramFacts;
import dev.rdptrace.timeline.DatagramFacts.Stuck;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import org.jspecify.annotations.Nullable;

/// The datagrams of one side of a side transport, counted.
final class UdpFlow {
    /// So many pieces of data that are repeated are told apart; a window holds few that are lost again and again.
    private static final int REPEATED = 8;

    private long sent;
    private long alone;
    private long frame;
    private long nanos;
    private long carrying;
    private long repeats;
    private long repairing;
    private long holes;
    private int newest;
    private long numbered;
    private int highest;
    private long reach; // from the first number to the highest
    private boolean waiting; // for the acknowledgement of one datagram at a time
    private int awaited;
    private long awaitedNanos;
    private long ackNanos = -1;
    private Repeated @Nullable [] repeated; // most flows have none
    private @Nullable Repeated worst;

    private static final class Repeated {
        int number;
        int bytes;
        int times;
        long firstFrame;
        long firstNanos;
        long lastFrame;
        long lastNanos;
    }

    long sent() {
        return sent;
    }

    boolean spoke() {
        return frame != 0;
    }

    long nanos() {
        return nanos;
    }

    /// Any datagram of this side.
    void spoke(long atFrame, long atNanos, UdpFlow other) {
        frame = atFrame;
        nanos = atNanos;
        other.alone = 0;
    }

    /// One behind the handshake.
    void data(RdpUdpDatagram datagram, UdpFlow other) {
        sent++;
        alone++;
        if (other.waiting && datagram.hasReceived(other.awaited)) {
            other.waiting = false;
            long took = nanos - other.awaitedNanos;
            other.ackNanos = other.ackNanos < 0 ? took : Math.min(other.ackNanos, took);
        }
        if (datagram.isNumbered()) {
            count(datagram);
        }
        repairing += datagram.repairs() ? 1 : 0;
        holes += datagram.missing() > 0 ? 1 : 0;
        if (!datagram.carries() || !datagram.isNumbered()) {
            return;
        }
        if (carrying++ == 0 || datagram.ahead(datagram.sourceNumber(), newest) > 0) {
            newest = datagram.sourceNumber();
            if (!waiting) {
                waiting = true;
                awaited = datagram.numberToAcknowledge();
                awaitedNanos = nanos;
            }
        } else {
            repeats++;
            repeated(datagram);
        }
    }

    /// Every datagram has the next number, so that what is left out was lost before the capture point.
    private void count(RdpUdpDatagram datagram) {
        int further = numbered++ == 0 ? 0 : datagram.ahead(datagram.number(), highest);
        if (numbered == 1 || further > 0) {
            highest = datagram.number();
            reach += Math.max(1, further);
        }
    }

    private void repeated(RdpUdpDatagram datagram) {
        if (repeated == null) {
            repeated = new Repeated[REPEATED];
            for (int i = 0; i < REPEATED; i++) {
                repeated[i] = new Repeated();
            }
        }
        Repeated one = repeated[repeated[0] == worst ? 1 : 0]; // its own, else the place of what was repeated longest ago
        for (Repeated each : repeated) {
            if (each.times > 0 && each.number == datagram.sourceNumber()) {
                one = each;
                break;
            }
            one = each != worst && each.lastNanos < one.lastNanos ? each : one;
        }
        if (one.times == 0 || one.number != datagram.sourceNumber()) {
            one.number = datagram.sourceNumber();
            one.bytes = datagram.dataLength();
            one.times = 0;
            one.firstFrame = frame;
            one.firstNanos = nanos;
        }
        one.times++;
        one.lastFrame = frame;
        one.lastNanos = nanos;
        worst = worst == null || one.times >= worst.times ? one : worst;
    }

    DatagramFacts facts() {
        Stuck stuck = worst == null ? Stuck.NONE : new Stuck(worst.times, worst.bytes, new Moment(worst.firstFrame, worst.firstNanos),
                new Moment(worst.lastFrame, worst.lastNanos));
        Moment last = spoke() ? new Moment(frame, nanos) : Moment.NEVER;
        return new DatagramFacts(sent, alone, last, carrying, repeats, repairing, Math.max(0, reach - numbered), holes, ackNanos, stuck);
    }
}

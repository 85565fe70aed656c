package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport.Tunnel;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.TunnelPdu;

/// The beginning of what a reliable transport over UDP carries, opened with keys: TLS, and in it the creation of the tunnel, [MS-RDPEMT]
/// 1.3.1. Nothing behind it is kept.
final class UdpTunnel implements OpenedRecords.Receiver {
    /// So many datagrams may come before one that is missing.
    private static final int EARLY = 64;
    private static final int MOST_BYTES = 1 << 16;

    private final TlsObserver tls;
    private final Half[] halves = {new Half(), new Half()};
    private Moment asked = Moment.NEVER;
    private long requestId = -1;
    private Moment answered = Moment.NEVER;
    private int result;
    private boolean over;

    private static final class Half {
        final ByteQueue sealed = new ByteQueue();
        final ByteQueue plain = new ByteQueue();
        final byte[][] early = new byte[EARLY][];
        int next; // number of what comes next
        int place; // its place in the ring
        int taken;
    }

    UdpTunnel(Secrets secrets, InternedFacts familiar) {
        EventLog story = new EventLog();
        tls = new TlsObserver(story, new SizeReader(story), new OpenedRecords(story, secrets, this), familiar);
    }

    /// @param number of the first data that this side will send
    void begins(Side from, int number) {
        halves[from.ordinal()].next = number;
    }

    void data(Side from, RdpUdpDatagram datagram, Moment at) {
        Half half = halves[from.ordinal()];
        int ahead = datagram.ahead(datagram.sourceNumber(), half.next);
        if (over || ahead < 0 || ahead >= EARLY) {
            return;
        }
        half.early[(half.place + ahead) % EARLY] = datagram.copy();
        for (byte[] next = half.early[half.place]; next != null; next = half.early[half.place]) {
            half.sealed.append(next, 0, next.length, at);
            half.taken += next.length;
            half.early[half.place] = null;
            half.place = (half.place + 1) % EARLY;
            half.next++;
        }
        while (tls.step(from, half.sealed)) { }
        over |= half.taken > MOST_BYTES;
    }

    @Override
    public void data(Side from, byte[] plain, Moment at) {
        ByteQueue in = halves[from.ordinal()].plain;
        in.append(plain, 0, plain.length, at);
        while (!over && TunnelPdu.decode(in.buffer(), in.start(),
                in.available()) instanceof Decoded.Complete<TunnelPdu>(var pdu, var length)) {
            in.take(length);
            if (pdu instanceof TunnelPdu.CreateRequest request && from == Side.CLIENT) {
                asked = at;
                requestId = request.requestId();
            } else if (pdu instanceof TunnelPdu.CreateResponse response && from == Side.SERVER) {
                answered = at;
                result = response.hrResponse();
                over = true;
            }
        }
    }

    @Override
    public void lost(Side from) {
        over = true;
    }

    Tunnel facts() {
        return new Tunnel(asked, requestId, answered, result);
    }
}

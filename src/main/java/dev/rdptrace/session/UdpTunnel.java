package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hash;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.decrypt.DtlsDecryptor;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport.Tunnel;
import dev.rdptrace.wire.gateway.GatewayDatagram;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.TunnelPdu;

/// The beginning of what a transport over UDP carries, opened with keys: TLS where what is lost is sent again, else DTLS, and in it the
/// creation of the tunnel, [MS-RDPEMT] 1.3.1. Nothing behind it is kept.
final class UdpTunnel implements OpenedRecords.Receiver {
    /// So many datagrams may come before one that is missing.
    private static final int EARLY = 64;
    private static final int MOST_BYTES = 1 << 16;
    private static final int MOST_DATAGRAMS = 1 << 10;

    private final TlsObserver tls;
    private final DtlsDecryptor dtls;
    private final Half[] halves = {new Half(), new Half()};
    private final boolean gateway;
    private boolean lossy;
    private int datagrams;
    private Moment asked = Moment.NEVER;
    private long requestId = -1;
    private String cookieHash = "";
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

    /// @param gateway it is the side channel of a gateway, [MS-TSGU] 2.2.11, over DTLS itself
    UdpTunnel(Secrets secrets, InternedFacts familiar, boolean gateway) {
        this.gateway = gateway;
        lossy = gateway;
        EventLog story = new EventLog();
        tls = new TlsObserver(story, new SizeReader(story), new OpenedRecords(story, secrets, this), familiar);
        dtls = new DtlsDecryptor(secrets);
    }

    /// More of it is worth reading.
    boolean isOpen() {
        return !over;
    }

    /// @param number of the first data that this side will send; a SYN that comes again says nothing new
    void begins(Side from, int number, boolean withLoss) {
        if (!over && halves[from.ordinal()].taken == 0) {
            halves[from.ordinal()].next = number;
            lossy = withLoss;
        }
    }

    void data(Side from, RdpUdpDatagram datagram, Moment at) {
        if (over) {
            return;
        }
        if (lossy) {
            byte[] records = datagram.copy();
            dtls.open(from == Side.CLIENT, records, 0, records.length).forEach(plain -> {
                if (gateway) {
                    channel(from, plain, at);
                } else {
                    pdus(from, plain, 0, plain.length, at);
                }
            });
        } else {
            inOrder(from, datagram, at);
        }
        if (++datagrams == MOST_DATAGRAMS || halves[from.ordinal()].taken > MOST_BYTES) {
            over = true;
        }
        if (over) {
            halves[0] = halves[1] = null;
        }
    }

    /// [MS-TSGU] 1.3.3.1: the client asks until it is answered, and is it cut off it may be told why.
    private void channel(Side from, byte[] plain, Moment at) {
        switch (GatewayDatagram.decode(plain, 0, plain.length).orNull()) {
            case GatewayDatagram.Connect _ when from == Side.CLIENT -> asked = asked.seen() ? asked : at;
            case GatewayDatagram.Connected connected when from == Side.SERVER -> {
                answered = at;
                result = connected.result();
                over = true;
            }
            case null, default -> {}
        }
    }

    private void inOrder(Side from, RdpUdpDatagram datagram, Moment at) {
        Half half = halves[from.ordinal()];
        int ahead = datagram.ahead(datagram.sourceNumber(), half.next);
        if (ahead < 0 || ahead >= EARLY) {
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
        while (!over && tls.step(from, half.sealed)) {}
    }

    @Override
    public void data(Side from, byte[] plain, Moment at) {
        ByteQueue in = halves[from.ordinal()].plain;
        in.append(plain, 0, plain.length, at);
        in.take(pdus(from, in.buffer(), in.start(), in.available(), at));
    }

    /// Answers how many of these bytes were whole.
    private int pdus(Side from, byte[] plain, int start, int length, Moment at) {
        int taken = 0;
        while (!over && TunnelPdu.decode(plain, start + taken, length - taken) instanceof Decoded.Complete<TunnelPdu>(var pdu, var whole)) {
            taken += whole;
            if (pdu instanceof TunnelPdu.CreateRequest request && from == Side.CLIENT) {
                asked = at;
                requestId = request.requestId();
                cookieHash = Hex.of(Hash.SHA_256.of(request.cookie().toArray()));
            } else if (pdu instanceof TunnelPdu.CreateResponse response && from == Side.SERVER) {
                answered = at;
                result = response.hrResponse();
                over = true;
            }
        }
        return taken;
    }

    @Override
    public void lost(Side from) {
        over = true;
    }

    Tunnel facts() {
        return new Tunnel(asked, requestId, cookieHash, answered, result);
    }
}

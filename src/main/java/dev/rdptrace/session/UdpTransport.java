package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.SideTransport.Repeated;
import dev.rdptrace.wire.gateway.GatewayDatagram;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.DtlsRecord;
import dev.rdptrace.wire.tls.Handshake;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.RdpUdpDatagram.Security;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.util.Optional;

/// One transport over UDP, while it is followed.
final class UdpTransport {
    /// Among so many datagrams of a side its part of the TLS or DTLS handshake begins, repetitions included.
    private static final int OPENING = 64;

    final long clientHigh;
    final long clientLow;
    final int clientPort;
    final long serverHigh;
    final long serverLow;
    final int serverPort;
    final UdpFlow client = new UdpFlow();
    final UdpFlow server = new UdpFlow();

    private final int stream;
    private final Optional<UdpTunnel> tunnel;
    private final boolean bare;
    private Repeated knock = Repeated.NEVER;
    private Optional<IcmpFacts> refused = Optional.empty();
    private Repeated syns = Repeated.NEVER;
    private int offered = -1;
    private boolean lossy;
    private String correlationId = "";
    private String cookieHash = "";
    private int mtu;
    private Moment tooBig = Moment.NEVER;
    private int pathMtu;
    private Moment answered = Moment.NEVER;
    private int answers;
    private int agreed = -1;
    private Repeated clientHello = Repeated.NEVER;
    private Moment serverHello = Moment.NEVER;
    private Moment alert = Moment.NEVER;
    private int alertCode = -1;
    private Side alertFrom = Side.SERVER;

    /// @param secrets that may open its TLS
    /// @param bare it begins with DTLS: the side channel of a gateway, [MS-TSGU] 1.3.3
    UdpTransport(int stream, long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort,
            Optional<Secrets> secrets, InternedFacts familiar, boolean bare) {
        this.stream = stream;
        this.clientHigh = clientHigh;
        this.clientLow = clientLow;
        this.clientPort = clientPort;
        this.serverHigh = serverHigh;
        this.serverLow = serverLow;
        this.serverPort = serverPort;
        this.bare = bare;
        tunnel = secrets.map(some -> new UdpTunnel(some, familiar, bare));
    }

    /// RFC 6347 4.2.2: a ClientHello in the first record.
    static boolean isBareHello(byte[] bytes, int offset, int length) {
        return length > DtlsRecord.HEADER && bytes[offset] == ContentType.HANDSHAKE && DtlsRecord.length(bytes, offset, length) > 0
                && bytes[offset + DtlsRecord.HEADER] == Handshake.CLIENT_HELLO;
    }

    boolean is(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        return clientLow == aLow && clientPort == aPort && serverLow == bLow && serverPort == bPort && clientHigh == aHigh
                && serverHigh == bHigh;
    }

    Moment lastAsked() {
        return syns.last();
    }

    long lastNanos() {
        return Math.max(client.nanos(), server.nanos());
    }

    void tooBig(int mtuOfPath, Moment now) {
        if (!tooBig.seen()) {
            tooBig = now;
            pathMtu = mtuOfPath;
        }
    }

    void refused(IcmpFacts error) {
        refused = refused.or(() -> Optional.of(error));
    }

    /// An empty datagram of the client.
    void knock(Moment now) {
        client.spoke(now.frame(), now.nanos(), server);
        knock = knock.at(now);
    }

    /// A SYN, with ACK or without.
    void handshake(boolean fromClient, byte[] bytes, int offset, int length, Moment now) {
        flow(fromClient).spoke(now.frame(), now.nanos(), flow(!fromClient));
        RdpUdpPacket.Syn syn = RdpUdpPacket.decode(bytes, offset,
                length) instanceof Decoded.Complete<RdpUdpPacket>(RdpUdpPacket.Syn whole, _)
                        ? whole : null;
        if (tunnel.isPresent() && syn != null) {
            begins(fromClient ? Side.CLIENT : Side.SERVER, syn, tunnel.get());
        }
        if (fromClient) {
            syns = syns.at(now);
            if (syn != null) {
                mtu = Math.min(syn.upMtu(), syn.downMtu());
                offered = syn.version();
                lossy = (syn.flags() & RdpUdpPacket.SYNLOSSY) != 0;
                correlationId = Hex.of(syn.correlationId().toArray());
                cookieHash = Hex.of(syn.cookieHash().toArray());
            }
        } else {
            answered = answers == 0 ? now : answered;
            answers++;
            if (syn != null) {
                agreed = syn.version();
            }
        }
    }

    /// [MS-RDPEUDP] 3.1.1.2: the numbers begin where the SYNs say, with version 3 anew.
    private void begins(Side from, RdpUdpPacket.Syn syn, UdpTunnel tunnel) {
        boolean withLoss = from == Side.CLIENT ? (syn.flags() & RdpUdpPacket.SYNLOSSY) != 0 : lossy;
        tunnel.begins(from, syn.sequenceNumber() + 1, withLoss);
        if (from == Side.SERVER && syn.version() == RdpUdpDatagram.VERSION_3) {
            tunnel.begins(Side.CLIENT, 1, withLoss);
            tunnel.begins(Side.SERVER, 1, withLoss);
        }
    }

    /// Any other datagram. Answers whether it is the first of the server.
    boolean data(boolean fromClient, RdpUdpDatagram datagram, byte[] bytes, int offset, int length, long frame, long nanos) {
        UdpFlow flow = flow(fromClient);
        boolean firstAnswer = !fromClient && !flow.spoke();
        flow.spoke(frame, nanos, flow(!fromClient));
        if (bare) {
            datagram.overBare(bytes, offset, length);
            if (correlationId.isEmpty() && fromClient && GatewayDatagram.endsInCorrelation(bytes, offset + length, length)) {
                correlationId = Hex.of(bytes, offset + length - GatewayDatagram.CORRELATION + 6, 16);
            }
        } else {
            datagram.over(bytes, offset, length, agreed);
        }
        flow.data(datagram, flow(!fromClient));
        if (datagram.carries()) {
            if (flow.sent() <= OPENING && !serverHello.seen()) {
                security(fromClient, datagram, frame, nanos);
            }
            if (tunnel.isPresent() && tunnel.get().isOpen()) {
                tunnel.get().data(fromClient ? Side.CLIENT : Side.SERVER, datagram, new Moment(frame, nanos));
            }
        }
        return firstAnswer;
    }

    private UdpFlow flow(boolean ofClient) {
        return ofClient ? client : server;
    }

    private void security(boolean fromClient, RdpUdpDatagram datagram, long frame, long nanos) {
        Security security = datagram.security();
        if (security == Security.CLIENT_HELLO && fromClient) {
            clientHello = clientHello.at(new Moment(frame, nanos));
        } else if (security == Security.SERVER_HELLO && !fromClient) {
            serverHello = new Moment(frame, nanos);
        } else if (security == Security.ALERT && !alert.seen()) {
            alert = new Moment(frame, nanos);
            alertCode = datagram.alertCode();
            alertFrom = fromClient ? Side.CLIENT : Side.SERVER;
        }
    }

    SideTransport facts() {
        return new SideTransport(stream, new Endpoint(clientHigh, clientLow, clientPort), new Endpoint(serverHigh, serverLow, serverPort),
                knock, syns, new SideTransport.Offer(offered, lossy, correlationId, cookieHash, mtu),
                new SideTransport.Path(refused, tooBig, pathMtu), new SideTransport.SynAck(answers, answered, agreed),
                new SideTransport.Security(clientHello, serverHello, alert, alertCode, alertFrom),
                tunnel.map(UdpTunnel::facts).orElse(SideTransport.Tunnel.NONE), client.facts(), server.facts());
    }
}

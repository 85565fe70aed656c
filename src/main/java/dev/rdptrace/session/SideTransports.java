package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.udp.RdpUdpPayload;
import dev.rdptrace.wire.udp.RdpUdpPayload.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Follows RDP over UDP: a session may send gigabytes that way, so that a datagram costs a look-up and no object.
final class SideTransports {
    private static final int LIMIT = 1024;
    private static final int MASK = 4 * LIMIT - 1;
    /// So many lines at most begin with an empty datagram, and none at a port that a service speaks from.
    private static final int KNOCKS = LIMIT / 4;
    private static final int DYNAMIC = 1024;
    /// Among so many datagrams of a side its part of the TLS or DTLS handshake begins, repetitions included.
    private static final int OPENING = 64;
    /// A SYN that comes so long after the last one is of another session from the same port.
    private static final long ANOTHER_SESSION_NANOS = 10_000_000_000L;

    private Line[] table = new Line[MASK + 1];
    private final List<SideTransport> over = new ArrayList<>();
    private int size;

    /// One datagram between a client and the RDP port of a server. Answers whether it is the first of a side, or asks for
    /// the transport.
    ///
    /// @param stream of Wireshark
    /// @param empty it has no payload, apart from how much of it was captured
    boolean accept(int stream, boolean fromClient, long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow,
            int serverPort, byte[] bytes, int offset, int length, boolean empty, long frame, long nanos) {
        int place = place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort);
        Line line = table[place];
        boolean syn = RdpUdpPacket.looksLikeSyn(bytes, offset, length);
        if (line == null || syn && fromClient && line.lastAsked.seen() && nanos - line.lastAsked.nanos() > ANOTHER_SESSION_NANOS) {
            boolean knock = line == null && empty && size < KNOCKS && clientPort >= DYNAMIC;
            if (!syn && !knock || !fromClient || line == null && size == LIMIT) {
                return syn;
            }
            if (line == null) {
                size++;
            } else if (over.size() < LIMIT) {
                over.add(line.facts());
            }
            line = new Line(stream, clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort);
            table[place] = line;
        }
        if (empty && fromClient && line.clientSent == 0) {
            line.knock(new Moment(frame, nanos));
            return true;
        }
        if (syn) {
            line.handshake(fromClient, bytes, offset, length, new Moment(frame, nanos));
            return true;
        }
        return line.data(fromClient, bytes, offset, length, frame, nanos);
    }

    /// A router's word that a datagram of the client does not fit.
    ///
    /// @param mtu that it names, or 0
    void tooBig(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort, int mtu, long frame,
            long nanos) {
        Line line = table[place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort)];
        if (line != null && !line.tooBig.seen()) {
            line.tooBig = new Moment(frame, nanos);
            line.pathMtu = mtu;
        }
    }

    /// Somebody's word that a datagram of the client was not delivered.
    void refused(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort, IcmpFacts error) {
        Line line = table[place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort)];
        if (line != null && line.refused.isEmpty()) {
            line.refused = Optional.of(error);
        }
    }

    void forgetBefore(long nanos) {
        over.removeIf(one -> Math.max(one.lastAsked().nanos(), one.lastKnocked().nanos()) < nanos);
        Line[] old = table;
        table = new Line[MASK + 1];
        size = 0;
        for (Line line : old) {
            if (line != null && Math.max(Math.max(line.clientNanos, line.serverNanos), line.lastAsked.nanos()) >= nanos) {
                table[place(line.clientHigh, line.clientLow, line.clientPort, line.serverHigh, line.serverLow, line.serverPort)] = line;
                size++;
            }
        }
    }

    List<SideTransport> all() {
        List<SideTransport> all = new ArrayList<>(over);
        if (size > 0) {
            for (Line line : table) {
                if (line != null) {
                    all.add(line.facts());
                }
            }
        }
        all.sort((a, b) -> Long.compare(a.first().frame(), b.first().frame()));
        return all;
    }

    /// Of the line, or of where it would be.
    private int place(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort) {
        long hash = (clientLow ^ clientHigh * 31 ^ (long) clientPort << 40) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 29 ^ serverLow ^ serverHigh * 31 ^ (long) serverPort << 40) * 0xBF58476D1CE4E5B9L;
        int place = (int) (hash >>> 40) & MASK;
        while (table[place] != null && !table[place].is(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort)) {
            place = place + 1 & MASK;
        }
        return place;
    }

    private static final class Line {
        private final long clientHigh;
        private final long clientLow;
        private final int clientPort;
        private final long serverHigh;
        private final long serverLow;
        private final int serverPort;

        private final int stream;
        private int knocks;
        private Moment knocked = Moment.NEVER;
        private Moment lastKnocked = Moment.NEVER;
        private Optional<IcmpFacts> refused = Optional.empty();
        private Moment asked = Moment.NEVER;
        private Moment lastAsked = Moment.NEVER;
        private int asks;
        private int mtu;
        private Moment tooBig = Moment.NEVER;
        private int pathMtu;
        private Moment answered = Moment.NEVER;
        private int answers;
        private int agreed = -1;
        private Moment clientHello = Moment.NEVER;
        private Moment lastClientHello = Moment.NEVER;
        private int clientHellos;
        private Moment serverHello = Moment.NEVER;
        private Moment alert = Moment.NEVER;
        private int alertCode = -1;
        private Side alertFrom = Side.SERVER;

        private long clientSent;
        private long serverSent;
        private long clientAlone;
        private long serverAlone;
        private long clientFrame;
        private long clientNanos;
        private long serverFrame;
        private long serverNanos;

        Line(int stream, long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort) {
            this.stream = stream;
            this.clientHigh = clientHigh;
            this.clientLow = clientLow;
            this.clientPort = clientPort;
            this.serverHigh = serverHigh;
            this.serverLow = serverLow;
            this.serverPort = serverPort;
        }

        boolean is(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
            return clientLow == aLow && clientPort == aPort && serverLow == bLow && serverPort == bPort && clientHigh == aHigh
                    && serverHigh == bHigh;
        }

        void knock(Moment now) {
            spoke(true, now.frame(), now.nanos());
            knocked = knocks == 0 ? now : knocked;
            lastKnocked = now;
            knocks++;
        }

        void handshake(boolean fromClient, byte[] bytes, int offset, int length, Moment now) {
            spoke(fromClient, now.frame(), now.nanos());
            RdpUdpPacket.Syn syn = RdpUdpPacket.decode(bytes, offset,
                    length) instanceof Decoded.Complete<RdpUdpPacket>(RdpUdpPacket.Syn whole, _)
                    ? whole : null;
            if (fromClient) {
                asked = asks == 0 ? now : asked;
                lastAsked = now;
                asks++;
                if (syn != null) {
                    mtu = Math.min(syn.upMtu(), syn.downMtu());
                }
            } else {
                answered = answers == 0 ? now : answered;
                answers++;
                if (syn != null) {
                    agreed = syn.version();
                }
            }
        }

        /// Answers whether it is the first datagram of the server.
        boolean data(boolean fromClient, byte[] bytes, int offset, int length, long frame, long nanos) {
            boolean firstAnswer = !fromClient && serverFrame == 0;
            spoke(fromClient, frame, nanos);
            if (fromClient) {
                clientSent++;
                clientAlone++;
            } else {
                serverSent++;
                serverAlone++;
            }
            if (!serverHello.seen() && (fromClient ? clientSent : serverSent) <= OPENING) {
                security(fromClient, RdpUdpPayload.of(bytes, offset, length, agreed), frame, nanos);
            }
            return firstAnswer;
        }

        private void spoke(boolean fromClient, long frame, long nanos) {
            if (fromClient) {
                clientFrame = frame;
                clientNanos = nanos;
                serverAlone = 0;
            } else {
                serverFrame = frame;
                serverNanos = nanos;
                clientAlone = 0;
            }
        }

        private void security(boolean fromClient, RdpUdpPayload payload, long frame, long nanos) {
            if (payload.security() == Security.CLIENT_HELLO && fromClient) {
                lastClientHello = new Moment(frame, nanos);
                clientHello = clientHellos == 0 ? lastClientHello : clientHello;
                clientHellos++;
            } else if (payload.security() == Security.SERVER_HELLO && !fromClient) {
                serverHello = new Moment(frame, nanos);
            } else if (payload.security() == Security.ALERT && !alert.seen()) {
                alert = new Moment(frame, nanos);
                alertCode = payload.alertCode();
                alertFrom = fromClient ? Side.CLIENT : Side.SERVER;
            }
        }

        SideTransport facts() {
            return new SideTransport(stream, new Endpoint(clientHigh, clientLow, clientPort),
                    new Endpoint(serverHigh, serverLow, serverPort),
                    knocks, knocked, lastKnocked, refused, asked, lastAsked, asks,
                    mtu, tooBig, pathMtu, answered, answers, agreed, clientHello, lastClientHello, clientHellos, serverHello, alert,
                    alertCode, alertFrom, clientSent, serverSent, clientAlone, serverAlone, moment(clientFrame, clientNanos),
                    moment(serverFrame, serverNanos));
        }

        private static Moment moment(long frame, long nanos) {
            return frame == 0 ? Moment.NEVER : new Moment(frame, nanos);
        }
    }
}

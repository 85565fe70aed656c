package dev.rdptrace.session;

import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Follows RDP over UDP: a session may send gigabytes that way, so that a datagram costs a look-up and no object.
final class SideTransports {
    private static final int LIMIT = 1024;
    private static final int MASK = 4 * LIMIT - 1;
    /// So many lines at most begin with an empty datagram, and none at a port that a service speaks from.
    private static final int KNOCKS = LIMIT / 4;
    private static final int DYNAMIC = 1024;
    /// A SYN that comes so long after the last one is of another session from the same port.
    private static final long ANOTHER_SESSION_NANOS = 10_000_000_000L;

    private UdpTransport[] table = new UdpTransport[MASK + 1];
    private final List<SideTransport> over = new ArrayList<>();
    private final RdpUdpDatagram datagram = new RdpUdpDatagram(); // the one at hand
    private final InternedFacts familiar = new InternedFacts();
    private final Supplier<Optional<Secrets>> secrets;
    private int size;

    /// @param secrets that may open the TLS of a transport that begins now
    SideTransports(Supplier<Optional<Secrets>> secrets) {
        this.secrets = secrets;
    }

    /// One datagram between a client and the RDP port of a server. Answers whether it is the first of a side, or asks for
    /// the transport.
    ///
    /// @param stream of Wireshark
    /// @param empty it has no payload, apart from how much of it was captured
    boolean accept(int stream, boolean fromClient, long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow,
            int serverPort, byte[] bytes, int offset, int length, boolean empty, long frame, long nanos) {
        int place = place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort);
        UdpTransport line = table[place];
        boolean syn = RdpUdpPacket.looksLikeSyn(bytes, offset, length);
        boolean hello = serverPort == CompanionTracker.GATEWAY_UDP && UdpTransport.isBareHello(bytes, offset, length);
        if (line == null || syn && fromClient && line.lastAsked().seen() && nanos - line.lastAsked().nanos() > ANOTHER_SESSION_NANOS) {
            boolean knock = line == null && empty && size < KNOCKS && clientPort >= DYNAMIC;
            if (!syn && !knock && !hello || !fromClient || line == null && size == LIMIT) {
                return syn;
            }
            if (line == null) {
                size++;
            } else if (over.size() < LIMIT) {
                over.add(line.facts());
            }
            line = new UdpTransport(stream, clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort, secrets.get(), familiar,
                    hello);
            table[place] = line;
        }
        if (empty && fromClient && line.client.sent() == 0) {
            line.knock(new Moment(frame, nanos));
            return true;
        }
        if (syn) {
            line.handshake(fromClient, bytes, offset, length, new Moment(frame, nanos));
            return true;
        }
        return line.data(fromClient, datagram, bytes, offset, length, frame, nanos) || hello;
    }

    /// A router's word that a datagram of the client does not fit.
    ///
    /// @param mtu that it names, or 0
    void tooBig(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort, int mtu, long frame,
            long nanos) {
        UdpTransport line = table[place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort)];
        if (line != null) {
            line.tooBig(mtu, new Moment(frame, nanos));
        }
    }

    /// Somebody's word that a datagram of the client was not delivered.
    void refused(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort, IcmpFacts error) {
        UdpTransport line = table[place(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort)];
        if (line != null) {
            line.refused(error);
        }
    }

    void forgetBefore(long nanos) {
        over.removeIf(one -> Math.max(one.syn().last().nanos(), one.knock().last().nanos()) < nanos);
        UdpTransport[] old = table;
        table = new UdpTransport[MASK + 1];
        size = 0;
        for (UdpTransport line : old) {
            if (line != null && line.lastNanos() >= nanos) {
                table[place(line.clientHigh, line.clientLow, line.clientPort, line.serverHigh, line.serverLow, line.serverPort)] = line;
                size++;
            }
        }
    }

    List<SideTransport> all() {
        List<SideTransport> all = new ArrayList<>(over);
        if (size > 0) {
            for (UdpTransport line : table) {
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
}

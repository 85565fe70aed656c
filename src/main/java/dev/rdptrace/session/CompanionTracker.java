package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Conflict;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.HopLimits;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.dns.DnsMessage;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Collects [Companions]: told only of packets of the ports it knows, and of ARP and neighbour discovery. Every list has a bound.
public final class CompanionTracker {
    public static final int DNS = 53;
    public static final int KERBEROS = 88;
    public static final int RDP = 3389;
    public static final int GATEWAY_UDP = 3391;
    /// RPC, LDAP and SMB: what a host asks its domain controller when somebody logs on.
    private static final int RPC = 135;
    private static final int LDAP = 389;
    private static final int SMB = 445;
    /// UDP that begins again after so long belongs to another session.
    private static final long ANOTHER_SESSION_NANOS = 10_000_000_000L;
    private static final int LOOKUPS = 1024;
    private static final int CONTACTS = 1024;
    private static final int ERRORS = 256;
    private static final int CONFLICTS = 64;
    private static final int CARDS = 4096;
    private static final int UNCOUNTED = 16;
    private static final int VIRTUAL_DESKTOPS = 8;
    private static final long IPV4_MAPPED = 0xffffL;
    private static final int ADDRESS_TYPES = 1;
    private static final int ADDRESS_6 = 28;
    private static final int SERVICE = 33;

    // keys of the maps, compared by hand: what the language makes of a record has the JVM write a dozen classes

    private record Asked(String client, int id, String name, int type) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Asked a && id == a.id && type == a.type && client.equals(a.client) && name.equals(a.name);
        }

        @Override
        public int hashCode() {
            return (client.hashCode() * 31 + name.hashCode()) * 31 + id;
        }
    }

    private record Parties(String client, String server, int port, boolean udp) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Parties p && port == p.port && udp == p.udp && client.equals(p.client) && server.equals(p.server);
        }

        @Override
        public int hashCode() {
            return (client.hashCode() * 31 + server.hashCode()) * 31 + port;
        }
    }

    private final Map<Asked, Lookup> lookups = new LinkedHashMap<>();
    private final BitSet askedIds = new BitSet(); // of the lookups
    private final Map<Parties, Contact> contacts = new LinkedHashMap<>();
    private final List<Contact> earlier = new ArrayList<>();
    private final PortTable doors = new PortTable();
    private final PortSweeps sweeps = new PortSweeps();
    private final StunQuestions stun = new StunQuestions();
    private final SideTransports sideTransports;
    private final List<KerberosTrouble> errors = new ArrayList<>();
    /// Address to card, and when it was last heard.
    private final Map<String, Card> cards = new LinkedHashMap<>();
    private final Map<String, Conflict> conflicts = new LinkedHashMap<>();
    private final long[] uncounted = new long[UNCOUNTED];
    private int uncountedKnown;
    private final Map<String, Moment> virtualDesktops = new LinkedHashMap<>();

    /// @param secrets that may open the TLS of a transport over UDP that begins now
    public CompanionTracker(Supplier<Optional<Secrets>> secrets) {
        sideTransports = new SideTransports(secrets);
    }

    /// One packet as its headers tell it.
    ///
    /// @param syn a TCP SYN without ACK
    /// @param reset a TCP RST
    /// @param length captured bytes of payload at `bytes[offset]`
    public record Seen(boolean udp, boolean syn, boolean reset, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh,
            long destinationLow, int destinationPort, byte[] bytes, int offset, int length, long frame, long nanos) {
        Moment at() {
            return new Moment(frame, nanos);
        }

        String source() {
            return Endpoint.address(sourceHigh, sourceLow);
        }

        String destination() {
            return Endpoint.address(destinationHigh, destinationLow);
        }
    }

    /// Is it about a port worth a look?
    public static boolean known(boolean udp, int port) {
        return port == DNS || port == KERBEROS || udp && (port == RDP || port == GATEWAY_UDP);
    }

    /// One datagram from or to an RDP port; `false` where nothing but that can be learnt of it.
    ///
    /// @param stream of Wireshark
    /// @param empty it has no payload, apart from how much of it was captured
    public boolean overUdp(int stream, boolean fromClient, long clientHigh, long clientLow, int clientPort, long serverHigh,
            long serverLow, int serverPort,
            byte[] bytes, int offset, int length, boolean empty, long frame, long nanos) {
        return sideTransports.accept(stream, fromClient, clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort, bytes,
                offset, length, empty, frame, nanos);
    }

    /// One message of STUN.
    public void stun(long sourceHigh, long sourceLow, int sourcePort, long destinationHigh, long destinationLow, int destinationPort,
            byte[] bytes, int offset, int length, long frame, long nanos) {
        stun.accept(new Endpoint(sourceHigh, sourceLow, sourcePort), new Endpoint(destinationHigh, destinationLow, destinationPort), bytes,
                offset, length, new Moment(frame, nanos));
    }

    /// A router's word that a datagram of the client to an RDP port does not fit.
    ///
    /// @param mtu what does fit, 0 if it does not say
    public void tooBig(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort, int mtu,
            long frame, long nanos) {
        sideTransports.tooBig(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort, mtu, frame, nanos);
    }

    /// Somebody's word that a datagram of the client to an RDP port was not delivered.
    public void undelivered(long clientHigh, long clientLow, int clientPort, long serverHigh, long serverLow, int serverPort,
            IcmpFacts error) {
        sideTransports.refused(clientHigh, clientLow, clientPort, serverHigh, serverLow, serverPort, error);
    }

    /// Of these only the first and last packets of a connection are worth a look.
    public static boolean controller(int port) {
        return port == RPC || port == LDAP || port == SMB;
    }

    private static boolean served(Seen packet, int port) {
        return known(packet.udp(), port) || !packet.udp() && controller(port);
    }

    public void accept(Seen packet) {
        int server = served(packet, packet.destinationPort()) ? packet.destinationPort() : packet.sourcePort();
        boolean fromClient = packet.destinationPort() == server;
        switch (server) {
            case DNS -> lookup(packet, fromClient);
            case KERBEROS -> {
                contact(packet, fromClient, KERBEROS);
                if (!fromClient) {
                    kerberos(packet);
                }
            }
            case RDP, GATEWAY_UDP, RPC, LDAP, SMB -> contact(packet, fromClient, server);
            default -> {}
        }
    }

    private void lookup(Seen packet, boolean fromClient) {
        if (packet.length() == 0 || lookups.size() >= LOOKUPS && !known(packet)) {
            return;
        }
        Decoded<DnsMessage> decoded = packet.udp() ? DnsMessage.decode(packet.bytes(), packet.offset(), packet.length())
                : DnsMessage.decodeTcp(packet.bytes(), packet.offset(), packet.length());
        if (!(decoded instanceof Decoded.Complete<DnsMessage>(var message, _)) || message.question().isEmpty()
                || message.response() == fromClient) {
            return;
        }
        DnsMessage.Question question = message.question().get();
        if (question.type() != ADDRESS_TYPES && question.type() != ADDRESS_6 && question.type() != SERVICE) {
            return;
        }
        Asked asked = new Asked(fromClient ? packet.source() : packet.destination(), message.id(), question.name(), question.type());
        Lookup before = lookups.get(asked);
        if (before == null && lookups.size() >= LOOKUPS) {
            return;
        }
        askedIds.set(asked.id());
        if (fromClient) {
            lookups.put(asked, before == null || before.answered().seen()
                    ? new Lookup(packet.at(), Moment.NEVER, 1, asked.client(), asked.name(), asked.type(), -1, List.of())
                    : new Lookup(before.asked(), Moment.NEVER, before.times() + 1, asked.client(), asked.name(), asked.type(), -1,
                            List.of()));
        } else {
            lookups.put(asked, new Lookup(before == null ? packet.at() : before.asked(), packet.at(), before == null ? 1 : before.times(),
                    asked.client(), asked.name(), asked.type(), message.responseCode(), message.addresses()));
        }
    }

    /// May it belong to a question that was taken down? RFC 1035 4.1.1: a message begins with its ID, over TCP behind its length.
    private boolean known(Seen packet) {
        int id = packet.offset() + (packet.udp() ? 0 : 2);
        return packet.length() > 3 && askedIds.get((packet.bytes()[id] & 0xff) << 8 | packet.bytes()[id + 1] & 0xff);
    }

    private void contact(Seen packet, boolean fromClient, int port) {
        Parties parties = new Parties(fromClient ? packet.source() : packet.destination(), fromClient ? packet.destination()
                : packet.source(), port, packet.udp());
        Contact before = contacts.get(parties);
        boolean asks = packet.udp() ? port == KERBEROS || RdpUdpPacket.looksLikeSyn(packet.bytes(), packet.offset(), packet.length())
                || port == GATEWAY_UDP && beginsDtls(packet) : packet.syn();
        if (before == null) {
            if (!fromClient || !asks || contacts.size() >= CONTACTS) {
                return;
            }
            before = new Contact(parties.client(), parties.server(), port, packet.udp(), packet.at(), packet.at(), 0, Moment.NEVER,
                    Moment.NEVER);
        }
        boolean again = packet.udp() && port != KERBEROS && asks && packet.nanos() - before.last().nanos() > ANOTHER_SESSION_NANOS;
        if (again && earlier.size() < CONTACTS) {
            earlier.add(before);
            before = new Contact(parties.client(), parties.server(), port, true, packet.at(), packet.at(), 0, Moment.NEVER, Moment.NEVER);
        }
        boolean answer = !fromClient && !packet.reset();
        contacts.put(parties, new Contact(before.client(), before.server(), port, before.udp(), before.first(),
                fromClient && asks ? packet.at() : before.last(), before.tries() + (fromClient && asks ? 1 : 0),
                answer && !before.answered().seen() ? packet.at() : before.answered(),
                !fromClient && packet.reset() && !before.refused().seen() ? packet.at() : before.refused()));
    }

    /// RFC 6347 4.1: a handshake record of DTLS, with which a client turns to a gateway.
    private static boolean beginsDtls(Seen packet) {
        return packet.length() > 2 && packet.bytes()[packet.offset()] == 22 && (packet.bytes()[packet.offset() + 1] & 0xff) == 0xfe;
    }

    private void kerberos(Seen packet) {
        if (packet.length() == 0 || errors.size() >= ERRORS) {
            return;
        }
        Decoded<Kerberos> decoded = packet.udp() ? Kerberos.decode(packet.bytes(), packet.offset(), packet.length())
                : Kerberos.decodeTcp(packet.bytes(), packet.offset(), packet.length());
        if (decoded instanceof Decoded.Complete<Kerberos>(Kerberos.Error error, _)) {
            errors.add(new KerberosTrouble(packet.at(), packet.destination(), packet.source(), error.error().code(), error.serverName()));
        }
    }

    /// An ICMP error that quotes a datagram to such a port.
    public void refused(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int port, boolean udp, long frame,
            long nanos) {
        Parties parties = new Parties(Endpoint.address(sourceHigh, sourceLow), Endpoint.address(destinationHigh, destinationLow), port,
                udp);
        contacts.computeIfPresent(parties, (_, before) -> new Contact(before.client(), before.server(), port, udp, before.first(),
                before.last(), before.tries(), before.answered(), before.refused().seen() ? before.refused() : new Moment(frame, nanos)));
    }

    /// The first packets of any TCP connection, or a reset of it, by their headers alone.
    public void knock(boolean syn, boolean answer, long sourceHigh, long sourceLow, int sourcePort, long destinationHigh,
            long destinationLow, int destinationPort, int hopLimit, long frame, long nanos) {
        if (!syn) {
            doors.reset(sourceHigh, sourceLow, sourcePort, frame, nanos);
            sweeps.asked(destinationHigh, destinationLow, sourceHigh, sourceLow, sourcePort, nanos);
        } else if (answer) {
            doors.answered(sourceHigh, sourceLow, sourcePort, frame, nanos);
            if (HopLimits.isInitial(hopLimit)) {
                uncounted(sourceHigh, sourceLow, destinationHigh, destinationLow);
            }
        } else {
            doors.asked(destinationHigh, destinationLow, destinationPort, frame, nanos);
            sweeps.asked(sourceHigh, sourceLow, destinationHigh, destinationLow, destinationPort, nanos);
        }
    }

    /// A SYN-ACK with the TTL that it left with.
    private void uncounted(long high, long low, long toHigh, long toLow) {
        if (uncountedKnown == UNCOUNTED || !isPrivate(high, low) || !isPrivate(toHigh, toLow) || low >>> 8 == toLow >>> 8) {
            return;
        }
        for (int i = 0; i < uncountedKnown; i++) {
            if (uncounted[i] == low) {
                return;
            }
        }
        uncounted[uncountedKnown++] = low;
    }

    /// RFC 1918 3.
    private static boolean isPrivate(long high, long low) {
        int address = (int) low;
        return high == 0 && low >>> 32 == IPV4_MAPPED
                && (address >>> 24 == 10 || address >>> 20 == 0xac1 || address >>> 16 == 0xc0a8);
    }

    /// A message of ARP or of neighbour discovery: an address is at `number`, or where it was before if that is 0.
    public void card(long high, long low, long number, boolean router, long frame, long nanos) {
        String address = Endpoint.address(high, low);
        Card known = cards.get(address);
        Moment at = new Moment(frame, nanos);
        if (known == null) {
            if (cards.size() < CARDS && number != 0) {
                cards.put(address, new Card(number, router, at));
            }
        } else if (number == 0 || known.number() == number) {
            cards.put(address, new Card(known.number(), router || known.router(), at));
        } else if (conflicts.size() < CONFLICTS) {
            conflicts.putIfAbsent(address, new Conflict(address, known.number(), number, at));
        }
    }

    private record Card(long number, boolean router, Moment heard) {}

    /// A client turned to Azure Virtual Desktop under this name.
    public void virtualDesktop(String gateway, Moment at) {
        if (virtualDesktops.size() < VIRTUAL_DESKTOPS) {
            virtualDesktops.putIfAbsent(gateway, at);
        }
    }

    /// Forgets what is older, so that a full list never keeps out what is new, and who had an address once does not contend
    /// with who has it now.
    public void forgetBefore(long nanos) {
        lookups.values().removeIf(lookup -> lookup.asked().nanos() < nanos);
        askedIds.clear();
        lookups.keySet().forEach(asked -> askedIds.set(asked.id()));
        contacts.values().removeIf(contact -> contact.last().nanos() < nanos);
        earlier.removeIf(contact -> contact.last().nanos() < nanos);
        errors.removeIf(error -> error.at().nanos() < nanos);
        sideTransports.forgetBefore(nanos);
        sweeps.forgetBefore(nanos);
        stun.forgetBefore(nanos);
        conflicts.values().removeIf(conflict -> conflict.at().nanos() < nanos);
        cards.clear();
        virtualDesktops.values().removeIf(at -> at.nanos() < nanos);
        uncountedKnown = 0;
    }

    /// Routers say so over IPv6, where every host has several addresses; in ARP a card that speaks for several is one.
    private boolean forwards(String address, Card card) {
        boolean six = address.indexOf(':') >= 0;
        return cards.entrySet().stream().anyMatch(other -> other.getValue().number() == card.number() && (six ? other.getValue().router()
                : !other.getKey().equals(address) && other.getKey().indexOf(':') < 0));
    }

    private List<Contact> all() {
        List<Contact> all = new ArrayList<>(earlier);
        all.addAll(contacts.values());
        return all;
    }

    public Companions facts() {
        List<Companions.Door> ports = doors.all();
        Map<String, Moment> adjacent = new HashMap<>();
        cards.forEach((address, card) -> adjacent.put(address, forwards(address, card) ? Moment.NEVER : card.heard()));
        Set<String> withoutHops = new HashSet<>();
        for (int i = 0; i < uncountedKnown; i++) {
            withoutHops.add(Endpoint.address(0, uncounted[i]));
        }
        List<SideTransport> overUdp = sideTransports.all();
        return lookups.isEmpty() && contacts.isEmpty() && overUdp.isEmpty() && conflicts.isEmpty() && ports.isEmpty() && sweeps.all()
                .isEmpty() && adjacent.isEmpty() && virtualDesktops.isEmpty() && stun.all().isEmpty() ? Companions.NONE
                        : new Companions(List.copyOf(lookups.values()), all(), overUdp, errors, List.copyOf(conflicts.values()), ports,
                                adjacent,
                                withoutHops, sweeps.all(), stun.all(), virtualDesktops);
    }
}

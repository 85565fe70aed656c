package dev.rdptrace.timeline;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What other traffic in the capture says about the parties: the name service, Kerberos, RDP's UDP, ARP and neighbour discovery.
/// Addresses are written as [Endpoint#address()] writes them.
///
/// @param lookups in the order they were asked, bounded
/// @param contacts with domain controllers (ports 88, 135, 389, 445) and RDP servers (UDP 3389, 3391), bounded
/// @param sideTransports RDP over UDP, in the order of their first SYNs, bounded
/// @param kerberosErrors in order, bounded
/// @param conflicts addresses that two network cards claim, bounded
/// @param doors TCP ports of hosts that were asked for, bounded
/// @param adjacent addresses that spoke ARP or neighbour discovery, so that no router stands between them and the capture point, and
///     when they last did; [Moment#NEVER] where the card is a router's; bounded
/// @param uncounted hosts of private networks whose SYN-ACKs came to another one over no hop that counts: the network is wider than
///     its addresses say, or it is a cloud; bounded
/// @param sweeps who asked for many ports of one host within seconds, bounded
/// @param publicAddresses who asked for his public address or a relay, STUN and TURN, bounded
/// @param virtualDesktops gateways of Azure Virtual Desktop that clients turned to, and when first; bounded
public record Companions(List<Lookup> lookups, List<Contact> contacts, List<SideTransport> sideTransports,
        List<KerberosTrouble> kerberosErrors, List<Conflict> conflicts, List<Door> doors, Map<String, Moment> adjacent,
        Set<String> uncounted, List<Sweep> sweeps, List<PublicAddress> publicAddresses, Map<String, Moment> virtualDesktops) {
    public static final Companions NONE = new Companions(List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Map.of(),
            Set.of(), List.of(), List.of(), Map.of());

    public Companions {
        lookups = List.copyOf(lookups);
        contacts = List.copyOf(contacts);
        sideTransports = List.copyOf(sideTransports);
        kerberosErrors = List.copyOf(kerberosErrors);
        conflicts = List.copyOf(conflicts);
        doors = List.copyOf(doors);
        adjacent = Map.copyOf(adjacent);
        uncounted = Set.copyOf(uncounted);
        sweeps = List.copyOf(sweeps);
        publicAddresses = List.copyOf(publicAddresses);
        virtualDesktops = Collections.unmodifiableMap(new LinkedHashMap<>(virtualDesktops));
    }

    /// RFC 1035: one question to the name service, repetitions counted.
    ///
    /// @param answered [Moment#NEVER] where no answer is in the capture
    /// @param responseCode of RFC 1035 4.1.1, -1 without an answer
    /// @param addresses of the answer
    public record Lookup(Moment asked, Moment answered, int times, String client, String name, int type, int responseCode,
            List<String> addresses) {
        public Lookup {
            addresses = List.copyOf(addresses);
        }

        /// The name was said not to exist, or to have no address at all, or the service refused.
        public boolean failed() {
            return responseCode > 0;
        }
    }

    /// A client that turned to one port of a server, apart from the RDP connections themselves.
    ///
    /// @param tries SYNs or first datagrams of the client
    /// @param answered first packet of the server; [Moment#NEVER] if there is none
    /// @param refused first reset or ICMP error instead
    public record Contact(String client, String server, int port, boolean udp, Moment first, Moment last, int tries, Moment answered,
            Moment refused) {
        /// Asked twice and heard nothing.
        public boolean inVain() {
            return !answered.seen() && (tries >= 2 || refused.seen());
        }
    }

    /// RFC 4120 5.9.1 KRB-ERROR of a domain controller.
    ///
    /// @param service for which the ticket was wanted: `krbtgt/DOMAIN` for a logon, `TERMSRV/host`; empty if it does not say
    public record KerberosTrouble(Moment at, String client, String server, int code, String service) {}

    /// Two network cards answered for one address.
    public record Conflict(String address, long firstCard, long otherCard, Moment at) {}

    /// RFC 8489, RFC 8656: a client asked by which address the world sees it, or for a relay.
    ///
    /// @param relay asked for a relay
    /// @param answered [Moment#NEVER] where no answer is in the capture
    /// @param granted an answer was no error
    /// @param errorCode of the last answer, 0 without
    public record PublicAddress(String client, Endpoint server, boolean relay, Moment asked, Moment lastAsked, int asks, Moment answered,
            boolean granted, int errorCode) {}

    /// Many TCP ports of one host were asked for by another.
    ///
    /// @param ports at least so many
    public record Sweep(String client, String server, long fromNanos, long toNanos, int ports) {}

    /// A TCP port of a host.
    ///
    /// @param asked first SYN
    /// @param answered first SYN-ACK
    /// @param refused first reset before any SYN-ACK
    public record Door(String host, int port, Moment asked, Moment answered, Moment refused) {}
}

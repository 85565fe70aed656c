package dev.rdptrace;

import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.net.NeighbourClaim;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.UdpStreams;
import dev.rdptrace.session.CompanionTracker;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.udp.StunMessage;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Supplier;

/// What packets of other connections and protocols tell about the parties of a try: each is handed to [CompanionTracker] with
/// what it needs.
final class CompanionPackets {
    private static final int RDP_PORT = 3389;
    private static final int ICMPV6 = 58;
    private static final int TCP = 6;
    private static final int UDP = 17;
    /// Bytes of a transport header that hold its ports.
    private static final int PORTS = 4;

    private final Packet packet;
    private final CompanionTracker bystanders;
    private final UdpStreams udpStreams = new UdpStreams();
    private final BitSet udpPorts = new BitSet(65536); // of servers that speak RDP over UDP, or may
    private boolean read;
    private boolean news; // the packet in hand was looked at, or began a flow

    /// @param packet the window over the packet in hand
    /// @param secrets that may open the TLS of what begins now
    CompanionPackets(Packet packet, BitSet rdpPorts, Supplier<Optional<Secrets>> secrets) {
        this.packet = packet;
        bystanders = new CompanionTracker(secrets);
        udpPorts.or(rdpPorts);
        udpPorts.set(CompanionTracker.GATEWAY_UDP);
    }

    Companions facts() {
        return bystanders.facts();
    }

    void forgetBefore(long nanos) {
        bystanders.forgetBefore(nanos);
    }

    void virtualDesktop(Attempt attempt) {
        attempt.tls().clientHello().ifPresent(hello -> bystanders.virtualDesktop(hello.serverName(), attempt.at(Step.CLIENT_HELLO)));
    }

    void arp(long frame, long nanos) {
        if ((packet.sourceLow() & 0xffff_ffffL) != 0) { // else a probe for an address, RFC 5227
            bystanders.card(packet.sourceHigh(), packet.sourceLow(), packet.arpSenderMac(), false, frame, nanos);
        }
    }

    /// The TCP segment or UDP datagram that was accepted last was looked at, or began a flow.
    boolean news() {
        return news;
    }

    /// What the TCP segment or UDP datagram that was accepted last carries was read, or may have been.
    boolean read() {
        return read;
    }

    /// The packet in hand goes to, or comes from, a port of RDP over UDP.
    boolean ofRdpOverUdp() {
        return udpPorts.get(packet.destinationPort()) || udpPorts.get(packet.sourcePort());
    }

    void accept(boolean udp, long frame, long nanos) {
        news = false;
        read = false;
        if (udp && !overUdp(frame, nanos)) {
            news = true;
            read = true;
            return;
        }
        boolean knock = !udp && packet.has(Packet.SYN | Packet.RST);
        if (knock) {
            news = true;
            bystanders.knock(packet.has(Packet.SYN), packet.has(Packet.ACK), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(),
                    packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(), packet.hopLimit(), frame, nanos);
        }
        boolean controller = knock && (CompanionTracker.controller(packet.destinationPort())
                || CompanionTracker.controller(packet.sourcePort()));
        if (controller || CompanionTracker.known(udp, packet.destinationPort()) || CompanionTracker.known(udp, packet.sourcePort())) {
            news = true;
            read = true;
            bystanders.accept(new CompanionTracker.Seen(udp, !udp && packet.has(Packet.SYN) && !packet.has(Packet.ACK), !udp
                    && packet.has(Packet.RST), packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                    packet.destinationLow(), packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(),
                    frame, nanos));
        }
    }

    /// Answers whether the datagram is worth another look.
    private boolean overUdp(long frame, long nanos) {
        int before = udpStreams.begun();
        int stream = udpStreams.number(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort());
        news = udpStreams.begun() > before;
        boolean toServer = udpPorts.get(packet.destinationPort());
        if (!toServer && !udpPorts.get(packet.sourcePort())) {
            if (StunMessage.is(packet.bytes(), packet.payloadOffset(), packet.payloadCaptured())) {
                bystanders.stun(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                        packet.destinationLow(), packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(),
                        frame, nanos);
                return false;
            }
            if (CompanionTracker.known(true, packet.destinationPort())
                    || !RdpUdpPacket.isClientSyn(packet.bytes(), packet.payloadOffset(), packet.payloadCaptured())) {
                return true;
            }
            udpPorts.set(packet.destinationPort());
            toServer = true;
        }
        if (toServer) {
            return bystanders.overUdp(stream, true, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                    packet.destinationLow(), packet.destinationPort(), packet.bytes(), packet.payloadOffset(), packet.payloadCaptured(),
                    packet.payloadLength() == 0, frame, nanos);
        }
        return bystanders.overUdp(stream, false, packet.destinationHigh(), packet.destinationLow(), packet.destinationPort(),
                packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.bytes(), packet.payloadOffset(),
                packet.payloadCaptured(),
                packet.payloadLength() == 0, frame, nanos);
    }

    /// Whose packet an ICMP error is about can be told.
    boolean namesItsPacket() {
        boolean transport = packet.quotedProtocol() == UDP || packet.quotedProtocol() == TCP;
        return packet.quoted() && (!transport || packet.quotedTransport() >= PORTS);
    }

    void icmp(long frame, long nanos) {
        NeighbourClaim claim = NeighbourClaim.of(packet);
        if (claim != null) {
            bystanders.card(claim.high(), claim.low(), claim.card(), claim.router(), frame, nanos);
        }
        if (!packet.quoted() || packet.quotedProtocol() != UDP && packet.quotedProtocol() != TCP) {
            return;
        }
        boolean udp = packet.quotedProtocol() == UDP;
        boolean tooBig = IcmpFacts.tooBig(packet.protocol() == ICMPV6, packet.icmpType(), packet.icmpCode());
        if (udp && namesItsPacket()) {
            quotedDatagram(tooBig, frame, nanos);
        }
        if (!(udp && tooBig && packet.quotedDestinationPort() == RDP_PORT) && CompanionTracker.known(udp, packet.quotedDestinationPort())) {
            bystanders.refused(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedDestinationHigh(),
                    packet.quotedDestinationLow(),
                    packet.quotedDestinationPort(), udp, frame, nanos);
        }
    }

    private void quotedDatagram(boolean tooBig, long frame, long nanos) {
        udpStreams.number(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(), packet.quotedDestinationHigh(),
                packet.quotedDestinationLow(), packet.quotedDestinationPort());
        if (!udpPorts.get(packet.quotedDestinationPort())) {
            return;
        }
        if (tooBig) {
            bystanders.tooBig(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                    packet.quotedDestinationHigh(),
                    packet.quotedDestinationLow(), packet.quotedDestinationPort(), packet.icmpMtu(), frame, nanos);
            return;
        }
        IcmpFacts error = new IcmpFacts(new Moment(frame, nanos), Endpoint.address(packet.sourceHigh(), packet.sourceLow()), Side.CLIENT,
                packet.protocol() == ICMPV6, packet.icmpType(), packet.icmpCode(), packet.icmpMtu(), packet.quotedLength(), false,
                packet.hopLimit());
        if (error.unreachable() || error.timeExceeded()) {
            bystanders.undelivered(packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                    packet.quotedDestinationHigh(), packet.quotedDestinationLow(), packet.quotedDestinationPort(), error);
        }
    }
}

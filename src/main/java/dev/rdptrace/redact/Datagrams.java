package dev.rdptrace.redact;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.net.Packet;
import dev.rdptrace.session.CompanionTracker;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.dns.DnsMessage;
import dev.rdptrace.wire.udp.RdpUdpDatagram;
import dev.rdptrace.wire.udp.RdpUdpPacket;
import dev.rdptrace.wire.udp.StunMessage;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/// What may be passed on of a payload that is a message by itself.
final class Datagrams {
    private static final int FLOWS = 1 << 14;
    private static final int DTLS_HEADER = 13;
    private static final int LENGTH = 4;
    private static final int STUN_HEADER = 20;
    private static final byte[] NOTHING = new byte[0];

    /// Two ends, in the order in which they first sent.
    private record Flow(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
        Flow back() {
            return new Flow(bHigh, bLow, bPort, aHigh, aLow, aPort);
        }
    }

    private static final class State {
        private int version = -1;
    }

    private final Fields fields;
    private final Masks masks;
    private final BitSet ports;
    private final RdpUdpDatagram datagram = new RdpUdpDatagram();
    private final Map<Flow, State> flows = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Flow, State> eldest) {
            return size() > FLOWS;
        }
    };

    /// @param rdpPorts of servers
    Datagrams(Fields fields, Masks masks, BitSet rdpPorts) {
        this.fields = fields;
        this.masks = masks;
        ports = rdpPorts;
    }

    /// What stands in place of the beginning of the payload; the rest is cut off.
    byte[] udp(Packet packet) {
        byte[] bytes = packet.bytes();
        int at = packet.payloadOffset();
        int length = packet.payloadCaptured();
        if (is(packet, CompanionTracker.DNS)) {
            return whole(bytes, at, length, DnsMessage.decode(bytes, at, length), () -> DnsMessage.decode(bytes, at, length), -1);
        }
        if (is(packet, CompanionTracker.KERBEROS)) {
            return whole(bytes, at, length, Kerberos.decode(bytes, at, length), () -> Kerberos.decode(bytes, at, length), 0);
        }
        Flow flow = new Flow(packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                packet.destinationLow(), packet.destinationPort());
        State state = flows.containsKey(flow) ? flows.get(flow) : flows.get(flow.back());
        boolean server = ports.get(packet.sourcePort()) || ports.get(packet.destinationPort());
        if (RdpUdpPacket.isClientSyn(bytes, at, length) || server && RdpUdpPacket.looksLikeSyn(bytes, at, length)) {
            if (state == null) {
                state = new State();
                flows.put(flow, state);
            }
            return syn(bytes, at, length, state);
        }
        if (state != null) {
            datagram.over(bytes, at, length, state.version);
            return Arrays.copyOf(Arrays.copyOfRange(bytes, at, at + Math.min(datagram.headersOfSecurity(), length)), length);
        }
        boolean dtls = is(packet, CompanionTracker.GATEWAY_UDP) && length >= DTLS_HEADER && bytes[at] == 22 && bytes[at + 1] == (byte) 0xfe;
        if (StunMessage.is(bytes, at, length)) {
            return Arrays.copyOfRange(bytes, at, at + STUN_HEADER);
        }
        return dtls ? Arrays.copyOfRange(bytes, at, at + DTLS_HEADER) : NOTHING;
    }

    /// The same of a segment of a connection that is not followed.
    byte[] tcp(Packet packet) {
        byte[] bytes = packet.bytes();
        int at = packet.payloadOffset();
        int length = packet.payloadCaptured();
        if (is(packet, CompanionTracker.DNS)) {
            return whole(bytes, at, length, DnsMessage.decodeTcp(bytes, at, length), () -> DnsMessage.decodeTcp(bytes, at, length), -1);
        }
        if (is(packet, CompanionTracker.KERBEROS)) {
            return whole(bytes, at, length, Kerberos.decodeTcp(bytes, at, length), () -> Kerberos.decodeTcp(bytes, at, length), LENGTH);
        }
        return NOTHING;
    }

    private static boolean is(Packet packet, int port) {
        return packet.sourcePort() == port || packet.destinationPort() == port;
    }

    /// @param der where an X.690 encoding begins, -1 where it is none
    private byte[] whole(byte[] bytes, int at, int length, Decoded<?> decoded, Runnable decoding, int der) {
        return !(decoded instanceof Decoded.Complete<?>) ? NOTHING
                : der >= 0 ? fields.rewriteDer(bytes, at, length, der, decoding) : fields.rewrite(bytes, at, length, decoding);
    }

    private byte[] syn(byte[] bytes, int at, int length, State state) {
        Decoded<RdpUdpPacket> decoded = RdpUdpPacket.decode(bytes, at, length);
        if (decoded instanceof Decoded.Complete<RdpUdpPacket>(RdpUdpPacket.Syn syn, _)) {
            state.version = (syn.flags() & RdpUdpPacket.ACK) != 0 ? syn.version() : state.version;
            return fields.rewrite(bytes, at, length, () -> RdpUdpPacket.decode(bytes, at, length));
        }
        return masks.keepWhatDecides(bytes, at, length, 16, masked -> RdpUdpPacket.looksLikeSyn(masked, 0, masked.length));
    }
}

package dev.rdptrace.timeline;

import java.util.List;

/// The transport of one attempt.
///
/// @param syn first SYN
/// @param synCount SYNs of the client, repetitions included
/// @param synAck first SYN-ACK
/// @param synAckCount SYN-ACKs of the server, repetitions included
/// @param synAckVariants hosts that answered the SYN: another sequence number from another hop limit or hardware address
/// @param established the ACK that completed the handshake
/// @param rttNanos from the last SYN before the answer to the SYN-ACK plus from there to the ACK, -1 unknown
/// @param resets every RST, bounded
/// @param icmp every ICMP error that quotes this connection, bounded
/// @param fragmented packets that came as IP fragments
/// @param fragmentsLost IP datagrams between the two addresses that never became whole
/// @param oneDirection only one of two directions is in the capture although the other must have existed
/// @param bufferOverflow reassembly gave up for lack of room
/// @param cutPayload segments whose payload was cut by the snap length
/// @param timeWentBack frames whose time is before the frame before
/// @param network which interface of the capture the last packet came by
public record TcpFacts(Moment syn, int synCount, Moment synAck, int synAckCount, int synAckVariants, Moment established, long rttNanos,
        HalfFacts client, HalfFacts server, List<ResetFacts> resets, List<IcmpFacts> icmp, int fragmented, int fragmentsLost,
        boolean oneDirection,
        boolean bufferOverflow, int cutPayload, int timeWentBack, int network) {

    /// Segments of both sides.
    public long packets() {
        return client.traffic().packets() + server.traffic().packets();
    }

    /// How many of these repeat what was sent before: something was lost, on either side of the capture point.
    public int repeats() {
        return client.traffic().repeats() + server.traffic().repeats();
    }

    public HalfFacts half(Side side) {
        return side == Side.CLIENT ? client : server;
    }
}

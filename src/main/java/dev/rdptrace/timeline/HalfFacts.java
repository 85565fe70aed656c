package dev.rdptrace.timeline;

import java.util.List;

/// What one end of a TCP connection sent, and what became of it. Sizes are payload bytes unless they say otherwise.
///
/// @param packets segments seen from this side, duplicates of the capture not counted
/// @param payloadBytes distinct payload bytes seen
/// @param retransmissions segments that repeat bytes sent before
/// @param lossRepairs segments that fill a hole late: their first copy was lost before the capture point
/// @param outOfOrder segments that overtook each other
/// @param largestSent largest payload of one segment
/// @param largestDelivered largest payload of one segment that the peer acknowledged, or that was seen behind a hole
/// @param largestDeliveredIp the same as bytes of the IP packet
/// @param smallestLostIp smallest IP packet among [#unacknowledged] transmitted at least three times, 0 if none
/// @param unacknowledged segments not acknowledged at the end, oldest first, bounded
/// @param holeBytes bytes that were never seen although later ones were, and that the peer never acknowledged
/// @param announcedBytes bytes that this side's own later sequence numbers say it has sent, that were never seen and
///     never acknowledged: they were lost before the capture point
/// @param bytesBehindHole bytes seen behind that hole
/// @param unseenAcknowledged bytes that the peer acknowledged and the capture does not hold
/// @param hopLimit most frequent TTL or hop limit, -1 unknown
/// @param synHopLimit TTL of the SYN or SYN-ACK, -1 unknown
/// @param identificationHabit how IPv4 identifications run
/// @param mss option of the SYN, -1 unknown
/// @param synWindow window of the SYN or SYN-ACK, -1 unknown
/// @param timestamps uses TCP timestamps
/// @param dontFragment its data segments carry DF (always true for IPv6)
/// @param zeroWindowNanos time during which it advertised a window of zero
/// @param zeroWindowFrames frames of the first and last zero window, bounded
/// @param zeroWindowAtEnd its window was still zero at the end
/// @param keepAlives keep-alive probes sent
/// @param keepAlivesAnswered of which were answered
/// @param keepAlivesHurried keep-alives that came sooner than an answered one would be followed: its answers do not arrive
/// @param shrunkSegments segments that the sender cut smaller after they had not been acknowledged
/// @param superFrames segments larger than any MTU on the wire (offload)
/// @param duplicates copies of packets that the capture holds twice
/// @param first first segment
/// @param last last segment
/// @param lastPayload last segment with new payload
/// @param fin its FIN, or the packet that acknowledges it where the capture lacks it
/// @param finAcknowledged the packet that acknowledged the FIN
/// @param lastAcknowledgement last segment that acknowledged new bytes of the *other* side
/// @param repeatedAfterReceipt segments and FINs that it sent again although the other side's acknowledgement of them had
///     long passed the capture point: what the other side sends does not arrive here, however small
/// @param announcedAt the first packet whose sequence number stands behind [#announcedBytes], or behind the last payload, which came later
/// @param receipts what of its payload the other side acknowledged, and by which packet
/// @param payloadHopLimit TTL or hop limit of the last segment with payload, -1 unknown
/// @param stalledSince when the last segment was first sent that was repeated for seconds and came through after all
/// @param stalledUntil when it was acknowledged
public record HalfFacts(long packets, long payloadBytes, int retransmissions, int lossRepairs, int outOfOrder, int largestSent,
        int largestDelivered, int largestDeliveredIp, int smallestLostIp, List<LostSegment> unacknowledged, long holeBytes,
        long announcedBytes, long bytesBehindHole, long unseenAcknowledged, int hopLimit, int synHopLimit,
        IdentificationHabit identificationHabit,
        int mss, int synWindow, boolean timestamps, boolean dontFragment, long zeroWindowNanos, List<Long> zeroWindowFrames,
        boolean zeroWindowAtEnd, int keepAlives, int keepAlivesAnswered, int keepAlivesHurried, int shrunkSegments, int superFrames,
        int duplicates, Moment first, Moment last, Moment lastPayload, Moment fin, Moment finAcknowledged, Moment lastAcknowledgement,
        int repeatedAfterReceipt, Moment announcedAt, Receipts receipts, int payloadHopLimit, Moment stalledSince, Moment stalledUntil) {

    /// Of an end whose datagrams were counted, and that speaks no TCP.
    public static HalfFacts ofDatagrams(long packets, Moment first, Moment last) {
        return new HalfFacts(packets, 0, 0, 0, 0, 0, 0, 0, 0, List.of(), 0, 0, 0, 0, -1, -1, IdentificationHabit.UNKNOWN, -1, -1, false,
                false, 0, List.of(), false, 0, 0, 0, 0, 0, 0, first, last, Moment.NEVER, Moment.NEVER, Moment.NEVER, Moment.NEVER, 0,
                Moment.NEVER, Receipts.NONE, -1, Moment.NEVER, Moment.NEVER);
    }

    /// How the IPv4 identifications of a sender run.
    public enum IdentificationHabit {
        ZERO,
        COUNTING,
        RANDOM,
        /// IPv6, or too few packets
        UNKNOWN
    }

    public boolean silent() {
        return packets == 0;
    }
}

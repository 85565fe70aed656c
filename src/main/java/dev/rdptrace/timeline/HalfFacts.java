package dev.rdptrace.timeline;

import java.util.List;

/// What one end of a TCP connection sent, and what became of it. Sizes are payload bytes unless they say otherwise.
///
/// @param first first segment
/// @param last last segment
/// @param lastPayload last segment with new payload
/// @param fin its FIN, or the packet that acknowledges it where the capture lacks it
/// @param finRepeats how often it sent the FIN again
/// @param finAcknowledged the packet that acknowledged the FIN
/// @param lastAcknowledgement last segment that acknowledged new bytes of the *other* side
/// @param payloadBytes distinct payload bytes seen
/// @param repeatedAfterReceipt segments and FINs that it sent again although the other side's acknowledgement of them had
///     long passed the capture point: what the other side sends does not arrive here, however small
/// @param receipts what of its payload the other side acknowledged, and by which packet
public record HalfFacts(Moment first, Moment last, Moment lastPayload, Moment fin, int finRepeats, Moment finAcknowledged,
        Moment lastAcknowledgement, long payloadBytes, Traffic traffic, Loss loss, Habits habits, ZeroWindow zeroWindow,
        KeepAlives keepAlives, int repeatedAfterReceipt, Receipts receipts) {

    /// How much it sent, and in what pieces.
    ///
    /// @param packets segments seen from this side, duplicates of the capture not counted
    /// @param retransmissions segments that repeat bytes sent before
    /// @param lossRepairs segments that fill a hole late: their first copy was lost before the capture point
    /// @param outOfOrder segments that overtook each other
    /// @param duplicates copies of packets that the capture holds twice
    /// @param largestSent largest payload of one segment
    /// @param largestDelivered largest payload of one segment that the peer acknowledged, or that was seen behind a hole
    /// @param largestDeliveredIp the same as bytes of the IP packet
    /// @param shrunkSegments segments that the sender cut smaller after they had not been acknowledged
    /// @param superFrames segments larger than any MTU on the wire (offload)
    public record Traffic(long packets, int retransmissions, int lossRepairs, int outOfOrder, int duplicates,
            int largestSent, int largestDelivered, int largestDeliveredIp, int shrunkSegments, int superFrames) {
        /// Segments that were sent again, seen before or not.
        public int repeats() {
            return retransmissions + lossRepairs;
        }
    }

    /// What did not arrive, or was not seen.
    ///
    /// @param unacknowledged segments not acknowledged at the end, oldest first, bounded
    /// @param smallestIp smallest IP packet among these transmitted at least three times, 0 if none
    /// @param holeBytes bytes that were never seen although later ones were, and that the peer never acknowledged
    /// @param bytesBehindHole bytes seen behind that hole
    /// @param announcedBytes bytes that this side's own later sequence numbers say it has sent, that were never seen and
    ///     never acknowledged: they were lost before the capture point
    /// @param announcedAt the first packet whose sequence number stands behind these, or behind the last payload, which came later
    /// @param unseenAcknowledged bytes that the peer acknowledged and the capture does not hold
    /// @param stalledSince when the last segment was first sent that was repeated for seconds and came through after all
    /// @param stalledUntil when it was acknowledged
    public record Loss(List<LostSegment> unacknowledged, int smallestIp, long holeBytes, long bytesBehindHole, long announcedBytes,
            Moment announcedAt, long unseenAcknowledged, Moment stalledSince, Moment stalledUntil) {
        static final Loss NONE = new Loss(List.of(), 0, 0, 0, 0, Moment.NEVER, 0, Moment.NEVER, Moment.NEVER);
    }

    /// What its packets have in common.
    ///
    /// @param hopLimit most frequent TTL or hop limit, -1 unknown
    /// @param synHopLimit TTL of the SYN or SYN-ACK, -1 unknown
    /// @param payloadHopLimit TTL or hop limit of the last segment with payload, -1 unknown
    /// @param identification how IPv4 identifications run
    /// @param mss option of the SYN, -1 unknown
    /// @param synWindow window of the SYN or SYN-ACK, -1 unknown
    /// @param timestamps uses TCP timestamps
    /// @param dontFragment its data segments carry DF (always true for IPv6)
    public record Habits(int hopLimit, int synHopLimit, int payloadHopLimit, IdentificationHabit identification, int mss, int synWindow,
            boolean timestamps, boolean dontFragment) {
        static final Habits UNKNOWN = new Habits(-1, -1, -1, IdentificationHabit.UNKNOWN, -1, -1, false, false);
    }

    /// When it could take no more.
    ///
    /// @param nanos time during which it advertised a window of zero
    /// @param frames of the first and last zero window, bounded
    /// @param atEnd its window was still zero at the end
    public record ZeroWindow(long nanos, List<Long> frames, boolean atEnd) {
        static final ZeroWindow NEVER = new ZeroWindow(0, List.of(), false);
    }

    /// Its keep-alive probes.
    ///
    /// @param hurried those that came sooner than an answered one would be followed: its answers do not arrive
    public record KeepAlives(int sent, int answered, int hurried) {
        static final KeepAlives NONE = new KeepAlives(0, 0, 0);

        public int unanswered() {
            return sent - answered;
        }
    }

    /// Of an end whose datagrams were counted, and that speaks no TCP.
    public static HalfFacts ofDatagrams(long packets, Moment first, Moment last) {
        return new HalfFacts(first, last, Moment.NEVER, Moment.NEVER, 0, Moment.NEVER, Moment.NEVER, 0,
                new Traffic(packets, 0, 0, 0, 0, 0, 0, 0, 0, 0), Loss.NONE, Habits.UNKNOWN, ZeroWindow.NEVER, KeepAlives.NONE, 0,
                Receipts.NONE);
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
        return traffic.packets == 0;
    }
}

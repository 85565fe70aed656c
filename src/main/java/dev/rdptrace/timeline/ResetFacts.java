package dev.rdptrace.timeline;

/// One RST segment as it looked, and what of the sender's habits it did or did not share.
///
/// @param from whose address it bears
/// @param hopLimit its TTL or hop limit
/// @param usualHopLimit what this sender's other segments of the connection had most often, -1 if there were none
/// @param identification IPv4 identification, -1 for IPv6
/// @param hasAck RST with ACK
/// @param timestamps carries a timestamps option
/// @param timestampsUsed the connection uses timestamps
/// @param sequenceExact its sequence number is the very next one of its sender as far as seen
/// @param behindClose its sequence number leaves room for a FIN of its sender that was not seen before it: lost, or overtaken
/// @param afterOwnFin its sender had already sent a FIN
/// @param afterPeerFin the other side had already sent a FIN
/// @param sinceOtherNanos time since the last segment of the other side, which it may be the answer to; -1 if none
/// @param sinceOwnNanos time since the sender's own last segment; -1 if none
/// @param answersLength payload length of that last segment of the other side
/// @param firstUncovered frame of the other side's first segment that its acknowledgement does not cover, 0 none or unknown
/// @param answersSyn the last segment of the other side was a SYN
/// @param sequenceAhead bytes of its sender between what was seen and its sequence number: sent before it and lost; 0 none
/// @param identificationContinues its IPv4 identification follows the sender's last one as a counter does
/// @param text what it says in words (RFC 9293 3.5.3), empty where it says nothing; hosts do not, some balancers do
public record ResetFacts(Moment at, Side from, int hopLimit, int usualHopLimit, int identification, boolean dontFragment,
        boolean hasAck, int window, boolean timestamps, boolean timestampsUsed, boolean sequenceExact, boolean behindClose,
        boolean afterOwnFin, boolean afterPeerFin, long sinceOtherNanos, long sinceOwnNanos, int answersLength, boolean answersSyn,
        long firstUncovered, long sequenceAhead, boolean identificationContinues, String text) {}

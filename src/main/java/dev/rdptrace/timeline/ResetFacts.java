package dev.rdptrace.timeline;

/// One RST segment as it looked, and what of the sender's habits it did or did not share.
///
/// @param from whose address it bears
/// @param afterOwnFin its sender had already sent a FIN
/// @param afterPeerFin the other side had already sent a FIN
public record ResetFacts(Moment at, Side from, Header header, Habits habits, Sequence sequence, Before before, boolean afterOwnFin,
        boolean afterPeerFin) {

    /// What the packet itself says.
    ///
    /// @param hopLimit its TTL or hop limit
    /// @param identification IPv4 identification, -1 for IPv6
    /// @param hasAck RST with ACK
    /// @param timestamps carries a timestamps option
    /// @param text what it says in words (RFC 9293 3.5.3), empty where it says nothing; hosts do not, some balancers do
    public record Header(int hopLimit, int identification, boolean dontFragment, boolean hasAck, int window, boolean timestamps,
            String text) {}

    /// What its sender's other packets have in common.
    ///
    /// @param hopLimit what this sender's other segments of the connection had most often, -1 if there were none
    /// @param timestamps the connection uses timestamps
    /// @param identificationContinues its IPv4 identification follows the sender's last one as a counter does
    public record Habits(int hopLimit, boolean timestamps, boolean identificationContinues) {}

    /// Where its sequence number stands.
    ///
    /// @param exact it is the very next one of its sender as far as seen
    /// @param behindClose it leaves room for a FIN of its sender that was not seen before it: lost, or overtaken
    /// @param ahead bytes of its sender between what was seen and its sequence number: sent before it and lost; 0 none
    public record Sequence(boolean exact, boolean behindClose, long ahead) {}

    /// What came before it.
    ///
    /// @param otherNanos time since the last segment of the other side, which it may be the answer to; -1 if none
    /// @param ownNanos time since the sender's own last segment; -1 if none
    /// @param length payload length of that last segment of the other side
    /// @param syn that last segment of the other side was a SYN
    /// @param firstUncovered frame of the other side's first segment that its acknowledgement does not cover, 0 none or unknown
    public record Before(long otherNanos, long ownNanos, int length, boolean syn, long firstUncovered) {}
}

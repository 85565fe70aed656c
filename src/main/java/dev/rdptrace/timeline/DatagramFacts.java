package dev.rdptrace.timeline;

/// What one side sent over a side transport behind the handshake of [MS-RDPEUDP].
///
/// @param sent datagrams
/// @param alone of these, how many after the other side's last
/// @param last datagram of this side, of the handshake too
/// @param carrying data for the layer above
/// @param repeats of these, how many carry what was sent before: [MS-RDPEUDP] 3.1.1.5
/// @param repairing datagrams of forward error correction: [MS-RDPEUDP] 2.2.2.2
/// @param unseen numbers at least that were left out: datagrams that were lost before the capture point
/// @param holes acknowledgements that report datagrams of the other side as missing
/// @param ackNanos least time from new data to the other side's acknowledgement; -1 unknown
/// @param stuck what was repeated most often
public record DatagramFacts(long sent, long alone, Moment last, long carrying, long repeats, long repairing, long unseen,
        long holes, long ackNanos, Stuck stuck) {

    /// Part of what it said that was sent again, for it had not arrived.
    public double repeated() {
        return carrying == 0 ? 0 : repeats / (double) carrying;
    }

    /// Data that was sent again and again.
    ///
    /// @param repeats how often after the first time
    /// @param bytes of it in one datagram
    /// @param first time it was repeated
    /// @param last time
    public record Stuck(int repeats, int bytes, Moment first, Moment last) {
        public static final Stuck NONE = new Stuck(0, 0, Moment.NEVER, Moment.NEVER);

        public double seconds() {
            return repeats == 0 ? 0 : last.secondsSince(first);
        }
    }
}

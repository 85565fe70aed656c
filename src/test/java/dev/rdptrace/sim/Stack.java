package dev.rdptrace.sim;

/// How a system does TCP.
///
/// @param hopLimit initial value of its packets
/// @param firstTimeoutMillis the shortest retransmission timeout
/// @param retries of data before it gives up
/// @param resetsAtGivingUp says so with a reset when it gives up
/// @param timestamps offers RFC 7323 timestamps
/// @param resetCarriesTimestamp in resets of a program
/// @param delayedAckMillis how long an acknowledgement may wait for company
/// @param keepAliveByte a keep-alive carries one byte again
record Stack(int hopLimit, int firstTimeoutMillis, int retries, boolean resetsAtGivingUp, boolean timestamps, boolean resetCarriesTimestamp,
        int delayedAckMillis, boolean keepAliveByte) {
    static final Stack WINDOWS = new Stack(128, 300, 5, true, false, false, 50, true);
    static final Stack LINUX = new Stack(64, 200, 9, false, true, true, 40, false);
}

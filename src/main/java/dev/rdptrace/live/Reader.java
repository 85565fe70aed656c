package dev.rdptrace.live;

import java.util.List;

/// A way to libpcap: opens interfaces and waits for their packets.
sealed interface Reader permits LibpcapReader, Pcap4jReader {

    /// What it is, for people: `libpcap 1.10.3 through java.lang.foreign`.
    String describe();

    /// @param filter in pcap-filter syntax, or empty
    LivePacketQueue open(String name, LiveOptions options, String filter) throws LiveException;

    /// Returns when one of `taps` has something, or after `millis`.
    void await(List<LivePacketQueue> taps, int millis);
}

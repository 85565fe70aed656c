package dev.rdptrace.live;

import java.util.List;

/// How to capture.
///
/// @param interfaces names, at least one; `any` stands for all of them
/// @param filter in pcap-filter syntax, or empty
/// @param snapLength most bytes kept of a packet
/// @param bufferBytes kernel buffer of each interface
/// @param promiscuous see packets that are not for this host
/// @param reader which library binding to use
/// @param patienceMillis how long an interface may be down or away before the capture ends
public record LiveOptions(List<String> interfaces, String filter, int snapLength, int bufferBytes, boolean promiscuous,
        Choice reader, long patienceMillis) {
    public static final int WHOLE_PACKETS = 262_144;
    /// A second of 100,000 packets: so long a busy machine may give this program no time. libpcap itself would take 2 MiB.
    public static final int BUFFER_BYTES = 64 << 20;
    public static final long PATIENCE_MILLIS = 10_000;

    /// Which reader.
    public enum Choice {
        /// The better one that works.
        AUTO,
        LIBPCAP,
        PCAP4J
    }

    public LiveOptions {
        interfaces = List.copyOf(interfaces);
    }

    /// On `interfaces` with everything else as usual.
    public static LiveOptions on(List<String> interfaces) {
        return new LiveOptions(interfaces, "", WHOLE_PACKETS, BUFFER_BYTES, true, Choice.AUTO, PATIENCE_MILLIS);
    }

    /// The same, of packets that match only.
    public LiveOptions filtered(String pcapFilter) {
        return new LiveOptions(interfaces, pcapFilter, snapLength, bufferBytes, promiscuous, reader, patienceMillis);
    }
}

package dev.rdptrace.wire.mcs;

import dev.rdptrace.bytes.Reader;

/// T.125 7 DomainParameters: the limits both sides bargain for. Counts, and sizes in bytes.
public record DomainParameters(
        long maxChannelIds,
        long maxUserIds,
        long maxTokenIds,
        long numPriorities,
        long minThroughput,
        long maxHeight,
        long maxMcsPduSize,
        long protocolVersion) {

    static DomainParameters read(String field, Reader in) {
        Reader inner = Ber.element(in, 0x30, field, "DomainParameters");
        return new DomainParameters(
                Ber.integer(inner, 0x02, "maxChannelIds"),
                Ber.integer(inner, 0x02, "maxUserIds"),
                Ber.integer(inner, 0x02, "maxTokenIds"),
                Ber.integer(inner, 0x02, "numPriorities"),
                Ber.integer(inner, 0x02, "minThroughput"),
                Ber.integer(inner, 0x02, "maxHeight"),
                Ber.integer(inner, 0x02, "maxMCSPDUsize"),
                Ber.integer(inner, 0x02, "protocolVersion"));
    }
}

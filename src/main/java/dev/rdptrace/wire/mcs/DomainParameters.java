package dev.rdptrace.wire.mcs;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;

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
        Reader inner = Ber.open(in, Ber.SEQUENCE, field, "DomainParameters");
        return new DomainParameters(
                Ber.unsigned(inner, Ber.INTEGER, "maxChannelIds"),
                Ber.unsigned(inner, Ber.INTEGER, "maxUserIds"),
                Ber.unsigned(inner, Ber.INTEGER, "maxTokenIds"),
                Ber.unsigned(inner, Ber.INTEGER, "numPriorities"),
                Ber.unsigned(inner, Ber.INTEGER, "minThroughput"),
                Ber.unsigned(inner, Ber.INTEGER, "maxHeight"),
                Ber.unsigned(inner, Ber.INTEGER, "maxMCSPDUsize"),
                Ber.unsigned(inner, Ber.INTEGER, "protocolVersion"));
    }
}

package dev.rdptrace.wire.security;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;

/// [MS-RDPBCGR] 2.2.14.1 and 2.2.14.2 messages that measure the network; fields that a type lacks are -1.
///
/// @param headerTypeId 0 request, 1 response
/// @param type request or response type code
/// @param baseRttMillis lowest round trip seen by the server
/// @param averageRttMillis the server's average, or what a client remembers
/// @param bandwidthKbps measured
/// @param timeDeltaMillis between start and stop of a bandwidth measurement
/// @param byteCount received in a bandwidth measurement
public record AutoDetect(
        int headerTypeId, int sequenceNumber, int type, long baseRttMillis, long averageRttMillis, long bandwidthKbps,
        long timeDeltaMillis, long byteCount) {
    private static final Names REQUESTS = Names.none()
            .and(0x0001, "RTT Measure Request").and(0x1001, "RTT Measure Request (connect time)")
            .and(0x0014, "Bandwidth Measure Start").and(0x0114, "Bandwidth Measure Start (lossy UDP)")
            .and(0x1014, "Bandwidth Measure Start (connect time)")
            .and(0x0002, "Bandwidth Measure Payload")
            .and(0x002b, "Bandwidth Measure Stop (connect time)").and(0x0429, "Bandwidth Measure Stop")
            .and(0x0629, "Bandwidth Measure Stop (lossy UDP)")
            .and(0x0840, "Network Characteristics Result").and(0x0880, "Network Characteristics Result")
            .and(0x08c0, "Network Characteristics Result");
    private static final Names RESPONSES = Names.none()
            .and(0x0000, "RTT Measure Response")
            .and(0x0003, "Bandwidth Measure Results (connect time)").and(0x000b, "Bandwidth Measure Results")
            .and(0x0018, "Network Characteristics Sync");

    public String typeName() {
        return (headerTypeId == 0 ? REQUESTS : RESPONSES).of(type);
    }

    static AutoDetect read(Reader in) {
        in.u8("headerLength");
        int headerTypeId = in.u8("headerTypeId");
        int sequenceNumber = in.u16le("sequenceNumber");
        int type = in.u16le("type");
        long baseRtt = -1;
        long averageRtt = -1;
        long bandwidth = -1;
        long timeDelta = -1;
        long byteCount = -1;
        if (headerTypeId == 0) {
            if (type == 0x0840 || type == 0x08c0) {
                baseRtt = in.u32le("baseRTT");
            }
            if (type == 0x0880 || type == 0x08c0) {
                bandwidth = in.u32le("bandwidth");
            }
            if (type == 0x0840 || type == 0x0880 || type == 0x08c0) {
                averageRtt = in.u32le("averageRTT");
            }
        } else if (type == 0x0003 || type == 0x000b) {
            timeDelta = in.u32le("timeDelta");
            byteCount = in.u32le("byteCount");
        } else if (type == 0x0018) {
            bandwidth = in.u32le("bandwidth");
            averageRtt = in.u32le("rtt");
        }
        return new AutoDetect(headerTypeId, sequenceNumber, type, baseRtt, averageRtt, bandwidth, timeDelta, byteCount);
    }
}

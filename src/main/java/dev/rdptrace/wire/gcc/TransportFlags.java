package dev.rdptrace.wire.gcc;

import dev.rdptrace.wire.field.FlagNames;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.3.8 and 2.2.1.4.6 flags of the multitransport channel data.
final class TransportFlags {
    private static final FlagNames NAMES = FlagNames.none()
            .and(0x001, "TRANSPORTTYPE_UDPFECR")
            .and(0x004, "TRANSPORTTYPE_UDPFECL")
            .and(0x100, "TRANSPORTTYPE_UDP_PREFERRED")
            .and(0x200, "SOFTSYNC_TCP_TO_UDP");

    private TransportFlags() {}

    static List<String> namesIn(int flags) {
        return NAMES.in(Integer.toUnsignedLong(flags));
    }
}

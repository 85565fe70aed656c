package dev.rdptrace.wire.mcs;

import dev.rdptrace.wire.field.Names;

/// T.125 7 Reason. RDP uses 1 (an administrator ended it) and 3 (a user did), [MS-RDPBCGR] 3.1.5.1.1.
public record DisconnectReason(int code) {
    private static final Names NAMES = Names.from(0,
            "rn-domain-disconnected", "rn-provider-initiated", "rn-token-purged", "rn-user-requested",
            "rn-channel-purged");

    public String name() {
        return NAMES.of(code);
    }
}

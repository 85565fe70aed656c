package dev.rdptrace.wire.share;

import dev.rdptrace.wire.field.Names;

/// [MS-RDPBCGR] 2.2.5.2 statusCode: what a connection broker is doing meanwhile. Not an error.
public record StatusInfo(int code) {
    private static final Names NAMES = Names.none()
            .and(0x401, "TS_STATUS_FINDING_DESTINATION")
            .and(0x402, "TS_STATUS_LOADING_DESTINATION")
            .and(0x403, "TS_STATUS_BRINGING_SESSION_ONLINE")
            .and(0x404, "TS_STATUS_REDIRECTING_TO_DESTINATION")
            .and(0x501, "TS_STATUS_VM_LOADING")
            .and(0x502, "TS_STATUS_VM_WAKING")
            .and(0x503, "TS_STATUS_VM_STARTING")
            .and(0x504, "TS_STATUS_VM_STARTING_MONITORING")
            .and(0x505, "TS_STATUS_VM_RETRYING_MONITORING");

    public String name() {
        return NAMES.of(Integer.toUnsignedLong(code));
    }
}

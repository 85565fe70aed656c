package dev.rdptrace.wire.security;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import java.util.List;

/// [MS-RDPBCGR] 2.2.8.1.1.2.1 TS_SECURITY_HEADER, which the longer forms begin with.
public record SecurityHeader(int flags, int flagsHi) {
    public static final int EXCHANGE_PKT = 0x0001;
    public static final int TRANSPORT_REQ = 0x0002;
    public static final int TRANSPORT_RSP = 0x0004;
    public static final int ENCRYPT = 0x0008;
    public static final int INFO_PKT = 0x0040;
    public static final int LICENSE_PKT = 0x0080;
    public static final int REDIRECTION_PKT = 0x0400;
    public static final int SECURE_CHECKSUM = 0x0800;
    public static final int AUTODETECT_REQ = 0x1000;
    public static final int AUTODETECT_RSP = 0x2000;
    public static final int HEARTBEAT = 0x4000;

    private static final FlagNames NAMES = FlagNames.none()
            .and(EXCHANGE_PKT, "SEC_EXCHANGE_PKT")
            .and(TRANSPORT_REQ, "SEC_TRANSPORT_REQ")
            .and(TRANSPORT_RSP, "SEC_TRANSPORT_RSP")
            .and(ENCRYPT, "SEC_ENCRYPT")
            .and(0x0010, "SEC_RESET_SEQNO")
            .and(0x0020, "SEC_IGNORE_SEQNO")
            .and(INFO_PKT, "SEC_INFO_PKT")
            .and(LICENSE_PKT, "SEC_LICENSE_PKT")
            .and(0x0200, "SEC_LICENSE_ENCRYPT")
            .and(REDIRECTION_PKT, "SEC_REDIRECTION_PKT")
            .and(SECURE_CHECKSUM, "SEC_SECURE_CHECKSUM")
            .and(AUTODETECT_REQ, "SEC_AUTODETECT_REQ")
            .and(AUTODETECT_RSP, "SEC_AUTODETECT_RSP")
            .and(HEARTBEAT, "SEC_HEARTBEAT")
            .and(0x8000, "SEC_FLAGSHI_VALID");

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public List<String> flagNames() {
        return NAMES.in(flags);
    }

    static SecurityHeader read(Reader in) {
        return new SecurityHeader(in.u16le("flags"), in.u16le("flagsHi"));
    }
}

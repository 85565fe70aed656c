package dev.rdptrace.wire.gcc;

import dev.rdptrace.wire.field.Names;

/// [MS-RDPBCGR] 2.2.1.3.2 and 2.2.1.4.2 version: major in the high half, minor in the low half.
public record RdpVersion(int code) {
    private static final Names NAMES = Names.none().and(0x00080001, "RDP 4.0").and(0x00080004, "RDP 5.0 to 8.1")
            .and(0x00080005, "RDP 10.0").and(0x00080006, "RDP 10.1").and(0x00080007, "RDP 10.2")
            .and(0x00080008, "RDP 10.3").and(0x00080009, "RDP 10.4").and(0x0008000a, "RDP 10.5")
            .and(0x0008000b, "RDP 10.6").and(0x0008000c, "RDP 10.7").and(0x0008000d, "RDP 10.8")
            .and(0x0008000e, "RDP 10.9").and(0x0008000f, "RDP 10.10").and(0x00080010, "RDP 10.11")
            .and(0x00080011, "RDP 10.12");

    public String name() {
        return NAMES.of(Integer.toUnsignedLong(code));
    }
}

package dev.rdptrace.wire.gcc;

import dev.rdptrace.wire.field.FlagNames;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.3.3 and 2.2.1.4.3 encryption methods of Standard RDP Security.
public final class EncryptionMethod {
    public static final int NONE = 0;
    public static final int RC4_40BIT = 0x01;
    public static final int RC4_128BIT = 0x02;
    public static final int RC4_56BIT = 0x08;
    public static final int FIPS = 0x10;

    private static final FlagNames NAMES = FlagNames.none()
            .and(RC4_40BIT, "40BIT").and(RC4_128BIT, "128BIT").and(RC4_56BIT, "56BIT").and(FIPS, "FIPS");

    private EncryptionMethod() {}

    public static List<String> namesIn(int methods) {
        return NAMES.in(Integer.toUnsignedLong(methods));
    }

    /// The name of the one method a server selected.
    public static String name(int method) {
        return method == NONE ? "NONE" : String.join("+", namesIn(method));
    }
}

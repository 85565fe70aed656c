package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import java.util.Locale;

/// [MS-DTYP] 2.3.4 GUID: sixteen bytes whose first three groups are little-endian.
public final class Guid {
    private Guid() {}

    /// `76772F12-BD72-4463-AFB3-B73C9C6F7886`
    public static String read(String field, Reader in) {
        byte[] first = in.bytes(field, 8);
        byte[] last = in.bytes(field, 8);
        byte[] groups = {first[3], first[2], first[1], first[0], first[5], first[4], first[7], first[6]};
        return (Hex.of(groups, 0, 4) + "-" + Hex.of(groups, 4, 2) + "-" + Hex.of(groups, 6, 2) + "-"
                + Hex.of(last, 0, 2) + "-" + Hex.of(last, 2, 6)).toUpperCase(Locale.ROOT);
    }
}

package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Hex;
import java.util.ArrayList;
import java.util.List;

/// The `flags` byte of the RDP negotiation, whose bits mean different things in the two directions.
public sealed interface NegotiationFlags {
    int bits();

    /// Names of the bits that are set, lowest first; unknown bits in hex.
    List<String> names();

    /// [MS-RDPBCGR] 2.2.1.1.1.
    record Request(int bits) implements NegotiationFlags {
        public static final int RESTRICTED_ADMIN_MODE_REQUIRED = 1;
        public static final int REDIRECTED_AUTHENTICATION_MODE_REQUIRED = 2;
        public static final int CORRELATION_INFO_PRESENT = 8;

        public boolean wantsRestrictedAdmin() {
            return (bits & RESTRICTED_ADMIN_MODE_REQUIRED) != 0;
        }

        /// Remote Credential Guard.
        public boolean wantsRedirectedAuthentication() {
            return (bits & REDIRECTED_AUTHENTICATION_MODE_REQUIRED) != 0;
        }

        public boolean announcesCorrelation() {
            return (bits & CORRELATION_INFO_PRESENT) != 0;
        }

        @Override
        public List<String> names() {
            return spell(bits, new String[] {"RESTRICTED_ADMIN_MODE_REQUIRED",
                    "REDIRECTED_AUTHENTICATION_MODE_REQUIRED", "", "CORRELATION_INFO_PRESENT"});
        }
    }

    /// [MS-RDPBCGR] 2.2.1.2.1.
    record Response(int bits) implements NegotiationFlags {
        public static final int EXTENDED_CLIENT_DATA_SUPPORTED = 1;
        public static final int DYNVC_GFX_PROTOCOL_SUPPORTED = 2;
        public static final int NEGRSP_FLAG_RESERVED = 4;
        public static final int RESTRICTED_ADMIN_MODE_SUPPORTED = 8;
        public static final int REDIRECTED_AUTHENTICATION_MODE_SUPPORTED = 0x10;

        @Override
        public List<String> names() {
            return spell(bits, new String[] {"EXTENDED_CLIENT_DATA_SUPPORTED", "DYNVC_GFX_PROTOCOL_SUPPORTED",
                    "NEGRSP_FLAG_RESERVED", "RESTRICTED_ADMIN_MODE_SUPPORTED",
                    "REDIRECTED_AUTHENTICATION_MODE_SUPPORTED"});
        }
    }

    private static List<String> spell(int bits, String[] names) {
        List<String> set = new ArrayList<>();
        for (int bit = 0; bit < 8; bit++) {
            if ((bits & 1 << bit) != 0) {
                boolean named = bit < names.length && !names[bit].isEmpty();
                set.add(named ? names[bit] : Hex.code(1 << bit));
            }
        }
        return List.copyOf(set);
    }
}

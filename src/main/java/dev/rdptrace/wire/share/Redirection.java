package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Text;
import java.util.ArrayList;
import java.util.List;

/// [MS-RDPBCGR] 2.2.13.1 RDP_SERVER_REDIRECTION_PACKET: where the client shall connect instead.
///
/// The password is passed over. Fields whose flag is not set are empty.
///
/// @param loadBalanceInfo to be sent as the routing token of the next connection request
/// @param redirectionGuid whether one was given; RDSTLS needs it
/// @param targetCertificate whether one was given; the client trusts exactly this one
public record Redirection(
        long sessionId, int flags, @Identifies(Identity.HOST) String targetNetAddress, Octets loadBalanceInfo,
        @Identifies(Identity.USER) String userName, String domain, @Identifies(Identity.HOST) String targetFqdn,
        @Identifies(Identity.HOST) String targetNetBiosName, boolean tsvUrl, boolean redirectionGuid, boolean targetCertificate,
        @Identifies(Identity.HOST) List<String> targetNetAddresses) {
    public static final int TARGET_NET_ADDRESS = 0x00000001;
    public static final int LOAD_BALANCE_INFO = 0x00000002;
    public static final int USERNAME = 0x00000004;
    public static final int DOMAIN = 0x00000008;
    public static final int PASSWORD = 0x00000010;
    public static final int NOREDIRECT = 0x00000080;
    public static final int TARGET_FQDN = 0x00000100;
    public static final int TARGET_NETBIOS_NAME = 0x00000200;
    public static final int TARGET_NET_ADDRESSES = 0x00000800;
    public static final int CLIENT_TSV_URL = 0x00001000;
    public static final int REDIRECTION_GUID = 0x00008000;
    public static final int TARGET_CERTIFICATE = 0x00010000;

    private static final FlagNames NAMES = FlagNames.none()
            .and(TARGET_NET_ADDRESS, "LB_TARGET_NET_ADDRESS")
            .and(LOAD_BALANCE_INFO, "LB_LOAD_BALANCE_INFO")
            .and(USERNAME, "LB_USERNAME")
            .and(DOMAIN, "LB_DOMAIN")
            .and(PASSWORD, "LB_PASSWORD")
            .and(0x00000020, "LB_DONTSTOREUSERNAME")
            .and(0x00000040, "LB_SMARTCARD_LOGON")
            .and(NOREDIRECT, "LB_NOREDIRECT")
            .and(TARGET_FQDN, "LB_TARGET_FQDN")
            .and(TARGET_NETBIOS_NAME, "LB_TARGET_NETBIOS_NAME")
            .and(TARGET_NET_ADDRESSES, "LB_TARGET_NET_ADDRESSES")
            .and(CLIENT_TSV_URL, "LB_CLIENT_TSV_URL")
            .and(0x00002000, "LB_SERVER_TSV_CAPABLE")
            .and(0x00004000, "LB_PASSWORD_IS_PK_ENCRYPTED")
            .and(REDIRECTION_GUID, "LB_REDIRECTION_GUID")
            .and(TARGET_CERTIFICATE, "LB_TARGET_CERTIFICATE");

    public Redirection {
        targetNetAddresses = List.copyOf(targetNetAddresses);
    }

    /// Whom the client is to connect to: the address, or else the name; empty where the packet says neither.
    public String target() {
        return targetNetAddress.isEmpty() ? targetFqdn : targetNetAddress;
    }

    public List<String> flagNames() {
        return NAMES.in(Integer.toUnsignedLong(flags));
    }

    /// Reads one, Flags first.
    public static Redirection read(Reader in) {
        in.u16le("Flags");
        Reader body = in.sub("Length", "RDP_SERVER_REDIRECTION_PACKET", in.u16le("Length") - 4);
        long sessionId = body.u32le("SessionID");
        int flags = body.i32le("RedirFlags");
        String address = text(body, flags, TARGET_NET_ADDRESS, "TargetNetAddress");
        Octets loadBalanceInfo = Octets.of(field(body, flags, LOAD_BALANCE_INFO, "LoadBalanceInfo"));
        String userName = text(body, flags, USERNAME, "UserName");
        String domain = text(body, flags, DOMAIN, "Domain");
        skip(body, flags, PASSWORD, "Password");
        String fqdn = text(body, flags, TARGET_FQDN, "TargetFQDN");
        String netBios = text(body, flags, TARGET_NETBIOS_NAME, "TargetNetBiosName");
        boolean tsvUrl = skip(body, flags, CLIENT_TSV_URL, "TsvUrl");
        boolean guid = skip(body, flags, REDIRECTION_GUID, "RedirectionGuid");
        boolean certificate = skip(body, flags, TARGET_CERTIFICATE, "TargetCertificate");
        return new Redirection(sessionId, flags, address, loadBalanceInfo, userName, domain, fqdn, netBios, tsvUrl, guid,
                certificate, (flags & TARGET_NET_ADDRESSES) != 0 ? addresses(body) : List.of());
    }

    /// [MS-RDPBCGR] 2.2.13.1.1 TARGET_NET_ADDRESSES.
    private static List<String> addresses(Reader body) {
        Reader in = body.sub("TargetNetAddresses", "TARGET_NET_ADDRESSES", body.i32le("TargetNetAddressesLength"));
        int count = in.i32le("addressCount");
        if (count < 0 || count > in.left() / 4) {
            throw in.reject("addressCount", "is " + Integer.toUnsignedLong(count) + " for " + in.left() + " bytes");
        }
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            addresses.add(Text.utf16le(in.bytes("address", in.i32le("addressLength"))));
        }
        return addresses;
    }

    private static String text(Reader in, int flags, int flag, String field) {
        return Text.utf16le(field(in, flags, flag, field));
    }

    private static byte[] field(Reader in, int flags, int flag, String field) {
        return (flags & flag) == 0 ? new byte[0] : in.bytes(field, in.i32le(field));
    }

    private static boolean skip(Reader in, int flags, int flag, String field) {
        if ((flags & flag) == 0) {
            return false;
        }
        int length = in.i32le(field);
        in.skip(field, length);
        return length > 0;
    }
}

package dev.rdptrace.wire.credssp;

import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.credssp.Ntlm.Attributes;
import dev.rdptrace.wire.credssp.Ntlm.Authenticate;
import dev.rdptrace.wire.credssp.Ntlm.Challenge;
import dev.rdptrace.wire.credssp.Ntlm.ChannelBindings;
import dev.rdptrace.wire.credssp.Ntlm.Negotiate;
import dev.rdptrace.wire.credssp.Ntlm.Response;
import dev.rdptrace.wire.credssp.Ntlm.Version;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Text;
import dev.rdptrace.wire.field.WindowsTime;
import java.util.Arrays;
import java.util.Optional;

/// Reads an NTLM message, whose fields point into its tail.
final class NtlmReader {
    private static final int UNICODE = 0x00000001;
    private static final int EXTENDED_SESSION_SECURITY = 0x00080000;
    private static final int TARGET_INFO = 0x00800000;
    private static final int VERSION = 0x02000000;
    static final FlagNames FLAGS = FlagNames.none()
            .and(0x00000001L, "NTLMSSP_NEGOTIATE_UNICODE")
            .and(0x00000002L, "NTLM_NEGOTIATE_OEM")
            .and(0x00000004L, "NTLMSSP_REQUEST_TARGET")
            .and(0x00000010L, "NTLMSSP_NEGOTIATE_SIGN")
            .and(0x00000020L, "NTLMSSP_NEGOTIATE_SEAL")
            .and(0x00000040L, "NTLMSSP_NEGOTIATE_DATAGRAM")
            .and(0x00000080L, "NTLMSSP_NEGOTIATE_LM_KEY")
            .and(0x00000200L, "NTLMSSP_NEGOTIATE_NTLM")
            .and(0x00000800L, "NTLMSSP_ANONYMOUS")
            .and(0x00001000L, "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED")
            .and(0x00002000L, "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED")
            .and(0x00008000L, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN")
            .and(0x00010000L, "NTLMSSP_TARGET_TYPE_DOMAIN")
            .and(0x00020000L, "NTLMSSP_TARGET_TYPE_SERVER")
            .and(0x00080000L, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY")
            .and(0x00100000L, "NTLMSSP_NEGOTIATE_IDENTIFY")
            .and(0x00400000L, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY")
            .and(0x00800000L, "NTLMSSP_NEGOTIATE_TARGET_INFO")
            .and(0x02000000L, "NTLMSSP_NEGOTIATE_VERSION")
            .and(0x20000000L, "NTLMSSP_NEGOTIATE_128")
            .and(0x40000000L, "NTLMSSP_NEGOTIATE_KEY_EXCH")
            .and(0x80000000L, "NTLMSSP_NEGOTIATE_56");

    private final byte[] message;
    private final Reader faults;
    private int at;

    NtlmReader(byte[] message, Reader faults) {
        this.message = message;
        this.faults = faults;
    }

    Ntlm read() {
        if (!Text.ansi(slice("Signature", 0, 8)).equals("NTLMSSP")) {
            throw faults.reject("Signature", "is not NTLMSSP");
        }
        at = 8;
        int type = u32("MessageType");
        return switch (type) {
            case 1 -> readNegotiate();
            case 2 -> readChallenge();
            case 3 -> readAuthenticate();
            default -> throw faults.reject("MessageType", "is " + Integer.toUnsignedString(type));
        };
    }

    private Negotiate readNegotiate() {
        int flags = u32("NegotiateFlags");
        // The oldest clients end here.
        byte[] domain = at == message.length ? new byte[0] : field("DomainName");
        byte[] workstation = at == message.length ? new byte[0] : field("Workstation");
        return new Negotiate(flags, Text.ansi(domain), Text.ansi(workstation), version(flags));
    }

    private Challenge readChallenge() {
        byte[] targetName = field("TargetName");
        int flags = u32("NegotiateFlags");
        slice("ServerChallenge and Reserved", at, 16);
        at += 16;
        byte[] targetInfo = (flags & TARGET_INFO) != 0 ? field("TargetInfo") : new byte[0];
        at = 48;
        return new Challenge(flags, text(flags, targetName), attributes(targetInfo), version(flags));
    }

    private Authenticate readAuthenticate() {
        skipField("LmChallengeResponse");
        byte[] response = field("NtChallengeResponse");
        byte[] domain = field("DomainName");
        byte[] userName = field("UserName");
        byte[] workstation = field("Workstation");
        boolean sessionKey = skipField("EncryptedRandomSessionKey") > 0;
        int flags = u32("NegotiateFlags");
        Optional<Version> version = version(flags);
        Response kind = kind(response.length, flags);
        Attributes client = Attributes.none();
        long clientTime = WindowsTime.UNKNOWN;
        if (kind == Response.NTLM_V2) {
            // [MS-NLMP] 2.2.2.8 and 2.2.2.7: proof 16, versions and reserved 8, time 8, challenge 8, reserved 4.
            clientTime = WindowsTime.epochNanos(i64(response, 24));
            client = attributes(Arrays.copyOfRange(response, 44, response.length));
        }
        return new Authenticate(flags, text(flags, domain), text(flags, userName), text(flags, workstation), kind,
                client, clientTime, sessionKey, version);
    }

    private static Response kind(int responseLength, int flags) {
        if (responseLength >= 44) {
            return Response.NTLM_V2;
        }
        if (responseLength < 24) {
            return Response.NONE;
        }
        return (flags & EXTENDED_SESSION_SECURITY) != 0 ? Response.NTLM_V1_EXTENDED : Response.NTLM_V1;
    }

    private Attributes attributes(byte[] pairs) {
        String netBiosComputer = "";
        String netBiosDomain = "";
        String dnsComputer = "";
        String dnsDomain = "";
        String dnsTree = "";
        int flags = -1;
        long time = WindowsTime.UNKNOWN;
        String targetName = "";
        ChannelBindings bindings = ChannelBindings.ABSENT;
        int pair = 0;
        while (pair + 4 <= pairs.length) {
            int id = u16(pairs, pair);
            int length = u16(pairs, pair + 2);
            if (id == 0) {
                break;
            }
            if (length > pairs.length - pair - 4) {
                throw faults.reject("AvLen", "is " + length + ", " + (pairs.length - pair - 4) + " bytes are left");
            }
            byte[] value = Arrays.copyOfRange(pairs, pair + 4, pair + 4 + length);
            pair += 4 + length;
            switch (id) {
                case 1 -> netBiosComputer = Text.utf16le(value);
                case 2 -> netBiosDomain = Text.utf16le(value);
                case 3 -> dnsComputer = Text.utf16le(value);
                case 4 -> dnsDomain = Text.utf16le(value);
                case 5 -> dnsTree = Text.utf16le(value);
                case 6 -> flags = length >= 4 ? u16(value, 0) | u16(value, 2) << 16 : -1;
                case 7 -> time = length >= 8 ? WindowsTime.epochNanos(i64(value, 0)) : WindowsTime.UNKNOWN;
                case 9 -> targetName = Text.utf16le(value);
                case 10 -> bindings = Octets.of(value).isAllZero() ? ChannelBindings.ZERO : ChannelBindings.PRESENT;
                default -> {
                    // Single host data and whatever comes later says nothing about a failure.
                }
            }
        }
        return new Attributes(netBiosComputer, netBiosDomain, dnsComputer, dnsDomain, dnsTree, flags, time, targetName,
                bindings);
    }

    private Optional<Version> version(int flags) {
        if ((flags & VERSION) == 0 || at + 8 > message.length) {
            return Optional.empty();
        }
        Version version = new Version(message[at] & 0xff, message[at + 1] & 0xff, u16(message, at + 2),
                message[at + 7] & 0xff);
        at += 8;
        return Optional.of(version);
    }

    /// Length, room and offset of a field in the tail, and the field.
    private byte[] field(String field) {
        byte[] position = slice(field, at, 8);
        at += 8;
        int length = u16(position, 0);
        int offset = u16(position, 4) | u16(position, 6) << 16;
        return length == 0 ? new byte[0] : slice(field, offset, length);
    }

    private int skipField(String field) {
        return field(field).length;
    }

    private int u32(String field) {
        byte[] value = slice(field, at, 4);
        at += 4;
        return u16(value, 0) | u16(value, 2) << 16;
    }

    private byte[] slice(String field, int offset, int length) {
        if (offset < 0 || length > message.length - offset) {
            throw faults.reject(field, "of " + length + " bytes at " + Integer.toUnsignedLong(offset) + " is outside the "
                    + message.length + " bytes of the message");
        }
        return Arrays.copyOfRange(message, offset, offset + length);
    }

    private static String text(int flags, byte[] bytes) {
        return (flags & UNICODE) != 0 ? Text.utf16le(bytes) : Text.ansi(bytes);
    }

    private static int u16(byte[] bytes, int offset) {
        return bytes[offset] & 0xff | (bytes[offset + 1] & 0xff) << 8;
    }

    private static long i64(byte[] bytes, int offset) {
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = value << 8 | bytes[offset + i] & 0xff;
        }
        return value;
    }
}

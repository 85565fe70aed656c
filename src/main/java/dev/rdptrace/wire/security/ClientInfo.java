package dev.rdptrace.wire.security;

import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Text;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.11.1.1 TS_INFO_PACKET and 2.2.1.11.1.1.1 TS_EXTENDED_INFO_PACKET.
///
/// The password is passed over; neither it nor its length is kept. Fields that the client left off the end are -1 or empty.
///
/// @param codePage an ANSI code page, or with Unicode the active input locale
/// @param clientAddressFamily 2 IPv4, 23 IPv6
/// @param clientDir the folder or the file of the client program
/// @param biasMinutes UTC minus local time; [Integer#MIN_VALUE] when the client sent no time zone
/// @param timeZoneName of standard time
/// @param standardBiasMinutes added to the bias in standard time
/// @param daylightName of summer time
/// @param daylightBiasMinutes added to the bias in summer time
/// @param autoReconnectCookie whether one was sent: this client was connected before
/// @param dynamicTimeZoneKey the registry name of the time zone
public record ClientInfo(
        int codePage, int flags, String domain, @Identifies(Identity.USER) String userName, String alternateShell, String workingDir,
        int clientAddressFamily, @Identifies(Identity.HOST) String clientAddress, String clientDir, int biasMinutes, String timeZoneName,
        int standardBiasMinutes, String daylightName, int daylightBiasMinutes,
        long clientSessionId, long performanceFlags, boolean autoReconnectCookie, String dynamicTimeZoneKey) {
    public static final int UNICODE = 0x00000010;

    private static final int COMPRESSION_TYPE_MASK = 0x00001e00;
    private static final int TIME_ZONE_LENGTH = 172;
    private static final int SYSTEM_TIME_LENGTH = 16;
    private static final FlagNames FLAGS = FlagNames.none()
            .and(0x00000001, "INFO_MOUSE")
            .and(0x00000002, "INFO_DISABLECTRLALTDEL")
            .and(0x00000008, "INFO_AUTOLOGON")
            .and(0x00000010, "INFO_UNICODE")
            .and(0x00000020, "INFO_MAXIMIZESHELL")
            .and(0x00000040, "INFO_LOGONNOTIFY")
            .and(0x00000080, "INFO_COMPRESSION")
            .and(0x00000100, "INFO_ENABLEWINDOWSKEY")
            .and(0x00002000, "INFO_REMOTECONSOLEAUDIO")
            .and(0x00004000, "INFO_FORCE_ENCRYPTED_CS_PDU")
            .and(0x00008000, "INFO_RAIL")
            .and(0x00010000, "INFO_LOGONERRORS")
            .and(0x00020000, "INFO_MOUSE_HAS_WHEEL")
            .and(0x00040000, "INFO_PASSWORD_IS_SC_PIN")
            .and(0x00080000, "INFO_NOAUDIOPLAYBACK")
            .and(0x00100000, "INFO_USING_SAVED_CREDS")
            .and(0x00200000, "INFO_AUDIOCAPTURE")
            .and(0x00400000, "INFO_VIDEO_DISABLE")
            .and(0x02000000, "INFO_HIDEF_RAIL_SUPPORTED");
    private static final FlagNames PERFORMANCE = FlagNames.none()
            .and(0x001, "PERF_DISABLE_WALLPAPER")
            .and(0x002, "PERF_DISABLE_FULLWINDOWDRAG")
            .and(0x004, "PERF_DISABLE_MENUANIMATIONS")
            .and(0x008, "PERF_DISABLE_THEMING")
            .and(0x020, "PERF_DISABLE_CURSOR_SHADOW")
            .and(0x040, "PERF_DISABLE_CURSORSETTINGS")
            .and(0x080, "PERF_ENABLE_FONT_SMOOTHING")
            .and(0x100, "PERF_ENABLE_DESKTOP_COMPOSITION");

    /// Without the compression type, which has a method of its own.
    public List<String> flagNames() {
        return FLAGS.in(Integer.toUnsignedLong(flags & ~COMPRESSION_TYPE_MASK));
    }

    public List<String> performanceFlagNames() {
        return performanceFlags == -1 ? List.of() : PERFORMANCE.in(performanceFlags);
    }

    static ClientInfo read(Reader in) {
        int codePage = in.i32le("CodePage");
        int flags = in.i32le("flags");
        boolean unicode = (flags & UNICODE) != 0;
        int cbDomain = in.u16le("cbDomain");
        int cbUserName = in.u16le("cbUserName");
        int cbPassword = in.u16le("cbPassword");
        int cbAlternateShell = in.u16le("cbAlternateShell");
        int cbWorkingDir = in.u16le("cbWorkingDir");
        // The lengths leave out the terminator, which is there all the same.
        int terminator = unicode ? 2 : 1;
        String domain = text(unicode, in.bytes("Domain", cbDomain + terminator));
        String userName = text(unicode, in.bytes("UserName", cbUserName + terminator));
        in.skip("Password", cbPassword + terminator);
        String alternateShell = text(unicode, in.bytes("AlternateShell", cbAlternateShell + terminator));
        String workingDir = text(unicode, in.bytes("WorkingDir", cbWorkingDir + terminator));

        int family = -1;
        String address = "";
        String clientDir = "";
        if (!in.isEmpty()) {
            family = in.u16le("clientAddressFamily");
            address = text(unicode, in.bytes("clientAddress", in.u16le("cbClientAddress")));
            clientDir = text(unicode, in.bytes("clientDir", in.u16le("cbClientDir")));
        }
        int bias = Integer.MIN_VALUE;
        String timeZone = "";
        int standardBias = Integer.MIN_VALUE;
        String daylightName = "";
        int daylightBias = Integer.MIN_VALUE;
        if (!in.isEmpty()) {
            Reader zone = in.sub("clientTimeZone", "TS_TIME_ZONE_INFORMATION", TIME_ZONE_LENGTH);
            bias = zone.i32le("Bias");
            timeZone = Text.utf16le(zone.bytes("StandardName", 64));
            zone.skip("StandardDate", SYSTEM_TIME_LENGTH);
            standardBias = zone.i32le("StandardBias");
            daylightName = Text.utf16le(zone.bytes("DaylightName", 64));
            zone.skip("DaylightDate", SYSTEM_TIME_LENGTH);
            daylightBias = zone.i32le("DaylightBias");
        }
        long sessionId = in.isEmpty() ? -1 : in.u32le("clientSessionId");
        long performance = in.isEmpty() ? -1 : in.u32le("performanceFlags");
        int cookieLength = in.isEmpty() ? 0 : in.u16le("cbAutoReconnectCookie");
        in.skip("autoReconnectCookie", cookieLength);
        String zoneKey = "";
        if (in.left() >= 6) {
            in.u16le("reserved1");
            in.u16le("reserved2");
            zoneKey = Text.utf16le(in.bytes("dynamicDSTTimeZoneKeyName", in.u16le("cbDynamicDSTTimeZoneKeyName")));
        }
        return new ClientInfo(codePage, flags, domain, userName, alternateShell, workingDir, family, address, clientDir,
                bias, timeZone, standardBias, daylightName, daylightBias, sessionId, performance, cookieLength > 0, zoneKey);
    }

    private static String text(boolean unicode, byte[] bytes) {
        return unicode ? Text.utf16le(bytes) : Text.ansi(bytes);
    }
}

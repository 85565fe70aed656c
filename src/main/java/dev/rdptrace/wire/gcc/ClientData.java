package dev.rdptrace.wire.gcc;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import java.util.ArrayList;
import java.util.List;

/// [MS-RDPBCGR] 2.2.1.3.1 to 2.2.1.3.10 The client's data blocks.
///
/// Fields that the client left off the end are -1 or empty.
public sealed interface ClientData {
    int CORE = 0xc001;
    int SECURITY = 0xc002;
    int NETWORK = 0xc003;
    int CLUSTER = 0xc004;
    int MONITOR = 0xc005;
    int MESSAGE_CHANNEL = 0xc006;
    int MONITOR_EX = 0xc008;
    int MULTITRANSPORT = 0xc00a;

    /// [MS-RDPBCGR] 2.2.1.3.2 TS_UD_CS_CORE.
    ///
    /// @param keyboardLayout the input locale identifier
    /// @param serverSelectedProtocol what the client believes the server selected: a guard against downgrade
    /// @param desktopPhysicalWidth in millimetres
    /// @param desktopPhysicalHeight in millimetres
    /// @param desktopOrientation in degrees
    /// @param desktopScaleFactor in percent
    /// @param deviceScaleFactor in percent
    record Core(
            RdpVersion version,
            int desktopWidth,
            int desktopHeight,
            int colorDepth,
            int sasSequence,
            int keyboardLayout,
            int clientBuild,
            @Identifies(Identity.HOST) String clientName,
            int keyboardType,
            int keyboardSubType,
            int keyboardFunctionKey,
            String imeFileName,
            int postBeta2ColorDepth,
            int clientProductId,
            long serialNumber,
            int highColorDepth,
            int supportedColorDepths,
            int earlyCapabilityFlags,
            @Identifies(Identity.ID) String clientDigProductId,
            int connectionType,
            long serverSelectedProtocol,
            long desktopPhysicalWidth,
            long desktopPhysicalHeight,
            int desktopOrientation,
            long desktopScaleFactor,
            long deviceScaleFactor)
            implements
                ClientData {
        public static final int VALID_CONNECTION_TYPE = 0x0020;

        private static final FlagNames EARLY = FlagNames.none()
                .and(0x0001, "RNS_UD_CS_SUPPORT_ERRINFO_PDU")
                .and(0x0002, "RNS_UD_CS_WANT_32BPP_SESSION")
                .and(0x0004, "RNS_UD_CS_SUPPORT_STATUSINFO_PDU")
                .and(0x0008, "RNS_UD_CS_STRONG_ASYMMETRIC_KEYS")
                .and(0x0010, "RNS_UD_CS_RELATIVE_MOUSE_INPUT")
                .and(0x0020, "RNS_UD_CS_VALID_CONNECTION_TYPE")
                .and(0x0040, "RNS_UD_CS_SUPPORT_MONITOR_LAYOUT_PDU")
                .and(0x0080, "RNS_UD_CS_SUPPORT_NETCHAR_AUTODETECT")
                .and(0x0100, "RNS_UD_CS_SUPPORT_DYNVC_GFX_PROTOCOL")
                .and(0x0200, "RNS_UD_CS_SUPPORT_DYNAMIC_TIME_ZONE")
                .and(0x0400, "RNS_UD_CS_SUPPORT_HEARTBEAT_PDU")
                .and(0x0800, "RNS_UD_CS_SUPPORT_SKIP_CHANNELJOIN");
        private static final Names CONNECTION_TYPES = Names.from(1,
                "CONNECTION_TYPE_MODEM", "CONNECTION_TYPE_BROADBAND_LOW", "CONNECTION_TYPE_SATELLITE",
                "CONNECTION_TYPE_BROADBAND_HIGH", "CONNECTION_TYPE_WAN", "CONNECTION_TYPE_LAN",
                "CONNECTION_TYPE_AUTODETECT");

        public boolean has(int earlyCapabilityFlag) {
            return earlyCapabilityFlags != -1 && (earlyCapabilityFlags & earlyCapabilityFlag) != 0;
        }

        public List<String> earlyCapabilityNames() {
            return earlyCapabilityFlags == -1 ? List.of() : EARLY.in(earlyCapabilityFlags);
        }

        /// Empty when the client did not say, or said that the field is not valid.
        public String connectionTypeName() {
            return connectionType == -1 || !has(VALID_CONNECTION_TYPE) ? "" : CONNECTION_TYPES.of(connectionType);
        }

        private static Core read(Reader in) {
            RdpVersion version = new RdpVersion(in.i32le("version"));
            int desktopWidth = in.u16le("desktopWidth");
            int desktopHeight = in.u16le("desktopHeight");
            int colorDepth = in.u16le("colorDepth");
            int sasSequence = in.u16le("SASSequence");
            int keyboardLayout = in.i32le("keyboardLayout");
            int clientBuild = in.i32le("clientBuild");
            String clientName = Text.utf16le(in.bytes("clientName", 32));
            int keyboardType = in.i32le("keyboardType");
            int keyboardSubType = in.i32le("keyboardSubType");
            int keyboardFunctionKey = in.i32le("keyboardFunctionKey");
            String imeFileName = Text.utf16le(in.bytes("imeFileName", 64));
            int postBeta2ColorDepth = u16OrAbsent(in, "postBeta2ColorDepth");
            int clientProductId = u16OrAbsent(in, "clientProductId");
            long serialNumber = u32OrAbsent(in, "serialNumber");
            int highColorDepth = u16OrAbsent(in, "highColorDepth");
            int supportedColorDepths = u16OrAbsent(in, "supportedColorDepths");
            int earlyCapabilityFlags = u16OrAbsent(in, "earlyCapabilityFlags");
            String clientDigProductId = in.isEmpty() ? "" : Text.utf16le(in.bytes("clientDigProductId", 64));
            int connectionType = in.isEmpty() ? -1 : in.u8("connectionType");
            if (!in.isEmpty()) {
                in.u8("pad1octet");
            }
            return new Core(version, desktopWidth, desktopHeight, colorDepth, sasSequence, keyboardLayout, clientBuild,
                    clientName, keyboardType, keyboardSubType, keyboardFunctionKey, imeFileName, postBeta2ColorDepth,
                    clientProductId, serialNumber, highColorDepth, supportedColorDepths, earlyCapabilityFlags,
                    clientDigProductId, connectionType,
                    u32OrAbsent(in, "serverSelectedProtocol"),
                    u32OrAbsent(in, "desktopPhysicalWidth"),
                    u32OrAbsent(in, "desktopPhysicalHeight"),
                    u16OrAbsent(in, "desktopOrientation"),
                    u32OrAbsent(in, "desktopScaleFactor"),
                    u32OrAbsent(in, "deviceScaleFactor"));
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.3 TS_UD_CS_SEC.
    record Security(int encryptionMethods, int extEncryptionMethods) implements ClientData {

        public List<String> encryptionMethodNames() {
            return EncryptionMethod.namesIn(encryptionMethods | extEncryptionMethods);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.4 TS_UD_CS_NET.
    record Network(List<Channel> channels) implements ClientData {
        public Network {
            channels = List.copyOf(channels);
        }

        /// Of the first channels, more than any client has.
        public List<String> names() {
            return channels.stream().map(Channel::name).limit(32).toList();
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.4.1 CHANNEL_DEF.
    record Channel(@Identifies(Identity.WORD) String name, int options) {
        private static final FlagNames OPTIONS = FlagNames.none()
                .and(0x80000000L, "CHANNEL_OPTION_INITIALIZED")
                .and(0x40000000L, "CHANNEL_OPTION_ENCRYPT_RDP")
                .and(0x20000000L, "CHANNEL_OPTION_ENCRYPT_SC")
                .and(0x10000000L, "CHANNEL_OPTION_ENCRYPT_CS")
                .and(0x08000000L, "CHANNEL_OPTION_PRI_HIGH")
                .and(0x04000000L, "CHANNEL_OPTION_PRI_MED")
                .and(0x02000000L, "CHANNEL_OPTION_PRI_LOW")
                .and(0x00800000L, "CHANNEL_OPTION_COMPRESS_RDP")
                .and(0x00400000L, "CHANNEL_OPTION_COMPRESS")
                .and(0x00200000L, "CHANNEL_OPTION_SHOW_PROTOCOL")
                .and(0x00100000L, "REMOTE_CONTROL_PERSISTENT");

        public List<String> optionNames() {
            return OPTIONS.in(Integer.toUnsignedLong(options));
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.5 TS_UD_CS_CLUSTER.
    record Cluster(int flags, int redirectedSessionId) implements ClientData {
        private static final FlagNames FLAGS = FlagNames.none()
                .and(0x01, "REDIRECTION_SUPPORTED")
                .and(0x02, "REDIRECTED_SESSIONID_FIELD_VALID")
                .and(0x40, "REDIRECTED_SMARTCARD");

        public List<String> flagNames() {
            return FLAGS.in(Integer.toUnsignedLong(flags & ~0x3c));
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.6 TS_UD_CS_MONITOR.
    record Monitors(int flags, List<Monitor> monitors) implements ClientData {
        public Monitors {
            monitors = List.copyOf(monitors);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.6.1 TS_MONITOR_DEF. Pixels; right and bottom are inclusive.
    record Monitor(int left, int top, int right, int bottom, int flags) {}

    /// [MS-RDPBCGR] 2.2.1.3.7 TS_UD_CS_MCS_MSGCHANNEL.
    record MessageChannel(int flags) implements ClientData {}

    /// [MS-RDPBCGR] 2.2.1.3.8 TS_UD_CS_MULTITRANSPORT.
    record Multitransport(int flags) implements ClientData {

        public List<String> flagNames() {
            return TransportFlags.namesIn(flags);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.10 TS_UD_CS_MONITOR_EX.
    record MonitorsExtended(int flags, List<MonitorAttributes> monitors) implements ClientData {
        public MonitorsExtended {
            monitors = List.copyOf(monitors);
        }
    }

    /// [MS-RDPBCGR] 2.2.1.3.10.1 TS_MONITOR_ATTRIBUTES. Millimetres, degrees, percent.
    record MonitorAttributes(
            long physicalWidth, long physicalHeight, long orientation, long desktopScaleFactor,
            long deviceScaleFactor) {}

    /// A block of a type this program does not know, or CS_UNUSED1.
    ///
    /// @param length of its body in bytes
    record Unknown(int type, int length) implements ClientData {}

    /// A block that contradicts itself.
    record Damaged(int type, DecodeError fault) implements ClientData {}

    /// Reads the body of one block.
    static ClientData read(int type, Reader in) {
        return switch (type) {
            case CORE -> Core.read(in);
            case SECURITY -> new Security(in.i32le("encryptionMethods"),
                    in.isEmpty() ? 0 : in.i32le("extEncryptionMethods"));
            case NETWORK -> new Network(readChannels(in));
            case CLUSTER -> new Cluster(in.i32le("Flags"), in.i32le("RedirectedSessionID"));
            case MONITOR -> new Monitors(in.i32le("flags"), readMonitors(in));
            case MESSAGE_CHANNEL -> new MessageChannel(in.i32le("flags"));
            case MONITOR_EX -> new MonitorsExtended(in.i32le("flags"), readAttributes(in));
            case MULTITRANSPORT -> new Multitransport(in.i32le("flags"));
            default -> new Unknown(type, in.left());
        };
    }

    private static List<Channel> readChannels(Reader in) {
        long count = count(in, "channelCount", 12);
        List<Channel> channels = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            channels.add(new Channel(Text.ansi(in.bytes("name", 8)), in.i32le("options")));
        }
        return channels;
    }

    private static List<Monitor> readMonitors(Reader in) {
        long count = count(in, "monitorCount", 20);
        List<Monitor> monitors = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            monitors.add(new Monitor(in.i32le("left"), in.i32le("top"), in.i32le("right"), in.i32le("bottom"),
                    in.i32le("flags")));
        }
        return monitors;
    }

    private static List<MonitorAttributes> readAttributes(Reader in) {
        long size = in.u32le("monitorAttributeSize");
        if (size != 20) {
            throw in.reject("monitorAttributeSize", "is " + size + ", not 20");
        }
        long count = count(in, "monitorCount", 20);
        List<MonitorAttributes> monitors = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            monitors.add(new MonitorAttributes(in.u32le("physicalWidth"), in.u32le("physicalHeight"),
                    in.u32le("orientation"), in.u32le("desktopScaleFactor"), in.u32le("deviceScaleFactor")));
        }
        return monitors;
    }

    private static long count(Reader in, String field, int elementSize) {
        long count = in.u32le(field);
        if (count * elementSize > in.left()) {
            throw in.reject(field, "is " + count + ", there is room for " + in.left() / elementSize);
        }
        return count;
    }

    private static int u16OrAbsent(Reader in, String field) {
        return in.isEmpty() ? -1 : in.u16le(field);
    }

    private static long u32OrAbsent(Reader in, String field) {
        return in.isEmpty() ? -1 : in.u32le(field);
    }
}

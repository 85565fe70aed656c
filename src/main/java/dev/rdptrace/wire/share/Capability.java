package dev.rdptrace.wire.share;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Guid;
import dev.rdptrace.wire.field.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// [MS-RDPBCGR] 2.2.1.13.1.1.1 TS_CAPS_SET and 2.2.7: what one side can do.
///
/// Optional fields that are left off are -1.
public sealed interface Capability {

    /// [MS-RDPBCGR] 2.2.7.1.1 TS_GENERAL_CAPABILITYSET.
    record General(int osMajorType, int osMinorType, int protocolVersion, int extraFlags, int refreshRect, int suppressOutput)
            implements
                Capability {
        private static final Names MAJOR = Names.from(0, "unspecified", "Windows", "OS/2", "Macintosh", "UNIX", "iOS",
                "OS X", "Android", "Chrome OS");
        private static final Names MINOR = Names.from(0, "unspecified", "Windows 3.1x", "Windows 95", "Windows NT",
                "OS/2 2.1", "PowerPC", "Macintosh", "native X server", "pseudo X server", "Windows RT");
        private static final FlagNames EXTRA = FlagNames.none()
                .and(0x0001, "FASTPATH_OUTPUT_SUPPORTED")
                .and(0x0004, "LONG_CREDENTIALS_SUPPORTED")
                .and(0x0008, "AUTORECONNECT_SUPPORTED")
                .and(0x0010, "ENC_SALTED_CHECKSUM")
                .and(0x0400, "NO_BITMAP_COMPRESSION_HDR");

        public String osMajorName() {
            return MAJOR.of(osMajorType);
        }

        public String osMinorName() {
            return MINOR.of(osMinorType);
        }

        public List<String> extraFlagNames() {
            return EXTRA.in(extraFlags);
        }

        @Override
        public int type() {
            return 0x01;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.1.2 TS_BITMAP_CAPABILITYSET. The size is the one the session will have.
    record Bitmap(int preferredBitsPerPixel, int desktopWidth, int desktopHeight, boolean desktopResize, int drawingFlags)
            implements
                Capability {
        @Override
        public int type() {
            return 0x02;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.1.3 TS_ORDER_CAPABILITYSET.
    ///
    /// @param supportedOrders how many drawing orders are supported
    record Order(int orderFlags, int supportedOrders, int orderSupportExFlags) implements Capability {
        private static final FlagNames FLAGS = FlagNames.none()
                .and(0x0002, "NEGOTIATEORDERSUPPORT")
                .and(0x0008, "ZEROBOUNDSDELTASSUPPORT")
                .and(0x0020, "COLORINDEXSUPPORT")
                .and(0x0040, "SOLIDPATTERNBRUSHONLY")
                .and(0x0080, "ORDERFLAGS_EXTRA_FLAGS");

        public List<String> orderFlagNames() {
            return FLAGS.in(orderFlags);
        }

        @Override
        public int type() {
            return 0x03;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.1.5 TS_POINTER_CAPABILITYSET. Slots of the two caches.
    record Pointer(boolean color, int colorPointerCacheSize, int pointerCacheSize) implements Capability {
        @Override
        public int type() {
            return 0x08;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.1.6 TS_INPUT_CAPABILITYSET.
    record Input(int inputFlags, int keyboardLayout, int keyboardType) implements Capability {
        private static final FlagNames FLAGS = FlagNames.none()
                .and(0x0001, "INPUT_FLAG_SCANCODES")
                .and(0x0004, "INPUT_FLAG_MOUSEX")
                .and(0x0008, "INPUT_FLAG_FASTPATH_INPUT")
                .and(0x0010, "INPUT_FLAG_UNICODE")
                .and(0x0020, "INPUT_FLAG_FASTPATH_INPUT2")
                .and(0x0040, "INPUT_FLAG_UNUSED1")
                .and(0x0080, "INPUT_FLAG_MOUSE_RELATIVE")
                .and(0x0100, "TS_INPUT_FLAG_MOUSE_HWHEEL")
                .and(0x0200, "TS_INPUT_FLAG_QOE_TIMESTAMPS");

        public List<String> inputFlagNames() {
            return FLAGS.in(inputFlags);
        }

        @Override
        public int type() {
            return 0x0d;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.1.10 TS_VIRTUALCHANNEL_CAPABILITYSET.
    ///
    /// @param chunkSize largest chunk in bytes
    record VirtualChannel(int flags, long chunkSize) implements Capability {
        @Override
        public int type() {
            return 0x14;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.2.6 TS_MULTIFRAGMENTUPDATE_CAPABILITYSET.
    ///
    /// @param maxRequestSize bytes of the buffer in which fast-path fragments are put together
    record MultifragmentUpdate(long maxRequestSize) implements Capability {
        @Override
        public int type() {
            return 0x1a;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.2.7 TS_LARGE_POINTER_CAPABILITYSET.
    record LargePointer(int flags) implements Capability {
        private static final FlagNames FLAGS = FlagNames.none()
                .and(1, "LARGE_POINTER_FLAG_96x96").and(2, "LARGE_POINTER_FLAG_384x384");

        public List<String> flagNames() {
            return FLAGS.in(flags);
        }

        @Override
        public int type() {
            return 0x1b;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.2.9 TS_SURFCMDS_CAPABILITYSET.
    record SurfaceCommands(int flags) implements Capability {
        private static final FlagNames FLAGS = FlagNames.none()
                .and(0x02, "SURFCMDS_SETSURFACEBITS")
                .and(0x10, "SURFCMDS_FRAMEMARKER")
                .and(0x40, "SURFCMDS_STREAMSURFACEBITS");

        public List<String> flagNames() {
            return FLAGS.in(Integer.toUnsignedLong(flags));
        }

        @Override
        public int type() {
            return 0x1c;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.2.10 TS_BITMAPCODECS_CAPABILITYSET.
    record BitmapCodecs(List<Codec> codecs) implements Capability {
        public BitmapCodecs {
            codecs = List.copyOf(codecs);
        }

        @Override
        public int type() {
            return 0x1d;
        }
    }

    /// [MS-RDPBCGR] 2.2.7.2.10.1.1 TS_BITMAPCODEC.
    record Codec(@Identifies(Identity.ID) String guid, int id, int propertiesLength) {

        /// The codec's name, empty if it is not known.
        public String name() {
            return switch (guid) {
                case "CA8D1BB9-000F-154F-589F-AE2D1A87E2D6" -> "NSCodec";
                case "76772F12-BD72-4463-AFB3-B73C9C6F7886" -> "RemoteFX";
                case "2744CCD4-9D8A-4E74-803C-0ECBEEA19C54" -> "Image RemoteFX";
                case "9C4351A6-3535-42AE-910C-CDFCE5760B58" -> "Ignore";
                case "1BAF4CE6-9EED-430C-869A-CB8B37B66237" -> "JPEG (third party)";
                default -> "";
            };
        }
    }

    /// [MS-RDPRFX] 2.2.1.3 TS_FRAME_ACKNOWLEDGE_CAPABILITYSET.
    ///
    /// @param maxUnacknowledgedFrames frames in flight
    record FrameAcknowledge(long maxUnacknowledgedFrames) implements Capability {
        @Override
        public int type() {
            return 0x1e;
        }
    }

    /// A set that only its name says something about.
    ///
    /// @param length of its body in bytes
    record Plain(int type, int length) implements Capability {}

    /// A set that contradicts itself.
    record Damaged(int type, DecodeError fault) implements Capability {}

    /// capabilitySetType.
    Names TYPES = Names.none()
            .and(0x01, "CAPSTYPE_GENERAL").and(0x02, "CAPSTYPE_BITMAP").and(0x03, "CAPSTYPE_ORDER")
            .and(0x04, "CAPSTYPE_BITMAPCACHE").and(0x05, "CAPSTYPE_CONTROL").and(0x07, "CAPSTYPE_ACTIVATION")
            .and(0x08, "CAPSTYPE_POINTER").and(0x09, "CAPSTYPE_SHARE").and(0x0a, "CAPSTYPE_COLORCACHE")
            .and(0x0c, "CAPSTYPE_SOUND").and(0x0d, "CAPSTYPE_INPUT").and(0x0e, "CAPSTYPE_FONT")
            .and(0x0f, "CAPSTYPE_BRUSH").and(0x10, "CAPSTYPE_GLYPHCACHE").and(0x11, "CAPSTYPE_OFFSCREENCACHE")
            .and(0x12, "CAPSTYPE_BITMAPCACHE_HOSTSUPPORT").and(0x13, "CAPSTYPE_BITMAPCACHE_REV2")
            .and(0x14, "CAPSTYPE_VIRTUALCHANNEL").and(0x15, "CAPSTYPE_DRAWNINEGRIDCACHE")
            .and(0x16, "CAPSTYPE_DRAWGDIPLUS").and(0x17, "CAPSTYPE_RAIL").and(0x18, "CAPSTYPE_WINDOW")
            .and(0x19, "CAPSETTYPE_COMPDESK").and(0x1a, "CAPSETTYPE_MULTIFRAGMENTUPDATE")
            .and(0x1b, "CAPSETTYPE_LARGE_POINTER").and(0x1c, "CAPSETTYPE_SURFACE_COMMANDS")
            .and(0x1d, "CAPSETTYPE_BITMAP_CODECS").and(0x1e, "CAPSSETTYPE_FRAME_ACKNOWLEDGE");

    /// capabilitySetType.
    int type();

    /// The name of the type, or its number.
    default String typeName() {
        return TYPES.of(type());
    }

    /// Reads one set, its header first.
    static Capability read(Reader in) {
        int type = in.u16le("capabilitySetType");
        byte[] body = in.bytes("lengthCapability", in.u16le("lengthCapability") - 4);
        return switch (Reader.decodeWhole(body, TYPES.of(type), inner -> readBody(type, inner))) {
            case Decoded.Complete<Capability>(var value, _) -> value;
            case Decoded.Broken<Capability>(var fault) -> new Damaged(type, fault);
            case Decoded.Partial<Capability>(int missing) -> new Damaged(type,
                    new DecodeError(TYPES.of(type), "lengthCapability", body.length, "lacks " + missing + " bytes"));
        };
    }

    private static Capability readBody(int type, Reader in) {
        return switch (type) {
            case 0x01 -> readGeneral(in);
            case 0x02 -> readBitmap(in);
            case 0x03 -> readOrder(in);
            case 0x08 -> new Pointer(in.u16le("colorPointerFlag") != 0, in.u16le("colorPointerCacheSize"),
                    in.isEmpty() ? -1 : in.u16le("pointerCacheSize"));
            case 0x0d -> {
                int flags = in.u16le("inputFlags");
                in.u16le("pad2octetsA");
                yield new Input(flags, in.i32le("keyboardLayout"), in.i32le("keyboardType"));
            }
            case 0x14 -> new VirtualChannel(in.i32le("flags"), in.isEmpty() ? -1 : in.u32le("VCChunkSize"));
            case 0x1a -> new MultifragmentUpdate(in.u32le("MaxRequestSize"));
            case 0x1b -> new LargePointer(in.u16le("largePointerSupportFlags"));
            case 0x1c -> new SurfaceCommands(in.i32le("cmdFlags"));
            case 0x1d -> readCodecs(in);
            case 0x1e -> new FrameAcknowledge(in.u32le("maxUnacknowledgedFrameCount"));
            default -> new Plain(type, in.left());
        };
    }

    private static General readGeneral(Reader in) {
        int major = in.u16le("osMajorType");
        int minor = in.u16le("osMinorType");
        int version = in.u16le("protocolVersion");
        in.u16le("pad2octetsA");
        in.u16le("compressionTypes");
        int extra = in.u16le("extraFlags");
        in.u16le("updateCapabilityFlag");
        in.u16le("remoteUnshareFlag");
        in.u16le("compressionLevel");
        return new General(major, minor, version, extra, in.isEmpty() ? -1 : in.u8("refreshRectSupport"),
                in.isEmpty() ? -1 : in.u8("suppressOutputSupport"));
    }

    private static Bitmap readBitmap(Reader in) {
        int depth = in.u16le("preferredBitsPerPixel");
        in.u16le("receive1BitPerPixel");
        in.u16le("receive4BitsPerPixel");
        in.u16le("receive8BitsPerPixel");
        int width = in.u16le("desktopWidth");
        int height = in.u16le("desktopHeight");
        in.u16le("pad2octets");
        boolean resize = in.u16le("desktopResizeFlag") != 0;
        in.u16le("bitmapCompressionFlag");
        in.u8("highColorFlags");
        return new Bitmap(depth, width, height, resize, in.u8("drawingFlags"));
    }

    private static Order readOrder(Reader in) {
        in.skip("terminalDescriptor", 16);
        in.skip("pad4octetsA", 4);
        in.skip("desktopSaveGranularity", 4);
        in.skip("pad2octetsA", 2);
        in.u16le("maximumOrderLevel");
        in.u16le("numberFonts");
        int flags = in.u16le("orderFlags");
        int supported = 0;
        for (byte each : in.bytes("orderSupport", 32)) {
            supported += each != 0 ? 1 : 0;
        }
        in.u16le("textFlags");
        return new Order(flags, supported, in.u16le("orderSupportExFlags"));
    }

    private static BitmapCodecs readCodecs(Reader in) {
        int count = in.u8("bitmapCodecCount");
        List<Codec> codecs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String guid = Guid.read("codecGUID", in);
            int id = in.u8("codecID");
            int length = in.u16le("codecPropertiesLength");
            in.skip("codecProperties", length);
            codecs.add(new Codec(guid, id, length));
        }
        return new BitmapCodecs(codecs);
    }
}

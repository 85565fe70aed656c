package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.FlagNames;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import java.util.ArrayList;
import java.util.List;

/// [MS-TSGU] 2.2.10 packets of the HTTP and WebSocket transports. Cookies and authentication blobs are passed over.
///
/// Optional numbers are -1 when they are left off.
public sealed interface GatewayPacket {

    /// [MS-TSGU] 2.2.10.10, type 0x1.
    record HandshakeRequest(int verMajor, int verMinor, int extendedAuth) implements GatewayPacket {

        public List<String> extendedAuthNames() {
            return EXTENDED_AUTH.in(extendedAuth);
        }
    }

    /// [MS-TSGU] 2.2.10.11, type 0x2.
    record HandshakeResponse(GatewayError error, int verMajor, int verMinor, int extendedAuth) implements GatewayPacket {

        public List<String> extendedAuthNames() {
            return EXTENDED_AUTH.in(extendedAuth);
        }
    }

    /// [MS-TSGU] 2.2.10.7, type 0x3.
    record ExtendedAuth(GatewayError error, int blobLength) implements GatewayPacket {}

    /// [MS-TSGU] 2.2.10.18, type 0x4.
    ///
    /// @param paaCookie whether a cookie of pluggable authentication was given
    record TunnelCreate(int capabilities, boolean paaCookie, boolean reauthentication) implements GatewayPacket {}

    /// [MS-TSGU] 2.2.10.20, type 0x5.
    ///
    /// @param consent whether the gateway shows a message the user must agree to
    record TunnelResponse(int serverVersion, GatewayError error, long tunnelId, long capabilities, boolean consent)
            implements
                GatewayPacket {}

    /// [MS-TSGU] 2.2.10.14, type 0x6.
    record TunnelAuth(String clientName) implements GatewayPacket {}

    /// [MS-TSGU] 2.2.10.16, type 0x7.
    ///
    /// @param idleTimeoutMinutes after which the gateway ends the connection
    record TunnelAuthResponse(GatewayError error, long redirFlags, long idleTimeoutMinutes) implements GatewayPacket {
        private static final FlagNames REDIRECTION = FlagNames.none()
                .and(0x80000000L, "HTTP_TUNNEL_REDIR_ENABLE_ALL").and(0x40000000L, "HTTP_TUNNEL_REDIR_DISABLE_ALL")
                .and(0x01, "HTTP_TUNNEL_REDIR_DISABLE_DRIVE").and(0x02, "HTTP_TUNNEL_REDIR_DISABLE_PRINTER")
                .and(0x04, "HTTP_TUNNEL_REDIR_DISABLE_PORT").and(0x08, "HTTP_TUNNEL_REDIR_DISABLE_CLIPBOARD")
                .and(0x10, "HTTP_TUNNEL_REDIR_DISABLE_PNP");

        public List<String> redirFlagNames() {
            return redirFlags == -1 ? List.of() : REDIRECTION.in(redirFlags);
        }
    }

    /// [MS-TSGU] 2.2.10.2 and 2.2.10.3, type 0x8: the targets the client wants.
    record ChannelCreate(List<String> resources, List<String> alternatives, int port) implements GatewayPacket {
        public ChannelCreate {
            resources = List.copyOf(resources);
            alternatives = List.copyOf(alternatives);
        }
    }

    /// [MS-TSGU] 2.2.10.4, type 0x9: whether the gateway reached one of them.
    ///
    /// @param udpPort of the side transport through the gateway
    record ChannelResponse(GatewayError error, long channelId, int udpPort) implements GatewayPacket {}

    /// [MS-TSGU] 2.2.10.6, type 0xA: RDP.
    ///
    /// @param offset of the data, in bytes from the start of this packet
    /// @param length of the data in bytes
    record Data(int offset, int length) implements GatewayPacket {}

    /// [MS-TSGU] 2.2.10.13, type 0xB: a word of the gateway's administrator.
    record ServiceMessage(String message) implements GatewayPacket {}

    /// Types 0x10 and 0x11.
    record CloseChannel(boolean response, GatewayError status) implements GatewayPacket {}

    /// Type 0xC, type 0xD, and types this program does not know.
    ///
    /// @param length of the body in bytes
    record Other(int type, int length) implements GatewayPacket {

        public String name() {
            return TYPES.of(type);
        }
    }

    /// [MS-TSGU] 2.2.5.3.3 HTTP_PACKET_TYPE.
    Names TYPES = Names.from(1, "PKT_TYPE_HANDSHAKE_REQUEST", "PKT_TYPE_HANDSHAKE_RESPONSE",
            "PKT_TYPE_EXTENDED_AUTH_MSG", "PKT_TYPE_TUNNEL_CREATE", "PKT_TYPE_TUNNEL_RESPONSE",
            "PKT_TYPE_TUNNEL_AUTH", "PKT_TYPE_TUNNEL_AUTH_RESPONSE", "PKT_TYPE_CHANNEL_CREATE",
            "PKT_TYPE_CHANNEL_RESPONSE", "PKT_TYPE_DATA", "PKT_TYPE_SERVICE_MESSAGE", "PKT_TYPE_REAUTH_MESSAGE",
            "PKT_TYPE_KEEPALIVE")
            .and(0x10, "PKT_TYPE_CLOSE_CHANNEL").and(0x11, "PKT_TYPE_CLOSE_CHANNEL_RESPONSE");

    /// [MS-TSGU] 2.2.5.3.2 HTTP_EXTENDED_AUTH.
    FlagNames EXTENDED_AUTH = FlagNames.none().and(1, "HTTP_EXTENDED_AUTH_SC").and(2, "HTTP_EXTENDED_AUTH_PAA")
            .and(4, "HTTP_EXTENDED_AUTH_SSPI_NTLM");

    /// Packets are far smaller; a bigger number means that this is no packet.
    int MAX_LENGTH = 1 << 20;

    /// Decodes one packet at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    static Decoded<GatewayPacket> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "HTTP_PACKET_HEADER", GatewayPacket::read);
    }

    private static GatewayPacket read(Reader in) {
        int type = in.u16le("packetType");
        in.u16le("reserved");
        int length = in.i32le("packetLength");
        if (length < 8 || length > MAX_LENGTH) {
            throw in.reject("packetLength", "is " + Integer.toUnsignedLong(length));
        }
        Reader body = in.sub("packetLength", TYPES.of(type), length - 8);
        return switch (type) {
            case 0x1 -> {
                int major = body.u8("verMajor");
                int minor = body.u8("verMinor");
                body.u16le("clientVersion");
                yield new HandshakeRequest(major, minor, body.u16le("ExtendedAuth"));
            }
            case 0x2 -> {
                GatewayError error = new GatewayError(body.i32le("errorCode"));
                int major = body.u8("verMajor");
                int minor = body.u8("verMinor");
                body.u16le("serverVersion");
                yield new HandshakeResponse(error, major, minor, body.u16le("ExtendedAuth"));
            }
            case 0x3 -> new ExtendedAuth(new GatewayError(body.i32le("errorCode")), skipBlob(body, "authBlob"));
            case 0x4 -> {
                int capabilities = body.i32le("capsFlags");
                int fields = body.u16le("fieldsPresent");
                yield new TunnelCreate(capabilities, (fields & 1) != 0, (fields & 2) != 0);
            }
            case 0x5 -> readTunnelResponse(body);
            case 0x6 -> {
                body.u16le("fieldsPresent");
                yield new TunnelAuth(string(body, "clientName"));
            }
            case 0x7 -> {
                GatewayError error = new GatewayError(body.i32le("errorCode"));
                int fields = body.u16le("fieldsPresent");
                body.u16le("reserved");
                yield new TunnelAuthResponse(error, (fields & 1) != 0 ? body.u32le("redirFlags") : -1,
                        (fields & 2) != 0 ? body.u32le("idleTimeout") : -1);
            }
            case 0x8 -> readChannelCreate(body);
            case 0x9 -> {
                GatewayError error = new GatewayError(body.i32le("errorCode"));
                // A gateway that refuses may end here.
                int fields = body.isEmpty() ? 0 : body.u16le("fieldsPresent");
                if (!body.isEmpty()) {
                    body.u16le("reserved");
                }
                yield new ChannelResponse(error, (fields & 1) != 0 ? body.u32le("channelId") : -1,
                        (fields & 4) != 0 ? body.u16le("udpPort") : -1);
            }
            case 0xa -> {
                int dataLength = body.u16le("cbDataLen");
                body.skip("data", dataLength);
                yield new Data(10, dataLength);
            }
            case 0xb -> new ServiceMessage(string(body, "message"));
            case 0x10, 0x11 -> new CloseChannel(type == 0x11, new GatewayError(body.i32le("statusCode")));
            default -> new Other(type, body.left());
        };
    }

    private static TunnelResponse readTunnelResponse(Reader in) {
        int version = in.u16le("serverVersion");
        GatewayError error = new GatewayError(in.i32le("statusCode"));
        int fields = in.u16le("fieldsPresent");
        in.u16le("reserved");
        return new TunnelResponse(version, error, (fields & 1) != 0 ? in.u32le("tunnelId") : -1,
                (fields & 2) != 0 ? in.u32le("capsFlags") : -1, (fields & 0x10) != 0);
    }

    private static ChannelCreate readChannelCreate(Reader in) {
        int resources = in.u8("numResources");
        int alternatives = in.u8("numAltResources");
        int port = in.u16le("port");
        in.u16le("protocol");
        return new ChannelCreate(strings(in, resources, "pResource"), strings(in, alternatives, "pAltResources"), port);
    }

    private static List<String> strings(Reader in, int count, String field) {
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            strings.add(string(in, field));
        }
        return strings;
    }

    /// [MS-TSGU] 2.2.10.22 HTTP_UNICODE_STRING.
    private static String string(Reader in, String field) {
        return Text.utf16le(in.bytes(field, in.u16le(field)));
    }

    private static int skipBlob(Reader in, String field) {
        int length = in.u16le(field);
        in.skip(field, length);
        return length;
    }
}

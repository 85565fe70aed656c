package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Text;
import dev.rdptrace.wire.gateway.GatewayPacket.ChannelCreate;
import dev.rdptrace.wire.gateway.GatewayPacket.ChannelResponse;
import dev.rdptrace.wire.gateway.GatewayPacket.CloseChannel;
import dev.rdptrace.wire.gateway.GatewayPacket.Data;
import dev.rdptrace.wire.gateway.GatewayPacket.Other;
import dev.rdptrace.wire.gateway.GatewayPacket.ServiceMessage;
import dev.rdptrace.wire.gateway.GatewayPacket.TunnelAuth;
import dev.rdptrace.wire.gateway.GatewayPacket.TunnelAuthResponse;
import dev.rdptrace.wire.gateway.GatewayPacket.TunnelCreate;
import dev.rdptrace.wire.gateway.GatewayPacket.TunnelResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// [MS-TSGU] 3.2.6 the calls of TsProxyRpcInterface. They say what the packets of the HTTP transport say, and so the values are
/// those; what has no such packet is empty.
public final class GatewayCall {
    public static final int CREATE_TUNNEL = 1;
    public static final int AUTHORIZE_TUNNEL = 2;
    public static final int TUNNEL_CALL = 3;
    public static final int CREATE_CHANNEL = 4;
    public static final int CLOSE_CHANNEL = 6;
    public static final int RECEIVE_PIPE = 8;
    public static final int SEND_TO_SERVER = 9;

    private static final int HANDLE = 20;
    private static final int AUTH = 0x4054;
    private static final int REAUTH = 0x5250;
    private static final int CAPS_RESPONSE = 0x4350;
    private static final int REAUTH_MESSAGE = 3;
    private static final int PKT_TYPE_REAUTH_MESSAGE = 12;
    private static final int MOST_NAMES = 50;

    /// [C706] 14 and [MS-RPCE] 2.2.5: numbers stand at multiples of their size, pointers and counts are longer in NDR64.
    private record Ndr(Reader in, boolean is64) {
        void align(int to) {
            in.skip("padding", Math.min(in.left(), (to - in.offset() % to) % to));
        }

        int u32(String field) {
            align(4);
            return in.i32le(field);
        }

        int u16(String field) {
            align(2);
            return in.u16le(field);
        }

        /// Whether it points to anything.
        boolean pointer(String field) {
            return size(field) != 0;
        }

        int size(String field) {
            align(is64 ? 8 : 4);
            int low = in.i32le(field);
            int high = is64 ? in.i32le(field) : 0;
            return low == 0 && high != 0 ? -1 : low;
        }

        /// A struct or union that holds a pointer.
        void begin() {
            align(is64 ? 8 : 4);
        }

        /// A conformant varying string.
        String string(String field) {
            size(field);
            size(field);
            return characters(field);
        }

        String characters(String field) {
            int count = size(field);
            return Text.utf16le(in.bytes(field, count < 0 || count > 1 << 16 ? -1 : 2 * count));
        }

        /// TSG_PACKET: which kind, and its union. Answers the kind, or -1 without content.
        int packet() {
            begin();
            int kind = u32("packetId");
            begin();
            u32("packetId");
            return pointer("TSGPacket") ? kind : -1;
        }
    }

    private GatewayCall() {}

    /// @param stub what the client passes
    /// @param ndr64 how numbers stand in it
    public static Decoded<Optional<GatewayPacket>> request(int opnum, byte[] stub, boolean ndr64) {
        return Reader.decodeWhole(stub, "TsProxy request", in -> {
            Ndr ndr = new Ndr(in, ndr64);
            return Optional.ofNullable(switch (opnum) {
                case CREATE_TUNNEL -> tunnel(ndr);
                case AUTHORIZE_TUNNEL -> authorization(ndr);
                case CREATE_CHANNEL -> channel(ndr);
                case CLOSE_CHANNEL -> new CloseChannel(false, new GatewayError(0));
                case SEND_TO_SERVER -> data(in);
                default -> null;
            });
        });
    }

    /// @param stub what the gateway passes back, its return value last
    public static Decoded<Optional<GatewayPacket>> response(int opnum, byte[] stub, boolean ndr64) {
        return Reader.decodeWhole(stub, "TsProxy response", in -> {
            GatewayError result = new GatewayError(fromEnd(in, stub, 4));
            Ndr ndr = new Ndr(in, ndr64);
            boolean content = result.isSuccess() && opnum <= TUNNEL_CALL && ndr.pointer("TSGPacketResponse");
            int kind = content ? ndr.packet() : -1;
            return Optional.ofNullable(switch (opnum) {
                case CREATE_TUNNEL -> tunnelMade(ndr, kind, result, result.isSuccess() ? fromEnd(in, stub, 8) : -1);
                case AUTHORIZE_TUNNEL -> kind < 0 ? new TunnelAuthResponse(result, -1, -1) : authorized(ndr, result);
                case TUNNEL_CALL -> kind < 0 ? null : message(ndr);
                case CREATE_CHANNEL -> new ChannelResponse(result, result.isSuccess() ? fromEnd(in, stub, 8) : -1, -1);
                case CLOSE_CHANNEL -> new CloseChannel(true, result);
                case RECEIVE_PIPE -> new CloseChannel(false, result);
                case SEND_TO_SERVER -> result.isSuccess() ? null : new CloseChannel(false, result);
                default -> null;
            });
        });
    }

    /// What a call that failed without a return value ([C706] 12.6.4.7 fault) says.
    public static Optional<GatewayPacket> fault(int opnum, int status) {
        GatewayError error = new GatewayError(status);
        return Optional.ofNullable(switch (opnum) {
            case CREATE_TUNNEL -> new TunnelResponse(0, error, -1, -1, false);
            case AUTHORIZE_TUNNEL -> new TunnelAuthResponse(error, -1, -1);
            case CREATE_CHANNEL -> new ChannelResponse(error, -1, -1);
            case RECEIVE_PIPE, SEND_TO_SERVER -> new CloseChannel(false, error);
            default -> null;
        });
    }

    private static int fromEnd(Reader in, byte[] stub, int bytes) {
        int at = stub.length - bytes;
        if (at < 0) {
            throw in.reject("return value", "is missing");
        }
        return stub[at] & 0xff | (stub[at + 1] & 0xff) << 8 | (stub[at + 2] & 0xff) << 16 | stub[at + 3] << 24;
    }

    // ---- requests ----

    /// 2.2.9.2.1.2 TSG_PACKET_VERSIONCAPS, 2.2.9.2.1.10 TSG_PACKET_AUTH, 2.2.9.2.1.11 TSG_PACKET_REAUTH.
    private static TunnelCreate tunnel(Ndr ndr) {
        int kind = ndr.packet();
        boolean again = kind == REAUTH;
        if (again) {
            ndr.align(8);
            ndr.in.skip("tunnelContext", 8);
            kind = ndr.packet();
        }
        boolean cookie = kind == AUTH;
        return new TunnelCreate(kind < 0 ? 0 : capabilities(ndr, cookie), cookie, again);
    }

    private static int capabilities(Ndr ndr, boolean cookie) {
        ndr.in.skip("tsgHeader", 4);
        boolean any = ndr.pointer("TSGCaps");
        ndr.u32("numCapabilities");
        ndr.in.skip("majorVersion to quarantineCapabilities", 6);
        if (cookie) {
            ndr.begin();
            ndr.u32("cookieLen");
            ndr.pointer("cookie");
        }
        if (!any || ndr.size("TSGCaps") == 0) {
            return 0;
        }
        ndr.u32("capabilityType");
        ndr.u32("capabilityType");
        return ndr.u32("capabilities");
    }

    /// 2.2.9.2.1.4 TSG_PACKET_QUARREQUEST.
    private static TunnelAuth authorization(Ndr ndr) {
        ndr.in.skip("tunnelContext", HANDLE);
        if (ndr.packet() < 0) {
            return new TunnelAuth("");
        }
        ndr.u32("flags");
        boolean named = ndr.pointer("machineName");
        ndr.u32("nameLength");
        ndr.pointer("data");
        ndr.u32("dataLen");
        ndr.begin();
        return new TunnelAuth(named ? ndr.string("machineName") : "");
    }

    /// 2.2.9.1 TSENDPOINTINFO.
    private static ChannelCreate channel(Ndr ndr) {
        ndr.in.skip("tunnelContext", HANDLE);
        ndr.begin();
        boolean any = ndr.pointer("resourceName");
        ndr.u32("numResourceNames");
        boolean more = ndr.pointer("alternateResourceNames");
        ndr.u16("numAlternateResourceNames");
        int port = ndr.u32("Port") >>> 16;
        ndr.begin();
        List<String> names = any ? names(ndr) : List.of();
        return new ChannelCreate(names, more ? names(ndr) : List.of(), port);
    }

    private static List<String> names(Ndr ndr) {
        int count = ndr.size("names");
        if (count < 0 || count > MOST_NAMES) {
            throw ndr.in.reject("names", "are " + Integer.toUnsignedLong(count));
        }
        int given = 0;
        for (int i = 0; i < count; i++) {
            given += ndr.pointer("name") ? 1 : 0;
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < given; i++) {
            names.add(ndr.string("name"));
        }
        return names;
    }

    /// 2.2.9.3: not in NDR, and in network order. The buffers lie behind each other.
    private static Data data(Reader in) {
        in.skip("channelContext", HANDLE);
        in.i32("totalDataBytes");
        int buffers = in.i32("numBuffers");
        if (buffers < 1 || buffers > 3) {
            throw in.reject("numBuffers", "is " + Integer.toUnsignedLong(buffers));
        }
        long length = 0;
        for (int i = 0; i < buffers; i++) {
            length += in.u32("bufferLength");
        }
        if (length > in.left()) {
            throw in.reject("bufferLength", "is more than there is");
        }
        return new Data(in.offset(), (int) length);
    }

    // ---- responses ----

    /// 2.2.9.2.1.6 TSG_PACKET_QUARENC_RESPONSE, alone or as the beginning of 2.2.9.2.1.7 TSG_PACKET_CAPS_RESPONSE.
    private static TunnelResponse tunnelMade(Ndr ndr, int kind, GatewayError result, int tunnelId) {
        if (kind < 0) {
            return new TunnelResponse(0, result, tunnelId, -1, false);
        }
        ndr.u32("flags");
        ndr.u32("certChainLen");
        boolean chain = ndr.pointer("certChainData");
        ndr.in.skip("nonce", 16);
        boolean versions = ndr.pointer("versionCaps");
        boolean consent = kind == CAPS_RESPONSE && shown(ndr);
        if (chain) {
            ndr.string("certChainData");
        }
        ndr.begin();
        return new TunnelResponse(1, result, tunnelId, versions ? Integer.toUnsignedLong(capabilities(ndr, false)) : -1, consent);
    }

    /// 2.2.9.2.1.9 TSG_PACKET_MSG_RESPONSE: is there a message in it?
    private static boolean shown(Ndr ndr) {
        ndr.begin();
        ndr.u32("msgID");
        ndr.u32("msgType");
        boolean present = ndr.u32("isMsgPresent") != 0;
        ndr.begin();
        ndr.u32("msgType");
        return ndr.pointer("messagePacket") && present;
    }

    /// 2.2.9.2.1.5 TSG_PACKET_RESPONSE.
    private static TunnelAuthResponse authorized(Ndr ndr, GatewayError result) {
        ndr.u32("flags");
        ndr.u32("reserved");
        boolean any = ndr.pointer("responseData");
        int length = ndr.u32("responseDataLen");
        int[] bits = {0x80000000, 0x40000000, 1, 2, 4, 0, 8, 0x10};
        int redirection = 0;
        for (int bit : bits) {
            redirection |= ndr.u32("redirectionFlags") != 0 ? bit : 0;
        }
        // A statement of health may follow the idle timeout, or stand alone: alone, the timeout has four bytes.
        boolean timeout = any && length == 4 && ndr.size("responseData") == length;
        return new TunnelAuthResponse(result, Integer.toUnsignedLong(redirection), timeout ? ndr.in.u32le("idle timeout") : -1);
    }

    /// 2.2.9.2.1.9.1.1 TSG_PACKET_STRING_MESSAGE, and the demand to authenticate again.
    private static @Nullable GatewayPacket message(Ndr ndr) {
        ndr.u32("msgID");
        int type = ndr.u32("msgType");
        boolean present = ndr.u32("isMsgPresent") != 0;
        ndr.begin();
        ndr.u32("msgType");
        if (!ndr.pointer("messagePacket") || !present) {
            return null;
        }
        if (type == REAUTH_MESSAGE) {
            return new Other(PKT_TYPE_REAUTH_MESSAGE, 8);
        }
        ndr.begin();
        ndr.u32("isDisplayMandatory");
        ndr.u32("isConsentMandatory");
        ndr.u32("msgBytes");
        return new ServiceMessage(ndr.pointer("msgBuffer") ? ndr.characters("msgBuffer") : "");
    }
}

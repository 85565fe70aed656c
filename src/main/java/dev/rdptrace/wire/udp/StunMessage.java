package dev.rdptrace.wire.udp;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.field.Whole;

/// RFC 8489 5: a client asks by which address the world sees it, or for a relay (TURN, RFC 8656 7), and is answered. So does a client of
/// Azure Virtual Desktop before RDP Shortpath; other programs do, too.
///
/// ```
/// 0:2 type | 2:2 length of what follows the header | 4:4 21 12 a4 42 | 8:12 transaction | attributes of type:2 length:2, up to four
/// ```
///
/// @param relay it is about a relay, TURN's Allocate
/// @param request it asks
/// @param refused it answers with an error
/// @param errorCode RFC 8489 14.8 and RFC 8656 19, 0 without
/// @param address by which the client is seen, or of the relay, 4 or 16 bytes; empty where it says none
public record StunMessage(boolean relay, boolean request, boolean refused, int errorCode, Octets address, int port) {
    /// Who is asked by default, RFC 8489 8.
    public static final int PORT = 3478;

    private static final int HEADER = 20;
    private static final int COOKIE = 0x2112_a442;
    private static final int BINDING = 0x001;
    private static final int ALLOCATE = 0x003;
    private static final int ANSWER = 0x100;
    private static final int ERROR = 0x110;
    private static final int ERROR_CODE = 0x0009;
    private static final int XOR_RELAYED_ADDRESS = 0x0016;
    private static final int XOR_MAPPED_ADDRESS = 0x0020;

    /// Does a datagram hold such a message? Allocates nothing.
    public static boolean is(byte[] bytes, int offset, int length) {
        if (length < HEADER || i32(bytes, offset + 4) != COOKIE) {
            return false;
        }
        int type = i32(bytes, offset) >>> 16;
        int method = type & ~ERROR;
        return (method == BINDING || method == ALLOCATE) && (type & ERROR) != ERROR - ANSWER && (bytes[offset + 3] & 3) == 0;
    }

    /// Decodes the message that begins `bytes[offset, offset + length)`; attributes that are cut off count as left off.
    public static Decoded<StunMessage> decode(byte[] bytes, int offset, int length) {
        return Whole.decode(bytes, offset, length, "STUN", StunMessage::read);
    }

    private static StunMessage read(Reader in) {
        int type = in.u16("type");
        int rest = in.u16("length");
        if (in.i32("magic cookie") != COOKIE) {
            throw in.reject("magic cookie", "is another");
        }
        byte[] key = new byte[16];
        key[0] = COOKIE >>> 24;
        key[1] = COOKIE >>> 16 & 0xff;
        key[2] = (byte) (COOKIE >>> 8);
        key[3] = (byte) COOKIE;
        System.arraycopy(in.bytes("transaction", 12), 0, key, 4, 12);
        boolean relay = (type & ~ERROR) == ALLOCATE;
        int errorCode = 0;
        Octets address = Octets.empty();
        int port = 0;
        Reader attributes = in.sub("attributes", "attributes", Math.min(rest, in.left()));
        while (attributes.left() >= 4) {
            int attribute = attributes.u16("attribute");
            int size = attributes.u16("attribute length");
            int filled = Math.min(size + 3 & ~3, attributes.left());
            Reader value = attributes.sub("value", "attribute", filled);
            if (attribute == ERROR_CODE && filled >= 4) {
                value.u16("reserved");
                errorCode = (value.u8("class") & 7) * 100 + value.u8("number");
            } else if (attribute == (relay ? XOR_RELAYED_ADDRESS : XOR_MAPPED_ADDRESS) && filled >= 8) {
                value.u16("family");
                port = value.u16("port") ^ COOKIE >>> 16;
                byte[] bytes = value.bytes("address", Math.min(size - 4, filled - 4) >= 16 ? 16 : 4);
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] ^= key[i];
                }
                address = Octets.of(bytes);
            }
        }
        return new StunMessage(relay, (type & ERROR) == 0, (type & ERROR) == ERROR, errorCode, address, port);
    }

    private static int i32(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }
}

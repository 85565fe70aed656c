package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;

/// The header of a TLS record, RFC 8446 5.1.
///
/// ```
/// 0:1 type | 1:2 version | 3:2 length
/// ```
///
/// @param length bytes after the header
public record TlsRecord(int type, int version, int length) {
    public static final int HEADER = 5;
    /// 2^14 bytes of plaintext and as much growth as TLS 1.2 allows.
    public static final int LONGEST = (1 << 14) + 2048;

    /// The header alone; `Complete.length` is [#HEADER]. `Partial` when the header is not all there, `Broken` when it is
    /// no TLS.
    public static Decoded<TlsRecord> header(byte[] bytes, int offset, int available) {
        return Reader.decode(bytes, offset, available, "TLS record", in -> {
            int type = in.u8("type");
            if (type < ContentType.CHANGE_CIPHER_SPEC || type > ContentType.HEARTBEAT) {
                throw in.reject("type", type + " is none of 20 to 24");
            }
            int version = in.u16("version");
            if (version >> 8 != 3 || (version & 0xff) > 4) {
                throw in.reject("version", Hex.code(version) + " is no TLS version");
            }
            int length = in.u16("length");
            if (length > LONGEST) {
                throw in.reject("length", length + " is more than " + LONGEST);
            }
            return new TlsRecord(type, version, length);
        });
    }

    /// Could a record begin here, as far as the bytes go? Allocates nothing.
    public static boolean plausible(byte[] bytes, int offset, int available) {
        if (available < 1 || bytes[offset] < ContentType.CHANGE_CIPHER_SPEC || bytes[offset] > ContentType.HEARTBEAT) {
            return false;
        }
        if (available >= 2 && bytes[offset + 1] != 3 || available >= 3 && (bytes[offset + 2] < 0 || bytes[offset + 2] > 4)) {
            return false;
        }
        return available < HEADER || length(bytes, offset) <= LONGEST;
    }

    /// The length field of the header at `offset`.
    public static int length(byte[] bytes, int offset) {
        return (bytes[offset + 3] & 0xff) << 8 | bytes[offset + 4] & 0xff;
    }

    /// Bytes of the whole record.
    public int totalLength() {
        return HEADER + length;
    }

    public ContentType contentType() {
        return new ContentType(type);
    }
}

package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// The header of a handshake message, RFC 8446 4.
///
/// ```
/// 0:1 type | 1:3 length
/// ```
///
/// @param length bytes after the header
public record Handshake(int type, int length) {
    public static final int HEADER = 4;

    public static final int HELLO_REQUEST = 0;
    public static final int CLIENT_HELLO = 1;
    public static final int SERVER_HELLO = 2;
    public static final int NEW_SESSION_TICKET = 4;
    public static final int END_OF_EARLY_DATA = 5;
    public static final int HELLO_RETRY_REQUEST = 6;
    public static final int ENCRYPTED_EXTENSIONS = 8;
    public static final int CERTIFICATE = 11;
    public static final int SERVER_KEY_EXCHANGE = 12;
    public static final int CERTIFICATE_REQUEST = 13;
    public static final int SERVER_HELLO_DONE = 14;
    public static final int CERTIFICATE_VERIFY = 15;
    public static final int CLIENT_KEY_EXCHANGE = 16;
    public static final int FINISHED = 20;
    public static final int CERTIFICATE_STATUS = 22;
    public static final int KEY_UPDATE = 24;
    public static final int COMPRESSED_CERTIFICATE = 25;
    public static final int MESSAGE_HASH = 254;

    /// The header alone; `Complete.length` is [#HEADER]. An unknown type is not an error: encrypted handshake messages
    /// begin with any byte.
    public static Decoded<Handshake> header(byte[] bytes, int offset, int available) {
        return Reader.decode(bytes, offset, available, "Handshake",
                in -> new Handshake(in.u8("msg_type"), in.u24("length")));
    }

    /// As the RFC spells it, or the number.
    public static String name(int type) {
        return switch (type) {
            case HELLO_REQUEST -> "hello_request";
            case CLIENT_HELLO -> "client_hello";
            case SERVER_HELLO -> "server_hello";
            case 3 -> "hello_verify_request";
            case NEW_SESSION_TICKET -> "new_session_ticket";
            case END_OF_EARLY_DATA -> "end_of_early_data";
            case HELLO_RETRY_REQUEST -> "hello_retry_request";
            case ENCRYPTED_EXTENSIONS -> "encrypted_extensions";
            case CERTIFICATE -> "certificate";
            case SERVER_KEY_EXCHANGE -> "server_key_exchange";
            case CERTIFICATE_REQUEST -> "certificate_request";
            case SERVER_HELLO_DONE -> "server_hello_done";
            case CERTIFICATE_VERIFY -> "certificate_verify";
            case CLIENT_KEY_EXCHANGE -> "client_key_exchange";
            case FINISHED -> "finished";
            case 21 -> "certificate_url";
            case CERTIFICATE_STATUS -> "certificate_status";
            case 23 -> "supplemental_data";
            case KEY_UPDATE -> "key_update";
            case COMPRESSED_CERTIFICATE -> "compressed_certificate";
            case MESSAGE_HASH -> "message_hash";
            default -> Integer.toString(type);
        };
    }

    public String name() {
        return name(type);
    }

    /// Is the type one that may stand in a handshake in the clear?
    public boolean isKnown() {
        return !name(type).equals(Integer.toString(type));
    }
}

package dev.rdptrace.wire.tls;

/// What a TLS record carries, RFC 8446 5.1 and RFC 6520.
public record ContentType(int code) {
    public static final int CHANGE_CIPHER_SPEC = 20;
    public static final int ALERT = 21;
    public static final int HANDSHAKE = 22;
    public static final int APPLICATION_DATA = 23;
    public static final int HEARTBEAT = 24;

    /// As the RFC spells it, or the number.
    public String name() {
        return switch (code) {
            case CHANGE_CIPHER_SPEC -> "change_cipher_spec";
            case ALERT -> "alert";
            case HANDSHAKE -> "handshake";
            case APPLICATION_DATA -> "application_data";
            case HEARTBEAT -> "heartbeat";
            default -> Integer.toString(code);
        };
    }
}

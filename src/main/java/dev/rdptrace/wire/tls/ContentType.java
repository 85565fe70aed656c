package dev.rdptrace.wire.tls;

/// What a TLS record carries, RFC 8446 5.1 and RFC 6520.
public final class ContentType {
    public static final int CHANGE_CIPHER_SPEC = 20;
    public static final int ALERT = 21;
    public static final int HANDSHAKE = 22;
    public static final int APPLICATION_DATA = 23;
    public static final int HEARTBEAT = 24;

    private ContentType() {}
}

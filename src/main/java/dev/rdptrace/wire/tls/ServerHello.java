package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// RFC 8446 4.1.3, RFC 5246 7.4.1.3: what the server has chosen, or that the client shall try again.
///
/// @param random 32 bytes
/// @param sessionId 0 to 32 bytes
public record ServerHello(int legacyVersion, byte[] random, byte[] sessionId, int cipherSuite, int compressionMethod,
        List<Extension> extensions) {
    /// RFC 8446 4.1.3: the SHA-256 of "HelloRetryRequest" in place of a random.
    private static final byte[] RETRY = HexFormat.of()
            .parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    public ServerHello {
        extensions = List.copyOf(extensions);
    }

    /// Decodes the body of the message, without the handshake header.
    public static Decoded<ServerHello> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "ServerHello",
                in -> read(in.sub("body", "ServerHello", in.left())));
    }

    private static ServerHello read(Reader in) {
        int version = in.u16("legacy_version");
        if (version >> 8 != 3 && version >> 8 != 0x7f) {
            throw in.reject("legacy_version", new TlsVersion(version).name() + " is not a TLS version");
        }
        byte[] random = in.bytes("random", 32);
        // Drafts of TLS 1.3 up to 21 left session id and compression out and said so in the version field.
        boolean early = version >> 8 == 0x7f;
        int sessionIdLength = early ? 0 : in.u8("legacy_session_id_echo length");
        if (sessionIdLength > 32) {
            throw in.reject("legacy_session_id_echo", "has " + sessionIdLength + " bytes, more than 32");
        }
        byte[] sessionId = in.bytes("legacy_session_id_echo", sessionIdLength);
        int suite = in.u16("cipher_suite");
        int compression = early ? 0 : in.u8("legacy_compression_method");
        return new ServerHello(version, random, sessionId, suite, compression, Extension.readAll(in));
    }

    public boolean has(int extensionType) {
        return Extension.has(extensions, extensionType);
    }

    /// The version the connection will use: `supported_versions` if the server sends it, else the version field.
    public TlsVersion version() {
        return new TlsVersion(Extension.value(extensions, Extension.SUPPORTED_VERSIONS,
                in -> in.u16("selected_version"), legacyVersion));
    }

    public CipherSuite suite() {
        return new CipherSuite(cipherSuite);
    }

    /// Not a choice: the server wants another ClientHello, with another key share or a cookie.
    public boolean isHelloRetryRequest() {
        return Arrays.equals(random, RETRY);
    }

    /// RFC 7366: the record's MAC is over the ciphertext.
    public boolean encryptThenMac() {
        return has(Extension.ENCRYPT_THEN_MAC);
    }

    /// RFC 7627.
    public boolean extendedMasterSecret() {
        return has(Extension.EXTENDED_MASTER_SECRET);
    }
}

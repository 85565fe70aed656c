package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.bytes.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// RFC 8446 4.1.2, RFC 5246 7.4.1.2: what the client offers.
///
/// An extension that cannot be read counts as empty; its raw bytes stay in [#extensions].
///
/// @param legacyVersion the version field; since TLS 1.3 the offer is in `supported_versions`
/// @param random 32 bytes
/// @param sessionId 0 to 32 bytes
public record ClientHello(int legacyVersion, byte[] random, byte[] sessionId, List<Integer> cipherSuites,
        List<Integer> compressionMethods, List<Extension> extensions) {

    private static final int NAMED_AT_MOST = 4;

    public ClientHello {
        cipherSuites = List.copyOf(cipherSuites);
        compressionMethods = List.copyOf(compressionMethods);
        extensions = List.copyOf(extensions);
    }

    /// Decodes the body of the message, without the handshake header.
    public static Decoded<ClientHello> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "ClientHello",
                in -> read(in.sub("body", "ClientHello", in.left())));
    }

    private static ClientHello read(Reader in) {
        int version = in.u16("legacy_version");
        if (version >> 8 != 3 && version >> 8 != 0x7f) {
            throw in.reject("legacy_version", new TlsVersion(version).name() + " is not a TLS version");
        }
        byte[] random = in.bytes("random", 32);
        int sessionIdLength = in.u8("legacy_session_id length");
        if (sessionIdLength > 32) {
            throw in.reject("legacy_session_id", "has " + sessionIdLength + " bytes, more than 32");
        }
        byte[] sessionId = in.bytes("legacy_session_id", sessionIdLength);
        List<Integer> suites = Extension.readCodes(in, in.u16("cipher_suites length"));
        List<Integer> compressions = readBytes(in, in.u8("compression_methods length"));
        return new ClientHello(version, random, sessionId, suites, compressions, Extension.readAll(in));
    }

    private static List<Integer> readBytes(Reader in, int length) {
        Reader list = in.sub("list", "list", length);
        List<Integer> codes = new ArrayList<>(list.left());
        while (!list.isEmpty()) {
            codes.add(list.u8("code"));
        }
        return List.copyOf(codes);
    }

    public boolean has(int extensionType) {
        return Extension.has(extensions, extensionType);
    }

    /// The host name the client asks for (RFC 6066 3), safe to show; empty when it names none.
    public String serverName() {
        return Extension.value(extensions, Extension.SERVER_NAME, in -> {
            Reader list = in.sub("server_name_list", "ServerNameList", in.u16("list length"));
            while (!list.isEmpty()) {
                int type = list.u8("name_type");
                byte[] name = list.bytes("name", list.u16("name length"));
                if (type == 0) {
                    return Printable.of(new String(name, StandardCharsets.UTF_8), 256);
                }
            }
            return "";
        }, "");
    }

    /// The versions on offer in the client's order, GREASE left out.
    public List<TlsVersion> offeredVersions() {
        List<Integer> codes = Extension.value(extensions, Extension.SUPPORTED_VERSIONS,
                in -> Extension.readCodes(in, in.u8("versions length")), List.of());
        List<TlsVersion> versions = new ArrayList<>(codes.size());
        for (int code : codes) {
            if (!Grease.is(code)) {
                versions.add(new TlsVersion(code));
            }
        }
        return versions.isEmpty() ? List.of(new TlsVersion(legacyVersion)) : List.copyOf(versions);
    }

    /// The highest version on offer; drafts of TLS 1.3 count above TLS 1.2.
    public TlsVersion highestVersion() {
        List<TlsVersion> offered = offeredVersions();
        TlsVersion highest = offered.getFirst();
        for (TlsVersion version : offered) {
            if (version.is13() && !highest.is13() || version.is13() == highest.is13() && version.code() > highest.code()) {
                highest = version;
            }
        }
        return highest;
    }

    public boolean offers13() {
        return offeredVersions().stream().anyMatch(TlsVersion::is13);
    }

    /// Cipher suites as values, GREASE and signals left out.
    public List<CipherSuite> offeredSuites() {
        return cipherSuites.stream().map(CipherSuite::new)
                .filter(suite -> !suite.isGrease() && !suite.isSignal()).toList();
    }

    /// What this one offers and `other` does not, by kind: `versions TLS 1.3`, `cipher suites …`, at most four named of each.
    public List<String> beyond(ClientHello other) {
        List<String> more = new ArrayList<>();
        beyond("versions", offeredVersions().stream().map(TlsVersion::name).toList(), other.offeredVersions().stream().map(TlsVersion::name)
                .toList(), more);
        beyond("cipher suites", offeredSuites().stream().map(CipherSuite::name).toList(), other.offeredSuites().stream()
                .map(CipherSuite::name).toList(), more);
        if (postQuantum() && !other.postQuantum()) {
            more.add("a post-quantum group");
        }
        return more;
    }

    private static void beyond(String what, List<String> mine, List<String> theirs, List<String> more) {
        List<String> only = mine.stream().filter(name -> !theirs.contains(name)).toList();
        if (!only.isEmpty()) {
            more.add(what + " " + String.join(", ", only.subList(0, Math.min(NAMED_AT_MOST, only.size())))
                    + (only.size() > NAMED_AT_MOST ? " and " + (only.size() - NAMED_AT_MOST) + " more" : ""));
        }
    }

    /// SecP256r1MLKEM768, X25519MLKEM768, SecP384r1MLKEM1024 (draft-ietf-tls-ecdhe-mlkem 7).
    private boolean postQuantum() {
        return groups().stream().anyMatch(group -> group >= 0x11eb && group <= 0x11ed);
    }

    public List<Integer> groups() {
        return Extension.value(extensions, Extension.SUPPORTED_GROUPS, Extension::readCodes, List.of());
    }

    public List<Integer> pointFormats() {
        return Extension.value(extensions, Extension.EC_POINT_FORMATS,
                in -> readBytes(in, in.u8("formats length")), List.of());
    }

    public List<Integer> signatureSchemes() {
        return Extension.value(extensions, Extension.SIGNATURE_ALGORITHMS, Extension::readCodes, List.of());
    }

    /// Application protocols on offer, as Latin-1.
    public List<String> applicationProtocols() {
        return Extension.value(extensions, Extension.ALPN, Extension::readAlpn, List.of());
    }

    /// The ticket itself, or no bytes.
    public byte[] ticket() {
        return Extension.value(extensions, Extension.SESSION_TICKET, in -> in.rest("ticket"), new byte[0]);
    }

    public boolean offersEarlyData() {
        return has(Extension.EARLY_DATA);
    }
}

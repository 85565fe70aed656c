package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hex;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.MD5Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;

/// Fingerprints of TLS implementations: JA3 and JA3S, and the client fingerprint JA4.
///
/// @param text what was hashed (JA3, JA3S), or the readable form (JA4)
/// @param value the fingerprint as people exchange it
public record Fingerprint(String text, String value) {

    /// JA3: version, suites, extensions, groups, point formats in wire order without GREASE; MD5.
    public static Fingerprint ja3(ClientHello hello) {
        String text = hello.legacyVersion() + "," + dashed(hello.cipherSuites()) + ","
                + dashed(types(hello.extensions())) + "," + dashed(hello.groups()) + ","
                + hello.pointFormats().stream().map(String::valueOf).collect(Collectors.joining("-"));
        return new Fingerprint(text, md5(text));
    }

    /// JA3S: version field, suite and extensions of the server's answer; MD5.
    public static Fingerprint ja3s(ServerHello hello) {
        String text = hello.legacyVersion() + "," + hello.cipherSuite() + "," + dashed(types(hello.extensions()));
        return new Fingerprint(text, md5(text));
    }

    /// JA4 of a client over TCP: counts in the clear, then truncated SHA-256 of the sorted suites and of the sorted
    /// extensions with the signature schemes in wire order.
    public static Fingerprint ja4(ClientHello hello) {
        List<Integer> suites = hello.cipherSuites().stream().filter(code -> !Grease.is(code)).toList();
        List<Integer> types = types(hello.extensions()).stream().filter(code -> !Grease.is(code)).toList();
        String head = "t" + version(hello.highestVersion()) + (types.contains(Extension.SERVER_NAME) ? "d" : "i")
                + count(suites.size()) + count(types.size()) + protocol(hello.applicationProtocols());
        String sortedSuites = hexes(suites.stream().sorted());
        String sortedTypes = hexes(types.stream()
                .filter(type -> type != Extension.SERVER_NAME && type != Extension.ALPN).sorted());
        String schemes = hexes(hello.signatureSchemes().stream().filter(code -> !Grease.is(code)));
        String tail = schemes.isEmpty() ? sortedTypes : sortedTypes + "_" + schemes;
        return new Fingerprint(head + "_" + sortedSuites + "_" + tail,
                head + "_" + sha256(sortedSuites) + "_" + (sortedTypes.isEmpty() ? EMPTY : sha256(tail)));
    }

    private static final String EMPTY = "000000000000";

    private static List<Integer> types(List<Extension> extensions) {
        return extensions.stream().map(Extension::type).toList();
    }

    private static String dashed(List<Integer> codes) {
        return codes.stream().filter(code -> !Grease.is(code)).map(String::valueOf).collect(Collectors.joining("-"));
    }

    private static String hexes(Stream<Integer> codes) {
        return codes.map(code -> Hex.of(new byte[] {(byte) (code >> 8), (byte) (int) code}))
                .collect(Collectors.joining(","));
    }

    private static String version(TlsVersion version) {
        return version.is13() ? "13" : switch (version.code()) {
            case TlsVersion.TLS_1_2 -> "12";
            case TlsVersion.TLS_1_1 -> "11";
            case TlsVersion.TLS_1_0 -> "10";
            case TlsVersion.SSL_3_0 -> "s3";
            case TlsVersion.SSL_2_0 -> "s2";
            default -> "00";
        };
    }

    private static String count(int number) {
        int capped = Math.min(number, 99);
        return "" + capped / 10 + capped % 10;
    }

    /// First and last character of the first protocol; of its hex form when one of them is no letter or digit.
    private static String protocol(List<String> protocols) {
        if (protocols.isEmpty() || protocols.getFirst().isEmpty()) {
            return "00";
        }
        String name = protocols.getFirst();
        IntPredicate plain = c -> c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
        if (!plain.test(name.charAt(0)) || !plain.test(name.charAt(name.length() - 1))) {
            name = Hex.of(name.getBytes(StandardCharsets.ISO_8859_1));
        }
        return "" + name.charAt(0) + name.charAt(name.length() - 1);
    }

    private static String md5(String text) {
        return digest(new MD5Digest(), text);
    }

    private static String sha256(String text) {
        return text.isEmpty() ? EMPTY : digest(new SHA256Digest(), text).substring(0, 12);
    }

    private static String digest(Digest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        digest.update(bytes, 0, bytes.length);
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return Hex.of(hash);
    }
}

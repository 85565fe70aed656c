package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Hash;
import dev.rdptrace.bytes.Hex;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Fingerprints of TLS implementations: JA3 and JA3S, and the client fingerprint JA4.
///
/// @param text what was hashed (JA3, JA3S), or the readable form (JA4)
/// @param value the fingerprint as people exchange it
public record Fingerprint(String text, String value) {

    /// JA3: version, suites, extensions, groups, point formats in wire order without GREASE; MD5.
    public static Fingerprint ja3(ClientHello hello) {
        StringBuilder text = new StringBuilder(200).append(hello.legacyVersion()).append(',');
        dashed(text, hello.cipherSuites()).append(',');
        dashed(text, types(hello.extensions())).append(',');
        dashed(text, hello.groups()).append(',');
        String separator = "";
        for (int format : hello.pointFormats()) {
            text.append(separator).append(format);
            separator = "-";
        }
        return new Fingerprint(text.toString(), md5(text.toString()));
    }

    /// JA3S: version field, suite and extensions of the server's answer; MD5.
    public static Fingerprint ja3s(ServerHello hello) {
        StringBuilder built = new StringBuilder(60).append(hello.legacyVersion()).append(',').append(hello.cipherSuite()).append(',');
        String text = dashed(built, types(hello.extensions())).toString();
        return new Fingerprint(text, md5(text));
    }

    /// JA4 of a client over TCP: counts in the clear, then truncated SHA-256 of the sorted suites and of the sorted
    /// extensions with the signature schemes in wire order.
    public static Fingerprint ja4(ClientHello hello) {
        List<Integer> suites = withoutGrease(hello.cipherSuites());
        List<Integer> types = withoutGrease(types(hello.extensions()));
        String head = "t" + version(hello.highestVersion()) + (types.contains(Extension.SERVER_NAME) ? "d" : "i")
                + count(suites.size()) + count(types.size()) + protocol(hello.applicationProtocols());
        suites.sort(null);
        types.removeIf(type -> type == Extension.SERVER_NAME || type == Extension.ALPN);
        types.sort(null);
        String sortedSuites = hexes(suites);
        String sortedTypes = hexes(types);
        String schemes = hexes(withoutGrease(hello.signatureSchemes()));
        String tail = schemes.isEmpty() ? sortedTypes : sortedTypes + "_" + schemes;
        return new Fingerprint(head + "_" + sortedSuites + "_" + tail,
                head + "_" + sha256(sortedSuites) + "_" + (sortedTypes.isEmpty() ? EMPTY : sha256(tail)));
    }

    private static final String EMPTY = "000000000000";

    private static List<Integer> types(List<Extension> extensions) {
        List<Integer> types = new ArrayList<>(extensions.size());
        for (Extension extension : extensions) {
            types.add(extension.type());
        }
        return types;
    }

    private static List<Integer> withoutGrease(List<Integer> codes) {
        List<Integer> real = new ArrayList<>(codes);
        real.removeIf(Grease::is);
        return real;
    }

    private static StringBuilder dashed(StringBuilder text, List<Integer> codes) {
        String separator = "";
        for (int code : codes) {
            if (!Grease.is(code)) {
                text.append(separator).append(code);
                separator = "-";
            }
        }
        return text;
    }

    /// Four digits each, with commas.
    private static String hexes(List<Integer> codes) {
        StringBuilder text = new StringBuilder(codes.size() * 5);
        for (int code : codes) {
            if (!text.isEmpty()) {
                text.append(',');
            }
            for (int shift = 12; shift >= 0; shift -= 4) {
                text.append(Character.forDigit(code >> shift & 15, 16));
            }
        }
        return text.toString();
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
        return digest(Hash.MD5, text);
    }

    private static String sha256(String text) {
        return text.isEmpty() ? EMPTY : digest(Hash.SHA_256, text).substring(0, 12);
    }

    private static String digest(Hash hash, String text) {
        return Hex.of(hash.of(text.getBytes(StandardCharsets.US_ASCII)));
    }
}

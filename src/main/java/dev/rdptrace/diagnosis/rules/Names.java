package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Names in certificates.
final class Names {
    /// Words that the certificate authorities of inspection products carry in their names.
    private static final List<String> INSPECTION = List.of("zscaler", "fortinet", "fortigate", "palo alto", "netskope", "sophos", "blue coat",
            "bluecoat", "symantec web", "mcafee web gateway", "skyhigh", "cisco umbrella", "check point", "checkpoint", "forcepoint",
            "websense", "barracuda", "watchguard", "sonicwall", "kaspersky", "eset ssl filter", "avast", "bitdefender", "untangle", "squid",
            "sslsplit", "mitmproxy", "burp", "charles proxy", "fiddler", "ssl inspection", "ssl-inspection", "tls inspection", "ssl proxy",
            "proxy ca", "decryption ca", "web gateway");

    private Names() {}

    /// RFC 6125: a subject alternative name or the common name matches, a wildcard stands for one label.
    static boolean covers(CertificateFacts leaf, String host) {
        String wanted = host.toLowerCase(Locale.ROOT);
        return leaf.subjectAltNames().stream().anyMatch(name -> matches(name, wanted)) || matches(leaf.commonName(), wanted);
    }

    private static boolean matches(String pattern, String host) {
        String name = pattern.toLowerCase(Locale.ROOT);
        return name.equals(host) || name.startsWith("*.") && host.indexOf('.') > 0 && host.substring(host.indexOf('.')).equals(name.substring(1));
    }

    /// The inspection product that issued the chain, if its name says so.
    static Optional<String> interceptor(List<CertificateFacts> chain) {
        for (CertificateFacts certificate : chain) {
            String issuer = certificate.issuer().toLowerCase(Locale.ROOT);
            if (INSPECTION.stream().anyMatch(issuer::contains)) {
                return Optional.of(certificate.issuerCommonName().isEmpty() ? certificate.issuer() : certificate.issuerCommonName());
            }
        }
        return Optional.empty();
    }
}

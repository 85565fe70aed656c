package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Names in certificates.
final class CertificateNames {
    /// Names that the certificate authorities of inspection products carry: products and makers, no towns, surnames or common words.
    private static final List<String> INSPECTION = List.of("zscaler", "fortinet", "fortigate", "palo alto networks", "netskope", "sophos",
            "blue coat", "bluecoat", "symantec web", "mcafee web gateway", "skyhigh", "cisco umbrella", "check point software",
            "check point ssl", "check point https", "checkpoint ssl", "forcepoint", "websense", "barracuda networks", "barracuda ssl",
            "barracuda web", "watchguard",
            "sonicwall", "kaspersky anti-virus", "kaspersky endpoint", "kaspersky lab", "kaspersky web", "eset ssl filter", "avast",
            "bitdefender", "untangle", "squid proxy", "squid ca", "squid ssl", "sslsplit", "mitmproxy", "portswigger", "burp suite",
            "charles proxy", "fiddlerroot",
            "do_not_trust", "ssl inspection", "ssl-inspection", "tls inspection", "ssl proxy", "tls proxy", "decryption ca");

    private CertificateNames() {}

    /// RFC 6125: a subject alternative name or the common name matches, a wildcard stands for one label.
    static boolean covers(CertificateFacts leaf, String host) {
        String wanted = host.toLowerCase(Locale.ROOT);
        return leaf.subjectAltNames().stream().anyMatch(name -> matches(name, wanted)) || matches(leaf.commonName(), wanted);
    }

    private static boolean matches(String pattern, String host) {
        String name = pattern.toLowerCase(Locale.ROOT);
        return name.equals(host) || name.startsWith("*.") && host.indexOf('.') > 0 && host.substring(host.indexOf('.'))
                .equals(name.substring(1));
    }

    /// The inspection product that issued the chain, if its name says so.
    static Optional<String> interceptor(List<CertificateFacts> chain) {
        for (CertificateFacts certificate : chain) {
            if (isInspection(certificate.issuer().toLowerCase(Locale.ROOT)) && isInspection(organization(certificate.issuer()))) {
                return Optional.of(certificate.issuerCommonName().isEmpty() ? certificate.issuer() : certificate.issuerCommonName());
            }
        }
        return Optional.empty();
    }

    private static boolean isInspection(String issuer) {
        for (String product : INSPECTION) {
            if (issuer.contains(product)) {
                return true;
            }
        }
        return false;
    }

    /// The parts of a name that say who it is, and not where: common name, organization and unit of it (RFC 4519 2).
    private static String organization(String issuer) {
        return Stream.of(issuer.split(", (?=[A-Za-z0-9.]+=)")).filter(part -> part.startsWith("CN=") || part.startsWith("O=")
                || part.startsWith("OU=")).collect(Collectors.joining(", ")).toLowerCase(Locale.ROOT);
    }
}

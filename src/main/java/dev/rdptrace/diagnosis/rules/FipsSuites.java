package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.OtherClients.Welcome;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import java.util.List;
import java.util.Optional;

/// Cipher suites that a machine limited to FIPS 140 may use (NIST SP 800-52r2 3.3.1).
final class FipsSuites {
    private FipsSuites() {}

    static boolean approved(CipherSuite suite) {
        boolean cipher = suite.cipherName().startsWith("AES_") || suite.cipherName().equals("3DES_EDE_CBC");
        return cipher && switch (suite.keyExchange()) {
            case TLS13, RSA, DH, DHE, ECDH, ECDHE -> true;
            case DH_ANON, ECDH_ANON, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP, KRB5, SIGNAL, OTHER -> false;
        };
    }

    /// The refused client offers approved suites only, and the server chose another kind for a client that offered both.
    static Optional<String> missing(Case c) {
        Optional<ClientHello> mine = c.attempt().tls().clientHello();
        Optional<Welcome> other = c.surroundings().neighbours().welcome(c.attempt());
        if (mine.isEmpty() || other.isEmpty() || c.attempt().tls().alerts().getFirst().from() != Side.SERVER) {
            return Optional.empty();
        }
        List<CipherSuite> offered = mine.get().offeredSuites();
        boolean limited = !offered.isEmpty() && offered.stream().allMatch(FipsSuites::approved);
        CipherSuite chosen = other.get().chosen().suite();
        boolean nothingInCommon = !approved(chosen) && other.get().offered().offeredSuites().containsAll(offered);
        return limited && nothingInCommon ? Optional.of("the client offers only suites on the FIPS list; to "
                + Identity.HOST.of(other.get().client())
                + ", which offers them as well, the server preferred " + chosen.name() + ", which is not on it") : Optional.empty();
    }
}

package dev.rdptrace.timeline;

import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.ServerHello;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What was seen of TLS.
///
/// @param clientHello the (last) ClientHello
/// @param clientHelloLength bytes of its record, header included
/// @param clientHelloSegments TCP segments it took
/// @param serverHello the ServerHello, not a HelloRetryRequest
/// @param certificates the server's chain in the clear, leaf first
/// @param encryptedCertificateLength length of the record that carries the certificate in TLS 1.3, -1 unknown
/// @param certificateRequested the server asked for a client certificate in the clear
/// @param clientCertificateEmpty the client answered that with an empty list
/// @param resumed an abbreviated handshake
/// @param alerts every alert, in order
/// @param serverRecords complete records that the server sent
/// @param promisedBytes bytes that the server's last incomplete record promises and that never came, 0 none
/// @param deliveredBytes bytes of that record that did come
/// @param clearTpkt a TPKT of the server in the place of a TLS record (xrdp's way of saying good-bye)
/// @param broken what made the stream unreadable, empty if nothing did
/// @param brokenFrom who sent the unreadable bytes, meaningless if nothing did
/// @param ja3 fingerprint of the ClientHello, empty without one
/// @param ja4 another fingerprint of the ClientHello, empty without one
/// @param ja3s fingerprint of the ServerHello, empty without one
public record TlsFacts(Optional<ClientHello> clientHello, int clientHelloLength, int clientHelloSegments,
        Optional<ServerHello> serverHello, List<CertificateFacts> certificates, int encryptedCertificateLength,
        boolean certificateRequested, boolean clientCertificateEmpty, boolean resumed, List<AlertSeen> alerts, int serverRecords,
        int promisedBytes, int deliveredBytes, Moment clearTpkt, String broken, Side brokenFrom, String ja3, String ja4, String ja3s) {

    public static final TlsFacts NONE = new TlsFacts(Optional.empty(), 0, 0, Optional.empty(), List.of(), -1, false, false, false,
            List.of(), 0, 0, 0, Moment.NEVER, "", Side.SERVER, "", "", "");

    /// An alert in the clear, decrypted, or recognized by the size of its record.
    ///
    /// @param level 1 warning, 2 fatal, -1 encrypted
    /// @param code of RFC 8446 6, -1 encrypted
    /// @param beforeFinished sent before the handshake was complete
    public record AlertSeen(Moment at, Side from, int level, int code, boolean beforeFinished) {
        public boolean encrypted() {
            return code < 0;
        }
    }

    /// The same with other alerts.
    public TlsFacts with(List<AlertSeen> others) {
        return with(certificates, others);
    }

    /// The same with the certificates that somebody told of.
    public TlsFacts withCertificates(List<CertificateFacts> told) {
        return with(List.copyOf(told), alerts);
    }

    private TlsFacts with(List<CertificateFacts> chain, List<AlertSeen> others) {
        return new TlsFacts(clientHello, clientHelloLength, clientHelloSegments, serverHello, chain, encryptedCertificateLength,
                certificateRequested, clientCertificateEmpty, resumed, others, serverRecords, promisedBytes, deliveredBytes, clearTpkt,
                broken, brokenFrom, ja3, ja4, ja3s);
    }

    public Optional<CipherSuite> cipher() {
        return serverHello.map(ServerHello::suite);
    }

    /// The client asked for Azure Virtual Desktop, which Windows 365 uses as well: the names that its documentation wants let through,
    /// learn.microsoft.com azure virtual-desktop, required-fqdn-endpoint.
    public boolean forVirtualDesktop() {
        return clientHello.map(hello -> hello.serverName().toLowerCase(Locale.ROOT))
                .filter(name -> name.endsWith(".wvd.microsoft.com") || name.endsWith(".wvd.azure.us")).isPresent();
    }

    /// The leaf certificate where it was visible.
    public Optional<CertificateFacts> certificate() {
        return certificates.isEmpty() ? Optional.empty() : Optional.of(certificates.getFirst());
    }
}

package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// RDCleanPath, which a browser's RDP client (IronRDP) and its gateway (Devolutions Gateway and others) exchange first in a WebSocket: the
/// gateway speaks TLS with the host, and what it hands on from then on is what stands inside of that. The crate `ironrdp-rdcleanpath`
/// defines it, in DER with explicit tags:
///
/// ```
/// SEQUENCE { version [0] 3390, error [1], destination [2], proxyAuth [3], serverAuth [4], preconnectionBlob [5],
///            x224ConnectionPdu [6] OCTET STRING, serverCertChain [7] SEQUENCE OF OCTET STRING, serverAddr [9] }
/// ```
///
/// What authorizes the client at the gateway is not kept.
public sealed interface CleanPath {

    /// @param destination host, or host and port
    /// @param token the client authorizes itself at the gateway
    /// @param preconnection a preconnection PDU goes to the host before all else
    /// @param x224 the connection request for the host in its TPKT, empty for a host that wants none
    record Request(@Identifies(Identity.HOST) String destination, boolean token, boolean preconnection, Octets x224) implements CleanPath {}

    /// The gateway has reached the host, and TLS with it is ready.
    ///
    /// @param x224 the host's connection confirm
    /// @param certificates of the host, its own first
    /// @param serverAddress that the destination's name stands for
    record Answer(Octets x224, List<Octets> certificates, @Identifies(Identity.HOST) String serverAddress) implements CleanPath {
        public Answer {
            certificates = List.copyOf(certificates);
        }
    }

    /// The gateway has not; the numbers are -1 where they are left off.
    ///
    /// @param code [#GENERAL] or [#NEGOTIATION]
    /// @param httpStatus why the gateway itself refuses, as HTTP would say
    /// @param socketError of its way to the host, as Windows Sockets number it
    /// @param tlsAlert of TLS with the host
    /// @param x224 what the host answered, where the negotiation with it failed
    record Refusal(int code, int httpStatus, int socketError, int tlsAlert, Octets x224) implements CleanPath {
        /// All its numbers, in words.
        public String says() {
            return Stream.of(code == NEGOTIATION ? "negotiation error" : code == GENERAL ? "general error" : "error " + code,
                    httpStatus < 0 ? "" : "HTTP status " + httpStatus, socketError < 0 ? "" : socket(socketError),
                    tlsAlert < 0 ? "" : "TLS alert " + tlsAlert + " (" + new Alert(Alert.FATAL, tlsAlert).name() + ")")
                    .filter(word -> !word.isEmpty()).collect(Collectors.joining(", "));
        }
    }

    int GENERAL = 1;
    int NEGOTIATION = 2;
    int VERSION = 3390;
    /// With these bytes it can be told from anything else.
    int SHORTEST = 11;

    /// Do these bytes begin one, as far as they go?
    static boolean begins(byte[] bytes, int offset, int length) {
        int field = length < 2 || bytes[offset + 1] >= 0 ? 2 : 2 + (bytes[offset + 1] & 0x7f);
        boolean fits = length > 0 && bytes[offset] == Ber.SEQUENCE && field <= 5;
        for (int i = field; i < Math.min(length, field + 6); i++) {
            fits &= (bytes[offset + i] & 0xff) == switch (i - field) {
                case 0 -> 0xa0;
                case 1 -> 4;
                case 2 -> Ber.INTEGER;
                case 3 -> 2;
                case 4 -> VERSION >> 8;
                default -> VERSION & 0xff;
            };
        }
        return fits;
    }

    /// Decodes one at the start of `bytes[offset, offset + length)`; waits while it is incomplete.
    static Decoded<CleanPath> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "RDCleanPath", CleanPath::read);
    }

    private static CleanPath read(Reader in) {
        Ber.Fields fields = Ber.fields(in, "RDCleanPath");
        if (fields.integer(0, "version") != VERSION) {
            throw in.reject("version", "is not " + VERSION);
        }
        Octets x224 = fields.has(6) ? Octets.of(fields.octets(6, "x224ConnectionPdu")) : Octets.empty();
        if (fields.has(1)) {
            Ber.Fields error = Ber.fields(fields.get(1, "error"), "error");
            return new Refusal((int) error.integer(0, "errorCode"), (int) error.integerOr(1, "httpStatusCode", -1),
                    (int) error.integerOr(2, "wsaLastError", -1), (int) error.integerOr(3, "tlsAlertCode", -1), x224);
        }
        if (fields.has(2)) {
            return new Request(Ber.string(fields.get(2, "destination"), "destination"), fields.has(3), fields.has(5), x224);
        }
        List<Octets> chain = new ArrayList<>();
        if (fields.has(7)) {
            Reader certificates = Ber.open(fields.get(7, "serverCertChain"), Ber.SEQUENCE, "serverCertChain");
            while (!certificates.isEmpty() && chain.size() < CertificateMessage.LONGEST_CHAIN) {
                chain.add(Octets.of(Ber.octets(certificates, "certificate")));
            }
        }
        return new Answer(x224, chain, fields.has(9) ? Ber.string(fields.get(9, "serverAddr"), "serverAddr") : "");
    }

    /// What a number of Windows Sockets says of the way to a host.
    private static String socket(int error) {
        String says = switch (error) {
            case 10013 -> "not permitted";
            case 10050, 10051 -> "network unreachable";
            case 10053, 10054 -> "connection reset";
            case 10060 -> "connection timed out";
            case 10061 -> "connection refused";
            case 10064, 10065 -> "host unreachable";
            case 11001, 11002, 11003, 11004 -> "name does not resolve";
            default -> "";
        };
        return "socket error " + error + (says.isEmpty() ? "" : " (" + says + ")");
    }
}

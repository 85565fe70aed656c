package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.util.ArrayList;
import java.util.List;

/// The certificate message, RFC 5246 7.4.2 and RFC 8446 4.4.2: a chain, the peer's own certificate first.
///
/// @param certificates DER, as sent; empty when a client has none
public record CertificateMessage(List<byte[]> certificates) {
    /// More certificates than this are not decoded.
    public static final int LONGEST_CHAIN = 64;

    public CertificateMessage {
        certificates = List.copyOf(certificates);
    }

    /// Decodes the body of the message, without the handshake header.
    ///
    /// @param tls13 with request context and an extension block behind each certificate
    public static Decoded<CertificateMessage> decode(byte[] bytes, int offset, int length, boolean tls13) {
        return Reader.decode(bytes, offset, length, "Certificate",
                in -> read(in.sub("body", "Certificate", in.left()), tls13));
    }

    private static CertificateMessage read(Reader in, boolean tls13) {
        if (tls13) {
            in.skip("certificate_request_context", in.u8("context length"));
        }
        Reader list = in.sub("certificate_list", "Certificate", in.u24("certificate_list length"));
        List<byte[]> certificates = new ArrayList<>();
        while (!list.isEmpty() && certificates.size() < LONGEST_CHAIN) {
            certificates.add(list.bytes("cert_data", list.u24("cert_data length")));
            if (tls13) {
                list.skip("extensions", list.u16("extensions length"));
            }
        }
        return new CertificateMessage(certificates);
    }
}

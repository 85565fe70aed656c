package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import java.util.ArrayList;
import java.util.List;

/// The server asks for a client certificate, RFC 5246 7.4.4 and RFC 8446 4.3.2.
///
/// @param certificateTypes empty in TLS 1.3
/// @param signatureSchemes empty before TLS 1.2
/// @param authorities how many issuers the server names
public record CertificateRequest(List<Integer> certificateTypes, List<Integer> signatureSchemes, int authorities) {

    public CertificateRequest {
        certificateTypes = List.copyOf(certificateTypes);
        signatureSchemes = List.copyOf(signatureSchemes);
    }

    /// Decodes the body of the message, without the handshake header.
    public static Decoded<CertificateRequest> decode(byte[] bytes, int offset, int length, TlsVersion version) {
        return Reader.decode(bytes, offset, length, "CertificateRequest",
                in -> read(in.sub("body", "CertificateRequest", in.left()), version));
    }

    private static CertificateRequest read(Reader in, TlsVersion version) {
        if (version.is13()) {
            in.skip("certificate_request_context", in.u8("context length"));
            List<Extension> extensions = Extension.readAll(in);
            return new CertificateRequest(List.of(),
                    Extension.value(extensions, Extension.SIGNATURE_ALGORITHMS, Extension::readCodes, List.of()),
                    Extension.value(extensions, 47, CertificateRequest::countAuthorities, 0));
        }
        Reader types = in.sub("certificate_types", "certificate_types", in.u8("certificate_types length"));
        List<Integer> typeCodes = new ArrayList<>();
        while (!types.isEmpty()) {
            typeCodes.add(types.u8("type"));
        }
        List<Integer> schemes = version.code() >= TlsVersion.TLS_1_2 ? Extension.readCodes(in) : List.of();
        return new CertificateRequest(typeCodes, schemes, countAuthorities(in));
    }

    private static int countAuthorities(Reader in) {
        Reader list = in.sub("certificate_authorities", "certificate_authorities", in.u16("list length"));
        int count = 0;
        while (!list.isEmpty()) {
            list.skip("DistinguishedName", list.u16("name length"));
            count++;
        }
        return count;
    }
}

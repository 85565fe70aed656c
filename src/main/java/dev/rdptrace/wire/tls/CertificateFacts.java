package dev.rdptrace.wire.tls;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hash;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Ber;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What an X.509 certificate (RFC 5280) says, without judging it. Nothing is verified here.
///
/// @param subject distinguished name, most specific part first, safe to show
/// @param commonName the last CN of the subject, or empty
/// @param serial hex digits without leading zeros
/// @param notBefore seconds since 1970
/// @param notAfter seconds since 1970, or [#NO_EXPIRY]
/// @param subjectAltNames host names, `IP:` addresses, `email:`, `URI:`; at most [#MOST_NAMES]
/// @param keyAlgorithm `RSA`, `EC`, `DSA`, `Ed25519`…, or the object identifier
/// @param keyBits -1 where the algorithm has no size
/// @param curve `secp256r1`, or empty
/// @param signatureAlgorithm `sha256WithRSAEncryption`, or the object identifier
/// @param selfSigned issuer and subject are the same; the signature itself is not checked
/// @param isCa basic constraints say so
/// @param extendedKeyUsages names or object identifiers, empty when the certificate does not limit its use
/// @param sha256 of the whole certificate, hex
/// @param sha1 the thumbprint as Windows shows it, hex
/// @param length bytes of DER
public record CertificateFacts(String subject, String commonName, String issuer, String issuerCommonName, String serial,
        long notBefore, long notAfter, List<String> subjectAltNames, String keyAlgorithm, int keyBits, String curve,
        String signatureAlgorithm, boolean selfSigned, boolean isCa, List<String> extendedKeyUsages, String sha256,
        String sha1, int length) {
    /// RFC 5280 4.1.2.5: 99991231235959Z says that there is no well-defined end.
    public static final long NO_EXPIRY = 253_402_300_799L;
    /// Longer certificates are refused.
    public static final int LONGEST = 64 * 1024;
    /// More alternative names are dropped.
    public static final int MOST_NAMES = 100;

    private static final int LONGEST_TEXT = 512;

    public CertificateFacts {
        subjectAltNames = List.copyOf(subjectAltNames);
        extendedKeyUsages = List.copyOf(extendedKeyUsages);
    }

    /// Whom it is for, in one name: certificates need no common name (RFC 9525 2).
    public String holder() {
        return !commonName.isEmpty() ? commonName : !subjectAltNames.isEmpty() ? subjectAltNames.getFirst()
                : subject.isEmpty() ? "nobody by name" : subject;
    }

    /// Who issued it, in one name.
    public String authority() {
        return !issuerCommonName.isEmpty() ? issuerCommonName : issuer.isEmpty() ? "nobody by name" : issuer;
    }

    /// `RSA 2048 bits`; the name alone where the algorithm has no size.
    public String key() {
        return keyBits < 0 ? keyAlgorithm : keyAlgorithm + " " + keyBits + " bits";
    }

    /// Decodes one certificate. Bytes behind it are ignored, as TLS implementations do.
    public static Decoded<CertificateFacts> of(byte[] der) {
        if (der.length > LONGEST) {
            return new Decoded.Broken<>(new DecodeError("Certificate", "length", 0, der.length + " is more than " + LONGEST));
        }
        return Reader.decodeWhole(der, "Certificate", in -> read(in, der));
    }

    /// A name part: `CN`, `secret.example`.
    private record Part(String type, String value) {}

    private static CertificateFacts read(Reader in, byte[] der) {
        Reader certificate = Ber.open(in, Ber.SEQUENCE, "Certificate");
        Reader tbs = Ber.open(certificate, Ber.SEQUENCE, "tbsCertificate");
        if (tbs.peek() == 0xa0) {
            Ber.openAny(tbs, "version");
        }
        String serial = serial(Ber.open(tbs, Ber.INTEGER, "serialNumber").rest("serialNumber"));
        Ber.openAny(tbs, "signature");
        byte[] issuerBytes = Ber.open(tbs, Ber.SEQUENCE, "issuer").rest("issuer");
        Reader validity = Ber.open(tbs, Ber.SEQUENCE, "validity");
        long notBefore = Ber.time(validity, "notBefore");
        long notAfter = Ber.time(validity, "notAfter");
        byte[] subjectBytes = Ber.open(tbs, Ber.SEQUENCE, "subject").rest("subject");
        List<Part> issuer = name(in, "issuer", issuerBytes);
        List<Part> subject = name(in, "subject", subjectBytes);
        Key key = readKey(Ber.open(tbs, Ber.SEQUENCE, "subjectPublicKeyInfo"));
        List<String> names = new ArrayList<>();
        List<String> usages = new ArrayList<>();
        boolean ca = false;
        while (!tbs.isEmpty()) {
            boolean extensions = tbs.peek() == 0xa3;
            Reader optional = Ber.openAny(tbs, "optional field");
            if (extensions) {
                Reader list = Ber.open(optional, Ber.SEQUENCE, "extensions");
                while (!list.isEmpty()) {
                    Reader extension = Ber.open(list, Ber.SEQUENCE, "extension");
                    String id = Ber.objectIdentifier(extension, "extnID");
                    if (extension.peek() == Ber.BOOLEAN) {
                        Ber.openAny(extension, "critical");
                    }
                    Reader value = Ber.open(extension, Ber.OCTET_STRING, "extnValue");
                    switch (id) {
                        case "2.5.29.17" -> readNames(value, names);
                        case "2.5.29.19" -> ca = readBasicConstraints(value);
                        case "2.5.29.37" -> readUsages(value, usages);
                        default -> {}
                    }
                }
            }
        }
        String signature = algorithm(Ber.open(certificate, Ber.SEQUENCE, "signatureAlgorithm"));
        return new CertificateFacts(text(subject), commonName(subject), text(issuer), commonName(issuer), serial,
                notBefore, notAfter, names, key.algorithm, key.bits, key.curve, signature,
                Arrays.equals(issuerBytes, subjectBytes), ca, usages, Hex.of(Hash.SHA_256.of(der)),
                Hex.of(Hash.SHA_1.of(der)), der.length);
    }

    private static String serial(byte[] number) {
        String hex = Hex.of(number, 0, Math.min(number.length, 64));
        int zeros = 0;
        while (zeros + 1 < hex.length() && hex.charAt(zeros) == '0') {
            zeros++;
        }
        return hex.substring(zeros);
    }

    private static List<Part> name(Reader outer, String field, byte[] bytes) {
        return nested(outer, field, Reader.decodeWhole(bytes, field, in -> {
            List<Part> parts = new ArrayList<>();
            while (!in.isEmpty()) {
                Reader set = Ber.open(in, Ber.SET, "RelativeDistinguishedName");
                while (!set.isEmpty()) {
                    Reader pair = Ber.open(set, Ber.SEQUENCE, "AttributeTypeAndValue");
                    String type = attribute(Ber.objectIdentifier(pair, "type"));
                    if (parts.size() < MOST_NAMES) {
                        parts.add(new Part(type, Printable.of(Ber.string(pair, "value"), LONGEST_TEXT)));
                    }
                }
            }
            return parts;
        }));
    }

    private static <T> T nested(Reader outer, String field, Decoded<T> decoded) {
        return switch (decoded) {
            case Decoded.Complete<T>(var value, _) -> value;
            case Decoded.Partial<T>(_) -> throw outer.reject(field, "ends early");
            case Decoded.Broken<T>(var fault) -> throw outer.reject(field, "is broken: " + fault.reason());
        };
    }

    /// Most specific first, as RFC 4514 writes names.
    private static String text(List<Part> parts) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts.reversed()) {
            text.append(text.isEmpty() ? "" : ", ").append(part.type).append('=').append(part.value);
        }
        return text.length() <= 4 * LONGEST_TEXT ? text.toString() : text.substring(0, 4 * LONGEST_TEXT) + "…";
    }

    private static String commonName(List<Part> parts) {
        for (Part part : parts.reversed()) {
            if (part.type.equals("CN")) {
                return part.value;
            }
        }
        return "";
    }

    private record Key(String algorithm, int bits, String curve) {}

    private static Key readKey(Reader in) {
        Reader algorithm = Ber.open(in, Ber.SEQUENCE, "algorithm");
        String id = Ber.objectIdentifier(algorithm, "algorithm");
        Reader bits = Ber.open(in, Ber.BIT_STRING, "subjectPublicKey");
        return switch (id) {
            case "1.2.840.113549.1.1.1" -> new Key("RSA", modulusBits(bits), "");
            case "1.2.840.113549.1.1.10" -> new Key("RSA-PSS", modulusBits(bits), "");
            case "1.2.840.10045.2.1" -> curve(algorithm);
            case "1.2.840.10040.4.1" -> new Key("DSA", algorithm.isEmpty() ? -1
                    : bits(Ber.open(Ber.open(algorithm, Ber.SEQUENCE, "Dss-Parms"), Ber.INTEGER, "p")), "");
            case "1.3.101.112" -> new Key("Ed25519", 256, "");
            case "1.3.101.113" -> new Key("Ed448", 456, "");
            case "2.16.840.1.101.3.4.3.17" -> new Key("ML-DSA-44", -1, "");
            case "2.16.840.1.101.3.4.3.18" -> new Key("ML-DSA-65", -1, "");
            case "2.16.840.1.101.3.4.3.19" -> new Key("ML-DSA-87", -1, "");
            default -> new Key(id, -1, "");
        };
    }

    private static int modulusBits(Reader in) {
        in.skip("unused bits", 1);
        return bits(Ber.open(Ber.open(in, Ber.SEQUENCE, "RSAPublicKey"), Ber.INTEGER, "modulus"));
    }

    private static int bits(Reader number) {
        while (number.peek() == 0) {
            number.skip("leading zero", 1);
        }
        return number.isEmpty() ? 0 : 8 * number.left() - Integer.numberOfLeadingZeros(number.peek()) + 24;
    }

    private static Key curve(Reader parameters) {
        if (parameters.peek() != Ber.OBJECT_IDENTIFIER) {
            return new Key("EC", -1, "explicit");
        }
        String id = Ber.objectIdentifier(parameters, "namedCurve");
        return switch (id) {
            case "1.2.840.10045.3.1.1" -> new Key("EC", 192, "secp192r1");
            case "1.3.132.0.33" -> new Key("EC", 224, "secp224r1");
            case "1.2.840.10045.3.1.7" -> new Key("EC", 256, "secp256r1");
            case "1.3.132.0.10" -> new Key("EC", 256, "secp256k1");
            case "1.3.132.0.34" -> new Key("EC", 384, "secp384r1");
            case "1.3.132.0.35" -> new Key("EC", 521, "secp521r1");
            case "1.3.36.3.3.2.8.1.1.7" -> new Key("EC", 256, "brainpoolP256r1");
            case "1.3.36.3.3.2.8.1.1.11" -> new Key("EC", 384, "brainpoolP384r1");
            case "1.3.36.3.3.2.8.1.1.13" -> new Key("EC", 512, "brainpoolP512r1");
            default -> new Key("EC", -1, id);
        };
    }

    private static void readNames(Reader value, List<String> names) {
        Reader list = Ber.open(value, Ber.SEQUENCE, "GeneralNames");
        while (!list.isEmpty()) {
            int tag = list.peek();
            byte[] name = Ber.openAny(list, "GeneralName").rest("GeneralName");
            if (names.size() < MOST_NAMES) {
                String text = Printable.of(new String(name, java.nio.charset.StandardCharsets.UTF_8), LONGEST_TEXT);
                switch (tag) {
                    case 0x81 -> names.add("email:" + text);
                    case 0x82 -> names.add(text);
                    case 0x86 -> names.add("URI:" + text);
                    case 0x87 -> names.add("IP:" + address(name));
                    default -> {}
                }
            }
        }
    }

    private static String address(byte[] address) {
        if (address.length != 4) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i + 1 < address.length && i < 16; i += 2) {
                text.append(i == 0 ? "" : ":")
                        .append(Integer.toHexString((address[i] & 0xff) << 8 | address[i + 1] & 0xff));
            }
            return text.toString();
        }
        return (address[0] & 0xff) + "." + (address[1] & 0xff) + "." + (address[2] & 0xff) + "." + (address[3] & 0xff);
    }

    private static boolean readBasicConstraints(Reader value) {
        Reader constraints = Ber.open(value, Ber.SEQUENCE, "BasicConstraints");
        return constraints.peek() == Ber.BOOLEAN && Ber.open(constraints, Ber.BOOLEAN, "cA").u8("cA") != 0;
    }

    private static void readUsages(Reader value, List<String> usages) {
        Reader list = Ber.open(value, Ber.SEQUENCE, "ExtKeyUsageSyntax");
        while (!list.isEmpty()) {
            String usage = usage(Ber.objectIdentifier(list, "KeyPurposeId"));
            if (usages.size() < MOST_NAMES) {
                usages.add(usage);
            }
        }
    }

    private static String usage(String id) {
        return switch (id) {
            case "1.3.6.1.5.5.7.3.1" -> "serverAuth";
            case "1.3.6.1.5.5.7.3.2" -> "clientAuth";
            case "1.3.6.1.5.5.7.3.3" -> "codeSigning";
            case "1.3.6.1.5.5.7.3.4" -> "emailProtection";
            case "1.3.6.1.4.1.311.54.1.2" -> "remoteDesktopAuthentication";
            case "1.3.6.1.4.1.311.20.2.2" -> "smartCardLogon";
            case "1.3.6.1.5.2.3.5" -> "kerberosKdc";
            case "2.5.29.37.0" -> "any";
            default -> id;
        };
    }

    private static String attribute(String id) {
        return switch (id) {
            case "2.5.4.3" -> "CN";
            case "2.5.4.4" -> "SN";
            case "2.5.4.5" -> "serialNumber";
            case "2.5.4.6" -> "C";
            case "2.5.4.7" -> "L";
            case "2.5.4.8" -> "ST";
            case "2.5.4.9" -> "street";
            case "2.5.4.10" -> "O";
            case "2.5.4.11" -> "OU";
            case "2.5.4.12" -> "title";
            case "2.5.4.42" -> "GN";
            case "2.5.4.97" -> "organizationIdentifier";
            case "0.9.2342.19200300.100.1.1" -> "UID";
            case "0.9.2342.19200300.100.1.25" -> "DC";
            case "1.2.840.113549.1.9.1" -> "emailAddress";
            default -> id;
        };
    }

    private static String algorithm(Reader in) {
        String id = Ber.objectIdentifier(in, "algorithm");
        return switch (id) {
            case "1.2.840.113549.1.1.2" -> "md2WithRSAEncryption";
            case "1.2.840.113549.1.1.4" -> "md5WithRSAEncryption";
            case "1.2.840.113549.1.1.5", "1.3.14.3.2.29" -> "sha1WithRSAEncryption";
            case "1.2.840.113549.1.1.10" -> "rsassaPss";
            case "1.2.840.113549.1.1.11" -> "sha256WithRSAEncryption";
            case "1.2.840.113549.1.1.12" -> "sha384WithRSAEncryption";
            case "1.2.840.113549.1.1.13" -> "sha512WithRSAEncryption";
            case "1.2.840.113549.1.1.14" -> "sha224WithRSAEncryption";
            case "1.2.840.10040.4.3" -> "dsaWithSha1";
            case "2.16.840.1.101.3.4.3.1" -> "dsaWithSha224";
            case "2.16.840.1.101.3.4.3.2" -> "dsaWithSha256";
            case "1.2.840.10045.4.1" -> "ecdsaWithSha1";
            case "1.2.840.10045.4.3.1" -> "ecdsaWithSha224";
            case "1.2.840.10045.4.3.2" -> "ecdsaWithSha256";
            case "1.2.840.10045.4.3.3" -> "ecdsaWithSha384";
            case "1.2.840.10045.4.3.4" -> "ecdsaWithSha512";
            case "1.3.101.112" -> "Ed25519";
            case "1.3.101.113" -> "Ed448";
            case "2.16.840.1.101.3.4.3.17" -> "ML-DSA-44";
            case "2.16.840.1.101.3.4.3.18" -> "ML-DSA-65";
            case "2.16.840.1.101.3.4.3.19" -> "ML-DSA-87";
            default -> id;
        };
    }
}

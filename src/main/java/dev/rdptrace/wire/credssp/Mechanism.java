package dev.rdptrace.wire.credssp;

/// A security mechanism, told by its object identifier ([MS-SPNG] 1.9).
///
/// @param oid dotted decimal
public record Mechanism(String oid) {
    static final String SPNEGO = "1.3.6.1.5.5.2";
    static final String NTLM = "1.3.6.1.4.1.311.2.2.10";
    static final String NEGOEX = "1.3.6.1.4.1.311.2.2.30";
    static final String KERBEROS = "1.2.840.113554.1.2.2";
    static final String MS_KERBEROS = "1.2.840.48018.1.2.2";
    static final String KERBEROS_USER_TO_USER = "1.2.840.113554.1.2.2.3";

    /// Kerberos in any of its three disguises.
    public boolean isKerberos() {
        return oid.equals(KERBEROS) || oid.equals(MS_KERBEROS) || oid.equals(KERBEROS_USER_TO_USER);
    }

    /// The name, or the identifier.
    public String name() {
        return switch (oid) {
            case SPNEGO -> "SPNEGO";
            case NTLM -> "NTLMSSP";
            case NEGOEX -> "NEGOEX";
            case KERBEROS -> "Kerberos";
            case MS_KERBEROS -> "MS-Kerberos";
            case KERBEROS_USER_TO_USER -> "Kerberos U2U";
            case "1.3.6.1.5.2.5" -> "IAKERB";
            case "1.3.6.1.5.2.7" -> "PKU2U";
            default -> oid;
        };
    }
}

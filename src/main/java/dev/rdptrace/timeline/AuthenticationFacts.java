package dev.rdptrace.timeline;

import java.util.Locale;

/// What is known of the authentication inside TLS, from sizes or from decrypted messages.
///
/// @param mechanism what the first token is
/// @param answer how the server answered the client's authentication
/// @param credSspVersions which versions fit: `2-4`, `5-6`, an exact one, or empty
/// @param status NTSTATUS of the TSRequest errorCode where it was decrypted, 0 if none
/// @param earlyAuthorization Early User Authorization Result: 0 granted, 5 denied, -1 not seen or not readable
/// @param result RDSTLS result code or RDS-AAD HRESULT where it was decrypted, 0 if none
/// @param decrypted read from plaintext, not judged by sizes
/// @param kerberosError code of a KRB-ERROR in CredSSP, RFC 4120 7.5.9; -1 none
/// @param clockSkewNanos how far the server's clock, by its NTLM challenge or KRB-ERROR, is ahead of the capture's, or [#NO_SKEW]
/// @param user who logs on, as domain, backslash and name, where it was decrypted
public record AuthenticationFacts(Mechanism mechanism, Answer answer, String credSspVersions, int status, int earlyAuthorization,
        int result, boolean decrypted, int kerberosError, long clockSkewNanos, String user) {
    /// The server did not say what time it is.
    public static final long NO_SKEW = Long.MIN_VALUE;

    public static final AuthenticationFacts NONE =
            new AuthenticationFacts(Mechanism.NONE, Answer.NONE, "", 0, -1, 0, false, -1, NO_SKEW, "");

    public enum Mechanism {
        NONE("none"),
        NTLM("NTLM"),
        NTLM_IN_SPNEGO("NTLM in SPNEGO"),
        KERBEROS("Kerberos"),
        NEGOTIATING("SPNEGO"),
        RDSTLS("RDSTLS"),
        AAD("Entra ID");

        private final String title;

        Mechanism(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    public enum Answer {
        NONE,
        ACCEPTED,
        STATUS,
        ALERT,
        CLOSED,
        SILENCE;

        private final String word = name().toLowerCase(Locale.ROOT);

        @Override
        public String toString() {
            return word;
        }
    }
}

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
public record AuthenticationFacts(Mechanism mechanism, Answer answer, String credSspVersions, int status, int earlyAuthorization,
        int result, boolean decrypted) {

    public static final AuthenticationFacts NONE = new AuthenticationFacts(Mechanism.NONE, Answer.NONE, "", 0, -1, 0, false);

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

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

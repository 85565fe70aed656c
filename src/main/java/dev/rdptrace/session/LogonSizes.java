package dev.rdptrace.session;

import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.SizedRecord;

/// How many bytes of plaintext the messages of CredSSP have, by the DER of TSRequest ([MS-CSSP] 2.2.1, X.690 8.1.3). What the
/// record adds to that depends on version and suite, and is gone before a size comes here ([SizedRecord]).
///
/// | message | bytes | from |
/// |---|---|---|
/// | errorCode alone | 15, or 16 | version `a0 03 02 01 vv`, errorCode `a4 06 02 04` and four octets; five for a positive number |
/// | pubKeyAuth by NTLM | 59 | SHA-256 of 32 bytes behind a signature of 16 ([MS-NLMP] 2.2.2.9), versions 5 and 6 |
/// | the same with a nonce | 95 | 36 more: clientNonce sent back, as FreeRDP 2 does |
/// | pubKeyAuth by Kerberos | 103 | 92 sealed: headers of 16 twice, confounder 16, hash 32, checksum 12 (RFC 4121 4.2.4, AES with SHA-1) |
/// | pubKeyAuth and errorCode | 8 more than that | servers of FreeRDP 3 send both when they refuse |
/// | pubKeyAuth up to version 4 | key of the certificate and 16 to 60 | 303 for RSA with 2048 bits |
final class LogonSizes {
    private static final int VERSION = 5;
    private static final int ERROR_CODE = 4 + 4;
    private static final int NONCE = 4 + 32;
    private static final int NTLM_SEALED = 16 + 32;
    private static final int KERBEROS_SEALED = 16 + 16 + 32 + 16 + 12;

    private static final int REFUSAL = sequence(VERSION + ERROR_CODE);
    private static final int NTLM_ACCEPTS = sequence(VERSION + octets(NTLM_SEALED));
    private static final int NTLM_ACCEPTS_WITH_NONCE = sequence(VERSION + octets(NTLM_SEALED) + NONCE);
    private static final int KERBEROS_ACCEPTS = sequence(VERSION + octets(KERBEROS_SEALED));
    /// The key of a certificate with RSA of 16,384 bits, sealed, and a token beside it.
    private static final int LONGEST_ACCEPTANCE = 2_600;

    /// SPNEGO that names a mechanism, without a token of it (RFC 4178 4.2.2).
    private static final int LONGEST_CHOICE = 75;
    /// A ticket with the authorization data of a domain, in AP-REQ or TGT-REP; also without such data from other controllers.
    private static final int SHORTEST_TICKET = 600;
    private static final int SHORTEST_NEGOTIATE = 40;
    private static final int LONGEST_BARE_NEGOTIATE = 84;
    private static final int LONGEST_NEGOTIATE = 130;
    /// An MCS message before RDP goes on is shorter than any token.
    private static final int SHORTEST_TOKEN = 30;

    private LogonSizes() {}

    /// X.690 8.1.3: up to 127 bytes the length takes one octet.
    private static int sequence(int content) {
        return 2 + content;
    }

    /// An OCTET STRING in its tag.
    private static int octets(int content) {
        return 4 + content;
    }

    static Mechanism mechanismOf(SizedRecord firstToken) {
        if (firstToken.plainMin() >= SHORTEST_TICKET) {
            return Mechanism.KERBEROS;
        }
        if (firstToken.fits(SHORTEST_NEGOTIATE, LONGEST_BARE_NEGOTIATE)) {
            return Mechanism.NTLM;
        }
        return firstToken.fits(LONGEST_BARE_NEGOTIATE + 1, LONGEST_NEGOTIATE) ? Mechanism.NTLM_IN_SPNEGO : Mechanism.NEGOTIATING;
    }

    static boolean refuses(SizedRecord answer) {
        return answer.fits(REFUSAL, REFUSAL + 1) && answer.plainMax() < NTLM_SEALED;
    }

    /// pubKeyAuth, which alone would accept, and an error code behind it.
    static boolean refusesWithKey(SizedRecord answer, Mechanism mechanism) {
        return switch (mechanism) {
            case NTLM -> longer(answer, NTLM_ACCEPTS) || longer(answer, NTLM_ACCEPTS_WITH_NONCE);
            case NTLM_IN_SPNEGO, NEGOTIATING -> longer(answer, NTLM_ACCEPTS);
            case KERBEROS -> longer(answer, KERBEROS_ACCEPTS);
            case NONE, RDSTLS, AAD -> false;
        };
    }

    private static boolean longer(SizedRecord answer, int acceptance) {
        return answer.fits(acceptance + ERROR_CODE, acceptance + ERROR_CODE + 1) && !answer.fits(acceptance);
    }

    static boolean mayAccept(SizedRecord answer) {
        return answer.plainMax() >= NTLM_SEALED && answer.plainMin() <= LONGEST_ACCEPTANCE;
    }

    /// The versions of CredSSP that a server of this acceptance speaks; empty where that does not tell.
    static String versions(SizedRecord acceptance) {
        if (!acceptance.exact()) {
            return "";
        }
        return acceptance.fits(NTLM_ACCEPTS) || acceptance.fits(85, 130) ? "5-6" : acceptance.plainMin() >= 150 ? "2-4" : "";
    }

    /// Kerberos user to user ([MS-KILE] 3.3.5.7.3): the first token asked for the server's own ticket, or offered to; the
    /// server sent it or let be, and this one holds a ticket for the server.
    static boolean holdsTicket(SizedRecord token, SizedRecord answer) {
        return token.plainMin() >= SHORTEST_TICKET && (answer.plainMax() <= LONGEST_CHOICE || answer.plainMin() >= SHORTEST_TICKET);
    }

    /// The server chose NTLM from what was offered, and here it begins.
    static boolean beginsNtlm(SizedRecord token, SizedRecord answer) {
        return answer.plainMax() <= LONGEST_CHOICE && token.plainMin() >= SHORTEST_NEGOTIATE && token.plainMax() <= LONGEST_NEGOTIATE + 16
                && token.fits(SHORTEST_NEGOTIATE, LONGEST_NEGOTIATE);
    }

    static boolean tooShortForToken(SizedRecord record) {
        return record.plainMax() < SHORTEST_TOKEN;
    }
}

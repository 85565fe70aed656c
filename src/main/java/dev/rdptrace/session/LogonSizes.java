package dev.rdptrace.session;

import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.SizedRecord;

/// What a message of CredSSP says, by its size.
final class LogonSizes {
    /// `a4 06 02 04` and four octets, behind pubKeyAuth: servers of FreeRDP 3 send both when they refuse.
    private static final int ERROR_CODE = 4 + 4;

    private LogonSizes() {}

    static Mechanism mechanismOf(SizedRecord firstToken) {
        if (KnownSize.TICKET.surelyIs(firstToken)) {
            return Mechanism.KERBEROS;
        }
        return KnownSize.NEGOTIATE.mayBe(firstToken) ? Mechanism.NTLM
                : KnownSize.NEGOTIATE_IN_SPNEGO.mayBe(firstToken) ? Mechanism.NTLM_IN_SPNEGO : Mechanism.NEGOTIATING;
    }

    static boolean refuses(SizedRecord answer) {
        return KnownSize.ERROR_CODE.mayBe(answer) && !KnownSize.ACCEPTANCE.mayBe(answer);
    }

    /// pubKeyAuth, which alone would accept, and an error code behind it.
    static boolean refusesWithKey(SizedRecord answer, Mechanism mechanism) {
        return switch (mechanism) {
            case NTLM -> longer(answer, KnownSize.ACCEPTANCE_BY_NTLM) || longer(answer, KnownSize.ACCEPTANCE_BY_NTLM_WITH_NONCE);
            case NTLM_IN_SPNEGO, NEGOTIATING -> longer(answer, KnownSize.ACCEPTANCE_BY_NTLM);
            case KERBEROS -> longer(answer, KnownSize.ACCEPTANCE_BY_KERBEROS);
            case NONE, RDSTLS, AAD -> false;
        };
    }

    private static boolean longer(SizedRecord answer, KnownSize acceptance) {
        int least = acceptance.least() + ERROR_CODE;
        return answer.fits(least, least + 1) && !acceptance.mayBe(answer);
    }

    /// The versions of CredSSP that a server of this acceptance speaks; empty where that does not tell.
    static String versions(SizedRecord acceptance) {
        if (!acceptance.exact()) {
            return "";
        }
        return KnownSize.ACCEPTANCE_BY_NTLM.mayBe(acceptance) || KnownSize.ACCEPTANCE_WITH_TOKEN.mayBe(acceptance) ? "5-6"
                : KnownSize.ACCEPTANCE_WITH_KEY.mayBe(acceptance) ? "2-4" : "";
    }

    /// Kerberos user to user ([MS-KILE] 3.3.5.7.3): the first token asked for the server's own ticket, or offered to; the
    /// server sent it or let be, and this one holds a ticket for the server.
    static boolean holdsTicket(SizedRecord token, SizedRecord answer) {
        return KnownSize.TICKET.surelyIs(token) && (KnownSize.CHOICE.surelyIs(answer) || KnownSize.TICKET.surelyIs(answer));
    }

    /// The server chose NTLM from what was offered, and here it begins.
    static boolean beginsNtlm(SizedRecord token, SizedRecord answer) {
        return KnownSize.CHOICE.surelyIs(answer) && token.plainMin() >= KnownSize.NEGOTIATE.least()
                && token.plainMin() <= KnownSize.NEGOTIATE_IN_SPNEGO.most()
                && token.plainMax() <= KnownSize.NEGOTIATE_IN_SPNEGO.most() + 16;
    }
}

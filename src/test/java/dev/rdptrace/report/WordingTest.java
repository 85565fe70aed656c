package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Where a sentence is cut into its point and the rest.
class WordingTest {
    @Test
    void noPointEndsInBrackets() {
        String says = "the proxy refused the way to the RDP server (SOCKS 5; SOCKS 5 to 10.0.0.2:3389): it answered \"SOCKS 5 reply 5\"";
        assertThat(Wording.point(says)).isEqualTo("The proxy refused the way to the RDP server (SOCKS 5; SOCKS 5 to 10.0.0.2:3389)");
        assertThat(Wording.proof(says)).isEqualTo("it answered \"SOCKS 5 reply 5\"");
    }

    @Test
    void whatFollowsStandsInNoBracketsAlone() {
        String says =
                "the server refused the NTLM logon of IT-HELP\\Administrator with SEC_E_UNSUPPORTED_FUNCTION (0x80090302): the security"
                        + " package cannot do what was asked; a policy forbids NTLM here";
        assertThat(Wording.point(says)).endsWith("with SEC_E_UNSUPPORTED_FUNCTION");
        assertThat(Wording.proof(says)).isEqualTo("0x80090302: the security package cannot do what was asked; a policy forbids NTLM here");
    }
}

package dev.rdptrace.wire.rdstls;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.Totality;
import java.util.List;
import org.junit.jupiter.api.Test;

class RdstlsPduTest {
    private static final String PASSWORD = """
            0100 0200 0100          # version 1, authentication request, password
            0400 47003d00           # redirection GUID
            0600 610062000000       # ab
            0400 43000000           # C
            0800 5300650063007200   # the encrypted password
            """;

    private static RdstlsPdu decoded(String hex) {
        byte[] bytes = bytes(hex);
        return RdstlsPdu.decode(bytes, 0, bytes.length).orNull();
    }

    @Test
    void thePasswordIsPassedOver() {
        assertThat(decoded(PASSWORD)).isEqualTo(new RdstlsPdu.PasswordRequest(1, true, "ab", "C"));
    }

    @Test
    void capabilitiesCookieAndResultReadAsSpecified() {
        assertThat(decoded("0100 0100 0100 0100")).isEqualTo(new RdstlsPdu.Capabilities(1, 1));
        assertThat(decoded("0100 0200 0200 07000000 0200 aabb")).isEqualTo(new RdstlsPdu.AutoReconnectRequest(1, 7));
        assertThat(decoded("0200 0200 0300 aabbcc")).isEqualTo(new RdstlsPdu.Unknown(2, 2, 3, 3));
        assertThat(RdstlsPdu.decode(bytes("3037 a003 0201"), 0, 6)).isInstanceOf(Decoded.Broken.class);
        var response = (RdstlsPdu.Response) decoded("0100 0400 0100 75070000");
        assertThat(response.result().name()).isEqualTo("RDSTLS_RESULT_ACCOUNT_LOCKED_OUT");
        assertThat(response.result().advice()).contains("unlock");
    }

    @Test
    void everyPrefixWaits() {
        byte[] bytes = bytes(PASSWORD);
        for (int length = 0; length < bytes.length; length++) {
            assertThat(RdstlsPdu.decode(bytes, 0, length)).isInstanceOf(Decoded.Partial.class);
        }
        for (String hex : List.of(PASSWORD, "0100 0100 0100 0100", "0100 0400 0100 75070000")) {
            Totality.holds(bytes(hex), RdstlsPdu::decode);
        }
    }
}

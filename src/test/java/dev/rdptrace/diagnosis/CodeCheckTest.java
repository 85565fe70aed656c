package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.CodeCheck.Agreement;
import dev.rdptrace.testkit.Samples;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// A code is compared with the wire; it never decides.
class CodeCheckTest {
    @Test
    void deniedBeforeAnybodyCouldDenyIsTheClientsOwnText() {
        CodeCheck check = check("0x904/0x7", "reset-on-clienthello");
        assertThat(check.agreement()).isEqualTo(Agreement.CONTRADICTS);
        assertThat(check.warning()).hasValueSatisfying(warning -> assertThat(warning.id()).isEqualTo("client-code-ext7-contradicted"));
        assertThat(check.documented()).contains("socket closed");
    }

    @Test
    void aSocketThatClosedFitsAReset() {
        assertThat(check("0x904", "reset-on-clienthello").agreement()).isEqualTo(Agreement.AGREES);
        assertThat(check("0x204", "port-closed").agreement()).isEqualTo(Agreement.AGREES);
    }

    @Test
    void aFailedLookupDoesNotFitAConnectionThatWasMade() {
        assertThat(check("0x104", "reset-on-clienthello").agreement()).isEqualTo(Agreement.CONTRADICTS);
    }

    @Test
    void aSuccessIsNotWhatTheUserSaw() {
        assertThat(check("0x204", "success-nla-tls12").agreement()).isEqualTo(Agreement.CONTRADICTS);
    }

    @Test
    void whatNobodyKnowsIsUnknown() {
        assertThat(check("0xABCDEF", "port-closed").agreement()).isEqualTo(Agreement.UNKNOWN);
        assertThat(check("", "port-closed").agreement()).isEqualTo(Agreement.UNKNOWN);
        assertThat(check("0x904/0x7", "starts-mid-session").agreement()).isEqualTo(Agreement.UNKNOWN);
    }

    private static CodeCheck check(String code, String sample) {
        return CodeCheck.of(code, Samples.report(Path.of(sample)).incidents().getFirst());
    }
}

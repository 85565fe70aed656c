package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.CodeCheck.Agreement;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.timeline.Step;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A code is compared with the wire; it never decides.
class CodeCheckTest {
    @Test
    void deniedBeforeAnybodyCouldDenyIsTheClientsOwnText() {
        CodeCheck check = check("0x904/0x7", "reset-on-clienthello");
        assertThat(check.agreement()).isEqualTo(Agreement.AGREES);
        assertThat(check.says()).contains("the 7 is the client's own text here, the server never said it");
        assertThat(check.warning()).hasValueSatisfying(warning -> assertThat(warning.id()).isEqualTo("client-code-ext7-contradicted"));
        assertThat(check.documented()).contains("socket closed");
    }

    @Test
    void aSocketThatClosedFitsAReset() {
        assertThat(check("0x904", "reset-on-clienthello").agreement()).isEqualTo(Agreement.AGREES);
        assertThat(check("0x204", "port-closed").agreement()).isEqualTo(Agreement.AGREES);
    }

    /// Every sample that was closed by the server or a device fits "socket closed", whatever the diagnosis.
    @Test
    void aSocketThatClosedFitsEveryCloseOfTheOtherSide() {
        for (Path sample : Samples.all()) {
            for (Incident incident : Samples.report(sample).incidents()) {
                Culprit by = incident.headline().ending().by();
                boolean closed = incident.headline().attempt().reached(Step.ESTABLISHED) && (by == Culprit.SERVER || by == Culprit.PATH)
                        && incident.outcome() == Outcome.FAILED;
                if (closed) {
                    for (String code : List.of("0x904", "0x904/0x7", "0x3", "0x304", "0x404", "FreeRDP 0x2000D")) {
                        assertThat(CodeCheck.of(code, incident).agreement()).as(sample + " " + code).isNotEqualTo(Agreement.CONTRADICTS);
                    }
                    assertThat(CodeCheck.of("0x904", incident).agreement()).as(sample.toString()).isEqualTo(Agreement.AGREES);
                }
            }
        }
    }

    @Test
    void nothingAnsweredIsNoSocketThatClosed() {
        WindowsPeers silent = WindowsPeers.with(WindowsPeers.Suite.GCM).knock();
        silent.pause(21_000).capture().tcp("192.168.1.77", 4, "192.168.1.78", 80).syn();
        Incident incident = silent.tape().analyze().incidents().stream().filter(i -> i.server().port() == 3389).findFirst().orElseThrow();
        assertThat(incident.verdict().id()).isEqualTo("tcp-syn-no-response");
        assertThat(CodeCheck.of("0x904", incident).agreement()).isEqualTo(Agreement.CONTRADICTS);
        assertThat(CodeCheck.of("0x904/0x7", incident).agreement()).isEqualTo(Agreement.CONTRADICTS);
        assertThat(CodeCheck.of("0x204", incident).agreement()).isEqualTo(Agreement.AGREES);
        assertThat(CodeCheck.of("0x108", incident).agreement()).isEqualTo(Agreement.AGREES);
    }

    @Test
    void aRefusedConnectionWasNotClosed() {
        assertThat(check("0x904", "port-closed").agreement()).isEqualTo(Agreement.UNKNOWN);
        assertThat(check("0x904", "port-closed").says()).contains("0x204");
    }

    @Test
    void anAnswerThatNeverCameFitsATimeout() {
        assertThat(check("0x108", "pmtu-black-hole").agreement()).isEqualTo(Agreement.AGREES);
        assertThat(check("0x704", "pmtu-black-hole").agreement()).isEqualTo(Agreement.AGREES);
    }

    @Test
    void aNumberThatOnlyTheServerCanSendIsContradictedWhereItCouldNot() {
        assertThat(check("0x904/0x101", "reset-on-clienthello").agreement()).isEqualTo(Agreement.CONTRADICTS);
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

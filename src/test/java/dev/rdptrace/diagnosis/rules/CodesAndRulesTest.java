package dev.rdptrace.diagnosis.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;
import dev.rdptrace.wire.field.HResult;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.share.ErrorInfo;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is said of a code without a capture never contradicts the verdict on a capture that has it.
class CodesAndRulesTest {
    @Test
    void setErrorInfoIsExplainedByTheDiagnosisThatARuleFinds() {
        for (CodeTable.Entry entry : entries(new ErrorInfo(0))) {
            if (entry.code() != 0) {
                assertThat(ClientCodes.lookup("ext " + entry.code()).ids()).as(entry.name()).contains(SessionRules.of(entry.code()).id());
            }
        }
    }

    @Test
    void aRefusalOfTheServerIsExplainedByTheDiagnosisThatARuleFinds() {
        for (CodeTable.Entry entry : entries(new NtStatus(0))) {
            assertThat(ids(entry)).as(entry.name()).contains(StatusCodes.of(entry.code(), true).id());
        }
        for (CodeTable.Entry entry : entries(new HResult(0))) {
            boolean ofASecurityPackage = entry.code() >>> 16 == 0x8009 && (entry.code() & 0xffff) < 0x1000;
            if (ofASecurityPackage) {
                assertThat(ids(entry)).as(entry.name()).contains(StatusCodes.of(entry.code(), true).id());
            }
        }
        for (CodeTable.Entry entry : entries(new KerberosError(0))) {
            if (StatusCodes.refuses(entry.code()) && entry.code() != 0) {
                assertThat(CodeBook.find("Kerberos " + entry.code()).stream().flatMap(reading -> reading.ids().stream()).toList())
                        .as(entry.name())
                        .contains(StatusCodes.ofKerberos(entry.code()).id());
            }
        }
    }

    private static List<CodeTable.Entry> entries(Code any) {
        return any.table().entries();
    }

    private static List<String> ids(CodeTable.Entry entry) {
        List<String> ids = CodeBook.find(entry.name()).stream().flatMap(reading -> reading.ids().stream()).toList();
        return entry.code() == 0 ? List.of(StatusCodes.of(0, true).id()) : ids;
    }
}

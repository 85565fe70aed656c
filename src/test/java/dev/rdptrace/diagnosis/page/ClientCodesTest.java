package dev.rdptrace.diagnosis.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.rules.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ClientCodesTest {
    private static final Set<String> FAMILIES = Set.of("mstsc-main", "mstsc-ext", "dialog", "freerdp", "freerdp-exit", "mac", "avd");

    @Test
    void everyRowIsWhole() {
        assertThat(ClientCodes.all()).hasSizeGreaterThan(400).allSatisfy(entry -> {
            assertThat(entry.main() >= 0 || entry.extended() >= 0 || entry.name().length() > 1 || entry.dialog().length() > 1).isTrue();
            assertThat(FAMILIES).contains(entry.family());
            assertThat(entry.meaning()).isNotEmpty().doesNotEndWith(".");
            assertThat(entry.confidence()).isBetween('A', 'D');
            assertThat(entry.source()).isNotEmpty();
            assertThat(Catalog.ids()).containsAll(entry.producers().stream().map(ClientCodes.Producer::id).toList());
            assertThat(entry.producers()).extracting(ClientCodes.Producer::confidence).allMatch(letter -> 'A' <= letter && letter <= 'D');
            assertThat(entry.producers()).extracting(ClientCodes.Producer::id).doesNotHaveDuplicates();
        });
    }

    @Test
    void noCodeStandsTwiceInOneFamily() {
        List<String> keys = ClientCodes.all().stream()
                .map(entry -> entry.family() + ' ' + entry.main() + '/' + entry.extended() + (entry.main() < 0 && entry.extended() < 0
                        ? entry.name() + entry.dialog() : ""))
                .toList();
        assertThat(keys).doesNotHaveDuplicates();
    }

    /// What the user sees stands beside every code of the Windows client that its own texts are known for.
    @Test
    void theTextOfTheDialogIsKnown() {
        assertThat(ClientCodes.lookup("0x904").entries().getFirst().dialog()).startsWith("Your Remote Desktop Services session has ended.");
        assertThat(ClientCodes.lookup("0x300001B").entries().getFirst().dialog()).contains("permission list");
        assertThat(ClientCodes.lookup("ext 0x101").entries().getFirst().dialog()).contains("License Servers");
        assertThat(ClientCodes.all()).filteredOn(entry -> entry.family().startsWith("mstsc") && !entry.dialog().equals("-"))
                .hasSizeGreaterThan(200);
        assertThat(ClientCodes.lookup("An internal error has occurred").ids()).contains("tls-ch-then-rst");
        assertThat(ClientCodes.lookup("Your credentials did not work").ids()).contains("credssp-auth-rejected-errorcode");
    }

    @Test
    void anExitCodeLeadsWhereTheErrorBehindItLeads() {
        assertThat(ClientCodes.lookup("exit 17").ids()).isEqualTo(ClientCodes.lookup("ext 0x101").ids()).isNotEmpty();
        assertThat(ClientCodes.lookup("141").ids()).isEqualTo(ClientCodes.lookup("0x20006").ids()).isNotEmpty();
    }

    @Test
    void theRangeOfProtocolErrorsIsToldAsOne() {
        assertThat(ClientCodes.lookup("ext 0x2222").entries()).extracting(ClientCodes.Entry::name).containsExactly("ProtocolRangeStart");
        assertThat(ClientCodes.lookup("ext 0x8000").entries()).isEmpty();
        assertThat(ClientCodes.lookup("ext 0x10CA").entries()).extracting(ClientCodes.Entry::name)
                .containsExactly("ERRINFO_UNKNOWNPDUTYPE ERRINFO_UNKNOWN_PDU_TYPE");
    }

    @Test
    void thePairComesFirstThenItsHalves() {
        ClientCodes.Answer answer = ClientCodes.lookup("0x904/0x7");
        assertThat(answer.main()).isEqualTo(0x904);
        assertThat(answer.extended()).isEqualTo(7);
        assertThat(answer.entries()).extracting(ClientCodes.Entry::family)
                .containsExactly("mstsc-main", "mstsc-main", "mstsc-ext");
        assertThat(answer.ids()).contains("tls-ch-then-rst", "client-code-ext7-contradicted");
    }

    @Test
    void decimalHexadecimalAndTheDialogMeanTheSame() {
        ClientCodes.Answer wanted = ClientCodes.lookup("0x904/0x7");
        assertThat(ClientCodes.lookup("2308/7")).isEqualTo(wanted);
        assertThat(ClientCodes.lookup(" 0x904/7 ")).isEqualTo(wanted);
        assertThat(ClientCodes.lookup("904/7")).isEqualTo(wanted);
        assertThat(ClientCodes.lookup("Error code: 0x904\nExtended error code: 0x7")).isEqualTo(wanted);
        assertThat(ClientCodes.lookup("Error code: 0x904, extended error code: 0x7")).isEqualTo(wanted);
    }

    @Test
    void anExtendedCodeCanStandAlone() {
        assertThat(ClientCodes.lookup("ext 0x101").ids()).containsExactly("license-no-server");
        assertThat(ClientCodes.lookup("/257").ids()).containsExactly("license-no-server");
    }

    @Test
    void freeRdpNamesAndNumbersAreKnown() {
        assertThat(ClientCodes.lookup("ERRCONNECT_TLS_CONNECT_FAILED"))
                .isEqualTo(ClientCodes.lookup("0x00020008"))
                .isEqualTo(ClientCodes.lookup("131080"));
        assertThat(ClientCodes.lookup("ERRINFO_SERVER_DENIED_CONNECTION").ids()).contains("errinfo-7-server-denied");
        assertThat(ClientCodes.lookup("0x10007").ids()).contains("errinfo-7-server-denied");
        assertThat(ClientCodes.lookup("errconnect_connect_failed").ids()).contains("tcp-syn-refused");
    }

    @Test
    void macAndCloudNamesAreKnown() {
        assertThat(ClientCodes.lookup("0x2104").entries()).extracting(ClientCodes.Entry::family).containsExactly("mac");
        assertThat(ClientCodes.lookup("ReverseConnectDnsLookupFailed").entries()).extracting(ClientCodes.Entry::family)
                .containsExactly("avd");
        assertThat(ClientCodes.lookup("connectionfailedusernotauthorized")).isEqualTo(ClientCodes.lookup("UserNotAuthorized"));
    }

    @Test
    void whatIsUnknownStaysUnknown() {
        for (String text : List.of("", "/", "0x", "hello", "0xFFFFFFFF", "0x80090326", "-1", "0x9999/0x9999", "-")) {
            assertThat(ClientCodes.lookup(text).isKnown()).as(text).isFalse();
        }
    }

    @Test
    void everyFormOfTheSamePairIsUnderstood() {
        ClientCodes.Answer wanted = ClientCodes.lookup("0x904/0x7");
        for (String text : List.of("0x904 0x7", "0x904, 0x7", "2308 7", "0x904 ext 0x7", "Error code: 0x904 Extended error code: 0x7",
                "error code 0x904 and extended error code 0x7", "(0x904/0x7)")) {
            assertThat(ClientCodes.lookup(text)).as(text).isEqualTo(wanted);
        }
        assertThat(ClientCodes.lookup("Error code: 0x904")).isEqualTo(ClientCodes.lookup("2308"));
        assertThat(ClientCodes.lookup("Extended error code: 0x7")).isEqualTo(ClientCodes.lookup("ext 0x7"));
        assertThat(ClientCodes.lookup("FreeRDP 0x2000C")).isEqualTo(ClientCodes.lookup("0x2000C"));
    }

    /// What a report says a client may show for a diagnosis leads back to the diagnosis.
    @Test
    void whatIsShownForADiagnosisLeadsBackToIt() {
        for (String id : Catalog.ids()) {
            for (ClientCode code : ClientCodes.of(id)) {
                assertThat(ClientCodes.lookup(code.toString()).ids()).as(id + ' ' + code).contains(id);
            }
        }
        assertThat(ClientCodes.of("tls-ch-then-rst")).extracting(ClientCode::toString).contains("0x904/0x7", "0x904", "FreeRDP 0x20008",
                "Mac 0x2104");
        assertThat(ClientCodes.of("no-such-id")).isEmpty();
    }

    @Test
    void manyCodesInARowAreWrittenAsOne() {
        List<ClientCode> codes = new ArrayList<>();
        codes.add(new ClientCode(ClientCode.Family.MSTSC, 3, -1, 'C'));
        IntStream.rangeClosed(0x1111, 0x1126).forEach(code -> codes.add(new ClientCode(ClientCode.Family.MSTSC, -1, code, 'A')));
        codes.add(new ClientCode(ClientCode.Family.MSTSC, -1, 9, 'A'));
        codes.add(new ClientCode(ClientCode.Family.MSTSC, -1, 10, 'A'));
        codes.add(new ClientCode(ClientCode.Family.FREERDP, 0x20007, -1, 'C'));
        assertThat(ClientCode.words(codes)).isEqualTo("0x3, ext 0x1111 to 0x1126, ext 0x9, ext 0xA, FreeRDP 0x20007");
    }

    @Test
    void theGatewaysCodesLeadToTheGatewaysPages() {
        assertThat(ClientCodes.lookup("50331660").usual()).contains("rdg-unreachable");
        assertThat(ClientCodes.lookup("0x3000008").usual()).contains("rdg-target-unreachable").doesNotContain("rdg-unreachable", "rdg-407");
        assertThat(ClientCodes.lookup("0x300001B").usual()).containsExactly("rdg-rap-denied");
        assertThat(ClientCodes.lookup("0x300001C").usual()).containsExactly("rdg-cap-denied");
        assertThat(ClientCodes.lookup("0x1307").usual()).containsExactly("credssp-auth-rejected-logon-right");
        assertThat(ClientCodes.lookup("131").entries()).extracting(ClientCodes.Entry::name).containsExactly("XF_EXIT_CONN_FAILED");
    }
}

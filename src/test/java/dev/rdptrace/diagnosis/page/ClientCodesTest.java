package dev.rdptrace.diagnosis.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ClientCodesTest {
    @Test
    void everyRowIsWhole() {
        assertThat(ClientCodes.all()).hasSizeGreaterThan(200).allSatisfy(entry -> {
            assertThat(entry.main() >= 0 || entry.extended() >= 0).isTrue();
            assertThat(Set.of("mstsc-main", "mstsc-ext", "freerdp", "freerdp-exit", "mac", "avd")).contains(entry.family());
            assertThat(entry.name()).isNotEmpty();
            assertThat(entry.meaning()).isNotEmpty();
            assertThat(entry.confidence()).isBetween('A', 'D');
            assertThat(entry.source()).isNotEmpty();
            assertThat(Pages.ids()).containsAll(entry.ids());
        });
    }

    @Test
    void noCodeStandsTwiceInOneFamily() {
        List<String> keys = ClientCodes.all().stream()
                .map(entry -> entry.family() + ' ' + entry.main() + '/' + entry.extended())
                .toList();
        assertThat(keys).doesNotHaveDuplicates();
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
        assertThat(ClientCodes.lookup("SocketConnectionTimedOut").main()).isEqualTo(0x704);
    }

    @Test
    void whatIsUnknownStaysUnknown() {
        for (String text : List.of("", "/", "0x", "hello", "0xFFFFFFFF", "0x80090326", "-1", "0x4444/0x4444", "-")) {
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

    /// A page and a row say the same: what a row names carries the code, and looking a page's code up leads back to the page.
    @Test
    void rowsAndPagesDoNotDisagree() {
        for (ClientCodes.Entry entry : ClientCodes.all()) {
            for (String id : entry.family().equals("freerdp-exit") ? List.<String>of() : entry.ids()) {
                assertThat(Pages.of(id).codes()).as(id + " names " + entry)
                        .anyMatch(code -> code.main() == entry.main() && (code.extended() == entry.extended() || entry.extended() < 0));
            }
        }
        for (Page page : Pages.all()) {
            for (ClientCode code : page.codes()) {
                assertThat(ClientCodes.lookup(code.toString()).ids()).as(page.id() + ' ' + code).contains(page.id());
            }
        }
    }

    @Test
    void manyCodesInARowAreWrittenAsOne() {
        List<ClientCode> codes = ClientCode.list("0x3 C; ext 0x1111-0x1126 A; ext 0x9 A; ext 0xA A; FreeRDP 0x20007 C");
        assertThat(codes).hasSize(26);
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

    @Test
    void everyMstscCodeOnAPageIsInTheTable() {
        for (Page page : Pages.all()) {
            for (ClientCode code : page.codes()) {
                String main = "0x" + Integer.toHexString(code.main());
                String extended = "ext 0x" + Integer.toHexString(code.extended());
                assertThat(code.main() < 0 || ClientCodes.lookup(main).isKnown()).as(page.id() + ' ' + code).isTrue();
                assertThat(code.extended() < 0 || ClientCodes.lookup(extended).isKnown())
                        .as(page.id() + ' ' + code)
                        .isTrue();
            }
        }
    }
}

package dev.rdptrace.wire.share;

import static dev.rdptrace.testkit.CommentedHex.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.testkit.AnnotatedMessages;
import dev.rdptrace.testkit.Totality;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharePduTest {

    private static SharePdu decoded(String hex) {
        byte[] bytes = bytes(hex);
        Decoded<SharePdu> decoded = SharePdu.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return decoded.orNull();
    }

    private static DataPdu body(String hex) {
        return ((SharePdu.Data) decoded(hex)).body();
    }

    private static <T extends Capability> T find(SharePdu.DemandActive demand, Class<T> type) {
        return demand.capabilities().stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
    }

    @Test
    void demandActiveListsWhatTheServerCan() {
        var demand = (SharePdu.DemandActive) decoded(AnnotatedMessages.DEMAND_ACTIVE);
        assertThat(demand.shareId()).isEqualTo(0x000103ea);
        assertThat(demand.sourceDescriptor()).isEqualTo("RDP");
        assertThat(demand.capabilities()).hasSize(13).noneMatch(Capability.Damaged.class::isInstance);
        assertThat(find(demand, Capability.General.class)).satisfies(general -> {
            assertThat(general.osMajorName()).isEqualTo("Windows");
            assertThat(general.osMinorName()).isEqualTo("Windows NT");
            assertThat(general.extraFlagNames()).contains("FASTPATH_OUTPUT_SUPPORTED", "AUTORECONNECT_SUPPORTED");
        });
        assertThat(find(demand, Capability.Bitmap.class)).satisfies(bitmap -> {
            assertThat(bitmap.preferredBitsPerPixel()).isEqualTo(24);
            assertThat(bitmap.desktopWidth()).isEqualTo(1280);
            assertThat(bitmap.desktopHeight()).isEqualTo(1024);
            assertThat(bitmap.desktopResize()).isTrue();
        });
        assertThat(find(demand, Capability.Input.class).inputFlagNames())
                .contains("INPUT_FLAG_SCANCODES", "INPUT_FLAG_FASTPATH_INPUT2");
        assertThat(demand.capabilities()).extracting(Capability::typeName)
                .contains("CAPSTYPE_SHARE", "CAPSTYPE_VIRTUALCHANNEL", "CAPSTYPE_COLORCACHE");
    }

    @Test
    void finalizationPdusReadAsAnnotated() {
        assertThat(body("1600 1700 ef03 ea030100 00 01 0800 1f 00 0000  0100 ea03"))
                .isEqualTo(new DataPdu.Synchronize(1, 1002));
        assertThat(body("1a00 1700 ef03 ea030100 00 01 0c00 14 00 0000  0400 0000 00000000"))
                .isInstanceOfSatisfying(DataPdu.Control.class,
                        control -> assertThat(control.actionName()).isEqualTo("CTRLACTION_COOPERATE"));
        assertThat(body("1a00 1700 ea03 ea030100 00 02 1600 14 00 0000  0200 ef03 ea030000"))
                .isEqualTo(new DataPdu.Control(DataPdu.Control.GRANTED_CONTROL, 1007, 1002));
        assertThat(body("1a00 1700 ef03 ea030100 00 01 0c00 27 00 0000  0000 0000 0300 3200"))
                .isEqualTo(new DataPdu.FontList(0, 0, 3, 50));
        assertThat(body("1a00 1700 ea03 ea030100 45 02 1a00 28 00 0000  0000 0000 0300 0400"))
                .isEqualTo(new DataPdu.FontMap(0, 0, 3, 4));
    }

    @Test
    void setErrorInfoNamesItsCode() {
        var error = (DataPdu.SetErrorInfo) body("1600 1700 ea03 ea030100 00 01 0800 2f 00 0000  09000000");
        assertThat(error.errorInfo().name()).isEqualTo("ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES");
        assertThat(error.errorInfo().meaning()).isEqualTo("the user has no right to log on remotely");
        assertThat(error.errorInfo().advice()).contains("Remote Desktop Users");
        assertThat(new ErrorInfo(0x4711).name()).isEqualTo("0x00004711");
        assertThat(new ErrorInfo(0x4711).isKnown()).isFalse();
    }

    @Test
    void everyErrorOfTheSpecificationHasAMeaning() {
        var table = new ErrorInfo(0).table();
        assertThat(table.entries()).hasSize(120);
        assertThat(table.entries()).allSatisfy(entry -> {
            assertThat(entry.name()).startsWith("ERRINFO_");
            assertThat(entry.meaning()).isNotBlank();
            assertThat(entry.code() == 0 || !entry.advice().isBlank()).isTrue();
        });
    }

    @Test
    void statusInfoNamesItsCode() {
        assertThat(((DataPdu.Status) body("1600 1700 ea03 ea030100 00 01 0800 36 00 0000  02050000")).status().name())
                .isEqualTo("TS_STATUS_VM_WAKING");
    }

    @Test
    void saveSessionInfoTellsLogonErrorsAndKeepsNoCookie() {
        var extended = (SessionInfo.Extended) ((DataPdu.SaveSession) body(AnnotatedMessages.LOGON_INFO_EXTENDED)).info();
        assertThat(extended.autoReconnectCookie()).isTrue();
        assertThat(extended.logonErrors()).isFalse();
        var failed = (SessionInfo.Extended) ((DataPdu.SaveSession) body("""
                2800 1700 ea03 ea030100 00 01 1a00 26 00 0000
                03000000 1200 02000000 08000000 feffffff 00000000
                """)).info();
        assertThat(failed.errorTypeName()).isEqualTo("LOGON_MSG_SESSION_CONTINUE");
        assertThat(failed.errorDataName()).isEqualTo("LOGON_FAILED_BAD_PASSWORD");
    }

    @Test
    void redirectionTellsWhereToAndHidesThePassword() {
        var redirection = ((SharePdu.ServerRedirection) decoded(AnnotatedMessages.REDIRECTION)).redirection();
        assertThat(redirection.sessionId()).isEqualTo(2);
        assertThat(redirection.targetNetAddress()).isEqualTo("2001:4898:2b:2:9de7:4569:fb39:ef29");
        assertThat(redirection.userName()).isEqualTo("administrator");
        assertThat(redirection.domain()).isEqualTo("TS-STRESS1");
        assertThat(redirection.flagNames()).contains("LB_TARGET_NET_ADDRESS", "LB_PASSWORD", "LB_TARGET_NET_ADDRESSES");
        assertThat(redirection.targetNetAddresses())
                .contains("2001:4898:2b:2:9de7:4569:fb39:ef29").hasSizeGreaterThan(1);
    }

    @Test
    void compressedDataIsRecognizedAndNotExpanded() {
        var data = (SharePdu.Data) decoded("1400 1700 ea03 ea030100 00 01 2400 02 21 0400  aabb");
        assertThat(data.body()).isEqualTo(new DataPdu.Compressed(2, 2));
        assertThat(data.type2Name()).isEqualTo("PDUTYPE2_UPDATE");
    }

    @Test
    void severalPdusStandOneBehindTheOther() {
        byte[] two = bytes("1600 1700 ef03 ea030100 00 01 0800 1f 00 0000 0100 ea03"
                + "1a00 1700 ef03 ea030100 00 01 0c00 14 00 0000 0400 0000 00000000");
        var first = (Decoded.Complete<SharePdu>) SharePdu.decode(two, 0, two.length);
        assertThat(first.length()).isEqualTo(22);
        assertThat(SharePdu.decode(two, 22, two.length - 22).orNull()).isInstanceOf(SharePdu.Data.class);
    }

    @Test
    void shareHeadersAreToldFromSecurityHeaders() {
        byte[] share = bytes("1600 1700 ef03 ea030100 00 01 0800 1f 00 0000 0100 ea03");
        assertThat(SharePdu.isShare(share, 0, share.length)).isTrue();
        byte[] license = bytes("8000 0000 ff 03 1000 07000000 02000000 0400 0000");
        assertThat(SharePdu.isShare(license, 0, license.length)).isFalse();
        byte[] redirection = bytes(AnnotatedMessages.REDIRECTION);
        assertThat(SharePdu.isShare(redirection, 0, redirection.length)).isTrue();
    }

    @Test
    void everyPrefixAndEveryMutationIsAnswered() {
        for (String hex : List.of(AnnotatedMessages.DEMAND_ACTIVE, AnnotatedMessages.LOGON_INFO_EXTENDED,
                AnnotatedMessages.REDIRECTION, "1600 1700 ea03 ea030100 00 01 0800 2f 00 0000  09000000")) {
            Totality.holds(bytes(hex), SharePdu::decode);
        }
    }
}

package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.CaptureFacts;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DisguiseTest {
    private final Disguise disguise =
            Disguise.of(new Report("0", new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of()), List.of(), Map.of(),
                    List.of()));

    @Test
    void aNameIsReplacedWhereItIsOneAndNowhereElse() {
        String says = "the frame of " + Identity.USER.of("frame") + " came from " + Identity.HOST.of("frame.example");
        assertThat(disguise.shown(says)).isEqualTo("the frame of user-1 came from host-1");
        assertThat(Disguise.NONE.shown(says)).isEqualTo("the frame of frame came from frame.example");
    }

    @Test
    void theSameNameHasTheSamePlaceholderHoweverItIsWritten() {
        assertThat(disguise.shown(Identity.HOST.of("PC\u202e7"))).isEqualTo("host-1");
        assertThat(disguise.shown(Identity.NAME.of("pc\\u202E7 ") + Identity.NAME.of("pc8"))).isEqualTo("host-1name-1");
        assertThat(disguise.shown(Identity.account("CORP\\ann") + " " + Identity.account("ann@CORP")))
                .isEqualTo("name-2\\user-1 user-1@name-2");
        assertThat(disguise.shown(Identity.service("TERMSRV/pc8:3389@CORP"))).isEqualTo("TERMSRV/name-1:3389@name-2");
    }

    @Test
    void moreNamesThanItCanTellApartAreHiddenAllTheSame() {
        for (int i = 0; i < Disguise.MOST_NAMES; i++) {
            disguise.shown(Identity.USER.of("user" + i));
        }
        assertThat(disguise.shown(Identity.USER.of("user7") + Identity.USER.of("one more") + Identity.HOST.of("pc")))
                .isEqualTo("user-8user-0host-0");
    }

    @Test
    void whatEverybodySaysStays() {
        assertThat(disguise.shown(Identity.WORD.of("Negotiate") + " " + Identity.WORD.of("Zauber") + " " + Identity.USER.of("negotiate")))
                .isEqualTo("Negotiate name-1 user-1");
    }

    /// A sentence may be cut in the middle of a name, and a peer may send what marks a name.
    @Test
    void nothingOfANameIsLeftWhereMarksAreBroken() {
        String marked = "to " + Identity.HOST.of("secret.example") + " and on";
        for (int end = 4; end < marked.length() - 7; end++) {
            assertThat(disguise.shown(marked.substring(0, end))).matches("to (host|text)-\\d+( .*)?");
        }
        String hostile = Identity.HOST.of("sec\u0081ret\u0090C.example");
        assertThat(disguise.shown(hostile)).matches("host-\\d+");
        assertThat(Disguise.NONE.shown(hostile)).isEqualTo("sec\ufffdret.example");
        assertThat(Disguise.NONE.shown("\u0090")).isEmpty();
    }
}

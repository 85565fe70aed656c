package dev.rdptrace.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IdentityTest {
    @Test
    void whoMayReadAllReadsWhatWasWritten() {
        for (String text : List.of("", "ann", "CORP\\ann", "a\\b\\c", "\\ann", "CORP\\", "ann@CORP", "@CORP", "TERMSRV/pc8",
                "TERMSRV/pc8:3389", "TERMSRV/pc8@CORP",
                "a/b/c@d@e", "host/[fe80::1]", "/", "x/", "x/@", "x/:1@y", "pc:8")) {
            assertThat(Identity.shown(Identity.account(text))).isEqualTo(text);
            assertThat(Identity.shown(Identity.service(text))).isEqualTo(text);
            for (Identity kind : Identity.values()) {
                assertThat(Identity.shown("<" + kind.of(text) + ">")).isEqualTo("<" + text + ">");
            }
        }
    }

    @Test
    void everyPartOfAnAccountIsMarkedForItself() {
        assertThat(Identity.replaced(Identity.account("CORP\\ann"), (kind, name) -> kind + name)).isEqualTo("NAMECORP\\USERann");
        assertThat(Identity.replaced(Identity.service("host/pc8:1@CORP"), (kind, name) -> kind + name))
                .isEqualTo("WORDhost/HOSTpc8:1@NAMECORP");
    }

    @Test
    void whatIsMarkedTwiceIsMarkedOnce() {
        assertThat(Identity.replaced(Identity.NAME.of("at " + Identity.HOST.of("pc8")), (kind, name) -> kind + name))
                .isEqualTo("NAMEat pc8");
    }

    /// The marks outlive making a sentence safe to show, and whatever steers does not.
    @Test
    void aSafeSentenceKeepsItsMarks() {
        String safe = Printable.sentence("to " + Identity.HOST.of("p\u202ec8"));
        assertThat(Identity.replaced(safe, (kind, name) -> kind + name)).isEqualTo("to HOSTp\\u202ec8");
        assertThat(Printable.of("\u0090x", 9)).as("elsewhere they steer").isEqualTo("\\u0090x");
    }
}

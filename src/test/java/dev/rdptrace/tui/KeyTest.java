package dev.rdptrace.tui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.tui.Key.Name;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What terminals send for keys.
class KeyTest {
    @Test
    void arrowsAndTheirLikeAreOneKeyEach() {
        assertThat(names("\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[H\u001bOF\u001b[1~\u001b[1;5C")).containsExactly(Name.UP, Name.DOWN,
                Name.PAGE_UP,
                Name.PAGE_DOWN, Name.HOME, Name.END, Name.HOME, Name.RIGHT);
        assertThat(names("\u001bOP\u001b[11~\u001bOQ\u001bOR\u001b[18~\u001b[21~")).containsExactly(Name.F1, Name.F1, Name.F2, Name.F3,
                Name.F7, Name.F10);
    }

    @Test
    void escapeAloneIsAKey() {
        assertThat(Key.read("\u001b")).containsExactly(Key.ESCAPE);
        assertThat(Key.read("\u001b\u001b[A")).containsExactly(Key.ESCAPE, new Key(Name.UP, 0));
        assertThat(Key.read("\u001bq")).containsExactly(Key.ESCAPE, Key.of('q'));
    }

    @Test
    void whatMeansNothingIsSwallowedWhole() {
        assertThat(names("\u001b[<0;10;10M\u001b[200~\u001b[?1;2c")).containsOnly(Name.OTHER).hasSize(3);
        assertThat(names("\u0001\t")).containsOnly(Name.OTHER);
    }

    @Test
    void charactersAreWhole() {
        assertThat(Key.read("ä\ud83d\ude00")).containsExactly(Key.of('ä'), Key.of(0x1f600));
        assertThat(names("\r\n\u007f\b\u0003")).containsExactly(Name.ENTER, Name.ENTER, Name.BACKSPACE, Name.BACKSPACE, Name.STOP);
    }

    private static List<Name> names(String sent) {
        return Key.read(sent).stream().map(Key::name).toList();
    }
}

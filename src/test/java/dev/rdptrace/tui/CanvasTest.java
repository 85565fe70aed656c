package dev.rdptrace.tui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.report.Ink;
import dev.rdptrace.testkit.VideoTerminal;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Cells, and how one screen becomes another.
class CanvasTest {
    private static final String[] WORDS = {"a", "bcd", "日本", "e\u0301", "──▶", "ghij klmn opqr", "\ud83d\ude00", " "};

    @Test
    void whatIsDrawnIsWhatIsMeantWhateverWasThere() {
        Random random = new Random(7);
        VideoTerminal terminal = new VideoTerminal(30, 6);
        Canvas before = null;
        for (int i = 0; i < 3000; i++) {
            Canvas next = new Canvas(30, 6, false);
            for (int put = random.nextInt(12); put > 0; put--) {
                next.put(random.nextInt(6), random.nextInt(30), Ink.values()[random.nextInt(6)], random.nextBoolean(),
                        WORDS[random.nextInt(WORDS.length)]);
            }
            terminal.accept(next.drawn(before, true));
            for (int row = 0; row < 6; row++) {
                assertThat(terminal.line(row)).as("screen " + i).isEqualTo(next.text(row));
            }
            before = next;
        }
    }

    @Test
    void whatIsTheSameIsNotDrawnAgain() {
        Canvas one = new Canvas(80, 24, false);
        one.put(3, 0, Ink.BAD, false, "the same words");
        Canvas other = new Canvas(80, 24, false);
        other.put(3, 0, Ink.BAD, false, "the same words");
        assertThat(other.drawn(one, true)).isEmpty();
        other.put(3, 4, Ink.BAD, false, "S");
        assertThat(other.drawn(one, true)).isEqualTo("\u001b[4;5H\u001b[0;1;31mS\u001b[0m");
        assertThat(other.drawn(one, false)).as("without colours").isEqualTo("\u001b[4;5H\u001b[0;1mS\u001b[0m");
    }

    @Test
    void aWideCharacterIsWholeOrNotThere() {
        Canvas canvas = new Canvas(5, 1, false);
        assertThat(canvas.put(0, 0, Ink.PLAIN, false, "a日本語")).isEqualTo(5);
        assertThat(canvas.text(0)).isEqualTo("a日本");
        Canvas narrow = new Canvas(4, 1, false);
        narrow.put(0, 0, Ink.PLAIN, false, "a日本語");
        assertThat(narrow.text(0)).isEqualTo("a日");
    }
}

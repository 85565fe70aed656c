package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineWriterTest {
    private static final int ROUNDS = 20_000;

    @Test
    void aLongTextIsHandedOverInWholeLinesAndNothingOfItIsHeldOrLost() throws IOException {
        List<String> handed = new ArrayList<>();
        LineWriter pen = new LineWriter(Style.PLAIN, Disguise.NONE, new Writer() {
            @Override
            public void write(char[] text, int offset, int length) {
                handed.add(new String(text, offset, length));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < ROUNDS; i++) {
            pen.paragraph(Ink.BAD, "FAILED", " try " + i + " " + "word ".repeat(25).strip(), 2).bullet("-", "again").line();
            StringWriter one = new StringWriter();
            LineWriter alone = new LineWriter(Style.PLAIN, Disguise.NONE, one);
            alone.paragraph(Ink.BAD, "FAILED", " try " + i + " " + "word ".repeat(25).strip(), 2).bullet("-", "again").line();
            alone.close();
            expected.append(one);
        }
        pen.close();
        assertThat(String.join("", handed)).isEqualTo(expected.toString());
        assertThat(handed).hasSizeGreaterThan(10).allMatch(part -> part.endsWith("\n")).allMatch(part -> part.length() < 100_000);
    }
}

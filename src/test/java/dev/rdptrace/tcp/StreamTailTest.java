package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StreamTailTest {
    @Test
    void keepsTheEndOfAStreamHoweverItIsCutAndRepeated() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            byte[] stream = new byte[1 + random.nextInt(2000)];
            random.nextBytes(stream);
            StreamTail words = new StreamTail();
            int at = 0;
            for (int frame = 1; at < stream.length; frame++) {
                int back = random.nextInt(4) == 0 ? random.nextInt(at + 1) : 0;
                int size = Math.min(stream.length - at + back, 1 + random.nextInt(300));
                words.segment(at - back, stream, at - back, size, size, frame, frame * 10L);
                at = Math.max(at, at - back + size);
            }
            assertThat(words.length()).as("seed " + seed).isEqualTo(Math.min(192, stream.length));
            assertThat(Arrays.copyOf(words.bytes(), words.length())).as("seed " + seed)
                    .isEqualTo(Arrays.copyOfRange(stream, stream.length - words.length(), stream.length));
        }
    }

    @Test
    void forgetsWhatLiesBeforeAHole() {
        StreamTail words = new StreamTail();
        byte[] bytes = "hello world".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        words.segment(0, bytes, 0, 5, 5, 1, 1);
        words.segment(6, bytes, 6, 5, 5, 2, 2);
        assertThat(new String(words.bytes(), 0, words.length(), java.nio.charset.StandardCharsets.US_ASCII)).isEqualTo("world");
        assertThat(words.completed(words.length()).frame()).isEqualTo(2);
    }

    @Test
    void keepsNothingOfASegmentThatWasCut() {
        StreamTail words = new StreamTail();
        words.segment(0, new byte[100], 0, 60, 100, 1, 1);
        assertThat(words.length()).isZero();
    }

    @Test
    void namesTheFrameThatBroughtEachByte() {
        StreamTail words = new StreamTail();
        words.segment(0, new byte[10], 0, 10, 10, 7, 70);
        words.segment(10, new byte[10], 0, 10, 10, 9, 90);
        assertThat(words.completed(10).frame()).isEqualTo(7);
        assertThat(words.completed(11).frame()).isEqualTo(9);
    }
}

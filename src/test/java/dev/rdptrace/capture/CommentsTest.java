package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CommentsTest {
    @Test
    void everyFrameHasWhatWasSaidOfItInOrderAndOnce() {
        Comments comments = new Comments();
        Map<Long, List<String>> expected = new HashMap<>();
        Random random = new Random(8);
        for (int i = 0; i < 100_000; i++) {
            long frame = 1 + random.nextInt(50_000);
            // Some that many share, some that nobody else has.
            String text = random.nextBoolean() ? "TCP: SYN " + random.nextInt(3) : "é — " + i;
            comments.add(frame, text);
            List<String> here = expected.computeIfAbsent(frame, _ -> new ArrayList<>());
            if (here.size() < Comments.MOST_ON_A_FRAME && !here.contains(text)) {
                here.add(text);
            }
        }
        for (long frame = 0; frame < 50_010; frame++) {
            assertThat(comments.on(frame)).as("on frame " + frame).isEqualTo(expected.getOrDefault(frame, List.of()));
        }
    }

    @Test
    void moreMayBeSaidAfterSomebodyHasAsked() {
        Comments comments = new Comments();
        assertThat(comments.isEmpty()).isTrue();
        comments.add(7, "seven");
        assertThat(comments.on(7)).containsExactly("seven");
        comments.add(3, "three");
        comments.add(7, "seven again");
        assertThat(comments.on(3)).containsExactly("three");
        assertThat(comments.on(7)).containsExactly("seven", "seven again");
        assertThat(comments.isEmpty()).isFalse();
    }

    @Test
    void onlyTheFirstEightStayOnAFrame() {
        Comments comments = new Comments();
        for (int i = 0; i < 20; i++) {
            comments.add(1, "comment " + i / 2);
        }
        assertThat(comments.on(1)).hasSize(8).startsWith("comment 0", "comment 1").endsWith("comment 7");
    }

    @Test
    void whatIsNoFrameGetsNoComment() {
        Comments comments = new Comments();
        comments.add(0, "none");
        comments.add(-1, "none");
        comments.add(Long.MAX_VALUE, "none");
        assertThat(comments.isEmpty()).isTrue();
        assertThat(comments.on(0)).isEmpty();
        assertThat(comments.on(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void aLongTextIsCutBetweenCharacters() {
        Comments comments = new Comments();
        comments.add(1, "a" + "é".repeat(5_000));
        assertThat(comments.on(1).getFirst()).isEqualTo("a" + "é".repeat(2_047));
        assertThat(comments.on(1).getFirst().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(4096);
    }
}

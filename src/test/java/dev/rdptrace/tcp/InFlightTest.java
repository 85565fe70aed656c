package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import org.junit.jupiter.api.Test;

/// What became of segments: what arrived, what waits behind a hole, and what did not come.
class InFlightTest {
    private static final long SECOND = 1_000_000_000L;

    private static InFlight three() {
        InFlight sent = new InFlight();
        for (int i = 0; i < 3; i++) {
            sent.add(i * 100L, 100, 140, false, 10 + i, i);
        }
        return sent;
    }

    @Test
    void whatStandsBehindAHoleHasComeAndIsNotRead() {
        InFlight sent = three();
        sent.acknowledged(100, 20, 5);
        sent.arrivedAhead(200, 300);
        assertThat(sent.receipts().of(10)).isEqualTo(20);
        assertThat(sent.receipts().of(11)).isEqualTo(Receipts.NEVER);
        assertThat(sent.receipts().of(12)).isEqualTo(Receipts.AHEAD);
        assertThat(sent.lost()).extracting(lost -> lost.first().frame()).containsExactly(11L);
        assertThat(sent.receipts().largestAfter(11)).isEqualTo(140);
        // The hole is filled: all of it is read.
        sent.acknowledged(300, 30, 6);
        assertThat(sent.receipts().of(12)).isEqualTo(30);
        assertThat(sent.lost()).isEmpty();
    }

    @Test
    void whoSendsAgainNeedNotKeepToTheBordersOfHisSegments() {
        InFlight sent = three();
        sent.acknowledged(150, 20, 5);
        assertThat(sent.repeat(150, 50, 21, 6)).isTrue();
        assertThat(sent.lost().getFirst()).isEqualTo(new LostSegment(50, 90, 2, new Moment(11, 1), new Moment(21, 6), false, false));
    }

    @Test
    void aSegmentThatCameAfterManyCopiesWasStalled() {
        InFlight sent = three();
        for (int i = 0; i < 3; i++) {
            sent.repeat(0, 100, 30 + i, (1L << i) * SECOND);
        }
        sent.acknowledged(100, 40, 3 * SECOND);
        assertThat(sent.stalledUntil()).as("answered late, as over a long way").isEqualTo(Moment.NEVER);
        for (int i = 0; i < 3; i++) {
            sent.repeat(100, 100, 50 + i, (1L << i) * SECOND);
        }
        sent.acknowledged(200, 60, 9 * SECOND);
        assertThat(sent.stalledSince()).isEqualTo(new Moment(11, 1));
        assertThat(sent.stalledUntil()).isEqualTo(new Moment(60, 9 * SECOND));
    }

    @Test
    void severalSegmentsSentAgainInOneAreAllSentAgain() {
        InFlight sent = three();
        for (int i = 0; i < 2; i++) {
            assertThat(sent.repeat(0, 250, 20 + i, 5)).isTrue();
        }
        assertThat(sent.lost()).extracting(LostSegment::transmissions).as("the third is in it by half").containsExactly(3, 3, 1);
        sent.acknowledged(100, 30, 6);
        assertThat(sent.receipts().inVainUntil(29)).isTrue();
        sent.acknowledged(200, 31, 7);
        assertThat(sent.receipts().inVainUntil(30)).isTrue();
        assertThat(sent.receipts().inVainUntil(32)).isFalse();
    }
}

package dev.rdptrace.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Frame;
import org.junit.jupiter.api.Test;

class PacketClockTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long BEGIN = 1_700_000_000L * SECOND;

    private long steady = 77 * SECOND;
    private final PacketClock clock = new PacketClock(() -> steady);

    @Test
    void itGoesOnWithoutPackets() {
        assertThat(clock.now()).isEqualTo(Frame.NO_TIME);
        clock.packet(BEGIN);
        assertThat(clock.now()).isEqualTo(BEGIN);
        steady += 3 * SECOND;
        assertThat(clock.now()).isEqualTo(BEGIN + 3 * SECOND);
        assertThat(clock.packet(BEGIN + 4 * SECOND)).isZero();
        assertThat(clock.now()).isEqualTo(BEGIN + 4 * SECOND);
    }

    @Test
    void aLongPauseIsNoStep() {
        clock.packet(BEGIN);
        clock.now();
        steady += 3600 * SECOND;
        assertThat(clock.packet(BEGIN + 3600 * SECOND)).isZero();
    }

    @Test
    void aPacketFromLaterThanItCanBeShowsThatTheClockWasSet() {
        clock.packet(BEGIN);
        clock.now();
        steady += SECOND;
        assertThat(clock.packet(BEGIN + 3601 * SECOND)).isEqualTo(3600 * SECOND);
        assertThat(clock.packet(BEGIN + 3602 * SECOND)).as("the step is told once").isZero();
    }

    @Test
    void packetsThatHaveWaitedAreNoStep() {
        clock.packet(BEGIN);
        clock.now();
        // the reader was held up for a minute; what came meanwhile is delivered at once
        steady += 60 * SECOND;
        for (int second = 1; second <= 60; second++) {
            assertThat(clock.packet(BEGIN + second * SECOND)).isZero();
        }
        assertThat(clock.packet(BEGIN + 50 * SECOND)).as("set back is told by the time itself").isZero();
    }

    @Test
    void theFirstPacketAfterOthersThatHaveWaitedIsNoStep() {
        clock.packet(BEGIN);
        clock.now();
        steady += 60 * SECOND;
        clock.packet(BEGIN + SECOND);
        clock.now(); // nothing else had come while the reader was held up
        steady += 2 * SECOND;
        assertThat(clock.packet(BEGIN + 62 * SECOND)).isZero();
    }

    @Test
    void aClockThatWasSetBackMayBeSetForwardAgain() {
        clock.packet(BEGIN);
        clock.now();
        assertThat(clock.packet(BEGIN - 3600 * SECOND)).isZero();
        clock.now();
        steady += SECOND;
        assertThat(clock.packet(BEGIN)).isEqualTo(3599 * SECOND);
        clock.now();
        steady += SECOND;
        assertThat(clock.packet(BEGIN + 11 * SECOND)).as("and once more").isEqualTo(10 * SECOND);
    }
}

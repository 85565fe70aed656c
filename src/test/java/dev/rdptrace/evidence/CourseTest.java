package dev.rdptrace.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.net.Packet;
import dev.rdptrace.timeline.Side;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// What a plot is drawn from.
class CourseTest {
    private static final int RAW_IP = 101;
    private static final long MILLI = 1_000_000L;
    private final Course course = new Course(Side.SERVER, 0);
    private int identification;

    @Test
    void sequenceNumbersMayRunOver() {
        own(0xffff_fff0, 16, 0);
        own(0, 100, 1);
        other(100, 2);
        assertThat(course.highest()).isEqualTo(116);
        assertThat(course.upTo()).isEqualTo(116);
        assertThat(course.holes()).isEmpty();
        assertThat(course.sent()).allMatch(course::arrived);
    }

    @Test
    void whatComesLateWasLostAndWhatComesAtOnceWasOvertaken() {
        own(0, 10, 0);
        own(20, 10, 1);
        own(10, 10, 2);
        assertThat(course.repeated()).isZero();
        own(40, 10, 10);
        assertThat(course.holes()).containsExactly(new Course.Range(10 * MILLI, 30, 40));
        own(30, 10, 300);
        assertThat(course.repeated()).isEqualTo(1);
        assertThat(course.holes()).isEmpty();
    }

    @Test
    void aHoleThatIsAcknowledgedWasNotCapturedOnly() {
        own(0, 10, 0);
        own(1000, 10, 1);
        assertThat(course.holes()).isNotEmpty();
        other(1010, 2);
        assertThat(course.holes()).isEmpty();
    }

    @Test
    void aCopyOfThePacketIsNoRepetition() {
        own(0, 10, 0);
        identification--;
        own(0, 10, 0);
        own(0, 10, 0);
        assertThat(course.packets()).isEqualTo(2);
        assertThat(course.repeated()).isEqualTo(1);
    }

    @Test
    void ofALongStreamTheLatestPacketsAreKnown() {
        for (int i = 0; i < 100_000; i++) {
            own(i * 1000, 1000, i);
            other(i * 1000 + 1000, i);
        }
        assertThat(course.packets()).isEqualTo(100_000);
        assertThat(course.sent()).hasSize(600).last().isEqualTo(new Course.Sent(99_999 * MILLI, 99_999_000, 100_000_000, false));
        assertThat(course.acknowledged()).hasSize(600);
    }

    private void own(int sequence, int length, long millis) {
        course.take(packet(sequence, 0, length), true, millis * MILLI);
    }

    private void other(int acknowledgement, long millis) {
        course.take(packet(0, acknowledgement, 0), false, millis * MILLI);
    }

    private Packet packet(int sequence, int acknowledgement, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(40 + length);
        bytes.put((byte) 0x45).put(2, (byte) 0).putShort(2, (short) bytes.capacity()).putShort(4, (short) identification++)
                .put(8, (byte) 64).put(9, (byte) 6);
        bytes.putShort(20, (short) 3389).putShort(22, (short) 50000).putInt(24, sequence).putInt(28, acknowledgement).put(32, (byte) 0x50)
                .put(33, (byte) 0x10);
        Frame frame = new Frame();
        frame.set(bytes.array(), 0, bytes.capacity(), bytes.capacity(), 1, 0, RAW_IP, 0);
        Packet packet = new Packet();
        packet.wrap(frame);
        return packet;
    }
}

package dev.rdptrace.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
    private static final byte[] BYTES = new byte[3 << 20];

    static {
        new Random(1).nextBytes(BYTES);
    }

    /// Gives pieces of any size, then does what it is told to.
    private static class Source extends InputStream {
        private final ByteArrayInputStream all = new ByteArrayInputStream(BYTES);
        private final Random sizes = new Random(2);
        final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public int read() {
            throw new IllegalStateException();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = all.read(bytes, offset, sizes.nextInt(length + 1));
            return count < 0 ? end() : count;
        }

        int end() throws IOException {
            return -1;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void givesTheSameBytes() throws IOException {
        Source source = new Source();
        try (ReadAhead ahead = new ReadAhead(source)) {
            assertThat(ahead.readAllBytes()).isEqualTo(BYTES);
            assertThat(ahead.read()).isEqualTo(-1);
        }
    }

    @Test
    void whatGoesWrongComesBehindTheBytesBeforeIt() throws IOException {
        Source source = new Source() {
            @Override
            int end() throws IOException {
                throw new Damage("is cut off");
            }
        };
        try (ReadAhead ahead = new ReadAhead(source)) {
            assertThat(ahead.readNBytes(BYTES.length)).isEqualTo(BYTES);
            assertThatThrownBy(ahead::read).isInstanceOf(Damage.class).hasMessage("is cut off");
        }
    }

    @Test
    void whoStopsReadingLeavesNothingOpen() throws Exception {
        Source source = new Source();
        try (ReadAhead ahead = new ReadAhead(source)) {
            assertThat(ahead.readNBytes(100)).hasSize(100);
        }
        assertThat(source.closed.await(10, TimeUnit.SECONDS)).isTrue();
    }
}

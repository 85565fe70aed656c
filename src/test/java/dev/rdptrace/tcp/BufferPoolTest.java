package dev.rdptrace.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    /// However many are out, each is large enough and nobody else's.
    @Test
    void aPageBelongsToOne() {
        SplittableRandom random = new SplittableRandom(11);
        BufferPool pages = new BufferPool();
        Map<Integer, Byte> out = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            boolean growing = i / 2_000 % 2 == 0;
            if (order.isEmpty() || random.nextInt(3) < (growing ? 2 : 1)) {
                int length = 1 + random.nextInt(random.nextInt(20) == 0 ? 100_000 : 10_000);
                int page = pages.take(length);
                assertThat(pages.bytes(page)).hasSizeGreaterThanOrEqualTo(length);
                assertThat(out.put(page, (byte) i)).isNull();
                order.add(page);
                pages.bytes(page)[0] = (byte) i;
                pages.bytes(page)[length - 1] = (byte) i;
            } else {
                int page = order.remove(random.nextInt(order.size()));
                assertThat(pages.bytes(page)[0]).isEqualTo(out.remove(page));
                pages.give(page);
            }
        }
        pages.give(BufferPool.NONE);
        assertThat(pages.bytes(BufferPool.NONE)).isEmpty();
        assertThat(pages.take(1)).isNotEqualTo(BufferPool.NONE);
    }

    /// What goes round is used again.
    @Test
    void aReturnedPageIsGivenOutAgain() {
        BufferPool pages = new BufferPool();
        int small = pages.take(1460);
        int large = pages.take(5000);
        pages.give(large);
        pages.give(small);
        assertThat(pages.take(BufferPool.SMALL)).isEqualTo(small);
        assertThat(pages.take(BufferPool.PAGE)).isEqualTo(large);
    }
}

package dev.rdptrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeapSweepTest {
    private static final long MEGABYTE = 1 << 20;

    private final AtomicLong used = new AtomicLong();
    private final AtomicInteger collected = new AtomicInteger();

    @Test
    void garbageIsCollectedEachTimeTheHeapHasGrown() {
        HeapSweep sweep = new HeapSweep(used::get, () -> {
            collected.incrementAndGet();
            used.set(20 * MEGABYTE);
        });
        for (int second = 0; second < 600; second++) {
            used.addAndGet(MEGABYTE);
            sweep.look();
        }
        // Once at 33 MB, then after 33 MB of garbage each: half of what is needed is less than that.
        assertEquals(600 / 33, collected.get());
    }

    @Test
    void theMoreIsNeededTheMoreGarbageIsLet() {
        used.set(100 * MEGABYTE);
        HeapSweep sweep = new HeapSweep(used::get, () -> {
            collected.incrementAndGet();
            used.set(100 * MEGABYTE);
        });
        for (int second = 0; second < 600; second++) {
            used.addAndGet(MEGABYTE);
            sweep.look();
        }
        // At once, and then after 51 MB of garbage each.
        assertEquals(1 + (600 - 1) / 51, collected.get());
    }

    @Test
    void whatIsNeededIsNotCollectedAgainAndAgain() {
        used.set(300 * MEGABYTE);
        HeapSweep sweep = new HeapSweep(used::get, collected::incrementAndGet);
        for (int second = 0; second < 600; second++) {
            sweep.look();
        }
        assertEquals(1, collected.get());
    }

    @Test
    void aWatchLooksByItselfUntilItIsClosed() throws InterruptedException {
        used.set(300 * MEGABYTE);
        Semaphore looked = new Semaphore(0);
        HeapSweep sweep = new HeapSweep(() -> {
            looked.release();
            return used.get();
        }, collected::incrementAndGet);
        HeapSweep.Watch watch = sweep.watch();
        assertTrue(looked.tryAcquire(10, 30, TimeUnit.SECONDS));
        assertEquals(1, collected.get());
        watch.close();
        looked.drainPermits();
        assertFalse(looked.tryAcquire(200, TimeUnit.MILLISECONDS));
    }
}

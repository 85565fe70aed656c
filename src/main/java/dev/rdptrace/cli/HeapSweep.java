package dev.rdptrace.cli;

import java.util.function.LongSupplier;

/// Has garbage collected for good each time the heap has grown by half.
///
/// The serial collector by itself looks at what is old only when the heap may not grow any more: a program that runs for
/// weeks, or reads twenty gigabytes, would hold all the memory it may, and most of it for nothing. A collection takes less
/// time than the buffer of a live capture bridges.
final class HeapSweep {
    /// Less garbage than this is not worth a collection.
    private static final long SLACK_BYTES = 32L << 20;

    private final LongSupplier used;
    private final Runnable collect;
    private long needed;

    /// @param used bytes of heap in use, garbage included
    HeapSweep(LongSupplier used, Runnable collect) {
        this.used = used;
        this.collect = collect;
    }

    static HeapSweep ofThisProcess() {
        Runtime runtime = Runtime.getRuntime();
        return new HeapSweep(() -> runtime.totalMemory() - runtime.freeMemory(), System::gc);
    }

    /// Looks every now and then until it is closed, whatever the rest of the program does meanwhile.
    Watch watch() {
        return new Watch(this);
    }

    /// A thread that looks.
    static final class Watch implements AutoCloseable {
        private static final long PAUSE_MILLIS = 20;

        private final Thread thread;

        private Watch(HeapSweep sweep) {
            thread = Thread.ofPlatform().daemon().name("heap").start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    sweep.look();
                    try {
                        Thread.sleep(PAUSE_MILLIS);
                    } catch (InterruptedException over) {
                        return;
                    }
                }
            });
        }

        /// It looks no more once this has returned.
        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void look() {
        if (used.getAsLong() > needed + Math.max(needed / 2, SLACK_BYTES)) {
            collect.run();
            needed = used.getAsLong();
        }
    }
}

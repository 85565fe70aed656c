package dev.rdptrace.watch;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Delivers messages one after the other in a thread of its own. A delivery that fails is tried again, later each time;
/// what does not fit into the queue meanwhile is dropped and counted.
public final class Outbox implements AutoCloseable {
    /// How a message is delivered.
    public interface Delivery {
        /// @throws Refusal when it failed and trying again would not help
        /// @throws Exception when it should be tried again later
        void deliver(byte[] message) throws Exception;
    }

    /// A delivery that failed for good.
    public static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        public Refusal(String why) {
            super(why);
        }
    }

    private static final int WAITING = 256;
    private static final int TRIES = 5;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = TimeUnit.MINUTES.toMillis(5);

    private final String name;
    private final Delivery delivery;
    private final Consumer<String> notices;
    private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(WAITING);
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;
    private volatile boolean complained;

    /// @param name for notices
    public Outbox(String name, Delivery delivery, Consumer<String> notices) {
        this.name = name;
        this.delivery = delivery;
        this.notices = notices;
        thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /// Never waits.
    public void send(byte[] message) {
        if (!queue.offer(message)) {
            dropped.incrementAndGet();
            complain("is too slow, verdicts are dropped");
        }
    }

    public long delivered() {
        return delivered.get();
    }

    public long dropped() {
        return dropped.get();
    }

    public int waiting() {
        return queue.size();
    }

    private void run() {
        try {
            while (true) {
                byte[] message = queue.poll(200, TimeUnit.MILLISECONDS);
                if (message != null) {
                    deliver(message);
                } else if (closing) {
                    return;
                }
            }
        } catch (InterruptedException end) {
            dropped.addAndGet(queue.size());
        }
    }

    private void deliver(byte[] message) throws InterruptedException {
        long pause = FIRST_PAUSE_MILLIS;
        for (int i = 0; i < TRIES; i++) {
            try {
                delivery.deliver(message);
                delivered.incrementAndGet();
                complained = false;
                return;
            } catch (InterruptedException end) {
                dropped.incrementAndGet();
                throw end;
            } catch (Exception failed) {
                complain(String.valueOf(failed.getMessage()));
                if (closing || failed instanceof Refusal) {
                    break;
                }
                Thread.sleep(pause);
                pause = Math.min(4 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
        dropped.incrementAndGet();
    }

    /// Once until it works again.
    private void complain(String why) {
        if (!complained) {
            complained = true;
            notices.accept(name + ": " + why.replace('\n', ' '));
        }
    }

    /// Delivers what waits, for a moment.
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(1500);
            thread.interrupt();
            thread.join(300);
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
    }
}

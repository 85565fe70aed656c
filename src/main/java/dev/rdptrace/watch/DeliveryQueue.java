package dev.rdptrace.watch;

import dev.rdptrace.bytes.Errors;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Delivers messages one after the other in a thread of its own. A delivery that fails is tried again, later each time;
/// what does not fit into the queue meanwhile is dropped and counted.
public final class DeliveryQueue implements AutoCloseable {
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
    private final Thread thread;
    private volatile boolean closing;
    // Guarded by this; what was sent is delivered, dropped, or still outstanding.
    private long sent;
    private long delivered;
    private long dropped;
    /// What is outstanding was counted as dropped, whatever becomes of it.
    private boolean settled;
    private volatile boolean complained;

    /// @param name for notices
    public DeliveryQueue(String name, Delivery delivery, Consumer<String> notices) {
        this.name = name;
        this.delivery = delivery;
        this.notices = notices;
        thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /// Never waits.
    public void send(byte[] message) {
        boolean waits = queue.offer(message);
        synchronized (this) {
            sent++;
            dropped += waits ? 0 : 1;
        }
        if (!waits) {
            complain("is too slow, verdicts are dropped");
        }
    }

    public synchronized long delivered() {
        return delivered;
    }

    public synchronized long dropped() {
        return dropped;
    }

    private synchronized void done(boolean arrived) {
        if (!settled) {
            delivered += arrived ? 1 : 0;
            dropped += arrived ? 0 : 1;
        }
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
            // [#close] counts what is left.
        }
    }

    private void deliver(byte[] message) throws InterruptedException {
        long pause = FIRST_PAUSE_MILLIS;
        for (int i = 0; i < TRIES; i++) {
            try {
                delivery.deliver(message);
                done(true);
                complained = false;
                return;
            } catch (InterruptedException end) {
                throw end;
            } catch (Exception failed) {
                complain(Errors.message(failed));
                if (closing || failed instanceof Refusal) {
                    break;
                }
                Thread.sleep(pause);
                pause = Math.min(4 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
        done(false);
    }

    /// Once until it works again.
    private void complain(String why) {
        if (!complained) {
            complained = true;
            notices.accept(name + ": " + why.replace('\n', ' '));
        }
    }

    /// Delivers what waits, for a moment. What has not arrived by then, on its way or in the queue, is dropped.
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
        synchronized (this) {
            dropped = sent - delivered;
            settled = true;
        }
    }
}

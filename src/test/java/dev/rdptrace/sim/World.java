package dev.rdptrace.sim;

import java.util.PriorityQueue;

/// The clock: what is due happens in order, and nothing happens in between.
final class World {
    private record Due(long nanos, long order, Runnable what) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private long order;
    private long now;

    /// Nanoseconds since the beginning.
    long now() {
        return now;
    }

    void in(long nanos, Runnable what) {
        due.add(new Due(now + nanos, order++, what));
    }

    void inMillis(double millis, Runnable what) {
        in((long) (millis * 1e6), what);
    }

    void runUntil(long nanos) {
        while (!due.isEmpty() && due.peek().nanos() <= nanos) {
            Due next = due.poll();
            now = next.nanos();
            next.what().run();
        }
        now = nanos;
    }
}

package dev.rdptrace;

import dev.rdptrace.timeline.Attempt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The attempts that will be judged, bounded: of too many, the oldest go that carried nothing, then the oldest of all.
final class Attempts {
    static final int LIMIT = 20_000;

    private final Deque<Attempt> hollow = new ArrayDeque<>();
    private final Deque<Attempt> others = new ArrayDeque<>();
    private long dropped;

    void add(Attempt attempt) {
        boolean carriedNothing = attempt.tcp().client().payloadBytes() == 0 && attempt.tcp().server().payloadBytes() == 0;
        (carriedNothing ? hollow : others).add(attempt);
        if (hollow.size() + others.size() > LIMIT) {
            (hollow.isEmpty() ? others : hollow).removeFirst();
            dropped++;
        }
    }

    long dropped() {
        return dropped;
    }

    List<Attempt> all() {
        List<Attempt> all = new ArrayList<>(hollow);
        all.addAll(others);
        return all;
    }
}

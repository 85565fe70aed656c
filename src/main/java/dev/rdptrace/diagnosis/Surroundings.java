package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Side;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the rest of the capture says about the parties of one attempt.
public final class Surroundings {
    private final long captureEndNanos;
    private final Map<String, Integer> hopLimits = new HashMap<>();

    /// @param captureEndNanos time of the last packet of the capture
    public Surroundings(List<Attempt> attempts, long captureEndNanos) {
        this.captureEndNanos = captureEndNanos;
        for (Attempt attempt : attempts) {
            if (attempt.tcp().server().packets() > 0) {
                hopLimits.putIfAbsent(attempt.server().address(), attempt.tcp().server().hopLimit());
            }
            if (attempt.tcp().client().packets() > 0) {
                hopLimits.putIfAbsent(attempt.client().address(), attempt.tcp().client().hopLimit());
            }
        }
    }

    public long captureEndNanos() {
        return captureEndNanos;
    }

    /// TTL that the address shows elsewhere in the capture, or -1.
    public int hopLimit(Attempt attempt, Side side) {
        return Optional.ofNullable(hopLimits.get((side == Side.CLIENT ? attempt.client() : attempt.server()).address())).orElse(-1);
    }
}

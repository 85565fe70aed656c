package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Groups attempts into tries.
public final class Tries {
    /// A client's own retry or fallback follows within seconds.
    private static final long RETRY_NANOS = 30_000_000_000L;
    /// Somebody reads a certificate warning or types a password; then the client connects again.
    static final long DIALOG_NANOS = 150_000_000_000L;
    private static final int LIMIT = 10_000;

    private Tries() {}

    record Parties(String client, String server, int port) {
        static Parties of(Attempt attempt) {
            return new Parties(attempt.client().address(), attempt.server().address(), attempt.server().port());
        }
    }

    /// In the order of their first packets.
    public static List<Try> of(List<Attempt> attempts) {
        List<Attempt> ordered = new ArrayList<>(attempts);
        ordered.sort(Comparator.comparingLong((Attempt a) -> a.first().nanos()).thenComparingInt(Attempt::stream));
        Map<Parties, List<Attempt>> open = new LinkedHashMap<>();
        List<Try> tries = new ArrayList<>();
        for (Attempt attempt : ordered) {
            Parties parties = Parties.of(attempt);
            List<Attempt> group = open.get(parties);
            if (group != null && !belongs(group, attempt)) {
                tries.add(close(group));
                group = null;
            }
            if (group == null) {
                group = new ArrayList<>();
                open.put(parties, group);
            }
            group.add(attempt);
        }
        open.values().forEach(group -> tries.add(close(group)));
        tries.sort(Comparator.comparingLong((Try t) -> t.attempts().getFirst().first().nanos())
                .thenComparingInt(t -> t.attempts().getFirst().stream()));
        return List.copyOf(tries);
    }

    static boolean belongs(List<Attempt> group, Attempt next) {
        if (group.size() >= LIMIT) {
            return false;
        }
        long end = Long.MIN_VALUE;
        for (int i = Math.max(0, group.size() - 8); i < group.size(); i++) {
            end = Math.max(end, group.get(i).last().nanos());
        }
        long gap = next.first().nanos() - end;
        Attempt last = group.getLast();
        return gap <= RETRY_NANOS || gap <= DIALOG_NANOS && !last.reached(Step.CONNECT_INITIAL);
    }

    static Try close(List<Attempt> group) {
        return new Try(group.getFirst().client(), group.getFirst().server(), group);
    }
}

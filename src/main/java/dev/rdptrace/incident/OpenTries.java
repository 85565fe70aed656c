package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tries that may still grow, while a capture runs.
public final class OpenTries {
    /// Attempts kept in all, some 10 KB each; beyond it the tries that were quiet longest are closed.
    private static final int LIMIT = 4096;
    private static final int ATTEMPTS_LIMIT = 64;
    /// Sides of address translations that one capture shows.
    private static final int TWINS_LIMIT = 4;
    /// So far back the other legs and sides of a connection are looked for.
    private static final int RECENT = 64;

    /// A try with legs to several servers stands here under each.
    private final LinkedHashMap<Tries.Parties, List<Attempt>> open = new LinkedHashMap<>(16, 0.75f, true);
    private int kept; // at least

    /// Adds an attempt (or a later state of one) and answers the try it belongs to as it now stands.
    public Try add(Attempt attempt) {
        List<Attempt> group = groupOf(attempt);
        group.removeIf(earlier -> earlier.stream() == attempt.stream());
        if (group.size() == ATTEMPTS_LIMIT) {
            group.removeFirst();
        }
        group.add(attempt);
        if (++kept > LIMIT) {
            shrink();
        }
        return Tries.close(group).stream().filter(one -> one.attempts().stream().anyMatch(a -> a == attempt)).findFirst().orElseThrow();
    }

    private List<Attempt> groupOf(Attempt attempt) {
        List<List<Attempt>> recent = recent();
        List<Attempt> seenBefore = twinOf(attempt, recent);
        if (seenBefore != null) {
            return seenBefore;
        }
        Tries.Parties parties = Tries.Parties.of(attempt);
        List<Attempt> group = open.get(parties);
        if (group == null) {
            group = Tries.earlierLeg(recent, attempt);
        } else if (!Tries.belongs(group, attempt)) {
            group = null;
        }
        if (group == null) {
            group = new ArrayList<>();
        }
        open.put(parties, group);
        return group;
    }

    /// The newest ones, the newest at the end.
    private List<List<Attempt>> recent() {
        List<List<Attempt>> newest = new ArrayList<>(RECENT);
        Iterator<List<Attempt>> backwards = open.sequencedValues().reversed().iterator();
        while (backwards.hasNext() && newest.size() < RECENT) {
            newest.add(backwards.next());
        }
        return newest.reversed();
    }

    /// The try of the connection that `attempt` is, seen on the other side of an address translation. More than a few sides of one
    /// are a flood of copies.
    private static @Nullable List<Attempt> twinOf(Attempt attempt, List<List<Attempt>> recent) {
        for (List<Attempt> group : recent) {
            int twins = 0;
            for (int i = group.size() - 1; i >= Math.max(0, group.size() - 8); i--) {
                if (group.get(i).stream() != attempt.stream() && Tries.sameTime(group.get(i), attempt)
                        && Tries.twins(group.get(i), attempt)) {
                    twins++;
                }
            }
            if (twins > 0) {
                return twins < TWINS_LIMIT ? group : null;
            }
        }
        return null;
    }

    private void shrink() {
        kept = count();
        while (kept > LIMIT - LIMIT / 8) {
            Iterator<List<Attempt>> oldest = open.values().iterator();
            for (int drop = open.size() / 8 + 1; drop > 0; drop--) {
                oldest.next();
                oldest.remove();
            }
            kept = count();
        }
    }

    private int count() {
        Set<List<Attempt>> groups = Collections.newSetFromMap(new IdentityHashMap<>());
        groups.addAll(open.values());
        return groups.stream().mapToInt(List::size).sum();
    }

    /// Forgets tries that nothing can be added to any more.
    public void forgetBefore(long nanos) {
        open.values().removeIf(group -> nanos - group.getLast().last().nanos() > Tries.DIALOG_NANOS);
    }
}

package dev.rdptrace.incident;

import dev.rdptrace.timeline.Attempt;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tries that may still grow, while a capture runs.
public final class OpenTries {
    private static final int LIMIT = 4096;
    private static final int ATTEMPTS_LIMIT = 64;

    private final Map<Tries.Parties, List<Attempt>> open = new LinkedHashMap<>(16, 0.75f, true);

    /// Adds an attempt (or a later state of one) and answers the try it belongs to as it now stands.
    public Try add(Attempt attempt) {
        Tries.Parties parties = Tries.Parties.of(attempt);
        List<Attempt> group = open.get(parties);
        if (group == null) {
            List<Attempt> earlier = Tries.earlierLeg(open.values(), attempt);
            group = earlier == null ? new ArrayList<>() : earlier;
            open.put(parties, group);
        }
        group.removeIf(earlier -> earlier.stream() == attempt.stream());
        if (!group.isEmpty() && !Tries.belongs(group, attempt)) {
            group = new ArrayList<>();
            open.put(parties, group);
        }
        if (group.size() == ATTEMPTS_LIMIT) {
            group.removeFirst();
        }
        group.add(attempt);
        if (open.size() > LIMIT) {
            Iterator<List<Attempt>> oldest = open.values().iterator();
            oldest.next();
            oldest.remove();
        }
        return Tries.close(group);
    }

    /// Forgets tries that nothing can be added to any more.
    public void forgetBefore(long nanos) {
        open.values().removeIf(group -> nanos - group.getLast().last().nanos() > Tries.DIALOG_NANOS);
    }
}

package dev.rdptrace.testkit;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Compares what is said about a poorer capture with what is said about the whole one.
///
/// Less evidence may make an answer `undetermined` or leave it as it is; it may never make it another one.
public final class Humility {

    /// How the capture became poorer.
    public enum Cut {
        /// Frames cut short.
        SNAP,
        /// It begins later.
        START,
        /// It ends earlier: what had not happened yet cannot be known, so a session may still be up.
        END,
        /// One direction only.
        SIDE
    }

    /// A wrong answer.
    public record Violation(String sample, Cut cut, int at, String connection, Saying whole, Saying poorer) {

        /// Wrong and sure of it: another outcome, or somebody else's fault.
        public boolean misleading() {
            return poorer.confident() && (poorer.outcome() != whole.outcome() || poorer.side() != whole.side());
        }

        @Override
        public String toString() {
            return "%-32s %-5s %4d  %-42s  whole: %s; poorer: %s".formatted(sample, cut, at, connection, whole, poorer);
        }
    }

    private Humility() {}

    public static List<Violation> violations(String sample, Cut cut, int at, Analysis whole, Analysis poorer) {
        List<Violation> found = new ArrayList<>();
        Map<String, Saying> expected = Saying.attempts(whole);
        Saying.attempts(poorer).forEach((connection, saying) -> {
            Saying full = expected.get(connection);
            if (full == null) {
                full = expected.get(swapped(connection));
            }
            if (full != null && !allowed(full, saying, cut)) {
                found.add(new Violation(sample, cut, at, connection, full, saying));
            }
        });
        List<Saying> all = Saying.incidents(whole);
        List<Saying> some = Saying.incidents(poorer);
        if (all.size() == 1 && some.size() == 1 && whole.incidents().getFirst().attempts().size() > 1
                && poorer.incidents().getFirst().attempts().size() == whole.incidents().getFirst().attempts().size()
                && !allowed(all.getFirst(), some.getFirst(), cut)) {
            found.add(new Violation(sample, cut, at, "the incident", all.getFirst(), some.getFirst()));
        }
        return found;
    }

    /// Warnings of the poorer capture that the whole one gives nowhere, neither as a warning nor as a verdict.
    public static Set<String> invented(Analysis whole, Analysis poorer) {
        Set<String> ids = warnings(poorer);
        ids.removeAll(warnings(whole));
        whole.incidents().forEach(incident -> incident.attempts().forEach(one -> ids.remove(one.verdict().id())));
        whole.incidents().forEach(incident -> ids.remove(incident.verdict().id()));
        return ids;
    }

    private static Set<String> warnings(Analysis analysis) {
        Set<String> ids = new TreeSet<>();
        analysis.incidents().forEach(incident -> incident.warnings().forEach(warning -> ids.add(warning.id())));
        return ids;
    }

    private static String swapped(String connection) {
        String[] ends = connection.split(" > ");
        return ends[1] + " > " + ends[0];
    }

    private static boolean allowed(Saying whole, Saying poorer, Cut cut) {
        return switch (poorer.outcome()) {
            case UNDETERMINED -> true;
            case ESTABLISHED -> whole.outcome() == Outcome.ESTABLISHED || cut == Cut.END && whole.outcome() == Outcome.INTERRUPTED;
            case FAILED, INTERRUPTED, ABANDONED, PROBE, NOT_RDP ->
                poorer.outcome() == whole.outcome() && poorer.id().equals(whole.id()) && poorer.side() == whole.side();
        };
    }
}

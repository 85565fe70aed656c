package dev.rdptrace.sim;

import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.sim.Plan.Guilty;
import dev.rdptrace.sim.Run.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// Many runs, what was said of them, and what of that was wrong. From a shell: `Survey FROM TO [missed]`, or `Survey SEED`, which
/// writes the capture as well.
final class Survey {

    /// How good a saying is, the best first.
    enum Grade {
        RIGHT,
        /// Neither right nor wrong: it does not say, or names another phase, or nobody can tell.
        OTHER,
        /// The capture shows culprit and phase, and they are not both named.
        MISSED,
        WRONG_SUGGESTED,
        WRONG_SEEN,
        /// A failure is told as none.
        HIDDEN;

        static Grade of(Truth truth, Said said) {
            return truth.hides(said) ? HIDDEN : truth.wrong(said) ? said.confidence() == Confidence.SEEN ? WRONG_SEEN : WRONG_SUGGESTED
                    : truth.culprit() == Guilty.NONE ? OTHER : truth.right(said) ? RIGHT : truth.decidable() ? MISSED : OTHER;
        }
    }

    /// A run, without its packets.
    record Graded(long seed, Plan.Manner manner, Truth truth, Said said, Grade grade) {
        static Graded of(long seed) {
            return of(seed, Plan.of(seed));
        }

        static Graded of(long seed, Plan plan) {
            Run run = Run.of(seed, plan);
            Said said = run.judged();
            return new Graded(seed, plan.breach().manner(), run.truth(), said, Grade.of(run.truth(), said));
        }

        /// The capture shows who broke it.
        boolean shown() {
            return truth.decidable() && truth.culprit() != Guilty.NONE;
        }

        String kind() {
            return grade + " " + truth.what() + " " + truth.sides() + " -> " + said.id() + " " + said.side() + " " + said.outcome()
                    + " in " + said.phase();
        }
    }

    private final List<Graded> runs;

    private Survey(List<Graded> runs) {
        this.runs = runs;
    }

    static Survey of(long from, long to) {
        return new Survey(LongStream.range(from, to).parallel().mapToObj(Graded::of).toList());
    }

    long count(Grade grade) {
        return count(run -> run.grade() == grade);
    }

    private long count(Predicate<Graded> which) {
        return runs.stream().filter(which).count();
    }

    /// Part of the named culprits that are called likely, and are wrong.
    double wrongWhenSuggested() {
        return count(Grade.WRONG_SUGGESTED) / (double) count(run -> run.said().confidence() == Confidence.STRONGLY_SUGGESTED);
    }

    /// Part of the breaks that the capture shows, with culprit and phase right.
    double right() {
        return count(run -> run.shown() && run.grade() == Grade.RIGHT) / (double) count(Graded::shown);
    }

    /// Who was named, by what broke; and of the breaks that the capture shows, how many have culprit and phase right.
    String table() {
        Map<Guilty, Map<String, List<Graded>>> rows = new TreeMap<>();
        runs.forEach(run -> rows.computeIfAbsent(run.truth().culprit(), _ -> new TreeMap<>()).computeIfAbsent(broke(run),
                _ -> new ArrayList<>()).add(run));
        StringBuilder text = new StringBuilder("| what broke | runs | client | server | path | nobody | not told | shown | right |\n"
                + "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        rows.values().forEach(kinds -> kinds.forEach((kind, these) -> text.append(row(kind, these))));
        return text.toString();
    }

    private static String broke(Graded run) {
        return run.truth().culprit() == Guilty.NONE ? "nothing, or only the capture"
                : "the " + run.truth().culprit().toString().toLowerCase(Locale.ROOT) + " " + run.manner().says();
    }

    private static String row(String kind, List<Graded> runs) {
        Survey these = new Survey(runs);
        StringBuilder row = new StringBuilder("| " + kind + " | " + runs.size());
        for (Set<Culprit> named : List.of(Set.of(Culprit.CLIENT), Set.of(Culprit.SERVER), Set.of(Culprit.PATH),
                Set.of(Culprit.NONE, Culprit.NOBODY), Set.of(Culprit.UNKNOWN))) {
            row.append(" | ").append(these.count(run -> named.contains(run.said().side())));
        }
        long shown = these.count(Graded::shown);
        return row + " | " + shown + " | " + (shown == 0 ? "" : String.format(Locale.ROOT, "%.1f %%", 100 * these.right())) + " |\n";
    }

    /// Kinds of runs with these grades, the most frequent first, each with the smallest form of one of them.
    String kinds(Grade from, boolean shrunk) {
        Map<String, List<Graded>> kinds = new TreeMap<>();
        runs.stream().filter(run -> run.grade().compareTo(from) >= 0).forEach(run -> kinds.computeIfAbsent(run.kind(),
                _ -> new ArrayList<>()).add(run));
        StringBuilder text = new StringBuilder();
        kinds.entrySet().stream().sorted((a, b) -> b.getValue().size() - a.getValue().size()).forEach(kind -> {
            text.append(kind.getValue().size()).append("  ").append(kind.getKey()).append("  ")
                    .append(kind.getValue().stream().limit(6).map(Graded::seed).toList()).append('\n');
            if (shrunk) {
                Graded one = kind.getValue().getFirst();
                text.append("    without ").append(shrink(one.seed(), Plan.of(one.seed()), one.grade(), new ArrayList<>())).append('\n');
            }
        });
        return text.toString();
    }

    /// What can be left out of a run without its being judged better.
    private static List<String> shrink(long seed, Plan plan, Grade grade, List<String> without) {
        for (Map.Entry<String, Plan> less : plan.simpler().entrySet()) {
            if (Graded.of(seed, less.getValue()).grade() == grade) {
                without.add(less.getKey());
                return shrink(seed, less.getValue(), grade, without);
            }
        }
        return without;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT,
                "%d runs: wrong and seen %d, wrong of the suggested %d (%.2f %%), hidden %d, culprit and phase right in %.1f %% of"
                + " what the capture shows%n%s%s", runs.size(), count(Grade.WRONG_SEEN), count(Grade.WRONG_SUGGESTED),
                        100 * wrongWhenSuggested(),
                count(Grade.HIDDEN), 100 * right(), table(), kinds(Grade.WRONG_SUGGESTED, false));
    }

    static void main(String[] arguments) throws IOException {
        long from = Long.parseLong(arguments[0]);
        if (arguments.length == 1) {
            Plan plan = Plan.of(from);
            Run run = Run.of(from);
            System.out.println(plan + "\n" + run.truth() + "\n" + run.judged() + "\n" + Graded.of(from).grade());
            Files.write(Path.of("/tmp/sim-" + from + ".pcap"), Pcap.of(run.tape()));
            return;
        }
        Survey survey = of(from, Long.parseLong(arguments[1]));
        System.out.println(survey);
        if (arguments.length > 2) {
            System.out.println(survey.kinds(Grade.MISSED, arguments[2].equals("shrunk")));
        }
    }
}

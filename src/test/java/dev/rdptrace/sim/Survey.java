package dev.rdptrace.sim;

import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Many runs, what was said of them, and what of that was wrong. From a shell: `Survey FROM TO`.
final class Survey {
    private final Map<String, List<Long>> wrong = new TreeMap<>();
    private final Map<String, Map<Fault, Integer>> table = new TreeMap<>();
    private int runs;
    private int wrongSeen;
    private int wrongSuggested;
    private int hidden;

    static Survey of(long from, long to) {
        Survey survey = new Survey();
        for (long seed = from; seed < to; seed++) {
            survey.add(Run.of(seed));
        }
        return survey;
    }

    private void add(Run run) {
        Run.Said said = run.judged();
        runs++;
        table.computeIfAbsent(run.truth().toString().toLowerCase(java.util.Locale.ROOT), _ -> new TreeMap<>()).merge(said.side(), 1, Integer::sum);
        boolean hides = said.hides(run);
        if (!hides && !said.wrong(run)) {
            return;
        }
        if (hides) {
            hidden++;
        } else if (said.confidence() == Confidence.SEEN) {
            wrongSeen++;
        } else {
            wrongSuggested++;
        }
        wrong.computeIfAbsent((hides ? "HIDDEN " : said.confidence() == Confidence.SEEN ? "SEEN " : "") + run.what() + " -> " + said.id() + " "
                + said.side(), _ -> new ArrayList<>()).add(run.seed());
    }

    int runs() {
        return runs;
    }

    int wrongSeen() {
        return wrongSeen;
    }

    int wrongSuggested() {
        return wrongSuggested;
    }

    int hidden() {
        return hidden;
    }

    /// Who was blamed, by who did it.
    String table() {
        StringBuilder text = new StringBuilder();
        table.forEach((truth, said) -> text.append(truth).append(": ").append(said).append('\n'));
        return text.toString();
    }

    String mistakes() {
        StringBuilder text = new StringBuilder();
        wrong.entrySet().stream().sorted((a, b) -> b.getValue().size() - a.getValue().size()).forEach(entry -> text.append(entry.getValue().size())
                .append("  ").append(entry.getKey()).append("  ").append(entry.getValue().subList(0, Math.min(6, entry.getValue().size()))).append('\n'));
        return text.toString();
    }

    @Override
    public String toString() {
        return runs + " runs, wrong and seen " + wrongSeen + ", wrong and suggested " + wrongSuggested + ", hidden " + hidden + "\n" + table()
                + mistakes();
    }

    static void main(String[] arguments) throws java.io.IOException {
        if (arguments.length == 1) {
            Run run = Run.of(Long.parseLong(arguments[0]));
            System.out.println(run.what() + ", may name " + run.allowed() + ", up " + run.up() + "\n" + run.plan() + "\n" + run.judged());
            java.nio.file.Files.write(java.nio.file.Path.of("/tmp/sim-" + run.seed() + ".pcap"), Pcap.of(run.tape()));
            return;
        }
        System.out.println(of(Long.parseLong(arguments[0]), Long.parseLong(arguments[1])));
    }
}

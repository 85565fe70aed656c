package dev.rdptrace.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a rule found, to be held against what others found.
record Ranked(Rule<?> rule, Finding finding) {
    private static final Comparator<Ranked> BY_WEIGHT = Comparator.comparing((Ranked one) -> one.rule().weight())
            .thenComparing(one -> one.finding().id());

    /// The strongest first: by the kind of evidence, then by what rules say that they outrank. Two that no rule tells apart stand in the
    /// order of their names: no list decides.
    static List<Ranked> inOrder(List<Ranked> found) {
        if (found.size() < 2) {
            return List.copyOf(found);
        }
        List<Ranked> left = new ArrayList<>(found);
        left.sort(BY_WEIGHT);
        List<Ranked> ranked = new ArrayList<>(left.size());
        while (!left.isEmpty()) {
            Ranked next = left.stream().filter(one -> left.stream().noneMatch(other -> other != one && other.outranks(one))).findFirst()
                    .orElse(left.getFirst());
            left.remove(next);
            ranked.add(next);
        }
        return ranked;
    }

    /// What the strongest of `rules` finds.
    static <S> Optional<Finding> strongest(List<Rule<S>> rules, S asked) {
        List<Ranked> found = new ArrayList<>();
        for (Rule<S> rule : rules) {
            if (rule.check().apply(asked) instanceof Answer.Found(var finding)) {
                found.add(new Ranked(rule, finding));
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(inOrder(found).getFirst().finding());
    }

    private boolean outranks(Ranked other) {
        return rule.weight() == other.rule.weight() ? rule.outranks().contains(other.finding.signature()) : rule.weight()
                .compareTo(other.rule.weight()) < 0;
    }

    /// Why this one stands before `other`.
    String because(Ranked other) {
        if (!outranks(other)) {
            return "fits as well; nothing in the capture tells the two apart";
        }
        if (rule.weight() == other.rule.weight()) {
            return "fits as well, but explains less of what was seen";
        }
        return switch (rule.weight()) {
            case MESSAGE -> "a message of a peer says otherwise and outranks inference";
            case PATH -> "packets prove that the path interfered first";
            case SHAPE, ABSENCE, ASIDE -> "how the connection was closed outranks what did not come";
        };
    }
}

package dev.rdptrace.diagnosis;

import java.util.List;
import java.util.function.Function;

/// One diagnosis, or a family told apart by a code: a pure question to a [Case]. No rule knows another; [Judge] ranks
/// what they find.
///
/// @param ids what it may find, as pages, reports and `rdptrace explain` call it; never empty
/// @param weight what kind of evidence it stands on
public record Rule(List<String> ids, Weight weight, Function<Case, Answer> check) {
    public Rule {
        ids = List.copyOf(ids);
    }

    /// A rule that finds one thing.
    public Rule(String id, Weight weight, Function<Case, Answer> check) {
        this(List.of(id), weight, check);
    }

    /// The name to call it by.
    public String id() {
        return ids.getFirst();
    }

    /// Kinds of evidence, strongest first.
    public enum Weight {
        /// A message that says it: a failure code, an alert, an ICMP error.
        MESSAGE,
        /// Packets of a third party, or packets proven lost.
        PATH,
        /// The shape of what was sent and how it ended.
        SHAPE,
        /// What did not come.
        ABSENCE
    }
}

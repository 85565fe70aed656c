package dev.rdptrace.diagnosis;

import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// One law, for one diagnosis or a family told apart by a code: a pure question to what it judges, an attempt most often. No rule
/// knows another; [Judge] ranks what they find.
///
/// @param <S> what is asked: [Case], an attempt; [JudgedTry], the connections of one try; [UdpCase], UDP alone; [BothSides], two captures
/// @param weight what kind of evidence it stands on
/// @param finds what it may find; never empty
/// @param outranks what gives way where both are found and the evidence is of one kind
public record Rule<S>(Weight weight, Function<S, Answer> check, List<Signature> finds, Set<Signature> outranks) {

    public static <S> Rule<S> rule(Weight weight, Function<S, Answer> check, Signature... finds) {
        return new Rule<>(weight, check, List.of(finds), Set.of());
    }

    /// A rule about what is true and not the cause.
    public static <S> Rule<S> aside(Function<S, Answer> check, Signature... finds) {
        return rule(Weight.ASIDE, check, finds);
    }

    /// The same rule, before whose findings others give way.
    public Rule<S> outranking(Signature... others) {
        return new Rule<>(weight, check, finds, Set.of(others));
    }

    /// The name to call it by.
    public Signature name() {
        return finds.getFirst();
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
        ABSENCE,
        /// True and worth knowing, and no cause.
        ASIDE
    }
}

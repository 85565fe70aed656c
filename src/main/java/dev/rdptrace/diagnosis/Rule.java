package dev.rdptrace.diagnosis;

import java.util.function.Function;

/// One diagnosis: a name and a pure question to a [Case]. No rule knows another; [Judge] ranks what they find.
///
/// @param id as its page, its reports and `rdptrace explain` call it
/// @param weight what kind of evidence it stands on
public record Rule(String id, Weight weight, Function<Case, Answer> check) {

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

package dev.rdptrace.diagnosis;

/// What a rule says about a case. The third answer keeps verdicts on poor captures honest.
public sealed interface Answer {
    /// It is so.
    record Found(Finding finding) implements Answer {}

    /// It is not so.
    record Clear() implements Answer {}

    /// This capture cannot tell, and why.
    record Unclear(String because) implements Answer {}

    Answer CLEAR = new Clear();
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.timeline.Moment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a rule says about a case. The third answer keeps verdicts on poor captures honest.
public sealed interface Answer {
    /// It is so.
    record Found(Finding finding) implements Answer {}

    /// It is not so.
    record Clear() implements Answer {}

    /// This capture cannot tell, and why.
    record Unclear(String because) implements Answer {}

    /// True and worth knowing, although it is not the cause.
    record Noted(List<Warning> warnings) implements Answer {}

    Answer CLEAR = new Clear();

    /// One warning with its packets; moments never seen are left out.
    static Answer noted(Signature signature, String says, Moment... at) {
        return new Noted(List.of(new Warning(signature, says, Stream.of(at).filter(Moment::seen).map(Moment::frame).distinct().toList())));
    }

    static Answer noted(Optional<Warning> warning) {
        return warning.<Answer>map(one -> new Noted(List.of(one))).orElse(CLEAR);
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.testkit.Tape;
import java.util.List;
import java.util.stream.Stream;

/// The dialogues of [VerdictsTest], near misses among them, for those who ask something else of them.
public final class DialoguesShown {
    private DialoguesShown() {}

    public static List<Tape> tapes() {
        return VerdictsTest.SHOWN.stream().flatMap(shown -> Stream.concat(Stream.of(shown.tape()), shown.nearMisses().values().stream()))
                .toList();
    }
}

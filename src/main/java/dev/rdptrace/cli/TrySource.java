package dev.rdptrace.cli;

import dev.rdptrace.tui.ShownTry;
import java.io.IOException;
import java.util.List;
import java.util.function.DoublePredicate;

/// Tries by their numbers, and the files that hold their packets.
///
/// Who reads tells an onlooker now and then how far he is, 0 to 1 or [Double#NaN], and reads no more where that says `false`.
interface TrySource {
    ShownTry open(int number, DoublePredicate onlooker) throws IOException;

    /// In which the frames of the try have the numbers that it calls them by.
    List<String> files(int number);

    /// Writes the packets of these tries.
    ///
    /// @param redacted as [RedactedCopy] writes them, else with the findings as comments
    /// @return what there is to say
    String save(List<Integer> numbers, String name, boolean redacted, DoublePredicate onlooker) throws IOException;
}

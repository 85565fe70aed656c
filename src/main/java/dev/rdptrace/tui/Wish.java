package dev.rdptrace.tui;

import java.util.List;
import java.util.SortedMap;

/// What a key asks of who has files and a terminal.
public sealed interface Wish {
    Wish NONE = new Nothing();

    record Nothing() implements Wish {}

    record Quit() implements Wish {}

    /// The try of that number, as it was added; answered by [Model#opened].
    record Open(int number) implements Wish {}

    /// The bytes of frames of the open try; answered by [Model#bytes].
    ///
    /// @param texts by the frame what is told of it
    record Read(SortedMap<Long, List<String>> texts) implements Wish {}

    /// A capture of those tries; answered by [Model#say].
    ///
    /// @param redacted without addresses, names and contents
    record Save(List<Integer> numbers, String file, boolean redacted) implements Wish {}

    /// To the clipboard of the terminal.
    record Copy(String text) implements Wish {}
}

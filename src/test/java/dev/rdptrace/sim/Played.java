package dev.rdptrace.sim;

import dev.rdptrace.Analysis;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Simulated connections as the program reads them, for those who do not ask for the truth.
public final class Played {
    private Played() {}

    /// Of the seeds from 0 on.
    public static Stream<Analysis> seeds(int count) {
        return IntStream.range(0, count).mapToObj(seed -> Run.of(seed).tape().analyze());
    }
}

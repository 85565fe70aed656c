package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.FramePlaces;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// What is asked of recordings for one try after the other, and is found once.
final class RecordingFacts {
    private final List<List<FileFindings>> recordings;
    private final Map<Integer, Facts> known = new HashMap<>();

    /// @param ends frames of the recording up to the end of each file
    private record Facts(long[] ends, FramePlaces places, long firstNanos, long lastNanos) {
        static Facts of(List<FileFindings> files) {
            long[] ends = files.stream().mapToLong(FileFindings::frames).toArray();
            Arrays.parallelPrefix(ends, Long::sum);
            return new Facts(ends, FramePlaces.of(files), files.stream().flatMapToLong(file -> LongStream.of(file.firstNanos())).min()
                    .orElse(Long.MAX_VALUE),
                    files.stream().flatMapToLong(file -> LongStream.of(file.lastNanos())).max()
                            .orElse(Long.MIN_VALUE));
        }
    }

    /// @param recordings the files of each, in their order
    RecordingFacts(List<List<FileFindings>> recordings) {
        this.recordings = recordings;
    }

    private Facts of(int recording) {
        return known.computeIfAbsent(recording, one -> Facts.of(recordings.get(one)));
    }

    /// Of its first file.
    String path(int recording) {
        return recordings.get(recording).getFirst().path();
    }

    /// For people.
    String name(int recording) {
        int more = recordings.get(recording).size() - 1;
        return more == 0 ? path(recording) : path(recording) + " and " + more + " more";
    }

    /// The file that holds a frame of the recording, its place there.
    int file(int recording, long frame) {
        long[] ends = of(recording).ends;
        int at = Arrays.binarySearch(ends, frame);
        return Math.min(at < 0 ? -at - 1 : at, ends.length - 1);
    }

    /// Frames of the recording in the files before one.
    long framesBefore(int recording, int file) {
        return file == 0 ? 0 : of(recording).ends[file - 1];
    }

    /// Where its frames are, if its files follow each other.
    FramePlaces places(int recording) {
        return of(recording).places;
    }

    /// Time of the earliest frame.
    long firstNanos(int recording) {
        return of(recording).firstNanos;
    }

    /// Time of the latest frame.
    long lastNanos(int recording) {
        return of(recording).lastNanos;
    }
}

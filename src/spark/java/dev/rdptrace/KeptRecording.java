package dev.rdptrace;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.timeline.Companions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/// Judges a recording by the packets that were kept of its files.
public final class KeptRecording {

    /// What came of it: a judged recording, or what is needed to judge it.
    ///
    /// @param places of the frames that the analysis speaks of
    /// @param missing by file, flows of which more is needed, see [KeptSource#missing]; then there is no analysis
    /// @param whole why the files themselves must be read, empty where they need not; then there is no analysis
    public record Result(Analysis analysis, FramePlaces places, Map<Integer, Map<Long, Boolean>> missing, String whole) {
        private static final Analysis NONE = new Analysis(Analyzer.NO_FACTS, List.of(), 0, 0, 0, 0, 0, new long[0],
                Companions.NONE, Optional.empty());

        private static Result reading(String why) {
            return new Result(NONE, FramePlaces.none(), Map.of(), why);
        }

        public boolean judged() {
            return missing.isEmpty() && whole.isEmpty();
        }
    }

    private KeptRecording() {}

    /// The recordings that files make, as the command line knows them: the places of their files in the list.
    public static List<List<Integer>> recordings(List<FileFindings> files) {
        Map<String, Integer> places = new HashMap<>();
        for (FileFindings one : files) {
            places.put(one.path(), places.size());
        }
        ToIntFunction<String> place = path -> Objects.requireNonNull(places.get(path));
        return FileGroups.recordings(files.stream().map(FileFindings::path).toList(), path -> files.get(place.applyAsInt(path)).stretch())
                .stream().map(recording -> recording.stream().mapToInt(place).boxed().toList()).toList();
    }

    /// @param files of the recording in their order, all of them readable
    /// @param blocks what was kept of them, in that order, each time it is asked for
    /// @param added what each reading for more has brought, in that order as well
    public static Result judge(List<FileFindings> files, Supplier<Iterator<KeptSource.Block>> blocks,
            Supplier<List<Iterator<KeptSource.Block>>> added, Analyzer.Options options) throws IOException {
        for (int i = 0; i < files.size(); i++) {
            if (!files.get(i).whole().isEmpty()) {
                return Result.reading(files.get(i).whole());
            }
            if (i > 0 && files.get(i).stretch().first() < files.get(i - 1).stretch().last()) {
                return Result.reading("a file begins before the one before it ends");
            }
        }
        if (files.stream().anyMatch(one -> !one.facts().secrets().isEmpty()) && files.stream().anyMatch(FileFindings::cleared)) {
            return Result.reading("it holds secrets that may open TLS in another file, or before them");
        }
        List<KeptSource> read = new ArrayList<>();
        try {
            Analysis analysis = Analyzer.analyze(() -> {
                read.add(new KeptSource(files, blocks.get(), added.get()));
                return read.getLast();
            }, options, () -> false);
            Map<Integer, Map<Long, Boolean>> missing = read.getLast().missing(); // what the end has shown
            return missing.isEmpty() ? new Result(analysis, FramePlaces.of(files), Map.of(), "")
                    : new Result(Result.NONE, FramePlaces.none(),
                            missing, "");
        } catch (KeptSource.MoreAsked more) {
            return new Result(Result.NONE, FramePlaces.none(), read.getLast().missing(), "");
        } catch (KeptSource.OrderAsked unordered) {
            return Result.reading("its packets are out of time order");
        }
    }

    /// The same of the files themselves, as one process reads them.
    ///
    /// @param files by name, in their order
    public static Result readWhole(SequencedMap<String, Path> files, Analyzer.Options options) throws IOException {
        FramePlaces places = FramePlaces.none();
        Analysis analysis = Analyzer.analyze(() -> places.noting(Captures.open(files)), options, () -> false);
        return new Result(analysis, places, Map.of(), "");
    }
}

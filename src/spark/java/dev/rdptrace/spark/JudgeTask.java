package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.FramePlaces;
import dev.rdptrace.KeptRecording;
import dev.rdptrace.KeptSource.Block;
import dev.rdptrace.Selection;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.cli.Version;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
import dev.rdptrace.timeline.Attempt;
import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/// Judges recordings, by what was kept of their files or by the files themselves.
///
/// @param recordings the files of each, in their order
/// @param shared flows that several of them hold
/// @param whole recordings that are judged by their files themselves
record JudgeTask(Peers peers, Format format, Broadcast<List<List<FileFindings>>> recordings, Broadcast<SharedFlows> shared,
        Set<Integer> whole, SerializableConfiguration configuration, LongAccumulator tries) implements Serializable {

    JudgeTask with(Set<Integer> readWhole) {
        return new JudgeTask(peers, format, recordings, shared, readWhole, configuration, tries);
    }

    /// @param kept blocks of some recordings, in the order of [Kept.Place]
    Iterator<Judged> byPackets(Iterator<Tuple2<Kept.Place, byte[]>> kept) {
        return new Judging(kept, List.<Tuple2<Kept.Place, byte[]>>of().iterator(), _ -> true);
    }

    /// @param added what was read of their files once more, and what other recordings have of the same connections
    /// @param again those that are to be judged
    Iterator<Judged> byPackets(Iterator<Tuple2<Kept.Place, byte[]>> kept, Iterator<Tuple2<Kept.Place, byte[]>> added, Set<Integer> again) {
        return new Judging(kept, added, again::contains);
    }

    /// Recordings one after the other, each when the tries of the one before were taken.
    private final class Judging implements Iterator<Judged> {
        private final Iterator<Tuple2<Kept.Place, byte[]>> kept;
        private final Iterator<Tuple2<Kept.Place, byte[]>> added;
        private final IntPredicate asked;
        private @Nullable Tuple2<Kept.Place, byte[]> ahead;
        private @Nullable Tuple2<Kept.Place, byte[]> more;
        private Iterator<Judged> of = List.<Judged>of().iterator();
        private @Nullable ViewSpool views; // of the recording whose tries are told

        Judging(Iterator<Tuple2<Kept.Place, byte[]>> kept, Iterator<Tuple2<Kept.Place, byte[]>> added, IntPredicate asked) {
            this.kept = kept;
            this.added = added;
            this.asked = asked;
            ahead = kept.hasNext() ? kept.next() : null;
            more = added.hasNext() ? added.next() : null;
        }

        @Override
        public boolean hasNext() {
            while (!of.hasNext() && ahead != null) {
                of = recording(ahead._1().recording());
            }
            return of.hasNext();
        }

        @Override
        public Judged next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return of.next();
        }

        private Iterator<Judged> recording(int recording) {
            List<FileFindings> files = recordings.value().get(recording);
            List<Spool> spools = new ArrayList<>();
            try (Spool spool = new Spool()) {
                if (views != null) {
                    views.close();
                }
                ViewSpool now = views(recording);
                views = now;
                while (ahead != null && ahead._1().recording() == recording) {
                    if (asked.test(recording)) {
                        spool.add(block(ahead));
                    }
                    ahead = kept.hasNext() ? kept.next() : null;
                }
                int reading = 0;
                while (more != null && more._1().recording() == recording) {
                    if (more._1().reading() == Kept.OTHER_VIEWS) {
                        now.add(more._1().file(), more._2());
                        more = added.hasNext() ? added.next() : null;
                        continue;
                    }
                    if (more._1().reading() != reading) {
                        reading = more._1().reading();
                        spools.add(new Spool());
                    }
                    spools.getLast().add(block(more));
                    more = added.hasNext() ? added.next() : null;
                }
                return asked.test(recording) ? judged(recording, KeptRecording.judge(files, spool::again, () -> spools.stream()
                        .map(Spool::again).toList(), peers.options()), now) : Collections.emptyIterator();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            } finally {
                spools.forEach(JudgeTask::close);
            }
        }

        private static Block block(Tuple2<Kept.Place, byte[]> from) {
            return new Block(from._1().file(), from._1().order(), from._2());
        }

        private Iterator<Judged> judged(int recording, KeptRecording.Result result, ViewSpool views) {
            return !result.missing().isEmpty() ? List.of(Judged.missing(recording, result.missing())).iterator()
                    : !result.whole().isEmpty() ? List.of(Judged.whole(recording, result.whole())).iterator()
                    : rows(recording, result, views);
        }
    }

    /// @param views what recordings have of the connections that it shares, group by group; empty as long as that is not known
    Iterator<Judged> whole(int recording, List<Tuple2<Kept.Place, byte[]>> views) {
        List<Closeable> copies = new ArrayList<>();
        try {
            ViewSpool spool = views(recording);
            for (Tuple2<Kept.Place, byte[]> view : views) {
                spool.add(view._1().file(), view._2());
            }
            SequencedMap<String, Path> files = new LinkedHashMap<>();
            for (FileFindings one : recordings.value().get(recording)) {
                Inputs.Near near = new Inputs.Near(one.path(), configuration.value());
                copies.add(near);
                files.put(one.path(), near.path());
            }
            return rows(recording, KeptRecording.readWhole(files, peers.options()), spool);
        } catch (IOException unreadable) {
            if (!SelectTask.isLastAttempt()) {
                throw new UncheckedIOException(unreadable);
            }
            return List.of(Judged.failed(recording, Errors.message(unreadable))).iterator();
        } finally {
            for (Closeable copy : copies) {
                close(copy);
            }
        }
    }

    /// An empty one, that goes with the task.
    private static ViewSpool views(int recording) {
        ViewSpool views = new ViewSpool(recording);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> views.close());
        return views;
    }

    static void close(Closeable copy) {
        try {
            copy.close();
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    /// Made one by one, as they are asked for: a recording may have a million tries. Of connections that other recordings hold as well
    /// it is told first what is seen of them here, and their tries when the others have told the same.
    private Iterator<Judged> rows(int recording, KeptRecording.Result result, ViewSpool views) {
        Report report = result.analysis().report(Version.number());
        RecordingFacts facts = new RecordingFacts(recordings.value());
        return IntStream.range(0, report.incidents().size()).boxed().flatMap(i -> {
            Incident incident = report.incidents().get(i);
            List<Seen> seen = seen(recording, incident, facts);
            if (views.isEmpty()) {
                return seen.isEmpty() ? Stream.of(row(recording, report, i, result.places(), facts, new OtherViews.Told(incident, List.of(
                        recording), -1))) : seen.stream().map(Judged::seen);
            }
            int stream = incident.headline().attempt().stream();
            return seen.isEmpty() ? Stream.<Judged>empty()
                    : Views.read(recording, views.of(stream), facts).judge(incident).stream()
                            .map(told -> row(recording, report, i, result.places(), facts, told));
        }).iterator();
    }

    private Judged row(int recording, Report report, int place, FramePlaces places, RecordingFacts facts, OtherViews.Told told) {
        try {
            tries.add(1);
            List<String> seenIn = told.seenIn().stream().map(facts::path).toList();
            Optional<FramePlaces> otherPlaces = told.with() < 0 || whole.contains(told.with()) ? Optional.empty()
                    : Optional.of(facts.places(told.with()));
            return Judged.row(recording, ArchivedTry.of(report, told.incident(), place, places, seenIn, otherPlaces, format));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private List<Seen> seen(int recording, Incident incident, RecordingFacts facts) {
        List<Seen> seen = new ArrayList<>(0);
        for (JudgedAttempt judged : shared.value().isEmpty() ? List.<JudgedAttempt>of() : incident.attempts()) {
            Attempt attempt = judged.attempt();
            long flow = Selection.flow(attempt.client(), attempt.server());
            if (!attempt.overUdp() && shared.value().has(recording, flow)) {
                seen.add(Seen.of(recording, flow, facts.file(recording, attempt.first().frame()),
                        facts.file(recording, attempt.last().frame()),
                        incident, judged));
            }
        }
        return seen;
    }
}

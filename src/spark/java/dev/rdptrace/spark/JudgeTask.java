package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.FramePlaces;
import dev.rdptrace.KeptRecording;
import dev.rdptrace.KeptSource.Block;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.cli.Version;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
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
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/// Judges recordings, by what was kept of their files or by the files themselves.
///
/// @param recordings the files of each, in their order
record JudgeTask(Peers peers, Format format, Broadcast<List<List<FileFindings>>> recordings, SerializableConfiguration configuration,
        LongAccumulator tries) implements Serializable {

    /// @param kept blocks of some recordings, in the order of [Kept.Place]
    Iterator<Judged> byPackets(Iterator<Tuple2<Kept.Place, byte[]>> kept) {
        return new Judging(kept, List.<Tuple2<Kept.Place, byte[]>>of().iterator(), _ -> true);
    }

    /// @param added what was read of their files once more
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
                while (ahead != null && ahead._1().recording() == recording) {
                    if (asked.test(recording)) {
                        spool.add(block(ahead));
                    }
                    ahead = kept.hasNext() ? kept.next() : null;
                }
                int reading = 0;
                while (more != null && more._1().recording() == recording) {
                    if (more._1().reading() != reading) {
                        reading = more._1().reading();
                        spools.add(new Spool());
                    }
                    spools.getLast().add(block(more));
                    more = added.hasNext() ? added.next() : null;
                }
                return asked.test(recording) ? judged(recording, KeptRecording.judge(files, spool::again, () -> spools.stream()
                        .map(Spool::again).toList(), peers.options())) : Collections.emptyIterator();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            } finally {
                spools.forEach(JudgeTask::close);
            }
        }

        private static Block block(Tuple2<Kept.Place, byte[]> from) {
            return new Block(from._1().file(), from._1().order(), from._2());
        }

        private Iterator<Judged> judged(int recording, KeptRecording.Result result) {
            return !result.missing().isEmpty() ? List.of(Judged.missing(recording, result.missing())).iterator()
                    : !result.whole().isEmpty() ? List.of(Judged.whole(recording, result.whole())).iterator()
                    : rows(recording, result);
        }
    }

    Iterator<Judged> whole(int recording) {
        List<Closeable> copies = new ArrayList<>();
        try {
            SequencedMap<String, Path> files = new LinkedHashMap<>();
            for (FileFindings one : recordings.value().get(recording)) {
                Inputs.Near near = new Inputs.Near(one.path(), configuration.value());
                copies.add(near);
                files.put(one.path(), near.path());
            }
            return rows(recording, KeptRecording.readWhole(files, peers.options()));
        } catch (IOException unreadable) {
            return List.of(Judged.failed(recording, Errors.message(unreadable))).iterator();
        } finally {
            for (Closeable copy : copies) {
                close(copy);
            }
        }
    }

    private static void close(Closeable copy) {
        try {
            copy.close();
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    /// Made one by one, as they are asked for: a recording may have a million tries.
    private Iterator<Judged> rows(int recording, KeptRecording.Result result) {
        Report report = result.analysis().report(Version.number());
        FramePlaces places = result.places();
        return IntStream.range(0, report.incidents().size()).mapToObj(i -> {
            try {
                tries.add(1);
                return Judged.row(recording, ArchivedTry.of(report, i, places, format));
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }).iterator();
    }
}

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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SequencedMap;
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
        return new Iterator<>() {
            private @Nullable Tuple2<Kept.Place, byte[]> ahead;
            private Iterator<Judged> of = List.<Judged>of().iterator();

            @Override
            public boolean hasNext() {
                while (!of.hasNext() && (ahead != null || kept.hasNext())) {
                    of = recording();
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

            private Iterator<Judged> recording() {
                Tuple2<Kept.Place, byte[]> first = ahead != null ? ahead : kept.next();
                int recording = first._1().recording();
                List<FileFindings> files = recordings.value().get(recording);
                try (Spool spool = new Spool()) {
                    ahead = first;
                    while (ahead != null && ahead._1().recording() == recording) {
                        spool.add(new Block(ahead._1().file(), ahead._1().order(), ahead._2()));
                        ahead = kept.hasNext() ? kept.next() : null;
                    }
                    KeptRecording.Result result = KeptRecording.judge(files, spool::again, peers.options());
                    return !result.missing().isEmpty() ? List.of(Judged.missing(recording, result.missing())).iterator()
                            : !result.whole().isEmpty() ? List.of(Judged.whole(recording, result.whole())).iterator()
                            : rows(recording, result);
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            }
        };
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

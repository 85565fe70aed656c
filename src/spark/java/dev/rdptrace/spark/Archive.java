package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.KeptRecording;
import dev.rdptrace.report.Format;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/// The job. Files are read by as many tasks as there are cores, and of their packets those are kept that make a difference; then each
/// recording is judged by one task. Where that shows that more is needed, the files that have it are read once more.
///
/// @param format of the line that a try gets
/// @param partitions to judge recordings in
record Archive(SparkSession spark, Peers peers, Format format, int partitions) {
    /// So often are files read for more packets before a recording is read as a whole.
    private static final int MOST_ROUNDS = 4;
    /// So much is read by one task where files are small.
    private static final long TASK_BYTES = 64L << 20;

    /// @param tries of all recordings
    /// @param files what was found in each, in the order in which they were listed
    /// @param failed recordings that could not be read, why by their first file
    /// @param reread files that were read once more for what was missing
    /// @param whole recordings that one task read, how many for which reason
    record Result(JavaRDD<ArchivedTry> tries, List<FileFindings> files, Map<String, String> failed, long reread, Map<String, Integer> whole,
            long packets, long keptBytes) {}

    private final class Counters {
        final LongAccumulator packets = spark.sparkContext().longAccumulator("packets read");
        final LongAccumulator keptBytes = spark.sparkContext().longAccumulator("bytes of packets kept");
        final LongAccumulator tries = spark.sparkContext().longAccumulator("tries judged");
    }

    Result judge(List<Inputs.Listed> listed) throws IOException {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        SerializableConfiguration configuration = new SerializableConfiguration(context.hadoopConfiguration());
        Counters counters = new Counters();
        SelectTask select = new SelectTask(peers, configuration, counters.packets, counters.keptBytes);

        JavaRDD<Kept> kept = select(context, IntStream.range(0, listed.size()).mapToObj(i -> new SelectTask.Todo(i, listed.get(i).path(), 0,
                Map.of())).toList(), listed, select).persist(StorageLevel.MEMORY_AND_DISK());
        FileFindings[] files = new FileFindings[listed.size()];
        learn(kept, files);

        List<List<Integer>> recordings = KeptRecording.recordings(List.of(files));
        Map<Integer, Kept.Place> places = new HashMap<>();
        Map<String, String> failed = new HashMap<>();
        for (int recording = 0; recording < recordings.size(); recording++) {
            List<Integer> of = recordings.get(recording);
            FileFindings first = files[of.getFirst()];
            if (!first.readable()) {
                failed.put(first.path(), first.unreadable());
                continue;
            }
            for (int i = 0; i < of.size(); i++) {
                places.put(of.get(i), new Kept.Place(recording, 0, i, 0));
            }
        }

        SharedFlows shared =
                recordings.size() < 2 ? SharedFlows.NONE : SharedFlows.of(kept, context.broadcast(new HashMap<>(places)), partitions);
        JavaPairRDD<Kept.Place, byte[]> first = sorted(context, kept, places).persist(StorageLevel.DISK_ONLY());
        JavaRDD<Kept> added = context.emptyRDD();
        JavaRDD<Judged> judged = context.emptyRDD();
        Map<Integer, Set<Long>> wanted = new HashMap<>();
        Map<String, Integer> reasons = new HashMap<>();
        List<Integer> whole = new ArrayList<>();
        Set<Integer> again = Set.of();
        JudgeTask judge = task(context, recordings, files, shared, configuration, counters);
        long reread = 0;
        for (int round = 0; round == 0 || !again.isEmpty(); round++) {
            JavaRDD<Judged> found =
                    round == 0 ? first.mapPartitions(judge::byPackets) : again(first, sorted(context, added, places), judge, again);
            judged = judged.union(found.persist(StorageLevel.MEMORY_AND_DISK()));
            again = new HashSet<>();
            List<SelectTask.Todo> more = new ArrayList<>();
            for (Judged one : found.filter(one -> one.open()).collect()) {
                if (!one.whole().isEmpty() || round == MOST_ROUNDS) {
                    whole.add(one.recording());
                    reasons.merge(one.whole().isEmpty() ? "more and more packets were needed" : one.whole(), 1, Integer::sum);
                    continue;
                }
                again.add(one.recording());
                List<Integer> of = recordings.get(one.recording());
                boolean secrets = of.stream().anyMatch(file -> !files[file].facts().secrets().isEmpty());
                for (Map.Entry<Integer, Map<Long, Boolean>> flows : one.missing().entrySet()) {
                    int file = of.get(flows.getKey());
                    Set<Long> before = wanted.computeIfAbsent(file, _ -> new HashSet<>());
                    Map<Long, Boolean> now = new HashMap<>();
                    flows.getValue().forEach((flow, bodies) -> now.put(flow, bodies || secrets || !before.add(flow)));
                    more.add(new SelectTask.Todo(file, listed.get(file).path(), round + 1, now));
                }
            }
            reread += more.size();
            if (!more.isEmpty()) {
                added = added.union(select(context, more, listed, select).persist(StorageLevel.MEMORY_AND_DISK()));
            }
        }
        judged = judged.union(whole(context, whole, judge));
        if (!shared.isEmpty()) {
            judged = judged.union(together(context, judged, first, placed(context, added, places), judge.with(Set.copyOf(whole))));
        }
        judged.filter(one -> !one.failed().isEmpty()).collect().forEach(one -> failed.put(files[recordings.get(one.recording()).getFirst()]
                .path(), one.failed()));
        JavaRDD<ArchivedTry> tries = judged.filter(one -> one.row() != null).map(Judged::row);
        return new Result(tries, List.of(files), failed, reread, reasons, counters.packets.value(), counters.keptBytes.value());
    }

    private JavaRDD<Kept> select(JavaSparkContext context, List<SelectTask.Todo> todo, List<Inputs.Listed> listed, SelectTask select) {
        long bytes = todo.stream().mapToLong(one -> listed.get(one.file()).bytes()).sum();
        int tasks = Math.clamp(Math.max(bytes / TASK_BYTES, 2L * context.defaultParallelism()), 1, todo.size());
        return context.parallelize(todo, tasks).mapPartitions(select);
    }

    private static void learn(JavaRDD<Kept> kept, FileFindings[] files) {
        kept.filter(block -> block.order() == Kept.FINDINGS).collect().forEach(found -> files[found.file()] = SelectTask.findings(found
                .bytes()));
    }

    /// Blocks in the order in which they are judged, those of a recording in one place.
    private JavaPairRDD<Kept.Place, byte[]> sorted(JavaSparkContext context, JavaRDD<Kept> kept, Map<Integer, Kept.Place> places) {
        return placed(context, kept, places).repartitionAndSortWithinPartitions(new Kept.ByRecording(partitions));
    }

    private static JavaPairRDD<Kept.Place, byte[]> placed(JavaSparkContext context, JavaRDD<Kept> kept, Map<Integer, Kept.Place> places) {
        var where = context.broadcast(new HashMap<>(places));
        return kept.filter(block -> block.ofPackets() && where.value().containsKey(block.file())).mapToPair(block -> {
            Kept.Place place = Objects.requireNonNull(where.value().get(block.file()));
            return new Tuple2<>(new Kept.Place(place.recording(), block.reading(), place.file(), block.order()), block.bytes());
        });
    }

    /// Those are judged once more that need what was added; what was kept of their files first has stayed where it was.
    private static JavaRDD<Judged> again(JavaPairRDD<Kept.Place, byte[]> first, JavaPairRDD<Kept.Place, byte[]> added, JudgeTask judge,
            Set<Integer> again) {
        HashSet<Integer> asked = new HashSet<>(again);
        return first.zipPartitions(added, (kept, more) -> judge.byPackets(kept, more, asked));
    }

    private static JavaRDD<Judged> whole(JavaSparkContext context, List<Integer> whole, JudgeTask judge) {
        return whole.isEmpty() ? context.emptyRDD()
                : context.parallelize(whole, whole.size()).flatMap(one -> judge.whole(one, List.of()))
                        .persist(StorageLevel.MEMORY_AND_DISK());
    }

    /// What several recordings hold of one connection comes together where each of them is judged once more.
    ///
    /// @param judged by each recording alone
    private JavaRDD<Judged> together(JavaSparkContext context, JavaRDD<Judged> judged, JavaPairRDD<Kept.Place, byte[]> first,
            JavaPairRDD<Kept.Place, byte[]> added, JudgeTask judge) {
        JavaRDD<Seen> seen = judged.filter(one -> one.seen() != null).map(one -> Objects.requireNonNull(one.seen()));
        List<SightTask.Todo> todo = sights(seen, judge);
        if (todo.isEmpty()) {
            return context.emptyRDD();
        }
        SightTask read = new SightTask(judge.configuration());
        var flows = judge.shared();
        JavaPairRDD<Kept.Place, byte[]> views = seen.flatMapToPair(one -> toAll(flows.value().of(one.recording(), one.flow()), 0, one))
                .union(context.parallelize(todo, todo.size()).flatMap(one -> read.read(one).iterator()).flatMapToPair(sights -> toAll(flows
                        .value().of(sights.recording(), sights.flow()), 1, sights)))
                .persist(StorageLevel.MEMORY_AND_DISK());
        Set<Integer> byPackets = new HashSet<>(todo.stream().map(SightTask.Todo::recording).toList());
        byPackets.removeAll(judge.whole());
        JavaPairRDD<Kept.Place, byte[]> all = added.union(views).repartitionAndSortWithinPartitions(new Kept.ByRecording(partitions));
        JavaRDD<Judged> whole = views.filter(one -> judge.whole().contains(one._1().recording())).groupBy(one -> one._1().recording())
                .flatMap(one -> judge.whole(one._1(), inOrder(one._2())));
        return again(first, all, judge, byPackets).union(whole).persist(StorageLevel.MEMORY_AND_DISK());
    }

    /// To each recording that holds the connection.
    ///
    /// @param order in the group of connections
    private static Iterator<Tuple2<Kept.Place, byte[]>> toAll(SharedFlows.@Nullable Shared of, int order, Object view) {
        List<Tuple2<Kept.Place, byte[]>> all = new ArrayList<>();
        for (int to : of == null ? Set.<Integer>of() : of.holders()) {
            all.add(new Tuple2<>(new Kept.Place(to, Kept.OTHER_VIEWS, of.group(), order), Serialized.written(view)));
        }
        return all.iterator();
    }

    private static List<Tuple2<Kept.Place, byte[]>> inOrder(Iterable<Tuple2<Kept.Place, byte[]>> views) {
        return StreamSupport.stream(views.spliterator(), false).sorted(Comparator.comparing(Tuple2::_1)).toList();
    }

    /// Which files are to be read for their connections.
    private static List<SightTask.Todo> sights(JavaRDD<Seen> seen, JudgeTask judge) {
        Map<Integer, TreeMap<Integer, Set<Long>>> flows = new TreeMap<>(); // by recording and file
        for (long[] one : seen.map(one -> new long[] {one.recording(), one.fromFile(), one.toFile(), one.flow()}).collect()) {
            boolean whole = judge.whole().contains((int) one[0]);
            int files = judge.recordings().value().get((int) one[0]).size(); // in the next one a late reset may be
            for (int file = whole ? 0 : (int) one[1]; file <= (whole ? 0 : Math.min(one[2] + 1, files - 1)); file++) {
                flows.computeIfAbsent((int) one[0], _ -> new TreeMap<>()).computeIfAbsent(file, _ -> new HashSet<>()).add(one[3]);
            }
        }
        List<SightTask.Todo> todo = new ArrayList<>();
        flows.forEach((recording, files) -> files.forEach((file, of) -> {
            List<String> paths = judge.recordings().value().get(recording).stream().map(FileFindings::path).toList();
            todo.add(new SightTask.Todo(recording, file, judge.whole().contains(recording) ? new ArrayList<>(paths)
                    : new ArrayList<>(paths.subList(file, file + 1)), of));
        }));
        return todo;
    }

    private JudgeTask task(JavaSparkContext context, List<List<Integer>> recordings, FileFindings[] files, SharedFlows shared,
            SerializableConfiguration configuration, Counters counters) {
        List<List<FileFindings>> of = new ArrayList<>();
        for (List<Integer> recording : recordings) {
            of.add(new ArrayList<>(recording.stream().map(file -> files[file]).toList()));
        }
        return new JudgeTask(peers, format, context.broadcast(Collections.unmodifiableList(of)), context.broadcast(shared), Set.of(),
                configuration, counters.tries);
    }
}

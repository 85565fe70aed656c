package dev.rdptrace.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.FileGroups;
import dev.rdptrace.TwoCaptures;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.cli.Version;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An archive on Spark says of every recording what one process says that reads its files in their order.
class ParityTest {
    private static final Path SAMPLES = Path.of("samples");
    private static SparkSession spark;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", false).getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /// The samples, each as a ring of so many files; those without packets enough are left out.
    private List<String> rings(int count, String only) throws IOException {
        List<String> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(SAMPLES)) {
            for (Path capture : all.filter(path -> FileGroups.isCapture(path.getFileName().toString())).sorted().toList()) {
                String name = SAMPLES.relativize(capture).getParent().toString();
                if (name.matches(only)) {
                    files.addAll(Ring.cut(capture, folder.resolve(name), capture.getFileName().toString().replace('.', '-'), count));
                }
            }
        }
        return files;
    }

    private static Archive.Result judge(List<String> files, int partitions, int seed) throws IOException {
        List<String> shuffled = new ArrayList<>(files);
        Collections.shuffle(shuffled, new Random(seed));
        return archive(partitions).judge(listed(shuffled));
    }

    private static Archive archive(int partitions) {
        return new Archive(spark, Peers.of(Analyzer.Options.NONE), Format.NDJSON, partitions);
    }

    private static List<Inputs.Listed> listed(List<String> files) {
        return files.stream().map(file -> new Inputs.Listed(file, file.length())).toList();
    }

    private static Map<String, List<String>> alone(List<String> files) throws IOException {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (List<String> recording : FileGroups.recordings(files)) {
            Analysis analysis = Analyzer.analyze(() -> Captures.open(recording, InputStream.nullInputStream()), Analyzer.Options.NONE,
                    () -> false);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Format.NDJSON.write(analysis.report("test"), Style.PLAIN, Disguise.NONE, out);
            if (out.size() > 0) {
                lines.put(recording.getFirst(), out.toString(StandardCharsets.UTF_8).lines().toList());
            }
        }
        return lines;
    }

    /// What was said of each recording, as one process says it: without the places of the proofs in the files.
    private static Map<String, List<String>> told(List<ArchivedTry> tries) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        tries.stream().sorted((a, b) -> a.place() - b.place()).forEach(one -> lines.computeIfAbsent(one.recording(), _ -> new ArrayList<>())
                .add(one.line().replaceFirst(",\"proofs\":\\[[^]]*]}$", "}")));
        return lines;
    }

    private void same(int count, int partitions, String only) throws IOException {
        List<String> files = rings(count, only);
        Map<String, List<String>> expected = alone(files);
        assertThat(expected).isNotEmpty();
        assertThat(told(judge(files, partitions, count).tries().collect())).containsExactlyInAnyOrderEntriesOf(expected);
    }

    private static final String ONE_END = "(?!.*-(server|client)-side$).*";

    @Test
    void everySampleAsARingOfThreeFiles() throws IOException {
        same(3, 2, ONE_END);
    }

    @Test
    void samplesInOneFileInOnePartition() throws IOException {
        same(1, 1, ONE_END);
    }

    @Test
    void connectionsOverEightFilesInSevenPartitions() throws IOException {
        same(8, 7, "(?!.*-server-side$)(success|rdg|pmtu|logon|tcp|udp).*");
    }

    /// A connection to port 443 that was seen to be a gateway's goes on in files where nothing tells that it is one.
    @Test
    void filesAreReadOnceMoreForWhatWentOnInThem() throws IOException {
        List<String> files = rings(3, "rdg.*");
        Archive.Result result = judge(files, 2, 1);
        assertThat(result.reread()).isPositive();
        assertThat(result.whole()).isEmpty();
        assertThat(told(result.tries().collect())).containsExactlyInAnyOrderEntriesOf(alone(files));
    }

    /// Two captures of one connection say together what neither says alone, and it is told once.
    @ParameterizedTest
    @CsvSource({"forged-reset,forged-reset-server-side", "pmtu-black-hole,pmtu-black-hole-server-side",
            "synack-lost,synack-lost-client-side"})
    void aTryInTwoRecordingsIsToldOnceAndAsBothSawIt(String here, String there) throws IOException {
        for (int count : new int[] {1, 3}) {
            List<String> files = rings(count, here + "|" + there + "|nla-required|success-ipv6");
            List<List<String>> pair = FileGroups.recordings(files).stream().filter(recording -> recording.getFirst().contains("/" + here))
                    .toList();
            Incident one = compared(pair.get(0), pair.get(1));
            Incident other = compared(pair.get(1), pair.get(0));
            List<ArchivedTry> tries = archive(2).judge(listed(files)).tries().collect();
            assertThat(tries).hasSize(3);
            ArchivedTry told = tries.stream().filter(row -> row.seenIn().length == 2).findFirst().orElseThrow();
            assertThat(told.seenIn()).containsExactly(pair.get(0).getFirst(), pair.get(1).getFirst());
            Incident expected = told.recording().equals(pair.get(0).getFirst()) ? one : other;
            assertThat(told.says()).isEqualTo(Identity.shown(expected.verdict().says()));
            assertThat(told.cause()).isEqualTo(expected.verdict().id());
            assertThat(told.line()).contains("\"confidence\":\"" + Confidence.SEEN);
            expected.compared().orElseThrow().points().forEach(point -> assertThat(told.line()).contains(Identity.shown(point.says())));
            assertThat(told.files()).isSubsetOf(Stream.concat(pair.get(0).stream(), pair.get(1).stream()).toList());
        }
    }

    @Test
    void aLongSessionInTwoRecordingsIsComparedToItsEnd() throws IOException {
        Path sample = SAMPLES.resolve("success-lossy-path/capture.pcapng");
        List<String> files = new ArrayList<>(Ring.cut(sample, folder.resolve("here"), "one", 1));
        files.addAll(Ring.cut(sample, folder.resolve("there"), "other", 1));
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        Format.NDJSON.write(compare(files.subList(0, 1), files.subList(1, 2)).report(Version.number()), Style.PLAIN, Disguise.NONE,
                expected);
        assertThat(told(archive(2).judge(listed(files)).tries().collect())).containsExactly(Map.entry(files.getFirst(), List.of(expected
                .toString(StandardCharsets.UTF_8).strip())));
    }

    private static Incident compared(List<String> here, List<String> there) throws IOException {
        return compare(here, there).incidents().getFirst();
    }

    private static Analysis compare(List<String> here, List<String> there) throws IOException {
        Analyzer.Opening opening = () -> Captures.open(here, InputStream.nullInputStream());
        return TwoCaptures.compare(Analyzer.analyze(opening, Analyzer.Options.NONE, () -> false), opening, () -> Captures.open(there,
                InputStream.nullInputStream()), there.getFirst(), Analyzer.Options.NONE, () -> false);
    }

    @Test
    void proofsAreCountedInTheFileThatHoldsThem() throws IOException {
        List<String> files = rings(2, "nla-required");
        ArchivedTry one = judge(files, 1, 1).tries().collect().getFirst();
        long before;
        try (PacketSource source = Captures.open(files.subList(0, 1), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                // to its end
            }
            before = source.facts().files().getFirst().packets();
        }
        assertThat(one.frames()).hasSize(2);
        assertThat(one.line()).contains("\"frames\":[6,8]");
        for (int i = 0; i < 2; i++) {
            long over = i == 0 ? 6 : 8;
            assertThat(one.files()[i]).isEqualTo(files.get(over > before ? 1 : 0));
            assertThat(one.frames()[i]).isEqualTo(over > before ? over - before : over);
        }
    }

    @Test
    void aFileThatIsNoCaptureIsARowOfTheErrorsAndTheOthersAreJudged() throws IOException {
        List<String> files = rings(1, "(nla-required|success-nla-tls12)");
        Path broken = Files.writeString(folder.resolve("broken.pcap"), "this is no capture at all");
        Path cut = folder.resolve("cut.pcapng");
        byte[] whole = Files.readAllBytes(Path.of(files.getFirst()));
        Files.write(cut, Arrays.copyOf(whole, whole.length - 10));
        List<String> all = Stream.concat(files.stream(), Stream.of(broken.toString(), cut.toString())).toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Archive.Result result = judge(all, 2, 1);
        assertThat(result.failed()).containsOnlyKeys(broken.toString());
        List<ArchivedTry> tries = result.tries().collect();
        assertThat(tries).hasSize(2);
        assertThat(tries.stream().flatMap(one -> Stream.of(one.seenIn()))).containsExactlyInAnyOrder(files.get(0), files.get(1), cut
                .toString()); // which is a copy of the first
        assertThat(ArchiveCommand.run(archive(2), listed(all), ArchiveCommand.Output.PARQUET, folder.resolve("out").toString(),
                new PrintStream(out, true, StandardCharsets.UTF_8))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("not read: " + broken, "not read to its end: " + cut,
                "; 1 seen in more than one recording",
                "Not established, by cause:", "x224-neg-failure-5-nla-required");
        assertThat(spark.read().parquet(folder.resolve("out/tries").toString()).select("cause", "proofs.frame").collectAsList())
                .hasSize(2);
        assertThat(spark.read().json(folder.resolve("out/errors").toString()).count()).isEqualTo(2);
    }

    /// What a cluster does all the time: a task is ended and begins again elsewhere.
    @Test
    void tasksThatAreKilledChangeNothing() throws IOException {
        List<String> files = rings(3, "(rdg|success).*");
        AtomicInteger killed = new AtomicInteger();
        SparkListener killer = new SparkListener() {
            @Override
            public void onTaskStart(SparkListenerTaskStart start) {
                if (start.taskInfo().attemptNumber() == 0 && start.taskInfo().index() == 0) {
                    killed.incrementAndGet();
                    spark.sparkContext().killTaskAttempt(start.taskInfo().taskId(), true, "a test");
                }
            }
        };
        spark.sparkContext().addSparkListener(killer);
        try {
            assertThat(told(judge(files, 3, 1).tries().collect())).containsExactlyInAnyOrderEntriesOf(alone(files));
        } finally {
            spark.sparkContext().removeSparkListener(killer);
        }
        assertThat(killed.get()).isPositive();
    }
}

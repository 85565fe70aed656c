package dev.rdptrace.spill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.testkit.AnyRecord;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SpillFileTest {
    @Test
    void everyIncidentOfTheSamplesComesBackAsItWas() throws Exception {
        SpillFile spill = SpillFile.open();
        List<Incident> before = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        for (Path sample : samples()) {
            for (Incident incident : incidents(sample)) {
                Map<Attempt, Long> attempts = new IdentityHashMap<>();
                for (JudgedAttempt diagnosis : incident.attempts()) {
                    attempts.put(diagnosis.attempt(), spill.put(diagnosis.attempt()));
                }
                before.add(incident);
                places.add(spill.put(incident, attempts::get));
            }
        }
        assertThat(before).hasSizeGreaterThan(20);
        SpillFile.Reader attempts = spill.reader();
        SpillFile.Reader incidents = spill.reader();
        for (int i = before.size() - 1; i >= 0; i--) {
            Incident after = incidents.incident(places.get(i), attempts::attempt);
            assertThat(json(after)).isEqualTo(json(before.get(i)));
            assertThat(after).usingRecursiveComparison().isEqualTo(before.get(i));
            assertThat(after.attempts().stream().anyMatch(one -> one == after.headline())).isTrue();
        }
    }

    /// What no sample shows as well.
    @Test
    void anyIncidentComesBackAsItWas() throws Exception {
        SpillFile spill = SpillFile.open();
        SpillFile.Reader attemptsAgain = spill.reader();
        SpillFile.Reader incidents = spill.reader();
        for (int seed = 0; seed < 300; seed++) {
            AnyRecord any = new AnyRecord(seed);
            List<JudgedAttempt> diagnoses = List.of(any.of(JudgedAttempt.class), any.of(JudgedAttempt.class));
            Incident one = any.of(Incident.class);
            Incident before =
                    new Incident(one.client(), one.server(), one.verdict(), diagnoses.get(seed % 2), one.alternatives(), one.excluded(),
                            one.warnings(), one.nextLook(), one.fixes(), one.clientCodes(), diagnoses, one.overUdp(), one.compared());
            Map<Attempt, Long> attempts = new IdentityHashMap<>();
            for (JudgedAttempt diagnosis : diagnoses) {
                attempts.put(diagnosis.attempt(), spill.put(diagnosis.attempt()));
            }
            Incident after = incidents.incident(spill.put(before, attempts::get), attemptsAgain::attempt);
            assertThat(after).as("seed " + seed).usingRecursiveComparison().isEqualTo(before);
        }
    }

    @Test
    void anAttemptIsFarSmallerThanItWas() throws Exception {
        Tables tables = new Tables();
        Packer packer = new Packer(tables, 1 << 20);
        int attempts = 0;
        for (Path sample : samples()) {
            for (Incident incident : incidents(sample)) {
                for (JudgedAttempt diagnosis : incident.attempts()) {
                    packer.attempt(diagnosis.attempt());
                    attempts++;
                }
            }
        }
        assertThat(packer.length / attempts).isLessThan(6_000);
    }

    @Test
    void packsAnything() {
        StringBuilder unknown = new StringBuilder("no record");
        List<Object> all =
                List.of(unknown, "grüße", "文字", "x".repeat(1000), "ß".repeat(300), "字".repeat(300), -1, Integer.MIN_VALUE, Long.MIN_VALUE,
                        Long.MAX_VALUE, 0.5, 'x', true, Map.of("a", List.of()), Set.of(1), Thread.State.NEW);
        Tables tables = new Tables();
        Packer packer = new Packer(tables, 1);
        packer.value(all);
        packer.value(new byte[] {1, 2});
        packer.value(new int[] {-3, 4});
        packer.value(null);
        Unpacker unpacker = new Unpacker(tables).over(Arrays.copyOf(packer.bytes, packer.length), 0);
        assertThat(unpacker.value()).isEqualTo(all);
        assertThat(unpacker.value()).isEqualTo(new byte[] {1, 2});
        assertThat(unpacker.value()).isEqualTo(new int[] {-3, 4});
        assertThat(unpacker.value()).isNull();
    }

    /// Whatever facts are added, and nobody writes a line for them here.
    @Test
    void anyRecordOfTheTimelineComesBackAsItWas() throws Exception {
        List<Class<? extends Record>> types = records(Attempt.class.getPackageName());
        assertThat(types).hasSizeGreaterThan(20);
        for (Class<? extends Record> type : types) {
            assertThat(Shape.fits(type)).as(type + " is not held in memory").isTrue();
            for (int seed = 0; seed < 20; seed++) {
                Record before = new AnyRecord(seed).of(type);
                assertThat(again(before)).as(type + ", seed " + seed).isInstanceOf(type).usingRecursiveComparison().isEqualTo(before);
            }
        }
    }

    public record Tree(String name, Thread.State state, Tree left, List<Tree> more) {
        public static final Tree EMPTY = new Tree("", Thread.State.NEW, null, List.of());
    }

    public record Numbers(int a, long b, double c, char d, boolean e, Integer f, Long g, byte[] h, int[] i, Moment j, Object k) {}

    record Hidden(int number) {}

    public record OfHidden(Hidden hidden, short number) {}

    @Test
    void packsRecordsThatItHasNeverSeen() {
        Tree tree = new Tree(null, null, Tree.EMPTY, List.of(new Tree("leaf", Thread.State.BLOCKED, null, List.of()), Tree.EMPTY));
        assertThat(again(tree)).isEqualTo(tree).isNotSameAs(tree);
        assertThat(((Tree) again(tree)).left()).isSameAs(Tree.EMPTY);
        Numbers numbers =
                new Numbers(-1, Long.MIN_VALUE, 0.1, '\uffff', true, 7, -8L, new byte[] {-1}, new int[] {1 << 30}, Moment.NEVER, tree);
        assertThat(again(numbers)).usingRecursiveComparison().isEqualTo(numbers);
    }

    @Test
    void keepsRecordsThatItMayNotTakeApart() {
        assertThat(again(new Hidden(1))).isEqualTo(new Hidden(1));
        OfHidden one = new OfHidden(new Hidden(2), (short) 3);
        assertThat(again(one)).isEqualTo(one);
    }

    private static Object again(Object before) {
        Tables tables = new Tables();
        Packer packer = new Packer(tables, 1);
        packer.value(before);
        return new Unpacker(tables).over(packer.bytes, 0).value();
    }

    /// The public records of a package that have no attempt in them, which is only named by its place.
    private static List<Class<? extends Record>> records(String name) throws Exception {
        Path classes = Path.of(Attempt.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<? extends Record>> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(classes.resolve(name.replace('.', '/')))) {
            for (String file : files.map(path -> path.getFileName().toString()).filter(file -> file.endsWith(".class")).sorted().toList()) {
                Class<?> type = Class.forName(name + "." + file.replace(".class", ""));
                if (type.isRecord() && Modifier.isPublic(type.getModifiers()) && type != Attempt.class) {
                    all.add(type.asSubclass(Record.class));
                }
            }
        }
        return all;
    }

    @Test
    void tablesThatAreFullLoseNothing() {
        Tables tables = new Tables();
        Packer packer = new Packer(tables, 1);
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            all.add("text " + i);
            all.add(Set.of(i));
        }
        packer.value(all);
        assertThat(new Unpacker(tables).over(packer.bytes, 0).value()).isEqualTo(all);
    }

    private static List<Path> samples() throws Exception {
        try (Stream<Path> samples = Files.walk(Path.of("samples"))) {
            return samples.filter(path -> path.toString().endsWith(".pcapng")).sorted().toList();
        }
    }

    private static List<Incident> incidents(Path sample) throws Exception {
        try (PacketSource source = Captures.open(List.of(sample.toString()), InputStream.nullInputStream())) {
            return Analyzer.analyze(source, Analyzer.Options.NONE, () -> false).incidents();
        }
    }

    private static String json(Incident incident) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.writeLines(new Report("", new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of()), List.of(), Map.of(),
                List.of(incident)), out);
        return out.toString(StandardCharsets.UTF_8);
    }
}

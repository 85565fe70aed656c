package dev.rdptrace.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.report.EventText;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Thorough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// No bytes break anything: what once did, and seeded changes of what the samples hold.
class TotalityTest {
    private static final Path CRASHES = Path.of("src/test/resources/crashes");
    private static final int TRIES = Integer.getInteger("rdptrace.tries", 3000);

    @TestFactory
    Stream<DynamicTest> whatOnceBrokeIt() throws IOException {
        if (!Files.isDirectory(CRASHES)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(CRASHES)) {
            return files.sorted().toList().stream().map(file -> DynamicTest.dynamicTest(file.getFileName().toString(),
                    () -> EveryDecoder.fuzzerTestOneInput(Files.readAllBytes(file))));
        }
    }

    /// What fuzzing found to lead further; of files, frames and conversations one in so many, unless it is to be thorough.
    @Test
    void whatFuzzingKept() {
        Map<Integer, Integer> taken = new HashMap<>();
        for (byte[] input : Corpus.kept()) {
            int target = (input[0] & 0xff) % EveryDecoder.TARGETS.size();
            boolean whole = EveryDecoder.decoders().noneMatch(decoder -> decoder == target);
            if (taken.merge(target, 1, Integer::sum) % Thorough.oneIn(whole ? 10 : 1) == 0) {
                check(target, Arrays.copyOfRange(input, 1, input.length));
            }
        }
        assertThat(taken).as("targets").hasSizeGreaterThan(EveryDecoder.TARGETS.size() * 8 / 10);
        assertThat(Corpus.FILE.toFile().length()).isLessThanOrEqualTo(Corpus.LIMIT);
    }

    @TestFactory
    Stream<DynamicTest> changedMessages() {
        List<byte[]> seeds = Seeds.messages();
        return EveryDecoder.decoders().mapToObj(target -> DynamicTest.dynamicTest(EveryDecoder.TARGETS.get(target).name(), () -> {
            SplittableRandom random = new SplittableRandom(target);
            Mutations mutations = new Mutations(target);
            for (int i = 0; i < TRIES; i++) {
                byte[] seed = seeds.get(random.nextInt(seeds.size()));
                check(target, i % 8 == 0 ? seed : mutations.of(seed));
            }
        }));
    }

    @Test
    void changedFilesFramesAndConversations() {
        List<byte[]> seeds = Seeds.wholes();
        SplittableRandom random = new SplittableRandom(7);
        Mutations mutations = new Mutations(7);
        for (int i = 0; i < TRIES; i++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            byte[] changed = mutations.of(Arrays.copyOfRange(seed, 1, seed.length));
            check(seed[0], changed);
        }
    }

    /// What is changed must have meant something before: a seed reaches the target it was made for.
    @Test
    void unchangedFilesFramesAndConversationsAreUnderstood() {
        Map<EveryDecoder.Named, Integer> understood = new HashMap<>();
        for (byte[] seed : Seeds.wholes()) {
            Object answer = EveryDecoder.take(seed[0], Arrays.copyOfRange(seed, 1, seed.length));
            boolean read = answer instanceof Analysis frame ? frame.verdicts()[Verdict.TCP.ordinal()] > 0
                    : answer instanceof List<?> incidents && !incidents.isEmpty();
            understood.merge(EveryDecoder.TARGETS.get(seed[0]), read ? 1 : 0, Integer::sum);
        }
        assertThat(understood).hasSize(4);
        assertThat(understood.get(EveryDecoder.FILE)).isGreaterThan(Samples.names().size() * 9 / 10);
        assertThat(understood.get(EveryDecoder.DIALOGUE)).isGreaterThan(Samples.names().size() * 9 / 10);
        assertThat(understood.get(EveryDecoder.FRAME)).isGreaterThan(Samples.names().size() * 9);
    }

    /// The seals that the target puts around what was changed open again, and what stands inside is read as what it is.
    @Test
    void whatIsSaidBehindTlsIsRead() {
        Set<String> verdicts = new TreeSet<>();
        for (byte[] seed : BehindTls.seeds()) {
            Incident incident = BehindTls.analyze(seed).incidents().getFirst();
            assertThat(incident.attempts().stream().flatMap(attempt -> attempt.attempt().events().stream()).map(EventText::says))
                    .noneMatch(says -> says.contains("does not open"));
            verdicts.add(incident.verdict().id());
        }
        assertThat(verdicts).contains("credssp-account-state", "rdg-target-unreachable", "x224-neg-failure-5-nla-required");
    }

    /// A block of a capture file said twice, left out or cut.
    @Test
    void changedBlocks() throws IOException {
        SplittableRandom random = new SplittableRandom(9);
        for (String name : Samples.names()) {
            byte[] file = Files.readAllBytes(Samples.file(name));
            for (int i = 0; i < 10; i++) {
                int from = random.nextInt(file.length) & ~3;
                int to = Math.clamp(from + random.nextInt(-400, 400) & ~3, 0, file.length);
                byte[] changed = Arrays.copyOf(file, from + file.length - to);
                System.arraycopy(file, to, changed, from, file.length - to);
                check(EveryDecoder.number(EveryDecoder.FILE), changed);
            }
        }
    }

    private static void check(int target, byte[] bytes) {
        assertThatCode(() -> EveryDecoder.take(target, bytes)).as(() -> EveryDecoder.TARGETS.get(target).name() + ": "
                + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 3000))).doesNotThrowAnyException();
    }
}

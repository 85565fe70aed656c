package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Lab;
import dev.rdptrace.testkit.Humility;
import dev.rdptrace.testkit.Humility.Cut;
import dev.rdptrace.testkit.Humility.Violation;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// A capture that holds less may be understood less, never otherwise.
class HumilityTest {
    /// What was said last follows from what was seen until then, and is no more than that: the router's complaint, the
    /// second reset, the client's request or the certificate's dates are not in the poorer capture, or an earlier try
    /// had failed when it ended.
    private static final Set<String> JUSTIFIED = Set.of(
            "END scan-neg-probe > x224-client-close-before-cc",
            "END session-ended-by-client > credssp-auth-rejected-errorcode",
            "END session-ended-by-client > credssp-pubkey-mismatch",
            "END session-ended-by-client > x224-neg-failure-2-ssl-not-allowed",
            "END tcp-rst-both-sides > tcp-rst-by-middlebox-midflow",
            "END tcp-rst-both-sides > tls-sni-or-policy-reset",
            "END tcp-syn-icmp-unreachable > tcp-syn-no-response",
            "END wrong-protocol-server > non-rdp-traffic-3389",
            "SIDE tcp-syn-icmp-unreachable > tcp-syn-no-response",
            "SIDE tcp-synack-lost > tcp-syn-no-response",
            "SIDE wrong-protocol-server > non-rdp-traffic-3389",
            "SNAP tls-cert-expired > tls-client-rejects-cert",
            "SNAP tls-cert-not-yet-valid > tls-client-rejects-cert",
            "START wrong-protocol-server > non-rdp-traffic-3389");

    @TestFactory
    Stream<DynamicTest> cutAtEverySnapLength() {
        return samples((name, tape, whole, found) -> {
            for (int length = 14; length < longest(tape); length += length < 140 ? 1 : length < 700 ? 9 : 40) {
                found.addAll(Humility.violations(name, Cut.SNAP, length, whole, tape.cut(length).analyze()));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> startedAtEveryFrame() {
        return samples((name, tape, whole, found) -> {
            for (int from = 1; from < tape.size(); from++) {
                found.addAll(Humility.violations(name, Cut.START, from + 1, whole, tape.part(from, tape.size()).analyze()));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> endedAtEveryFrame() {
        return samples((name, tape, whole, found) -> {
            for (int to = 1; to < tape.size(); to++) {
                found.addAll(Humility.violations(name, Cut.END, to, whole, tape.part(0, to).analyze()));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> oneDirectionOnly() {
        return samples((name, tape, whole, found) -> {
            for (int side = 0; side < 2; side++) {
                int wanted = side;
                Tape half = new Tape(tape.shots().stream().filter(shot -> (toServer(shot.bytes()) ? 0 : 1) == wanted).toList());
                found.addAll(Humility.violations(name, Cut.SIDE, side, whole, half.analyze()));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> warnsOfNothingThatTheWholeDoesNotShow() {
        return Stream.concat(Samples.names().stream().map(name -> Map.entry(name, Samples.tape(name))),
                Lab.files("lab", "public/rdp").stream()
                        .map(path -> Map.entry(path.getParent().getFileName() + "/" + path.getFileName(), Tape.read(path))))
                .filter(one -> one.getValue().size() > 1 && one.getValue().size() < 3000)
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    Tape tape = one.getValue();
                    Analysis whole = tape.analyze();
                    Map<String, Set<Integer>> found = new TreeMap<>();
                    SplittableRandom random = new SplittableRandom(one.getKey().hashCode());
                    for (int i = 0; i < Integer.getInteger("rdptrace.cuts", 8); i++) {
                        int length = i % 2 == 0 ? random.nextInt(40, 140) : random.nextInt(140, 1500);
                        int from = random.nextInt(1, Math.min(tape.size(), i % 2 == 0 ? 20 : tape.size()));
                        int to = random.nextInt(1, tape.size());
                        Humility.invented(whole, tape.cut(length).analyze())
                                .forEach(id -> found.computeIfAbsent("SNAP " + id, _ -> new TreeSet<>()).add(length));
                        Humility.invented(whole, tape.part(from, tape.size()).analyze())
                                .forEach(id -> found.computeIfAbsent("START " + id, _ -> new TreeSet<>()).add(from + 1));
                        Humility.invented(whole, tape.part(0, to).analyze())
                                .forEach(id -> found.computeIfAbsent("END " + id, _ -> new TreeSet<>()).add(to));
                    }
                    found.keySet().removeIf(id -> id.endsWith(" tcp-high-loss")); // a rate; it may be high in a part of the time
                    assertThat(found).isEmpty();
                }));
    }

    /// No cut of a capture beside the project misleads; fewer cuts, at random.
    @TestFactory
    Stream<DynamicTest> recordingsOfTheLaboratory() {
        int cuts = Integer.getInteger("rdptrace.cuts", 8);
        return Lab.files("lab", "public/rdp").stream().map(path -> DynamicTest.dynamicTest(path.toString(), () -> {
            List<Violation> found = new ArrayList<>();
            Tape tape = Tape.read(path);
            if (tape.size() > 3000) {
                return;
            }
            String name = path.getParent().getFileName() + "/" + path.getFileName();
            Analysis whole = tape.analyze();
            SplittableRandom random = new SplittableRandom(path.getFileName().toString().hashCode());
            for (int i = 0; i < cuts && tape.size() > 1; i++) {
                int length = i % 2 == 0 ? random.nextInt(40, 140) : random.nextInt(140, 1500);
                found.addAll(Humility.violations(name, Cut.SNAP, length, whole, tape.cut(length).analyze()));
                int from = random.nextInt(1, Math.min(tape.size(), i % 2 == 0 ? 20 : tape.size()));
                found.addAll(Humility.violations(name, Cut.START, from + 1, whole, tape.part(from, tape.size()).analyze()));
                int to = random.nextInt(1, tape.size());
                found.addAll(Humility.violations(name, Cut.END, to, whole, tape.part(0, to).analyze()));
            }
            for (int side = 0; side < 2; side++) {
                int wanted = side;
                Tape half = new Tape(tape.shots().stream().filter(shot -> (toServer(shot.bytes()) ? 0 : 1) == wanted).toList());
                found.addAll(Humility.violations(name, Cut.SIDE, side, whole, half.analyze()));
            }
            found.removeIf(one -> !one.misleading());
            assertThat(summary(found)).isEmpty();
        }));
    }

    private static boolean toServer(byte[] frame) {
        int at = frame.length > 20 && frame[12] == (byte) 0x86 ? 56 : 36;
        return frame.length > at + 1 && ((frame[at] & 0xff) << 8 | frame[at + 1] & 0xff) == 3389;
    }

    private static int longest(Tape tape) {
        return tape.shots().stream().mapToInt(shot -> shot.bytes().length).max().orElse(0);
    }

    private interface Poorer {
        void collect(String name, Tape tape, Analysis whole, List<Violation> found);
    }

    private static Stream<DynamicTest> samples(Poorer poorer) {
        return Samples.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            List<Violation> found = new ArrayList<>();
            Tape tape = Samples.tape(name);
            poorer.collect(name, tape, tape.analyze(), found);
            assertThat(summary(found)).isEmpty();
        }));
    }

    /// One line for all cuts that gave the same wrong answer.
    private static List<String> summary(List<Violation> found) {
        Map<String, Set<Integer>> cuts = new TreeMap<>();
        for (Violation one : found) {
            String known = one.cut() + " " + one.whole().id() + " > " + one.poorer().id();
            if (JUSTIFIED.contains(known)) {
                continue;
            }
            cuts.computeIfAbsent("%s %s %s: whole: %s; poorer: %s".formatted(one.sample(), one.cut(), one.connection(), one.whole(),
                    one.poorer()), _ -> new TreeSet<>()).add(one.at());
        }
        return cuts.entrySet().stream().map(entry -> entry.getKey() + " at " + ranges(entry.getValue())).toList();
    }

    private static String ranges(Set<Integer> at) {
        return at.size() > 12 ? at.stream().limit(12).map(String::valueOf).toList() + " and " + (at.size() - 12) + " more" : at.toString();
    }
}

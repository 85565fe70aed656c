package dev.rdptrace.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.rdptrace.Analysis;
import dev.rdptrace.diagnosis.DialoguesShown;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.Tries;
import dev.rdptrace.sim.Played;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/// Plants one mistake after the other into `dev.rdptrace.diagnosis` and looks which change an answer, and which of these a test
/// notices. A mistake that changes nothing of what the samples, the dialogues, 3,000 simulated connections and the captures beside the
/// project say is not counted: it may be no mistake.
///
/// `Mutants CLASSES EVERY [FIRST]`: of the classes whose name matches, each EVERY-th mistake. `scripts/mutants` starts it.
final class Mutants {
    /// Tests of the judge that take a second or less; the dialogues of `VerdictsTest` and the samples are looked at before.
    private static final List<String> TESTS = List.of("AcceptanceStoriesTest", "OthersTrafficTest", "TwoCapturesTest",
            "diagnosis.AdvisedChecksTest",
            "diagnosis.CauseTest", "diagnosis.CodeCheckTest", "diagnosis.CompanyTest", "diagnosis.ConsoleTest", "diagnosis.EndsTest",
            "diagnosis.GivingUpTest", "diagnosis.HalfSaidTest", "diagnosis.LogonBySizeTest", "diagnosis.OtherUsersTest",
            "diagnosis.OverUdpTest", "diagnosis.RankingTest", "diagnosis.ResetSendersTest", "diagnosis.SegmentSizeTest",
            "diagnosis.SeldomVerdictsTest", "diagnosis.ServerConnectionsTest", "diagnosis.UdpAloneTest",
            "diagnosis.UsersAndScannersTest", "session.OpenedDialoguesTest", "LabelledCapturesTest", "HumilityTest");
    private static final int SEEDS = 3000;

    private static Instrumentation instrumentation;

    private Mutants() {}

    /// As the agent that may exchange classes.
    public static void premain(String arguments, Instrumentation given) {
        instrumentation = given;
    }

    /// What is judged again and again: the attempts of one capture, read once.
    private record Read(List<Attempt> attempts, Companions companions, long endNanos) {
        static Read of(Analysis analysis) {
            List<Attempt> attempts = analysis.incidents().stream().flatMap(incident -> incident.attempts().stream())
                    .map(JudgedAttempt::attempt).sorted(Comparator.comparingLong(attempt -> attempt.last().nanos())).toList();
            return new Read(attempts, analysis.companions(), attempts.stream().mapToLong(a -> a.last().nanos()).max().orElse(0));
        }

        String judged() {
            Surroundings surroundings = new Surroundings();
            attempts.forEach(surroundings::note);
            surroundings.now(endNanos);
            surroundings.recordingsEnd(new long[] {endNanos});
            surroundings.companions(companions);
            StringBuilder all = new StringBuilder();
            try {
                for (Incident incident : Incidents.judge(Tries.of(attempts), surroundings)) {
                    all.append(incident.verdict()).append(incident.attempts().stream().map(j -> j.verdict() + " " + j.warnings()).toList())
                            .append('\n');
                }
            } catch (RuntimeException mistake) {
                return mistake.toString();
            }
            return all.toString();
        }
    }

    private static boolean differs(List<Read> captures, List<String> before) {
        for (int i = 0; i < captures.size(); i++) {
            if (!captures.get(i).judged().equals(before.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static Stream<Read> beside() {
        Path folder = Path.of("../shared/captures");
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(path -> path.toString().matches(".*/(lab|lab2|kinds)/.*\\.(pcap|pcapng)")).sorted().toList().stream()
                    .flatMap(path -> {
                        try {
                            return Stream.of(Read.of(Samples.analysis(path)));
                        } catch (UncheckedIOException unreadable) {
                            return Stream.empty();
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean testsFail(List<Class<?>> tests) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(tests.stream().map(test -> selectClass(test)).toList()).build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(request, summary);
        return summary.getSummary().getTotalFailureCount() > 0;
    }

    private enum Fate {
        NO_DIFFERENCE, KILLED, SURVIVED
    }

    /// @param arguments see above
    public static void main(String[] arguments) throws Exception {
        List<Read> asserted = Stream.concat(DialoguesShown.tapes().stream().map(Tape::analyze), Samples.names().stream().map(Samples::file)
                .map(Samples::analysis)).map(Read::of).toList();
        List<Read> others = Stream.concat(Played.seeds(SEEDS).map(Read::of), beside()).toList();
        List<String> saidOfAsserted = asserted.stream().map(Read::judged).toList();
        List<String> saidOfOthers = others.stream().map(Read::judged).toList();
        List<Class<?>> tests = new ArrayList<>();
        for (String name : TESTS) {
            try {
                tests.add(Class.forName("dev.rdptrace." + name));
            } catch (ClassNotFoundException gone) {
                System.out.println("no " + name);
            }
        }
        System.out.println(asserted.size() + " captures whose verdicts are asserted, " + others.size() + " others, " + tests.size()
                + " tests; without a mistake " + (testsFail(tests) ? "THEY FAIL" : "they pass"));
        int every = Integer.parseInt(arguments[1]);
        int count = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
        Map<String, int[]> table = new TreeMap<>();
        ExecutorService judge = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
        for (Class<?> type : instrumentation.getAllLoadedClasses()) {
            if (!ofTheJudge(type) || !type.getName().matches(arguments[0])) {
                continue;
            }
            byte[] bytes = bytes(type);
            for (Mutation mutation : bytes == null ? List.<Mutation>of() : Mutation.of(bytes)) {
                if (count++ % every != 0) {
                    continue;
                }
                instrumentation.redefineClasses(new ClassDefinition(type, mutation.in(bytes)));
                Future<Fate> fate = judge.submit(() -> differs(asserted, saidOfAsserted) ? Fate.KILLED
                        : !differs(others, saidOfOthers) ? Fate.NO_DIFFERENCE : testsFail(tests) ? Fate.KILLED : Fate.SURVIVED);
                Fate became = fate(fate);
                instrumentation.redefineClasses(new ClassDefinition(type, bytes));
                if (became == null) {
                    judge.shutdownNow();
                    judge = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
                    became = Fate.KILLED; // it runs for ever, which nobody overlooks
                }
                table.computeIfAbsent(type.getSimpleName(), _ -> new int[3])[became.ordinal()]++;
                if (became == Fate.SURVIVED) {
                    System.out.println("survived: " + type.getSimpleName() + "." + mutation.method() + ":" + mutation.line() + " "
                            + mutation.what());
                }
            }
        }
        int[] all = new int[3];
        table.forEach((name, counts) -> {
            System.out.printf("%-24s %4d killed, %4d survived, %4d without a difference%n", name, counts[1], counts[2], counts[0]);
            for (int i = 0; i < 3; i++) {
                all[i] += counts[i];
            }
        });
        System.out.printf("%d killed, %d survived (%.1f %% of those that change an answer are killed), %d without a difference%n", all[1],
                all[2],
                100.0 * all[1] / Math.max(1, all[1] + all[2]), all[0]);
        System.exit(0);
    }

    private static Fate fate(Future<Fate> fate) throws InterruptedException, ExecutionException {
        try {
            return fate.get(180, TimeUnit.SECONDS);
        } catch (TimeoutException forEver) {
            return null;
        }
    }

    /// The packages have tests as well.
    private static boolean ofTheJudge(Class<?> type) {
        return type.getName().startsWith("dev.rdptrace.diagnosis.") && !type.isHidden()
                && type.getProtectionDomain().getCodeSource().getLocation()
                        .equals(Incidents.class.getProtectionDomain().getCodeSource().getLocation());
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return in == null ? null : in.readAllBytes();
        }
    }
}

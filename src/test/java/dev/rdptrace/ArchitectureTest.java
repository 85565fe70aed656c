package dev.rdptrace;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The plan of the house, kept by a machine. *Formats do not know meaning; judgement does not know packets.*
class ArchitectureTest {
    private static final String ROOT = "dev.rdptrace";

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages(ROOT);

    /// Who may import whom. A rule that needs something from `tcp` is asking for a missing event.
    private static final Map<String, Set<String>> FLOORS = Map.ofEntries(
            entry("bytes", Set.of()),
            entry("capture", Set.of("bytes")),
            entry("wire", Set.of("bytes")),
            entry("net", Set.of("capture")),
            entry("live", Set.of("capture", "bytes")),
            entry("decrypt", Set.of("wire", "bytes")),
            entry("timeline", Set.of("wire", "bytes")),
            entry("tcp", Set.of("net", "capture", "timeline")),
            entry("session", Set.of("tcp", "decrypt", "timeline", "wire", "bytes")),
            entry("compare", Set.of("capture", "net", "timeline")),
            entry("incident", Set.of("timeline", "wire", "bytes")),
            entry("diagnosis", Set.of("incident", "timeline", "wire", "bytes")),
            entry("spill", Set.of("diagnosis", "timeline", "wire")),
            entry("redact", Set.of("session", "tcp", "net", "capture", "diagnosis", "timeline", "wire", "bytes")),
            entry("watch", Set.of("capture", "net", "timeline", "wire", "diagnosis", "bytes")),
            entry("evidence", Set.of("redact", "net", "capture", "diagnosis", "timeline")),
            entry("report", Set.of("evidence", "diagnosis", "incident", "timeline", "wire", "capture", "bytes")),
            entry("tui", Set.of("report", "evidence", "diagnosis", "timeline", "capture", "bytes")));

    /// On top: the command line sees everything, and nobody sees it.
    private static final Set<String> ROOF = Set.of("cli", "launch");

    /// Libraries and the packages they live in.
    private static final Map<String, Set<String>> HOMES = Map.of(
            "picocli..", Set.of("cli"),
            "org.jline..", Set.of("cli"),
            "org.pcap4j..", Set.of("live"),
            "com.sun.jna..", Set.of("live"),
            "org.bouncycastle..", Set.of("decrypt", "wire"));

    /// What is touched once a packet.
    private static final String[] HOT = inside("net", "tcp", "capture");

    /// What gives the same answer for the same bytes, whenever and wherever it runs.
    private static final String[] PURE =
            inside("wire", "timeline", "compare", "session", "incident", "diagnosis", "redact", "evidence", "report",
                    "tui");

    @Test
    void everyPackageHasItsFloor() {
        Set<String> found = new TreeSet<>();
        for (JavaClass one : CLASSES) {
            String name = one.getPackageName();
            if (!name.equals(ROOT)) {
                found.add(name.substring(ROOT.length() + 1).split("\\.")[0]);
            }
        }
        Set<String> planned = new TreeSet<>(FLOORS.keySet());
        planned.addAll(ROOF);
        assertThat(planned).containsAll(found);
    }

    @Test
    void floorsOnlyLookDown() {
        FLOORS.forEach((floor, below) -> {
            Set<String> above = new TreeSet<>(FLOORS.keySet());
            above.addAll(ROOF);
            above.removeAll(below);
            above.remove(floor);
            check(noClasses().that().resideInAPackage(ROOT + "." + floor + "..")
                    .should().dependOnClassesThat().resideInAnyPackage(inside(above.toArray(String[]::new)))
                    .orShould().dependOnClassesThat().resideInAPackage(ROOT));
        });
    }

    @Test
    void theAnalyzerDoesNotKnowWhoCallsIt() {
        check(noClasses().that().resideInAPackage(ROOT)
                .should().dependOnClassesThat().resideInAnyPackage(inside("cli", "launch")));
    }

    @Test
    void packagesFormNoCycle() {
        check(slices().matching(ROOT + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void librariesStayInTheirHomes() {
        HOMES.forEach((library, homes) -> check(noClasses()
                .that().resideOutsideOfPackages(inside(homes.toArray(String[]::new)))
                .should().dependOnClassesThat().resideInAPackage(library)));
    }

    @Test
    void hotCodeAllocatesNoComfort() {
        check(noClasses().that().resideInAnyPackage(HOT)
                .should().dependOnClassesThat().resideInAnyPackage("java.util.stream..", "java.util.function..")
                .orShould().dependOnClassesThat(nameMatching("java\\.util\\.Optional.*"))
                .orShould().callMethodWhere(calls(String.class, "format", "formatted")));
    }

    @Test
    void judgementDependsOnNothingButTheBytes() {
        check(noClasses().that().resideInAnyPackage(PURE)
                .should().dependOnClassesThat(resideInAnyPackage("java.nio.file..")
                        .or(nameMatching("java\\.io\\.(File|Console|RandomAccess).*"))
                        .or(nameMatching(".*\\.(Clock|Random|SecureRandom|ThreadLocalRandom|SplittableRandom|RandomGenerator)")))
                .orShould().callMethodWhere(calls(System.class, "currentTimeMillis", "nanoTime", "getenv", "getProperty", "console"))
                .orShould().callMethodWhere(calls(Math.class, "random"))
                .orShould().callMethodWhere(calls(Locale.class, "getDefault"))
                .orShould().callMethodWhere(readsTheClock())
                .orShould().callMethodWhere(formatsForTheLocaleOfTheMachine()));
    }

    @Test
    void onlyTheCommandLinePrints() {
        check(noClasses().that().resideOutsideOfPackages(inside("cli", "launch")).should(ACCESS_STANDARD_STREAMS));
    }

    @Test
    void badBytesAreAnExceptionOnlyInsideTheReader() {
        check(noClasses().that().resideOutsideOfPackage(ROOT + ".bytes")
                .should().dependOnClassesThat(simpleName("Malformed")));
    }

    @Test
    void namesSayWhatAThingIs() {
        check(classes().should().haveNameNotMatching(".*[.$](\\w*(Utils?|Helper|Manager|Impl)|Abstract\\w*)"));
    }

    /// Packages are allowed not to be there yet.
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }

    private static String[] inside(String... floors) {
        return Arrays.stream(floors).map(floor -> ROOT + "." + floor + "..").toArray(String[]::new);
    }

    private static DescribedPredicate<JavaAccess<?>> calls(Class<?> owner, String... names) {
        return DescribedPredicate.describe(owner.getSimpleName() + "." + String.join("|", names),
                access -> access.getTargetOwner().isEquivalentTo(owner) && Set.of(names).contains(access.getName()));
    }

    /// `Instant.now()` and its relatives.
    private static DescribedPredicate<JavaAccess<?>> readsTheClock() {
        return DescribedPredicate.describe("java.time.*.now",
                access -> access.getTargetOwner().getPackageName().equals("java.time") && access.getName().equals("now"));
    }

    /// Those that have a twin with a `Locale`.
    private static DescribedPredicate<JavaAccess<?>> formatsForTheLocaleOfTheMachine() {
        return DescribedPredicate.describe("String methods in the default locale",
                access -> access.getTargetOwner().isEquivalentTo(String.class)
                        && Set.of("format", "formatted", "toLowerCase", "toUpperCase").contains(access.getName())
                        && access.getTarget() instanceof AccessTarget.CodeUnitCallTarget target
                        && target.getRawParameterTypes().stream().noneMatch(type -> type.isEquivalentTo(Locale.class)));
    }
}

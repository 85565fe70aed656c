package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.reflect.AccessFlag;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The law and its book: what may be found can be explained, and rules are what they are said to be.
class CatalogTest {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)+");

    /// Hyphenated words of the judge that name no verdict: what a capture lacks, how sure one is, products.
    private static final Set<String> OTHER_WORDS = Set.of("cannot-tell", "strongly-suggested", "not-rdp", "capture-loss", "udp-alone", "ip-fragment",
            "keep-alive", "mid-start", "one-direction", "reassembly-limit", "snap-length", "ssl-inspection", "time-order");

    @Test
    void everyVerdictOfARuleHasAPage() {
        assertThat(Rules.ATTEMPT.stream().flatMap(rule -> rule.finds().stream()).distinct().filter(found -> Pages.page(found.id()).isEmpty())).isEmpty();
    }

    /// The constants of the compiled judge know every name it can say, warnings and verdicts on several attempts included.
    @Test
    void everyNameTheJudgeKnowsHasAPage() {
        Set<String> unknown = new TreeSet<>();
        for (ClassModel judge : both()) {
            for (String name : strings(judge)) {
                if (NAME.matcher(name).matches() && !OTHER_WORDS.contains(name) && Pages.page(name).isEmpty()) {
                    unknown.add(name + " in " + judge.thisClass().asInternalName());
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void aRuleNamesEveryVerdictItsFileKnows() {
        Set<String> declared = new HashSet<>();
        Rules.ATTEMPT.forEach(rule -> rule.finds().forEach(found -> declared.add(found.id())));
        Set<String> said = new TreeSet<>();
        for (ClassModel rules : classes(Rules.class)) {
            String file = rules.thisClass().asInternalName();
            if (file.endsWith("Rules") && !file.endsWith("/Rules")) {
                strings(rules).stream().filter(name -> NAME.matcher(name).matches() && !OTHER_WORDS.contains(name)).forEach(said::add);
            }
        }
        assertThat(said).hasSizeGreaterThan(90).isEqualTo(new TreeSet<>(declared));
    }

    @Test
    void rulesHaveNoState() {
        List<String> wrong = new ArrayList<>();
        for (ClassModel rules : classes(Rules.class)) {
            String file = rules.thisClass().asInternalName();
            if (!rules.flags().has(AccessFlag.SYNTHETIC) && !rules.flags().has(AccessFlag.FINAL)) {
                wrong.add(file + " is not final");
            }
            rules.fields().stream().filter(field -> !field.flags().has(AccessFlag.FINAL))
                    .forEach(field -> wrong.add(file + "." + field.fieldName() + " can change"));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void askedTwiceARuleAnswersTheSame() {
        for (String sample : List.of("forged-reset", "nla-wrong-password", "pmtu-black-hole", "success-tls-xrdp", "reset-on-clienthello")) {
            Tape.read(Samples.file(sample)).analyze().incidents().forEach(incident -> incident.attempts().forEach(diagnosis -> {
                Case once = new Case(diagnosis.attempt(), new Surroundings(List.of(diagnosis.attempt()), 0));
                Case again = new Case(diagnosis.attempt(), new Surroundings(List.of(diagnosis.attempt()), 0));
                Rules.ATTEMPT.forEach(rule -> assertThat(rule.check().apply(again)).as(rule.name().id()).isEqualTo(rule.check().apply(once)));
            }));
        }
    }

    private static List<String> strings(ClassModel model) {
        List<String> found = new ArrayList<>();
        model.constantPool().forEach(entry -> {
            if (entry instanceof StringEntry text) {
                found.add(text.stringValue());
            }
        });
        return found;
    }

    private static List<ClassModel> both() {
        return Stream.of(Judge.class, Rules.class).flatMap(anchor -> classes(anchor).stream()).toList();
    }

    /// All classes of the package of `anchor`.
    private static List<ClassModel> classes(Class<?> anchor) {
        try (Stream<Path> files = Files.list(Path.of(anchor.getResource(anchor.getSimpleName() + ".class").toURI()).getParent())) {
            List<ClassModel> models = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".class") && !f.toString().endsWith("Test.class")).sorted().toList()) {
                models.add(ClassFile.of().parse(file));
            }
            return models;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

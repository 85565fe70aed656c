package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The law and its book: what may be found can be explained, and rules are what they are said to be.
class CatalogTest {
    /// Said when the capture is read as a whole, when a client's code is held against it, or not yet at all.
    private static final Set<String> OUTSIDE =
            Set.of("undetermined", "dns-resolution-failed", "client-code-ext7-contradicted", "udp-data-stall",
                    "udp-version-fallback", "udp-tunnel-rejected", "rdg-in-channel-dead");

    private static List<Signature> declared() {
        List<Signature> all = new ArrayList<>();
        for (ClassModel model : both()) {
            try {
                for (Field field : Class.forName(model.thisClass().asInternalName().replace('/', '.')).getFields()) {
                    if (field.getType() == Signature.class) {
                        all.add((Signature) field.get(null));
                    }
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return all;
    }

    private static List<? extends Rule<?>> rules() {
        return Stream.of(Rules.ATTEMPT, Rules.BESIDE_ATTEMPT, Rules.TRY, Rules.BESIDE_TRY, Rules.UDP, BothSides.RULES).flatMap(List::stream)
                .toList();
    }

    @Test
    void everySignatureIsDeclaredOnceHasAPageAndARuleThatFindsIt() {
        Set<String> found = new TreeSet<>(OUTSIDE);
        rules().forEach(rule -> rule.finds().forEach(signature -> found.add(signature.id())));
        List<String> names = declared().stream().map(Signature::id).sorted().toList();
        assertThat(names).as("write the signature once, beside its rule, and name it in rule(...)").doesNotHaveDuplicates()
                .isEqualTo(List.copyOf(found));
        assertThat(names.stream().filter(id -> Pages.page(id).isEmpty())).as("write pages/ID.md for").isEmpty();
        assertThat(names).isEqualTo(Catalog.ids());
    }

    @Test
    void aRuleOutranksWhatAnotherRuleOfItsScopeFindsWithTheSameWeight() {
        for (List<? extends Rule<?>> scope : List.<List<? extends Rule<?>>>of(Rules.ATTEMPT, Rules.TRY, BothSides.RULES)) {
            for (Rule<?> rule : scope) {
                rule.outranks().forEach(other -> assertThat(scope).as(rule.name() + " outranks " + other)
                        .anyMatch(one -> one != rule && one.weight() == rule.weight() && one.finds().contains(other)));
            }
        }
    }

    @Test
    void rulesHaveNoState() {
        List<String> wrong = new ArrayList<>();
        for (ClassModel rules : classes(Rules.class)) {
            String file = rules.thisClass().asInternalName();
            if (!rules.flags().has(AccessFlag.SYNTHETIC) && !rules.flags().has(AccessFlag.INTERFACE)
                    && !rules.flags().has(AccessFlag.FINAL)) {
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
                Rules.ATTEMPT
                        .forEach(rule -> assertThat(rule.check().apply(again)).as(rule.name().id()).isEqualTo(rule.check().apply(once)));
            }));
        }
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

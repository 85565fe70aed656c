package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Facts are values from the reader to the report: what a sentence says, no code reads.
class RewordingTest {
    /// Every string of the program that is a sentence or a part of one becomes another, each occurrence its own.
    @Test
    void noVerdictDependsOnHowAnythingIsSaid() throws Exception {
        List<Told> as = new Judgements().get().stream().map(Told::of).toList();
        Reworded loader = new Reworded();
        Supplier<?> reworded = (Supplier<?>) loader.loadClass(Judgements.class.getName()).getDeclaredConstructor().newInstance();
        List<Told> other = ((List<?>) reworded.get()).stream().map(Object::toString).map(Told::of).toList();
        assertThat(loader.sentences).isGreaterThan(1000);
        assertThat(other).extracting(Told::facts).isEqualTo(as.stream().map(Told::facts).toList());
        for (int i = 0; i < as.size(); i++) {
            assertThat(other.get(i).says()).as(as.get(i).facts()).isNotEqualTo(as.get(i).says());
        }
    }

    private record Told(String facts, String says) {
        static Told of(String line) {
            return new Told(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1));
        }
    }

    /// What becomes of every capture that the tests have: facts, a tab, and the sentence.
    public static final class Judgements implements Supplier<List<String>> {
        @Override
        public List<String> get() {
            Stream<Incident> samples = Samples.all().stream().flatMap(sample -> Samples.report(sample).incidents().stream());
            Stream<Incident> shown = VerdictsTest.SHOWN.stream().flatMap(one -> one.tape().analyze().incidents().stream());
            return Stream.concat(samples, shown).map(Judgements::told).toList();
        }

        private static String told(Incident incident) {
            StringBuilder facts = new StringBuilder(facts(incident.verdict()));
            incident.alternatives().forEach(other -> facts.append(" / ").append(other.id()));
            incident.warnings().forEach(warning -> facts.append(" ! ").append(warning.id()).append(warning.frames()));
            incident.excluded().forEach(excluded -> facts.append(" - ").append(excluded.frames()));
            facts.append(" fixes ").append(incident.fixes().size()).append(", look ").append(incident.nextLook().size());
            for (JudgedAttempt diagnosis : incident.attempts()) {
                facts.append(" | ").append(facts(diagnosis.verdict())).append(diagnosis.lastGood().frame())
                        .append(diagnosis.unclear().size());
                diagnosis.fitness().forEach(fitness -> facts.append(' ').append(fitness.id()));
            }
            return facts.append('\t').append(incident.verdict().says()).toString();
        }

        private static String facts(Finding f) {
            return f.id() + " " + f.outcome() + " " + f.phase() + " " + f.side() + " " + f.confidence() + " " + f.closedBy() + " " + f.how()
                    + f.frames();
        }
    }

    /// The program with other words.
    private static final class Reworded extends ClassLoader {
        private static final Pattern TALKING = Pattern.compile("dev\\.rdptrace\\.(session|timeline|incident|diagnosis)\\..*");
        /// What these search for stands in the texts of others: names of products, headings of pages.
        private static final Pattern SEARCHING = Pattern.compile("dev\\.rdptrace\\.diagnosis\\.(page\\..*|rules\\.Names|.*Test.*)");
        private static final Pattern SENTENCE = Pattern.compile("(?s)(?=.* ).*[a-z]{2}.*");
        private static final Pattern WORD = Pattern.compile("\\{[^}]*}|[a-z]+");
        private int sentences;

        Reworded() {
            super(RewordingTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null || !name.startsWith("dev.rdptrace.")) {
                    return known != null ? known : super.loadClass(name, resolve);
                }
                try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    byte[] other = TALKING.matcher(name).matches() && !SEARCHING.matcher(name).matches() ? reworded(bytes) : bytes;
                    return defineClass(name, other, 0, other.length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        private byte[] reworded(byte[] bytes) {
            CodeTransform words = (code, element) -> {
                switch (element) {
                    case ConstantInstruction.LoadConstantInstruction load when load.constantValue() instanceof String text ->
                            code.loadConstant(reworded(text));
                    case InvokeDynamicInstruction joined when joined.bootstrapMethod().methodName().equals("makeConcatWithConstants") ->
                            code.invokedynamic(
                                    DynamicCallSiteDesc.of(joined.bootstrapMethod(), joined.name().stringValue(), joined.typeSymbol(),
                                            joined.bootstrapArgs().stream().map(this::reworded).toArray(ConstantDesc[]::new)));
                    default -> code.with(element);
                }
            };
            return ClassFile.of().transformClass(ClassFile.of().parse(bytes), ClassTransform.transformingMethodBodies(words));
        }

        private ConstantDesc reworded(ConstantDesc constant) {
            return constant instanceof String text ? reworded(text) : constant;
        }

        private String reworded(String text) {
            if (!SENTENCE.matcher(text).matches()) {
                return text;
            }
            String mark = "<" + sentences++ + ">";
            return mark + WORD.matcher(text).replaceAll(word -> Matcher.quoteReplacement(word.group().startsWith("{") ? word.group()
                    : new StringBuilder(word.group()).reverse().toString())) + mark;
        }
    }
}

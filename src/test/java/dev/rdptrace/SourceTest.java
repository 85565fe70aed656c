package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConstantCaseLabelTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/// What the compiler does not look at in the sources of the program.
class SourceTest {
    private static final int WIDEST = 140;
    private static final int LONGEST = 500;

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            return files.filter(path -> path.toString().endsWith(".java")).sorted().toList();
        }
    }

    @Test
    void noLineIsWiderThanAScreenBesideItsDiff() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > WIDEST) {
                    wide.add(file + ":" + (i + 1));
                }
            }
        }
        assertThat(wide).isEmpty();
    }

    @Test
    void noFileIsLongerThanOneSubjectNeeds() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources()) {
            if (Files.readAllLines(file).size() > LONGEST) {
                tooLong.add(file.getFileName().toString());
            }
        }
        assertThat(tooLong).isEmpty();
    }

    /// A statement over an enum may leave constants out without a word of the compiler, and a `default` for a few of them swallows
    /// the one that is added next year.
    @Test
    void noCaseRunsIntoTheNextAndNoConstantOfAnEnumIsForgotten() throws IOException {
        Switches all = Switches.in(sources());
        assertThat(all.found).hasSizeGreaterThan(200);
        assertThat(all.enums).hasSizeGreaterThan(50).contains(Set.of("CLIENT", "SERVER"));
        assertThat(all.found.stream().filter(Switch::colons).map(Switch::place)).isEmpty();
        assertThat(all.found.stream().filter(one -> one.forgets(all.enums)).map(Switch::place)).isEmpty();
    }

    /// @param names its labels that are nothing but a name
    /// @param onlyNames it has no other labels, but `default` perhaps
    /// @param colons a case has a colon instead of an arrow
    private record Switch(String place, boolean answers, Set<String> names, boolean onlyNames, boolean hasDefault, boolean colons) {

        boolean forgets(List<Set<String>> enums) {
            List<Set<String>> over =
                    onlyNames && !names.isEmpty() ? enums.stream().filter(one -> one.containsAll(names)).toList() : List.of();
            return hasDefault ? over.stream().anyMatch(one -> one.size() < 2 * names.size())
                    : !answers && !over.isEmpty() && !over.contains(names);
        }
    }

    /// The switches and enums of some files, as they are written.
    private static final class Switches extends TreeScanner<Void, CompilationUnitTree> {
        private final SourcePositions positions;
        private final List<Switch> found = new ArrayList<>();
        private final List<Set<String>> enums = new ArrayList<>();

        private Switches(SourcePositions positions) {
            this.positions = positions;
        }

        static Switches in(List<Path> sources) throws IOException {
            var compiler = ToolProvider.getSystemJavaCompiler();
            try (var files = compiler.getStandardFileManager(null, null, null)) {
                var task = (JavacTask) compiler.getTask(null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
                Switches all = new Switches(Trees.instance(task).getSourcePositions());
                task.parse().forEach(unit -> all.scan(unit, unit));
                return all;
            }
        }

        @Override
        public Void visitClass(ClassTree type, CompilationUnitTree unit) {
            if (type.getKind() == Tree.Kind.ENUM) {
                enums.add(type.getMembers().stream().filter(VariableTree.class::isInstance).map(VariableTree.class::cast)
                        .filter(field -> field.getModifiers().getFlags().contains(Modifier.STATIC)
                                && field.getInitializer() instanceof NewClassTree made
                                && made.getIdentifier().toString().equals(type.getSimpleName().toString()))
                        .map(field -> field.getName().toString()).collect(Collectors.toSet()));
            }
            return super.visitClass(type, unit);
        }

        @Override
        public Void visitSwitch(SwitchTree one, CompilationUnitTree unit) {
            note(one, one.getCases(), false, unit);
            return super.visitSwitch(one, unit);
        }

        @Override
        public Void visitSwitchExpression(SwitchExpressionTree one, CompilationUnitTree unit) {
            note(one, one.getCases(), true, unit);
            return super.visitSwitchExpression(one, unit);
        }

        private void note(Tree one, List<? extends CaseTree> cases, boolean answers, CompilationUnitTree unit) {
            Set<String> names = new HashSet<>();
            boolean onlyNames = true;
            boolean hasDefault = false;
            for (var label : cases.stream().flatMap(each -> each.getLabels().stream()).toList()) {
                switch (label) {
                    case ConstantCaseLabelTree constant when constant.getConstantExpression() instanceof IdentifierTree name ->
                            names.add(name.getName().toString());
                    case DefaultCaseLabelTree _ -> hasDefault = true;
                    default -> onlyNames = false;
                }
            }
            found.add(new Switch(Path.of(unit.getSourceFile().getName()).getFileName() + ":"
                    + unit.getLineMap().getLineNumber(positions.getStartPosition(unit, one)), answers, names, onlyNames, hasDefault,
                    cases.stream().anyMatch(each -> each.getCaseKind() == CaseTree.CaseKind.STATEMENT)));
        }
    }
}

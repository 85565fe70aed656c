package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.Rules;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace signatures`: every diagnosis this program can make or explain.
final class SignaturesCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    SignaturesCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("list every diagnosis; * marks those that a rule looks for in one connection");
        return spec.addOption(Option.help());
    }

    /// One a line: mark, id, phase, title.
    @Override
    public Integer call() {
        console.page(spec);
        Set<String> ruled = Rules.ATTEMPT.stream().flatMap(rule -> rule.finds().stream()).map(Signature::id).collect(Collectors.toSet());
        Set<String> ids = new TreeSet<>(Catalog.ids());
        ids.addAll(ruled);
        for (String id : ids) {
            String phase = Catalog.signature(id).map(Signature::phaseWords).orElse("");
            String title = Pages.page(id).map(Page::title).orElse("");
            String line = (ruled.contains(id) ? "* " : "  ") + pad(id, 38) + " " + pad(phase, 10) + " " + title;
            console.out().println(line.stripTrailing());
        }
        return Exit.ANALYSED.code();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}

package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace signatures`: every diagnosis this program can make.
final class SignaturesCommand implements Callable<Integer> {
    private final Console console;

    SignaturesCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("list every diagnosis");
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        Findings.ids().forEach(console.out()::println);
        return Exit.ANALYSED.code();
    }
}

package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `rdptrace signatures`: every diagnosis this program can make.
@Command(name = "signatures", description = "list every diagnosis", sortOptions = false)
final class SignaturesCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private HelpOption help;

    SignaturesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Findings.ids().forEach(console.out()::println);
        return Exit.ANALYSED.code();
    }
}

package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `rdptrace version`, for those who do not type dashes.
@Command(name = "version", description = "show the version")
final class VersionCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private HelpOption help;

    VersionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().println("rdptrace " + Version.number());
        return Exit.ANALYSED.code();
    }
}

package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/// `rdptrace version`, for those who do not type dashes.
final class VersionCommand implements Callable<Integer> {
    private final Console console;

    VersionCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("show the version");
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        console.out().println(Version.line());
        return Exit.ANALYSED.code();
    }
}

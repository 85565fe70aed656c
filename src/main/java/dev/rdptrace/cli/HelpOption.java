package dev.rdptrace.cli;

import picocli.CommandLine.Option;

/// `-h`, the same for every command.
final class HelpOption {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this")
    private boolean asked;
}

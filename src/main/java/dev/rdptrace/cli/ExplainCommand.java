package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `rdptrace explain ID|CODE`: the page of a diagnosis, or what a client's number can mean.
@Command(name = "explain", description = "what a diagnosis or a client's error code means and what to do", sortOptions = false)
final class ExplainCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private HelpOption help;

    @Parameters(paramLabel = "ID|CODE", description = "tcp-refused, 0x904, 0x904/0x7, …")
    private String subject;

    ExplainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String page = Findings.page(subject).orElseThrow(() -> new Failure(Exit.USAGE, "nothing known about " + subject + "; rdptrace signatures lists what is"));
        console.out().print(page);
        return Exit.ANALYSED.code();
    }
}

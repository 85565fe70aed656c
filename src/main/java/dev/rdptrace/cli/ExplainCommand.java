package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `rdptrace explain ID|CODE`: the page of a diagnosis, or what a client's number can mean.
final class ExplainCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ExplainCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("what a diagnosis or a client's error code means and what to do");
        return spec.addPositional(PositionalParamSpec.builder()
                        .paramLabel("ID|CODE")
                        .type(String.class)
                        .arity("1")
                        .description("as in a report, or as the client showed it: 0x904, 0x904/0x7, ...")
                        .build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        String subject = spec.commandLine().getParseResult().matchedPositionalValue(0, "");
        String page = Findings.page(subject)
                .orElseThrow(() -> new Failure(Exit.USAGE, "nothing known about " + subject + "; rdptrace signatures lists what is"));
        console.out().print(page);
        return Exit.ANALYSED.code();
    }
}

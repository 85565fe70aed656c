package dev.rdptrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `rdptrace completion SHELL`.
final class CompletionCommand implements Callable<Integer> {
    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    CompletionCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("print what lets a shell complete commands, options and values").footer("",
                "bash: eval \"$(rdptrace completion bash)\" in .bashrc; zsh: the same behind compinit in .zshrc;",
                "fish: rdptrace completion fish | source; PowerShell: rdptrace completion powershell | Out-String | Invoke-Expression");
        return spec.addPositional(PositionalParamSpec.builder().paramLabel("SHELL").arity("1").type(Completion.Shell.class)
                .description("bash, zsh, fish or powershell").build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        Completion.Shell shell = spec.commandLine().getParseResult().matchedPositionalValue(0, Completion.Shell.BASH);
        console.out().print(new Completion(spec.root()).of(shell));
        return Exit.ANALYSED.code();
    }
}

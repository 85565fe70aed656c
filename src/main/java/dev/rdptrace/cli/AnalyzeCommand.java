package dev.rdptrace.cli;

import dev.rdptrace.cli.AnalyzeOptions.Format;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `rdptrace FILE…`: what the program is for, so it needs no name of its own.
@Command(
        name = "rdptrace",
        versionProvider = Version.class,
        sortOptions = false,
        usageHelpAutoWidth = false,
        header = "Finds where an RDP handshake broke in a packet capture, who broke it and why.",
        synopsisHeading = "%nUsage: ",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Exit codes: 0 analysed, 1 --fail-on hit, 2 usage, 3 input unreadable,",
            "4 capture not possible, 5 no RDP found, 70 internal error."
        })
final class AnalyzeCommand implements Callable<Integer> {
    /// As `report.json` names them.
    private static final Set<String> OUTCOMES =
            Set.of("established", "failed", "interrupted", "abandoned", "probe", "not-rdp", "undetermined");

    private final Console console;
    private final BooleanSupplier stop;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "captures, folders, globs, or - for standard input")
    private List<String> files = List.of();

    @Option(names = "-r", paramLabel = "FILE", description = "the same, for hands used to tcpdump")
    private List<String> read = List.of();

    @Option(names = "-w", paramLabel = "OUT.pcapng", description = "write the capture with the findings as packet comments")
    private Optional<Path> annotated = Optional.empty();

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text", description = "text, json, ndjson or html")
    private Format format;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "write the report there")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--color", paramLabel = "WHEN", defaultValue = "auto", scope = ScopeType.INHERIT, description = "auto, always or never")
    private Console.Colour colour;

    @Option(names = "-v", description = "say more; twice: everything")
    private boolean[] verbose = {};

    @Option(names = "-q", description = "verdicts only")
    private boolean quiet;

    @Option(names = "-n", description = "addresses only, no names")
    private boolean numeric;

    @Option(names = "-t", paramLabel = "r|d|ad|ud|e", defaultValue = "r", description = "show times relative, as delta, as local or UTC date, or as epoch")
    private TimeFormat time;

    @Option(names = "--port", paramLabel = "N", split = ",", description = "more ports to take for RDP")
    private List<Integer> ports = List.of();

    @Option(names = "--gateway", paramLabel = "ADDRESS[:PORT]", description = "this host is an RD gateway")
    private List<Gateway> gateways = List.of();

    @Option(names = "--code", paramLabel = "MAIN/EXT", description = "what the client showed, as 0x904/0x7")
    private Optional<String> clientCode = Optional.empty();

    @Option(names = "--and", paramLabel = "FILE", description = "the same traffic captured at another place")
    private List<Path> others = List.of();

    @Option(names = "--keylog", paramLabel = "FILE", description = "TLS secrets, as SSLKEYLOGFILE has them")
    private List<Path> keyLogs = List.of();

    @Option(names = "--rsa-key", paramLabel = "FILE", description = "private key of the server")
    private List<Path> rsaKeys = List.of();

    @Option(names = "--strip-secrets", description = "leave no secrets in the file that -w writes")
    private boolean stripSecrets;

    @Option(names = "--fail-on", paramLabel = "OUTCOME", split = ",", description = "exit with 1 on failed, undetermined, …")
    private List<String> failOn = List.of();

    @Mixin
    private HelpOption help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "show the version")
    private boolean version;

    AnalyzeCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    @Override
    public Integer call() {
        return run(options());
    }

    private AnalyzeOptions options() {
        List<String> typed = new ArrayList<>(read);
        typed.addAll(files);
        if (typed.isEmpty()) {
            throw usage("no capture given");
        }
        for (int port : ports) {
            if (port < 1 || 65535 < port) {
                throw usage("--port " + port + " is not a port");
            }
        }
        for (String outcome : failOn) {
            if (!OUTCOMES.contains(outcome)) {
                throw usage("--fail-on " + outcome + " is none of " + String.join(", ", OUTCOMES.stream().sorted().toList()));
            }
        }
        List<String> inputs = Inputs.expand(typed);
        others.forEach(Inputs::file);
        keyLogs.forEach(Inputs::file);
        rsaKeys.forEach(Inputs::file);
        annotated.ifPresent(target -> refuseOverwriting(target, inputs));
        output.ifPresent(target -> refuseOverwriting(target, inputs));
        Console.Colour wanted = output.isPresent() && colour == Console.Colour.AUTO ? Console.Colour.NEVER : colour;
        return new AnalyzeOptions(
                inputs,
                List.copyOf(others),
                annotated,
                format,
                output,
                console.colours(wanted),
                verbose.length,
                quiet,
                numeric,
                List.copyOf(ports),
                List.copyOf(gateways),
                clientCode,
                List.copyOf(keyLogs),
                List.copyOf(rsaKeys),
                stripSecrets,
                time,
                new LinkedHashSet<>(failOn),
                console.errIsTerminal() && !quiet,
                stop);
    }

    /// A capture is evidence; it is never written over.
    private void refuseOverwriting(Path target, List<String> inputs) {
        Path wanted = target.toAbsolutePath().normalize();
        for (String input : inputs) {
            boolean same = !input.equals(Inputs.STDIN) && (Path.of(input).toAbsolutePath().normalize().equals(wanted) || isSameFile(Path.of(input), target));
            if (same) {
                throw usage("would write over the input " + input);
            }
        }
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.exists(other) && Files.isSameFile(one, other);
        } catch (java.io.IOException unknown) {
            return false;
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /// Where the command line ends and the analysis begins.
    private int run(AnalyzeOptions options) {
        console.out().println(options.inputs().size() + " captures");
        return Exit.ANALYSED.code();
    }
}

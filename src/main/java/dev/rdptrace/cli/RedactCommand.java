package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace redact FILE -o OUT.pcapng`: a capture that can be passed on, and that says the same.
final class RedactCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 20;

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    RedactCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.usageMessage().description("copy a capture without addresses, names and contents, and prove that it says the same");
        return spec.addPositional(Option.capture("FILE", 0, "a capture"))
                .addOption(Option.one(Path.class, "OUT.pcapng", "where the copy goes", "-o", "--output"))
                .addOption(Option.flag("keep the TLS secrets of the capture, and so all that they open", "--keep-secrets"))
                .addOption(Option.list(Integer.class, "N", "more ports to take for RDP", "--port"))
                .addOption(Option.many(Gateway.class, "ADDRESS[:PORT]", "this host is an RD gateway", "--gateway"))
                .addOption(Option.flag("say nothing of the verdicts", "-q"))
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        Path copy = given.matchedOptionValue("--output", null);
        List<String> files = Inputs.expand(List.of(given.<String>matchedPositionalValue(0, "")));
        if (copy == null || files.contains(Inputs.STDIN)) {
            throw new ParameterException(spec.commandLine(), copy == null ? "name the copy: redact FILE -o OUT.pcapng"
                    : "standard input cannot be read twice; save it to a file first");
        }
        List<Gateway> gateways = given.matchedOptionValue("--gateway", List.of());
        Set<Integer> ports = new HashSet<>(given.<List<Integer>>matchedOptionValue("--port", List.of()));
        Analyzer.Options options = new Analyzer.Options(Set.copyOf(ports), AnalyzeCommand.endpoints(gateways), false);
        gateways.forEach(gateway -> ports.add(gateway.port()));
        try (HeapSweep.Watch _ = HeapSweep.ofThisProcess().watch()) {
            Target.spare(files, "-o", copy);
            Analysis after = new RedactedCopy(console, stop).write(files, copy, options, ports, given.hasMatchedOption("--keep-secrets"));
            if (!given.hasMatchedOption("-q")) {
                tell(copy, after);
            }
            return (after.incidents().isEmpty() ? Exit.NO_RDP : Exit.ANALYSED).code();
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, unreadable.getMessage());
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, String.join(", ", files) + ": " + broken.getMessage());
        }
    }

    private void tell(Path copy, Analysis after) throws IOException {
        int tries = after.incidents().size();
        console.out().println(copy + ": " + after.frames() + " packets, " + (tries == 0 ? "no RDP" : tries == 1
                ? "judged as before" : tries + " tries judged as before"));
        if (tries > 0 && tries <= MOST_SHOWN) {
            TextReport.write(RedactedCopy.report(after, copy.toString()), new Style(console.colours(Console.Colour.AUTO), 0, true, false,
                    Style.Clock.RELATIVE, ZoneOffset.UTC, console.columns(), console.ascii()), console.out());
        }
    }
}

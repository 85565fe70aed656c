package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.cli.AnalyzeOptions.Gateway;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.redact.Redaction;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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
    /// As often as times may run backwards before packets are read in their order.
    private static final int MOST_BACKWARDS = 2;

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
            for (String file : files) {
                if (Files.exists(copy) && Files.isSameFile(Path.of(file), copy)) {
                    throw new ParameterException(spec.commandLine(), "-o would write over the input " + file);
                }
            }
            Analysis after = redact(files, copy, options, ports, given.hasMatchedOption("--keep-secrets"));
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

    /// Writes the copy, and answers how it is judged. It appears only where it is judged as the capture is.
    private Analysis redact(List<String> files, Path copy, Analyzer.Options options, Set<Integer> ports, boolean keepSecrets)
            throws IOException {
        Analyzer.Opening opening = () -> Captures.open(files, InputStream.nullInputStream());
        Seen seen = new Seen();
        Analysis before = judge(() -> new Watched(opening.open(), seen, keepSecrets), options);
        Analysis[] after = new Analysis[1];
        Target.write(copy, out -> {
            try (PacketSource file = opening.open(); PacketSource source = seen.backwards > MOST_BACKWARDS ? Analyzer.sorted(file) : file;
                    BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16)) {
                String given = new Redaction(ports, keepSecrets).write(source, buffered, "rdptrace " + Version.number(), stop);
                if (!given.isEmpty()) {
                    throw new Failure(Exit.USAGE, copy + " was not written: the capture holds " + given
                            + ", which cannot all be told apart; redact a part of it");
                }
            }
        }, written -> {
            after[0] = judge(() -> Captures.open(List.of(written.toString()), InputStream.nullInputStream()), options);
            compare(before, after[0], copy);
        });
        if (!before.capture().secrets().isEmpty()) {
            saySecrets(copy, opening, options, after[0], keepSecrets);
        }
        return after[0];
    }

    private Analysis judge(Analyzer.Opening opening, Analyzer.Options options) throws IOException {
        Analysis analysis = Analyzer.analyze(opening, options, stop);
        if (analysis.stopped().isPresent() || stop.getAsBoolean()) {
            throw new Failure(Exit.STOPPED, "stopped; nothing was written");
        }
        return analysis;
    }

    /// @throws Failure where the copy says something else
    private static void compare(Analysis before, Analysis after, Path copy) {
        String difference = difference(verdicts(before), verdicts(after));
        if (!difference.isEmpty()) {
            throw new Failure(Exit.USAGE, copy + " was not written: without names and contents the capture would be judged otherwise, as "
                    + difference);
        }
        if (before.frames() != after.frames()) {
            throw new Failure(Exit.USAGE, copy + " was not written: it holds " + after.frames() + " packets of " + before.frames());
        }
    }

    /// What is said of the copy in place of what is said of the capture; empty where both say the same.
    static String difference(List<String> before, List<String> after) {
        return before.equals(after) ? "" : after.stream().filter(verdict -> !before.contains(verdict)).findFirst().orElse("nothing")
                + " in place of " + before.stream().filter(verdict -> !after.contains(verdict)).findFirst().orElse("nothing");
    }

    private static List<String> verdicts(Analysis analysis) {
        return analysis.incidents().stream().map(incident -> {
            Finding verdict = incident.verdict();
            return verdict.id() + " (" + verdict.outcome() + ", " + verdict.phase() + ", " + verdict.side() + ", frames " + verdict.frames()
                    + ")";
        }).sorted().toList();
    }

    private void saySecrets(Path copy, Analyzer.Opening opening, Analyzer.Options options, Analysis after, boolean kept)
            throws IOException {
        if (kept) {
            console.say("rdptrace: " + copy
                    + " holds the TLS secrets of its capture: who has it can read the sessions, and the names in them");
        } else if (!verdicts(judge(opening, options)).equals(verdicts(after))) {
            console.say("rdptrace: the TLS secrets of the capture show more than " + copy
                    + " does, which has none of them; --keep-secrets keeps them and all that they open");
        }
    }

    private void tell(Path copy, Analysis after) throws IOException {
        int tries = after.incidents().size();
        console.out().println(copy + ": " + after.frames() + " packets, " + (tries == 0 ? "no RDP" : tries == 1
                ? "judged as before" : tries + " tries judged as before"));
        if (tries > 0 && tries <= MOST_SHOWN) {
            Report report = after.report(Version.number());
            CaptureFacts facts = report.capture();
            FileFacts file = facts.files().getFirst();
            CaptureFacts named = new CaptureFacts(List.of(new FileFacts(copy.toString(), file.format(), file.packets(), file.bytes(),
                    file.firstNanos(), file.lastNanos(), file.truncated())), facts.interfaces(), facts.secrets(), facts.names(),
                    facts.notes());
            TextReport.write(new Report(report.version(), named, report.fitness(), report.counts(), report.incidents()),
                    new Style(console.colours(Console.Colour.AUTO), 0, true, false, Style.Clock.RELATIVE, ZoneOffset.UTC, console.columns(),
                    console.ascii()), console.out());
        }
    }

    /// How a capture was recorded.
    private static final class Seen {
        private long last = Long.MIN_VALUE;
        private int backwards;
    }

    /// A capture, maybe without the TLS secrets in it.
    private record Watched(PacketSource source, Seen seen, boolean withSecrets) implements PacketSource {
        @Override
        public boolean next(Frame frame) throws IOException {
            boolean more = source.next(frame);
            seen.backwards += more && frame.nanos() != Frame.NO_TIME && frame.nanos() < seen.last ? 1 : 0;
            seen.last = more && frame.nanos() != Frame.NO_TIME ? frame.nanos() : seen.last;
            return more;
        }

        @Override
        public CaptureFacts facts() {
            CaptureFacts facts = source.facts();
            if (withSecrets) {
                return facts;
            }
            return new CaptureFacts(facts.files(), facts.interfaces(), List.of(), facts.names(), facts.notes());
        }

        @Override
        public double share() {
            return source.share();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.TwoCaptures;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.rules.CodeBook;
import dev.rdptrace.live.FrameSink;
import dev.rdptrace.live.PipedSource;
import dev.rdptrace.live.Pump;
import dev.rdptrace.report.AnnotatedCapture;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace FILE…`: what the program is for, so it needs no name of its own.
final class AnalyzeCommand implements Callable<Integer> {
    /// As `report.json` names them.
    private static final List<String> OUTCOMES = Stream.of(Outcome.values()).map(Outcome::toString).sorted().toList();

    /// Attempts that the report on a pipe may be about; of an endless one, the latest.
    private static final int PIPE_ATTEMPTS = 20_000;
    private static final Path STDOUT = Path.of("-");
    private static final Pattern NO_PCAPNG = Pattern.compile("(?i).*\\.(p?cap|gz|zst|lz4|xz)");
    private static final CaptureFacts NOTHING_YET = new CaptureFacts(List.of(), List.of(), List.of(), List.of(), List.of());

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    AnalyzeCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.name("rdptrace").versionProvider(new Version());
        spec.usageMessage()
                .sortOptions(false)
                .header("Finds where an RDP handshake broke in a packet capture, who broke it and why.", "")
                .customSynopsis("rdptrace [OPTION]... FILE...", "       rdptrace COMMAND ...")
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .footer("", "An option that is not typed is taken from RDPTRACE_OPTION (RDPTRACE_FAIL_ON,",
                        "RDPTRACE_LIVE_LOG), else from rdptrace.conf: OPTION = VALUE, those of a command",
                        "below [COMMAND]. @FILE stands for the arguments in FILE.")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(Exit.codes());
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("FILE")
                .hideParamSyntax(true)
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("captures, folders, globs, or - for standard input")
                .build())
                .addOption(Option.many(String.class, "FILE", "the same, for hands used to tcpdump", "-r"))
                .addOption(Option.one(Path.class, "OUT.pcapng",
                        "write the capture with the findings as packet comments; -: to standard output", "-w"))
                .addOption(Option.one(Format.class, "FORMAT",
                        Format.TEXT + " (default), " + Format.names(Format::ofOneDocument) + ", or a line a try: "
                                + Format.names(Format::ofLines)
                                + "; else as the name of -o ends",
                        "--format"))
                .addOption(AnalyzeOptions.brief())
                .addOption(Option.one(Path.class, "FILE", "write the report there", "-o", "--output"))
                .addOption(Option.one(Console.Colour.class, "WHEN", "auto (default), always or never", "--color"))
                .addOption(Option.flag("say more; -vv: everything", "-v"))
                .addOption(Option.flag("verdicts only", "-q"))
                .addOption(Option.flag("addresses only, no names", "-n"))
                .addOption(Option.one(TimeFormat.class, "r|d|ad|ud|e",
                        "times relative (default), as delta, as local or UTC date, as epoch", "-t"));
        Reading.addPeers(spec)
                .addOption(Option.one(String.class, "MAIN/EXT", "what the client showed, as 0x904/0x7", "--code"))
                .addOption(Option.many(Path.class, "FILE", "the same traffic captured at another place", "--and"));
        Reading.addKeyLog(spec, "");
        return Reading.addRsaKeys(spec)
                .addOption(Option.flag("leave no secrets in the file that -w writes", "--strip-secrets"))
                .addOption(Option.flag("a report without addresses, names and cookies, to be shown to others", "--share"))
                .addOption(OptionSpec.builder(Option.list(String.class, "OUTCOME", "exit with 1 on failed, undetermined, ...", "--fail-on"))
                        .completionCandidates(OUTCOMES).build())
                .addOption(Option.noPager()).addOption(Option.help()).addOption(Option.version());
    }

    @Override
    public Integer call() {
        return run(options(spec.commandLine().getParseResult()));
    }

    AnalyzeOptions options(ParseResult given) {
        List<String> typed = new ArrayList<>(given.matchedOptionValue("-r", List.of()));
        typed.addAll(given.matchedPositionalValue(0, List.of()));
        if (typed.isEmpty()) {
            throw usage("no capture given: rdptrace FILE..., as rdptrace capture.pcapng");
        }
        List<String> failOn = given.matchedOptionValue("--fail-on", List.of());
        for (String outcome : failOn) {
            if (!OUTCOMES.contains(outcome)) {
                throw usage("--fail-on " + outcome + " is none of " + String.join(", ", OUTCOMES));
            }
        }
        String code = given.matchedOptionValue("--code", null);
        if (code != null && !ClientCodes.lookup(code).isReadable() && !CodeBook.isNumber(code) && CodeBook.find(code).isEmpty()) {
            throw usage("--code " + (code.isBlank() ? "\"\"" : code)
                    + " is no code and no name of one; write it as the client shows it, like 0x904/0x7");
        }
        List<Path> others = files(given, "--and");
        Reading reading = Reading.of(spec).fromDisk();
        List<String> inputs = Inputs.expand(typed);
        List<String> evidence = Stream.concat(inputs.stream(), others.stream().map(Path::toString)).toList();
        Optional<Path> annotated = target(given, "-w", evidence);
        Optional<Path> output = target(given, "--output", evidence);
        if (given.hasMatchedOption("--share") && (annotated.isPresent() || inputs.contains(Inputs.STDIN))) {
            throw usage("--share is for reports on files: "
                    + (annotated.isPresent() ? "a copy of the capture holds everything" : "verdicts on a pipe are told at once"));
        }
        if (annotated.isPresent() && output.isPresent() && annotated.get().toAbsolutePath().normalize()
                .equals(output.get().toAbsolutePath().normalize())) {
            throw usage("-w and --output name the same file");
        }
        annotated.filter(copy -> NO_PCAPNG.matcher(copy.toString()).matches()).ifPresent(copy -> {
            throw usage("-w " + copy + ": what holds comments is pcapng, and not compressed; let the name end in .pcapng");
        });
        if (annotated.filter(STDOUT::equals).isPresent() && console.outIsTerminal()) {
            throw usage("-w -: standard output is a terminal, and a capture is not for reading");
        }
        boolean quiet = given.hasMatchedOption("-q");
        Console.Colour automatic = output.isPresent() || annotated.filter(STDOUT::equals).isPresent() ? Console.Colour.NEVER
                : Console.Colour.AUTO;
        return new AnalyzeOptions(
                inputs,
                others,
                annotated,
                AnalyzeOptions.format(spec, output.map(Path::toString).map(Format::of).orElse(Format.TEXT)),
                output,
                !given.hasMatchedOption("--share") && console.colours(given.matchedOptionValue("--color", automatic)),
                Option.count(given, "-v"),
                quiet,
                given.hasMatchedOption("-n"),
                Optional.ofNullable(code),
                reading,
                given.hasMatchedOption("--strip-secrets"),
                given.hasMatchedOption("--share"),
                given.matchedOptionValue("-t", TimeFormat.R),
                Set.copyOf(failOn),
                console.errIsTerminal() && !quiet,
                stop);
    }

    private static List<Path> files(ParseResult given, String option) {
        List<Path> files = given.matchedOptionValue(option, List.of());
        files.forEach(Inputs::file);
        return List.copyOf(files);
    }

    private static Optional<Path> target(ParseResult given, String option, List<String> inputs) {
        Optional<Path> target = Optional.ofNullable(given.matchedOptionValue(option, null));
        target.ifPresent(file -> Target.spare(inputs, option, file));
        return target;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /// Where the command line ends and the analysis begins.
    private int run(AnalyzeOptions options) {
        try (HeapSweep.Watch _ = HeapSweep.ofThisProcess().watch(); Spool spool = Spool.of(options)) {
            if (options.format() == Format.TEXT && options.output().isEmpty() && paper(options) == console.out() && !spool.once()) {
                console.page(spec);
            }
            Pile pile = Pile.of(console, options);
            if (pile.recordings().size() > 1) {
                return pile.judge().code();
            }
            Analysis analysis = analyze(options, spool);
            Report told = analysis.report(Version.number()).comparedWith(options.clientCode());
            Report report = options.format() == Format.HTML ? told.with(Inputs.evidence(told, spool.once() ? null
                    : () -> Captures.open(options.inputs(), spool.again()), options.others(), options.stop())) : told;
            if (options.quiet() || analysis.incidents().size() > 1) {
                new Paper(console, options).sayWhatIsCut(analysis);
            }
            if (analysis.stopped().isPresent()) {
                return stopped(options, analysis, report);
            }
            if (options.annotated().isPresent()) {
                Path copy = options.annotated().get();
                copy(copy, out -> AnnotatedCapture.write(report, spool.files(), unlessStopped(options, copy, out),
                        options.stripSecrets()));
                if (!options.stripSecrets() && !analysis.capture().secrets().isEmpty()) {
                    console.say("rdptrace: " + copy + " holds the TLS secrets of its capture: who has it can read the sessions;"
                            + " --strip-secrets leaves them out");
                }
            }
            if (options.output().isPresent()) {
                Target.write(options.output().get(), out -> write(options, report, unlessStopped(options, options.output().get(), out)));
            } else {
                write(options, report, paper(options));
            }
            return options.exit(analysis).code();
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, Errors.message(unreadable));
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, String.join(", ", options.inputs()) + ": " + Errors.message(broken));
        }
    }

    private void copy(Path target, Target.Content content) throws IOException {
        if (target.equals(STDOUT)) {
            content.writeTo(console.out());
        } else {
            Target.write(target, content);
        }
    }

    /// Where the report is read: what a capture goes to takes nothing else.
    private PrintStream paper(AnalyzeOptions options) {
        return options.annotated().filter(STDOUT::equals).isPresent() ? console.err() : console.out();
    }

    /// What there is is shown; a file that was asked for is not made of half a capture.
    private int stopped(AnalyzeOptions options, Analysis analysis, Report report) throws IOException {
        if (options.output().isEmpty()) {
            write(options, report, paper(options));
            paper(options).flush();
        }
        List<String> missing = Stream.of(options.annotated(), options.output()).flatMap(Optional::stream).map(Path::toString).toList();
        String are = missing.size() == 1 ? " was" : " were";
        throw new Failure(Exit.STOPPED, "stopped " + analysis.stoppedAt().orElseThrow()
                + (missing.isEmpty() ? "" : "; " + String.join(" and ", missing) + are + " not written"));
    }

    /// To copy a large capture takes as long as to read it.
    private static OutputStream unlessStopped(AnalyzeOptions options, Path path, OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (options.stop().getAsBoolean()) {
                    throw new Failure(Exit.STOPPED, "stopped while it was writing; " + path + " was not written");
                }
                out.write(bytes, offset, length);
            }
        };
    }

    /// A pipe is read once; what can be read again may be, where the analysis asks for it.
    private Analysis analyze(AnalyzeOptions options, Spool spool) throws IOException {
        if (spool.once()) {
            return analyzePipe(options);
        }
        Analyzer.Opening opening = () -> Captures.open(options.inputs(), spool.again());
        Analysis analysis = Analyzer.analyze(opening, options.reading().analyzer(), options.stop());
        if (options.others().isEmpty() || analysis.stopped().isPresent()) {
            return analysis;
        }
        List<String> others = options.others().stream().map(Path::toString).toList();
        return TwoCaptures.compare(analysis, opening, () -> Captures.open(others, InputStream.nullInputStream()), String.join(", ", others),
                options.reading().analyzer(), options.stop());
    }

    /// What comes through a pipe may still be happening: every verdict is told at once, the report follows at the end.
    private Analysis analyzePipe(AnalyzeOptions options) throws IOException {
        boolean atOnce = atOnce(options) && (options.format() == Format.TEXT || options.format().ofLines());
        if (atOnce) {
            new Paper(console, options).head(console.out());
        }
        RunningAnalysis stream = new RunningAnalysis(options.reading().analyzer(), PIPE_ATTEMPTS, incident -> {
            if (atOnce) {
                tell(options, incident);
            }
        });
        FrameSink judge = new FrameSink() {
            @Override
            public void accept(Frame frame) {
                stream.accept(frame);
            }

            @Override
            public void tick(long nanos) {
                stream.tick(nanos);
            }
        };
        try (PipedSource source = new PipedSource(Captures.open(options.inputs(), System.in))) {
            Pump.run(source, judge, options.stop(), () -> {});
            stream.finish();
            return stream.report(source.facts());
        }
    }

    private void tell(AnalyzeOptions options, Incident incident) {
        if (options.format() == Format.TEXT) {
            console.out().println(LiveSession.line(incident));
        } else {
            Report one = new Report(Version.number(), NOTHING_YET, List.of(), Map.of(), List.of(incident));
            try {
                options.format().write(one, Style.PLAIN, Disguise.NONE, console.out());
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
        console.out().flush();
    }

    private void write(AnalyzeOptions options, Report report, OutputStream out) throws IOException {
        if (!options.format().ofLines() || !options.inputs().contains(Inputs.STDIN) || !atOnce(options)) {
            new Paper(console, options).head(out);
            new Paper(console, options).write(report, out);
        }
    }

    /// What comes through a pipe is told as it is judged.
    private static boolean atOnce(AnalyzeOptions options) {
        return options.output().isEmpty() && !options.quiet();
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.live.Arrivals;
import dev.rdptrace.live.LiveException;
import dev.rdptrace.live.LiveOptions;
import dev.rdptrace.live.LiveSource;
import dev.rdptrace.live.PacedSource;
import dev.rdptrace.live.PipedSource;
import dev.rdptrace.live.PortFilter;
import dev.rdptrace.live.Rights;
import dev.rdptrace.live.Rights.User;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace live`: the same verdicts while it happens.
final class LiveCommand implements Callable<Integer> {
    private static final int SMALLEST_SNAP = 64;

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    LiveCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.usageMessage()
                .sortOptions(false)
                .description("tell broken handshakes while they happen")
                .customSynopsis("rdptrace live -i IFACE [OPTION]...", "       dumpcap -w - | rdptrace live -r - [OPTION]...")
                .optionListHeading("%nRDP is found on every port. Options:%n")
                .footer("", "Ctrl-C ends it: everything is written, what is open is judged as far as five seconds go, the exit code is 0.");
        spec.addOption(Option.list(String.class, "IFACE", "capture there; any: everywhere (rdptrace interfaces lists them)", "-i"))
                .addOption(Option.one(String.class, "-", "read a capture from standard input while it is being made", "-r"))
                .addOption(Option.one(String.class, "FILTER", "only packets that match, in tcpdump's language", "-f"))
                .addOption(Option.flag("only RDP on port 3389 and --port, ICMP, DNS, Kerberos and fragments, VLAN tags or not",
                        "--port-filter"))
                .addOption(Option.one(Integer.class, "BYTES",
                        "bytes kept of a packet (default 262144); cut packets cannot be judged", "-s"))
                .addOption(Option.one(Integer.class, "MB", "kernel buffer (default 64)", "-B"))
                .addOption(Option.flag("not promiscuous", "-p"))
                .addOption(Option.one(LiveOptions.Choice.class, "WHICH", "auto (default), libpcap or pcap4j", "--reader"))
                .addOption(Option.one(Integer.class, "SECONDS", "wait so long for an interface that goes down (default 10)", "--wait"))
                .addOption(Option.one(Long.class, "N", "end after N packets", "-c"))
                .addOption(Option.one(String.class, "USER",
                        "started by root, go on as USER once the interfaces are open (default: who called sudo, or nobody)", "-Z"));
        LiveOutput.addTo(spec);
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        LiveOutput output = LiveOutput.of(spec);
        long most = given.matchedOptionValue("-c", Long.MAX_VALUE);
        List<String> interfaces = given.matchedOptionValue("-i", List.of());
        if (given.hasMatchedOption("-r")) {
            if (!interfaces.isEmpty() || !given.matchedOptionValue("-r", "").equals(Inputs.STDIN)) {
                throw usage(interfaces.isEmpty() ? "-r takes - only; rdptrace replay reads files" : "either -i or -r");
            }
            return run(console, output, _ -> new PipedSource(Captures.open(List.of(Inputs.STDIN), System.in)),
                    (_, notices) -> giveUp(given, output, false, "reading standard input", notices), most, false, stop, _ -> {});
        }
        if (interfaces.isEmpty()) {
            throw usage("no interface given; rdptrace interfaces lists them");
        }
        LiveOptions options = options(given, interfaces, output);
        try {
            return run(console, output, notices -> open(given, options, output, notices), (source, notices) -> giveUp(given, output,
                    options.patienceMillis() > 0, "capturing on " + String.join(", ", interfaces) + " with " + ((LiveSource) source)
                            .reader(),
                    notices), most, false, stop, _ -> {});
        } catch (LiveFailure impossible) {
            throw CaptureAdvice.failure(impossible.why, "live -i " + String.join(",", interfaces), interfaces);
        }
    }

    private LiveOptions options(ParseResult given, List<String> interfaces, LiveOutput output) {
        int snap = given.matchedOptionValue("-s", LiveOptions.WHOLE_PACKETS);
        int buffer = given.matchedOptionValue("-B", LiveOptions.BUFFER_BYTES >> 20);
        int patience = given.matchedOptionValue("--wait", (int) (LiveOptions.PATIENCE_MILLIS / 1000));
        if (snap == 0) {
            snap = LiveOptions.WHOLE_PACKETS;
        }
        if (snap < SMALLEST_SNAP || LiveOptions.WHOLE_PACKETS < snap) {
            throw usage("-s takes 64 to " + LiveOptions.WHOLE_PACKETS);
        }
        if (buffer < 1 || 2047 < buffer) {
            throw usage("-B takes 1 to 2047");
        }
        if (patience < 0) {
            throw usage("--wait " + patience + " is less than no time");
        }
        if (given.hasMatchedOption("-f") && given.hasMatchedOption("--port-filter")) {
            throw usage("either -f or --port-filter");
        }
        String filter = given.matchedOptionValue("-f", given.hasMatchedOption("--port-filter")
                ? PortFilter.tagged(output.reading().allPorts()) : "");
        return new LiveOptions(interfaces, filter, snap, buffer << 20, !given.hasMatchedOption("-p"),
                given.matchedOptionValue("--reader", LiveOptions.Choice.AUTO), TimeUnit.SECONDS.toMillis(patience));
    }

    private static Arrivals open(ParseResult given, LiveOptions options, LiveOutput output, Consumer<String> notices) throws LiveException {
        String plain = given.hasMatchedOption("--port-filter") ? PortFilter.plain(output.reading().allPorts()) : options.filter();
        return LiveSource.open(options, options.filter(), plain, notices);
    }

    /// What needs rights is open. The rest is done as somebody who has none, and what is held all the same is said.
    private void giveUp(ParseResult given, LiveOutput output, boolean reopens, String doing, Consumer<String> notices) throws IOException {
        notices.accept(doing + giveUp(console, given.matchedOptionValue("-Z", ""), reopens, output.reading().keyLogs(), this::usage));
    }

    /// @param keyLogs that are read as they grow
    /// @return as whom it goes on, and with what
    static String giveUp(Console console, String name, boolean reopens, List<Path> keyLogs, Function<String, ParameterException> usage)
            throws IOException {
        User user = Rights.user(name, console.environment()).orElseThrow(() -> usage.apply("-Z " + name + ": there is no such user"));
        boolean root = Rights.isRoot();
        if (!root && !name.isEmpty()) {
            throw usage.apply("-Z " + name + ": only root can become somebody else");
        }
        boolean becomes = root && user.id() != 0;
        if (becomes) {
            Rights.become(user, reopens);
            readable(user, keyLogs);
        }
        Rights.noMore();
        return (becomes ? ", as " + user.name() : "") + Rights.held().map(held -> ", with " + held).orElse("");
    }

    /// Classes are read when they are needed, and key logs as they grow.
    private static void readable(User user, List<Path> keyLogs) {
        List<String> needed = new ArrayList<>(List.of(System.getProperty("java.class.path", "").split(File.pathSeparator)));
        keyLogs.stream().filter(log -> Files.exists(log) || !Files.isReadable(log.toAbsolutePath().getParent()))
                .map(Path::toString).forEach(needed::add);
        needed.stream().filter(file -> !Files.isReadable(Path.of(file))).findFirst().ifPresent(file -> {
            throw new Failure(Exit.USAGE, user.name() + ", as whom it would go on, may not read " + file, asSomebody());
        });
    }

    static List<String> asSomebody() {
        return !Rights.wereRoots() ? List.of() : List.of("Root only opens the interfaces. To go on as another user: -Z USER; to stay"
                + " root: -Z root");
    }

    /// `rdptrace replay` without `-i`.
    static int replay(Console console, BooleanSupplier stop, CommandSpec spec, List<String> files, double speed) {
        ParseResult given = spec.commandLine().getParseResult();
        long most = given.matchedOptionValue("--count", Long.MAX_VALUE);
        LiveOutput output = LiveOutput.of(spec);
        Optional<Path> file = Optional.ofNullable(given.matchedOptionValue("--report", null));
        return run(console, output, _ -> new PacedSource(inTimeOrder(files, output, stop), speed), (_, _) -> {}, most, true, stop,
                session -> report(console, output, file, session));
    }

    /// Time runs forward when a capture happens again; it is sorted where reading the file would sort it.
    private static PacketSource inTimeOrder(List<String> files, LiveOutput output, BooleanSupplier stop) throws IOException {
        if (!files.stream().allMatch(file -> Files.isRegularFile(Path.of(file)))) {
            return Captures.open(files, System.in); // can be read only once
        }
        boolean disordered;
        try (PacketSource source = Captures.open(files, InputStream.nullInputStream())) {
            disordered = Analyzer.analyze(source, LiveSession.analysis(output), stop).disordered();
        }
        PacketSource source = Captures.open(files, InputStream.nullInputStream());
        return disordered ? Analyzer.sorted(source) : source;
    }

    /// What reading the file would have said.
    private static void report(Console console, LiveOutput output, Optional<Path> file, LiveSession session) {
        try {
            Report report = session.report();
            if (file.isPresent()) {
                Target.write(file.get(), out -> JsonReport.write(report, out));
            }
            if (output.said().lines().isEmpty() && !output.said().quiet()) {
                console.out().println();
                TextReport.write(report, Style.PLAIN, console.out());
            }
        } catch (IOException broken) {
            throw new Failure(Exit.INTERNAL, "cannot write the report: " + Errors.message(broken));
        }
    }

    /// Opens where packets come from.
    private interface Opener {
        Arrivals open(Consumer<String> notices) throws IOException;
    }

    /// What is done between the opening of what needs rights and that of what needs none.
    private interface Opened {
        void then(Arrivals source, Consumer<String> notices) throws IOException;
    }

    /// Carries a [LiveException] through to where the command line is known.
    private static final class LiveFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient LiveException why;

        LiveFailure(LiveException why) {
            super(why);
            this.why = why;
        }
    }

    private static int run(Console console, LiveOutput output, Opener opener, Opened opened, long most, boolean reports,
            BooleanSupplier stop, Consumer<LiveSession> after) {
        List<LiveSession> made = new ArrayList<>(1);
        Consumer<String> notices = line -> {
            if (!made.isEmpty()) {
                made.getFirst().notice(line);
            } else if (!output.said().quiet()) {
                console.say("rdptrace: " + line);
            }
        };
        try (Arrivals source = opener.open(notices);
                LiveSession session = session(console, output, source, () -> opened.then(source, notices), most, reports, stop)) {
            made.add(session);
            try {
                session.run();
            } finally {
                session.finish();
            }
            after.accept(session);
            return Exit.ANALYSED.code();
        } catch (LiveException impossible) {
            throw new LiveFailure(impossible);
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, Errors.message(unreadable));
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, Errors.message(broken));
        }
    }

    private static LiveSession session(Console console, LiveOutput output, Arrivals source, LiveSession.Beginning opened, long most,
            boolean reports, BooleanSupplier stop) {
        try {
            return new LiveSession(console, output, source, opened, most, reports, stop);
        } catch (IOException impossible) {
            throw new Failure(Exit.USAGE, "cannot begin: " + Errors.message(impossible));
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.report.Format;
import dev.rdptrace.watch.FileLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What is done with verdicts and packets as they come: the options that `live` and `replay` share.
///
/// @param end when the capture ends (`-a`)
record LiveOutput(Said said, Written packets, FileLimits end, Sinks sinks, Reading reading) {

    /// What a person or a program reads on standard output.
    ///
    /// @param lines how, where a line for a program is told instead of text
    /// @param failedOnly say nothing of connections that worked
    /// @param repeats most like verdicts told in a minute
    record Said(Optional<Format> lines, boolean failedOnly, int verbosity, boolean quiet, int repeats) {}

    /// Packets that are written.
    ///
    /// @param file where to (`-w`)
    /// @param each when the next file begins (`-b`)
    /// @param onlyBroken write only the packets of broken handshakes
    /// @param onlyHandshakes write only the packets of handshakes, each once it is judged
    /// @param keepBytes bound of what is remembered for that
    /// @param brokenRate most broken handshakes written in a minute
    record Written(Optional<Path> file, FileLimits each, boolean onlyBroken, boolean onlyHandshakes, int keepBytes, int brokenRate) {}

    /// Where verdicts go besides.
    ///
    /// @param command run with every failed incident
    /// @param webhook told of every failed incident
    /// @param metrics where figures are served
    /// @param log JSON lines
    /// @param logBytes size of one such file
    /// @param logFiles how many are kept
    record Sinks(Optional<String> command, Optional<URI> webhook, Optional<InetSocketAddress> metrics, Optional<Path> log, long logBytes,
            int logFiles) {}

    private static final int MEGABYTE = 1 << 20;
    private static final List<String> FORMATS = Stream.of(Format.values()).filter(format -> !format.ofOneDocument()).map(Format::toString)
            .toList();

    static void addTo(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(Option.one(Format.class, "FORMAT", "verdicts as text (default), or a line each: "
                + Format.names(Format::ofLines) + " (those of JSON in --log, --exec and --webhook too)", "--format"))
                .completionCandidates(FORMATS).build())
                .addOption(AnalyzeOptions.brief())
                .addOption(Option.flag("say nothing of connections that worked", "--failed-only"))
                .addOption(Option.one(Path.class, "OUT.pcapng", "write the packets there", "-w"))
                .addOption(Option.many(String.class, "LIMIT",
                        "begin the next file after duration:SECONDS, filesize:KB or packets:N; keep files:N", "-b"))
                .addOption(Option.many(String.class, "LIMIT", "end after duration:SECONDS, filesize:KB, files:N or packets:N", "-a"))
                .addOption(Option.flag("-w: only broken handshakes, with their DNS, Kerberos and ICMP, annotated", "--only-broken"))
                .addOption(Option.flag("-w: only handshakes, broken or not, annotated once they are judged", "--only-handshakes"))
                .addOption(Option.one(Integer.class, "MB", "memory for packets whose verdict is not known yet (default 32)", "--keep"))
                .addOption(Option.one(Integer.class, "N", "most broken handshakes written in a minute (default 60)", "--broken-rate"))
                .addOption(Option.one(Integer.class, "N", "most verdicts of a kind told in a minute, the others are counted (default 600)",
                        "--repeats"))
                .addOption(Option.one(String.class, "CMD",
                        "run CMD for every failed handshake, its verdict as JSON on standard input", "--exec"))
                .addOption(Option.one(String.class, "URL", "post every failed handshake's verdict there as JSON", "--webhook"))
                .addOption(Option.one(String.class, "ADDRESS:PORT", "serve figures for Prometheus there", "--metrics"))
                .addOption(Option.one(Path.class, "FILE", "append every verdict to FILE, one JSON object a line", "--log"))
                .addOption(Option.one(String.class, "MB[:N]", "begin a new log file after MB, keep N (default 100:10)", "--log-rotate"));
        Reading.addPeers(spec);
        Reading.addKeyLog(spec, "; followed while it grows");
        Reading.addRsaKeys(spec)
                .addOption(Option.flag("say more: the whole report of every failed handshake", "-v"))
                .addOption(Option.flag("verdicts only, no status line and no notices but of what is lost", "-q"));
    }

    static LiveOutput of(CommandSpec spec) {
        ParseResult given = spec.commandLine().getParseResult();
        Format format = AnalyzeOptions.format(spec, Format.TEXT);
        if (format.ofOneDocument()) {
            throw usage(spec, "--format " + format + " is for what has ended; as verdicts come: " + String.join(", ", FORMATS));
        }
        boolean onlyBroken = given.hasMatchedOption("--only-broken");
        Optional<Path> packets = Optional.ofNullable(given.matchedOptionValue("-w", null));
        boolean onlyHandshakes = given.hasMatchedOption("--only-handshakes");
        if ((onlyBroken || onlyHandshakes) && packets.isEmpty()) {
            throw usage(spec, (onlyBroken ? "--only-broken" : "--only-handshakes") + " needs -w");
        }
        FileLimits each = limits(spec, given, "-b");
        if (given.hasMatchedOption("-b") && (packets.isEmpty() || !each.endsFiles())) {
            throw usage(spec, packets.isEmpty() ? "-b needs -w" : "-b files:N needs a duration, a filesize or packets too");
        }
        String rotate = given.matchedOptionValue("--log-rotate", "100:10");
        String[] parts = rotate.split(":", 2);
        Said said = new Said(format == Format.TEXT ? Optional.empty() : Optional.of(format),
                given.hasMatchedOption("--failed-only"), Option.count(given, "-v"), given.hasMatchedOption("-q"),
                number(spec, "--repeats", given.matchedOptionValue("--repeats", 600), 1_000_000));
        Written written = new Written(packets, each, onlyBroken, onlyHandshakes,
                number(spec, "--keep", given.matchedOptionValue("--keep", 32), 1024) * MEGABYTE,
                number(spec, "--broken-rate", given.matchedOptionValue("--broken-rate", 60), 1_000_000));
        Sinks sinks = new Sinks(Optional.ofNullable(given.matchedOptionValue("--exec", null)), webhook(spec, given),
                metrics(spec, given), Optional.ofNullable(given.matchedOptionValue("--log", null)),
                (long) number(spec, "--log-rotate", parse(parts[0]), 1_000_000) * MEGABYTE,
                parts.length == 1 ? 10 : number(spec, "--log-rotate", parse(parts[1]), 10_000));
        return new LiveOutput(said, written, limits(spec, given, "-a"), sinks, Reading.of(spec));
    }

    private static int parse(String number) {
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException wrong) {
            return 0;
        }
    }

    private static int number(CommandSpec spec, String option, int value, int most) {
        if (value < 1 || most < value) {
            throw usage(spec, option + " takes numbers from 1 to " + most);
        }
        return value;
    }

    private static FileLimits limits(CommandSpec spec, ParseResult given, String option) {
        try {
            return FileLimits.parse(given.matchedOptionValue(option, List.of()));
        } catch (IllegalArgumentException wrong) {
            throw usage(spec, option + " " + Errors.message(wrong) + " is none of duration:SECONDS, filesize:KB, files:N, packets:N");
        }
    }

    private static Optional<URI> webhook(CommandSpec spec, ParseResult given) {
        Optional<String> typed = Optional.ofNullable(given.matchedOptionValue("--webhook", null));
        try {
            Optional<URI> address = typed.map(URI::create);
            if (address.isEmpty() || Set.of("http", "https").contains(String.valueOf(address.get().getScheme()))
                    && address.get().getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException notAnAddress) {
            // said below, without the address: what is secret stands in it
        }
        throw usage(spec, "--webhook: what is given is no http or https address");
    }

    /// A literal address only: nothing is looked up.
    private static Optional<InetSocketAddress> metrics(CommandSpec spec, ParseResult given) {
        String typed = given.matchedOptionValue("--metrics", "");
        if (typed.isEmpty()) {
            return Optional.empty();
        }
        try {
            int colon = typed.lastIndexOf(':');
            String address = typed.substring(0, colon).replaceAll("[\\[\\]]", "");
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(typed.substring(colon + 1))));
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException wrong) {
            throw usage(spec, "--metrics " + typed + " is not ADDRESS:PORT");
        }
    }

    private static ParameterException usage(CommandSpec spec, String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

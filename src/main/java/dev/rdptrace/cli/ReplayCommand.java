package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.live.Devices;
import dev.rdptrace.live.Interfaces;
import dev.rdptrace.live.LiveException;
import dev.rdptrace.live.Replay;
import dev.rdptrace.live.Rewriting;
import dev.rdptrace.live.Sender;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace replay`: a capture happens again, for the analyser or, with `-i`, on a wire.
final class ReplayCommand implements Callable<Integer> {
    /// Drivers of interfaces that lead nowhere but where somebody has led them for a test.
    private static final Set<String> HARMLESS = Set.of("veth", "dummy");

    private final Console console;
    private final BooleanSupplier stop;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ReplayCommand(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    CommandSpec spec() {
        spec.usageMessage()
                .sortOptions(false)
                .description("let a capture happen again: for the analyser, or with -i on a wire")
                .customSynopsis("rdptrace replay [--speed N|max] [LIVE OPTION]... FILE...",
                        "       rdptrace replay -i IFACE [OPTION]... FILE...")
                .optionListHeading("%nOptions:%n");
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("FILE")
                .hideParamSyntax(true)
                .arity("1..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("captures, folders or globs")
                .build())
                .addOption(Option.one(String.class, "N|max", "so many times faster than it was (default 1); max does not wait at all",
                        "--speed"))
                .addOption(Option.one(Path.class, "FILE", "write the report on the whole there, as JSON", "--report"))
                .addOption(Option.one(String.class, "IFACE", "send the packets there", "-i"))
                .addOption(Option.many(Integer.class, "N", "send TCP connection N of the capture only, as Wireshark's tcp.stream",
                        "--stream"))
                .addOption(Option.many(Integer.class, "N", "send incident N of the report only, from 1", "--incident"))
                .addOption(Option.many(String.class, "OLD=NEW", "send with other IP or MAC addresses and right checksums", "--rewrite"))
                .addOption(Option.one(Long.class, "N", "send the capture N times (0: until stopped)", "--loop"))
                .addOption(Option.one(Long.class, "N", "end after N packets", "-c", "--count"))
                .addOption(Option.flag("send onto an interface that may lead to real machines", "--yes"));
        LiveOutput.addTo(spec);
        return spec.addOption(Option.help());
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        List<String> files = Inputs.expand(given.matchedPositionalValue(0, List.of()));
        if (files.isEmpty()) {
            throw usage("no capture given");
        }
        double speed = speed(given.matchedOptionValue("--speed", "1"));
        if (!given.hasMatchedOption("-i")) {
            for (String sending : List.of("--stream", "--incident", "--rewrite", "--loop", "--yes")) {
                if (given.hasMatchedOption(sending)) {
                    throw usage(sending + " needs -i: it is about sending");
                }
            }
            return LiveCommand.replay(console, stop, spec, files, speed);
        }
        if (files.contains(Inputs.STDIN)) {
            throw usage("standard input cannot be sent: it is read twice");
        }
        String name = given.matchedOptionValue("-i", "");
        try {
            return send(given, files, name, speed);
        } catch (LiveException impossible) {
            throw CaptureAdvice.failure(impossible, "replay -i " + name + " " + String.join(" ", files), List.of(name));
        } catch (CaptureException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, Errors.message(unreadable));
        } catch (IOException broken) {
            throw new Failure(Exit.INPUT_UNREADABLE, String.join(", ", files) + ": " + Errors.message(broken));
        }
    }

    private double speed(String typed) {
        if (typed.equalsIgnoreCase("max")) {
            return Double.POSITIVE_INFINITY;
        }
        try {
            double speed = Double.parseDouble(typed);
            if (speed > 0 && speed < 1e9) {
                return speed;
            }
        } catch (NumberFormatException wrong) {
            throw usage("--speed " + typed + " is neither a number nor max");
        }
        throw usage("--speed " + typed + " is not above 0");
    }

    private int send(ParseResult given, List<String> files, String name, double speed) throws IOException {
        Rewriting rewriting = rewriting(given.matchedOptionValue("--rewrite", List.of()));
        Replay.Chosen chosen = chosen(files, given.matchedOptionValue("--stream", List.of()),
                given.matchedOptionValue("--incident", List.of()));
        long rounds = given.matchedOptionValue("--loop", 1L);
        long most = given.matchedOptionValue("--count", Long.MAX_VALUE);
        Replay.Plan plan;
        try (PacketSource source = Captures.open(files, InputStream.nullInputStream())) {
            plan = Replay.plan(source, chosen);
        }
        String driver = Devices.driver(name);
        tell(plan, name, driver, speed, rounds, most, rewriting);
        if (plan.packets() == 0) {
            throw new Failure(Exit.INPUT_UNREADABLE, "nothing in " + String.join(", ", files) + " can be sent");
        }
        if (!isHarmless(name, driver) && !given.hasMatchedOption("--yes")) {
            throw new Failure(Exit.USAGE, name + " may lead to real machines; --yes sends all the same");
        }
        Replay.Sent sent;
        try (Sender sender = Sender.open(name)) {
            sent = Replay.send(() -> Captures.open(files, InputStream.nullInputStream()), chosen, rewriting, sender, speed, rounds, most,
                    stop);
        }
        console.out().printf(Locale.ROOT, "sent %d packets, %d bytes in %.1f s%n", sent.packets(), sent.bytes(), sent.nanos() / 1e9);
        if (sent.tooLong() > 0) {
            console.say("rdptrace: " + sent.tooLong() + " packets were longer than " + name + " takes and were left out");
        }
        return Exit.ANALYSED.code();
    }

    private void tell(Replay.Plan plan, String name, String driver, double speed, long rounds, long most, Rewriting rewriting) {
        console.out().printf(Locale.ROOT, "%s%s: %d packets, %d bytes, %.1f s long%s%s%s%s%n", name, driver.isEmpty() ? "" : " (" + driver
                + ")", plan.packets(), plan.bytes(), plan.nanos() / 1e9, Double.isInfinite(speed) ? ", as fast as possible"
                        : speed == 1
                                ? ""
                        : ", " + speed + " times faster",
                rounds == 1 ? "" : rounds == 0 ? ", again and again" : ", " + rounds + " times", most == Long.MAX_VALUE ? "" : ", at most "
                        + most + " packets",
                rewriting.isEmpty() ? "" : ", with other addresses");
        if (plan.cut() > 0) {
            console.out().println("left out: " + plan.cut() + " packets that were not captured whole");
        }
        if (plan.otherLinks() > 0) {
            console.out().println("left out: " + plan.otherLinks() + " packets that are not Ethernet frames");
        }
        console.out().flush();
    }

    private static boolean isHarmless(String name, String driver) throws LiveException {
        return HARMLESS.contains(driver) || Interfaces.list().stream().anyMatch(one -> one.name().equals(name) && one.isLoopback());
    }

    private Rewriting rewriting(List<String> typed) {
        Rewriting rewriting = new Rewriting();
        for (String one : typed) {
            int equals = one.indexOf('=');
            if (equals < 0) {
                throw usage("--rewrite " + one + " is not OLD=NEW");
            }
            try {
                rewriting.replace(one.substring(0, equals), one.substring(equals + 1));
            } catch (IllegalArgumentException wrong) {
                throw usage("--rewrite " + one + ": " + Errors.message(wrong));
            }
        }
        return rewriting;
    }

    /// Which frames to send: all, or those of some connections with the ICMP messages about them.
    private Replay.Chosen chosen(List<String> files, List<Integer> streams, List<Integer> incidents) throws IOException {
        if (streams.isEmpty() && incidents.isEmpty()) {
            return _ -> true;
        }
        Analysis analysis;
        try (PacketSource source = Captures.open(files, InputStream.nullInputStream())) {
            analysis = Analyzer.analyze(source, Analyzer.Options.NONE, stop);
        }
        List<Attempt> attempts = new ArrayList<>();
        for (int number : incidents) {
            if (number < 1 || analysis.incidents().size() < number) {
                throw usage("--incident " + number + ": there are " + analysis.incidents().size());
            }
            analysis.incidents().get(number - 1).attempts().forEach(one -> attempts.add(one.attempt()));
        }
        for (int stream : streams) {
            attempts.add(analysis.incidents().stream().map(Incident::attempts).flatMap(List::stream).map(JudgedAttempt::attempt)
                    .filter(one -> one.stream() == stream).findFirst()
                    .orElseThrow(() -> usage("--stream " + stream + " is no RDP connection of this capture")));
        }
        return new OfConnections(List.copyOf(attempts));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static final class OfConnections implements Replay.Chosen {
        private final List<Attempt> attempts;
        private final Packet packet = new Packet();

        OfConnections(List<Attempt> attempts) {
            this.attempts = attempts;
        }

        @Override
        public boolean test(Frame frame) {
            Verdict verdict = packet.wrap(frame);
            for (Attempt attempt : attempts) {
                boolean itsTime = attempt.first().frame() <= frame.number() && frame.number() <= attempt.last().frame();
                if (verdict == Verdict.TCP && itsTime && isOf(attempt) || verdict == Verdict.ICMP && packet.quoted() && isAbout(attempt)) {
                    return true;
                }
            }
            return false;
        }

        private boolean isOf(Attempt one) {
            return matches(one, packet.sourceHigh(), packet.sourceLow(), packet.sourcePort(), packet.destinationHigh(),
                    packet.destinationLow(), packet.destinationPort());
        }

        private boolean isAbout(Attempt one) {
            return matches(one, packet.quotedSourceHigh(), packet.quotedSourceLow(), packet.quotedSourcePort(),
                    packet.quotedDestinationHigh(),
                    packet.quotedDestinationLow(), packet.quotedDestinationPort());
        }

        private static boolean matches(Attempt one, long fromHigh, long fromLow, int fromPort, long toHigh, long toLow, int toPort) {
            return is(one.client(), fromHigh, fromLow, fromPort) && is(one.server(), toHigh, toLow, toPort)
                    || is(one.server(), fromHigh, fromLow, fromPort) && is(one.client(), toHigh, toLow, toPort);
        }

        private static boolean is(Endpoint endpoint, long high, long low, int port) {
            return endpoint.low() == low && endpoint.high() == high && endpoint.port() == port;
        }
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.OwnFile;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.live.FrameSink;
import dev.rdptrace.live.Interfaces;
import dev.rdptrace.live.LiveException;
import dev.rdptrace.live.LiveOptions;
import dev.rdptrace.live.LiveSource;
import dev.rdptrace.live.Pump;
import dev.rdptrace.live.Rights;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.HtmlReport;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.TextReport;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `rdptrace record`: for who has the error on the screen and somebody on the phone. It asks nothing, captures while the error is made
/// again, and leaves one file that can be sent.
final class RecordCommand extends CaptureCommand {
    private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
    private static final List<String> EVERYWHERE = List.of("any");
    private static final String CAPTURE = "capture.pcapng";
    /// All traffic is recorded; a desktop that copies no large files needs an hour for it.
    private static final long MOST_BYTES = 512L << 20;

    private volatile boolean pressed;

    RecordCommand(Console console, BooleanSupplier stop) {
        super(console, stop);
    }

    CommandSpec spec() {
        spec.usageMessage().sortOptions(false).description("capture while the error is made again, and pack the case into one file")
                .footer("", "Nothing is sent. Packed are the report and the capture without addresses, names and contents.");
        spec.addPositional(PositionalParamSpec.builder().paramLabel("FILE").index("0").arity("0..1").type(String.class)
                .description("a capture that is there already, as pktmon makes it").build())
                .addOption(Option.one(Path.class, "CASE.zip", "where the case goes (default: rdptrace-TIME.zip here)", "-o", "--output"))
                .addOption(Option.list(String.class, "IFACE", "capture there (default: everywhere)", "-i"))
                .addOption(Option.one(Integer.class, "N", "end after N seconds, or when Enter is pressed", "--seconds"));
        return common();
    }

    @Override
    Exit run(ParseResult given) throws IOException {
        Optional<String> file = Optional.ofNullable(given.matchedPositionalValue(0, null));
        List<String> interfaces = given.matchedOptionValue("-i", List.of());
        int seconds = given.matchedOptionValue("--seconds", 0);
        if (file.isPresent() && (!interfaces.isEmpty() || seconds != 0) || seconds < 0) {
            throw usage(seconds < 0 ? "--seconds " + seconds + " is less than no time"
                    : "a capture that is there already is not captured again");
        }
        Path target = given.matchedOptionValue("--output", Path.of("rdptrace-" + LocalDateTime.now().format(NOW) + ".zip"));
        if (file.isPresent()) {
            List<String> files = files(file.get());
            Target.spare(files, "-o", target);
            return pack(files, String.join(", ", files), target, given);
        }
        try {
            return record(interfaces.isEmpty() ? everywhere() : interfaces, seconds, target, given);
        } catch (LiveException impossible) {
            throw impossible(impossible, interfaces);
        } catch (IOException broken) {
            throw new Failure(Exit.USAGE, "cannot record: " + Target.reason(broken));
        }
    }

    /// Where RDP may come along: a tunnel has an interface of its own.
    private static List<String> everywhere() throws LiveException {
        if (System.getProperty("os.name", "").equals("Linux")) {
            return EVERYWHERE;
        }
        List<String> up = Interfaces.list().stream().filter(one -> one.isUp() && !one.isLoopback()).map(Interfaces.Interface::name)
                .toList();
        if (up.isEmpty()) {
            throw new LiveException(LiveException.Reason.INTERFACE_DOWN, "no interface is up");
        }
        return up;
    }

    private static Failure impossible(LiveException why, List<String> interfaces) {
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        Failure usual = CaptureAdvice.failure(why, "record", interfaces);
        return !windows ? usual : new Failure(usual.exit(), Errors.message(why) + "; Windows itself can capture, in a command line that was"
                + " opened with \"Run as administrator\":", CaptureAdvice.pktmon("rdptrace record rdp.pcapng"));
    }

    // ---- capturing ----

    private Exit record(List<String> interfaces, int seconds, Path target, ParseResult given) throws IOException {
        Path folder = null;
        try (LiveSource source = LiveSource.open(LiveOptions.on(interfaces), line -> console.say("rdptrace: " + line))) {
            Rights.User user = Rights.user("", console.environment()).orElseThrow();
            if (Rights.isRoot() && console.environment().containsKey("SUDO_UID")) {
                Rights.become(user, false);
            }
            Rights.noMore();
            Target.expectWritable(target);
            folder = Files.createTempDirectory("rdptrace-");
            Path all = folder.resolve("all.pcapng");
            try (Recording recording = new Recording(new BufferedOutputStream(OwnFile.createNew(all), 1 << 16), "rdptrace "
                    + Version.number(), "")) {
                console.out().println("Recording on " + (interfaces.equals(EVERYWHERE) ? "all interfaces" : String.join(", ", interfaces))
                        + ". Make the error happen again now, then press Enter.");
                console.out().flush();
                waitForEnter();
                capture(source, recording, options(), seconds);
            }
            return pack(List.of(all.toString()), "the recording", target, given);
        } finally {
            if (folder != null) {
                Files.deleteIfExists(folder.resolve("all.pcapng"));
                Files.deleteIfExists(folder);
            }
        }
    }

    /// Enter ends it; a standard input that is closed does not.
    private void waitForEnter() {
        Thread.ofPlatform().daemon().name("enter").start(() -> {
            try {
                pressed = System.in.read() >= 0;
            } catch (IOException closed) {
                pressed = false;
            }
        });
    }

    private void capture(LiveSource source, Recording recording, Analyzer.Options options, int seconds) throws IOException {
        long began = System.nanoTime();
        RunningAnalysis following = new RunningAnalysis(options, 0, incident -> {
            console.out().println("  " + LiveSession.line(incident));
            console.out().flush();
        });
        FrameSink both = new FrameSink() {
            @Override
            public void accept(Frame frame) throws IOException {
                for (int i = recording.networks(); i <= frame.interfaceIndex(); i++) {
                    recording.network(source.facts().interfaces().get(i));
                }
                recording.packet(frame.interfaceIndex(), frame.nanos(), frame.bytes(), frame.offset(), frame.length(), frame.wireLength(),
                        List.of());
                following.accept(frame);
            }

            @Override
            public void tick(long nanos) {
                following.tick(nanos);
            }
        };
        Pump.run(source, both, () -> pressed || stop.getAsBoolean() || recording.size() > MOST_BYTES
                || seconds > 0 && System.nanoTime() - began > TimeUnit.SECONDS.toNanos(seconds), () -> {});
        if (recording.size() > MOST_BYTES) {
            console.say("rdptrace: stopped at " + (MOST_BYTES >> 20) + " MB; what came behind that was not recorded");
        }
        for (int i = 0; i < recording.networks(); i++) {
            InterfaceFacts network = source.facts().interfaces().get(i);
            recording.statistics(i, source.now(), network.received(), network.dropped());
        }
    }

    // ---- packing ----

    /// Judges the capture, shows it, and makes the file. It was asked to end and does so by this: nothing here can be stopped.
    private Exit pack(List<String> files, String name, Path target, ParseResult given) throws IOException {
        Analyzer.Options options = options();
        Analysis seen = Analyzer.analyze(() -> Captures.open(files, InputStream.nullInputStream()), options, () -> false);
        if (seen.incidents().isEmpty()) {
            console.say("rdptrace: no RDP was seen in " + seen.frames() + " packets: nothing was saved");
            console.say("Is it this computer that connects? Begin before the connection is made; through a gateway: --gateway ADDRESS");
            return Exit.NO_RDP;
        }
        Report whole = RedactedCopy.report(seen, name);
        Report worst = new Report(whole.version(), whole.capture(), whole.fitness(), whole.counts(), List.of(seen.incidents().getFirst()));
        TextReport.write(worst, style(given, 0, false), console.out());
        int others = seen.incidents().size() - 1;
        if (others > 0) {
            console.out().println("The report has " + others + (others == 1 ? " more try" : " more tries") + ".");
        }
        Path folder = Files.createTempDirectory("rdptrace-");
        Path copy = folder.resolve(CAPTURE);
        boolean withCapture;
        try {
            Optional<Report> of = redacted(files, copy, options);
            withCapture = of.isPresent();
            Report report = of.orElse(whole);
            Disguise disguise = withCapture ? Disguise.NONE : Disguise.of(report);
            Target.write(target, out -> {
                try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(out, 1 << 16))) {
                    put(zip, "report.html", written(content -> HtmlReport.write(report, disguise, content)));
                    put(zip, "report.json", written(content -> JsonReport.write(report, disguise, content)));
                    if (withCapture) {
                        zip.putNextEntry(new ZipEntry(CAPTURE));
                        Files.copy(copy, zip);
                        zip.closeEntry();
                    }
                }
            });
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(folder);
        }
        console.out().println();
        console.out().println("Saved " + target + ": report.html, report.json" + (withCapture ? " and " + CAPTURE
                + ", with other names and addresses and without contents; it is judged as above." : ", without names and addresses.")
                + " Nothing was sent.");
        return Exit.ANALYSED;
    }

    /// Empty where no copy says the same without what must not be passed on.
    private Optional<Report> redacted(List<String> files, Path copy, Analyzer.Options options) throws IOException {
        try {
            Report report = RedactedCopy.report(new RedactedCopy(console, () -> false).write(files, copy, options, false), CAPTURE);
            try (PacketSource source = Captures.open(List.of(copy.toString()), InputStream.nullInputStream())) {
                Evidence evidence = Evidence.read(report.incidents(), source, () -> false);
                return Optional.of(report.with(evidence.withDigests(Map.of(CAPTURE, Inputs.sha256(copy)))));
            }
        } catch (Failure refused) {
            console.say("rdptrace: the packets are left out: " + Errors.message(refused));
            return Optional.empty();
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] written(Target.Content content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        content.writeTo(out);
        return out.toByteArray();
    }
}

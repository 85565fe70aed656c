package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.live.Arrivals;
import dev.rdptrace.live.Counters;
import dev.rdptrace.live.FrameSink;
import dev.rdptrace.live.Pump;
import dev.rdptrace.report.AnnotatedCapture;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.watch.Deliveries;
import dev.rdptrace.watch.DeliveryQueue;
import dev.rdptrace.watch.LineFile;
import dev.rdptrace.watch.Metrics;
import dev.rdptrace.watch.PacketHistory;
import dev.rdptrace.watch.Repeats;
import dev.rdptrace.watch.RingFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One run of the live pipeline: packets in, verdicts and whatever else was asked for out.
final class LiveSession implements FrameSink, AutoCloseable {
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT)
            .withZone(ZoneId.systemDefault());
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /// For what is open when somebody asks for the end.
    private static final long JUDGING_NANOS = 5 * SECOND;
    private static final int LONGEST_SENTENCE = 400;

    private final Console console;
    private final LiveOutput options;
    private final Arrivals source;
    private final RunningAnalysis following;
    private final Optional<Analyzer.Whole> whole;
    private final BooleanSupplier stop;
    private final Repeats repeats;
    private final long mostFrames;
    private final @Nullable RingFiles files;
    private final @Nullable PacketHistory keeper;
    private final @Nullable LineFile log;
    private final @Nullable DeliveryQueue command;
    private final @Nullable DeliveryQueue webhook;
    private final @Nullable Metrics metrics;
    private final Map<String, Long> incidents = new TreeMap<>();
    private final HeapSweep heap = HeapSweep.ofThisProcess();
    private final long began = System.nanoTime();
    private final long started = System.currentTimeMillis() / 1000;
    private volatile String page = "";
    private volatile boolean statusShown;
    private long frames;
    private long verdicts;
    private boolean full;
    private long looked = System.nanoTime();
    private long framesBefore;
    private long minute = System.nanoTime();
    private int brokenThisMinute;
    private long suppressed;
    private long asked;
    private long crowdedOut;
    private boolean crowded;
    private Counters counters = Counters.NONE;

    /// @param opened called once what needs rights is open, and before files are made
    /// @param reports there will be a [#report] on the whole
    LiveSession(Console console, LiveOutput options, Arrivals source, Beginning opened, long mostFrames, boolean reports,
            BooleanSupplier stop) throws IOException {
        this.console = console;
        this.options = options;
        this.source = source;
        this.stop = stop;
        LiveOutput.Sinks sinks = options.sinks();
        LiveOutput.Written written = options.packets();
        this.repeats = new Repeats(options.said().repeats(), this::notice, began);
        this.mostFrames = options.end().packets() > 0 ? Math.min(mostFrames, options.end().packets()) : mostFrames;
        BitSet ports = new BitSet(65536);
        options.reading().allPorts().forEach(ports::set);
        Analyzer.Options how = analysis(options);
        following = new RunningAnalysis(how, 0, this::verdict);
        whole = reports ? Optional.of(new Analyzer.Whole(how, source::facts)) : Optional.empty();
        files = written.file().isEmpty() ? null : new RingFiles(written.file().get(), written.each(), "rdptrace " + Version.number(),
                this::interfaces, this::notice);
        metrics = sinks.metrics().isEmpty() ? null : new Metrics(sinks.metrics().get(), () -> page);
        if (metrics != null) {
            begin("cannot serve --metrics at " + sinks.metrics().get().toString().replaceFirst("^.*/", ""), metrics::open);
        }
        boolean pipe = files != null && files.isPipe();
        if (files != null && pipe) {
            begin("cannot write " + written.file().get(), files::open);
        }
        opened.begin();
        if (files != null && !pipe) {
            begin("cannot write " + written.file().get(), files::open);
        }
        keeper = written.onlyBroken() || written.onlyHandshakes() ? new PacketHistory(written.keepBytes(), ports) : null;
        log = sinks.log().isEmpty() ? null : new LineFile(sinks.log().get(), sinks.logBytes(), sinks.logFiles(), this::notice);
        if (log != null) {
            begin("cannot write " + sinks.log().get(), log::open);
        }
        command = sinks.command().isEmpty() ? null : new DeliveryQueue("--exec", Deliveries.command(sinks.command().get()),
                this::notice);
        webhook = sinks.webhook().isEmpty() ? null : new DeliveryQueue("--webhook", Deliveries.webhook(sinks.webhook().get()),
                this::notice);
    }

    interface Beginning {
        void begin() throws IOException;
    }

    private static void begin(String otherwise, Beginning sink) {
        try {
            sink.begin();
        } catch (IOException impossible) {
            throw new Failure(Exit.USAGE, otherwise + ": " + Target.reason(impossible),
                    impossible instanceof AccessDeniedException ? LiveCommand.asSomebody() : List.of());
        }
    }

    static Analyzer.Options analysis(LiveOutput options) throws IOException {
        return options.reading().following();
    }

    private List<InterfaceFacts> interfaces() {
        return source.facts().interfaces();
    }

    /// Until the source ends, a limit is reached, or the user wants no more.
    void run() throws IOException {
        if (options.said().lines().isPresent()) {
            options.said().lines().get().head(false, console.out());
            console.out().flush();
        }
        Pump.run(source, this, this::isOver, this::often);
    }

    private boolean isOver() {
        return stop.getAsBoolean() || frames >= mostFrames || full || files != null && files.readerGone();
    }

    @Override
    public void accept(Frame frame) throws IOException {
        frames++;
        if (keeper != null) {
            keeper.see(frame);
        } else if (files != null) {
            files.packet(frame.interfaceIndex(), frame.nanos(), frame.bytes(), frame.offset(), frame.length(), frame.wireLength(),
                    List.of());
        }
        following.accept(frame);
        if (whole.isPresent()) {
            whole.get().accept(frame);
        }
    }

    @Override
    public void clockSet(long nanos) {
        following.clockSet(nanos);
        if (whole.isPresent()) {
            whole.get().clockSet(nanos);
        }
    }

    @Override
    public void tick(long nanos) throws IOException {
        following.tick(nanos);
    }

    private boolean limitReached() {
        return options.end().seconds() > 0 && System.nanoTime() - began >= options.end().seconds() * SECOND
                || options.end().packets() > 0 && frames >= options.end().packets()
                || files != null && (options.end().bytes() > 0 && files.bytes() >= options.end().bytes()
                        || options.end().files() > 0 && files.files() > options.end().files());
    }

    private void often() {
        long now = System.nanoTime();
        if (now - looked >= SECOND) {
            counters = source.counters();
            status((frames - framesBefore) * 1e9 / (now - looked));
            full = limitReached();
            heap.look();
            repeats.look(now);
            crowd();
            looked = now;
            framesBefore = frames;
            if (metrics != null) {
                page = figures();
            }
            if (files != null) {
                files.flush();
            }
        }
    }

    /// A flood is told once until it is over.
    private void crowd() {
        long now = following.crowdedOut();
        if (crowdedOut < now && !crowded) {
            notice("more connections are opened than can be followed at once: those that nobody answers are counted and not judged");
        }
        crowded = crowdedOut < now;
        crowdedOut = now;
    }

    // ---- verdicts ----

    private void verdict(Incident incident) {
        verdicts++;
        Finding verdict = incident.verdict();
        boolean broken = verdict.outcome().isTrouble();
        if (keeper != null && files != null && (broken || options.packets().onlyHandshakes())) {
            keep(incident, keeper, files);
        }
        incidents.merge("outcome=\"" + verdict.outcome() + "\",signature=\"" + verdict.id() + "\",phase=\"" + verdict.phase() + "\"", 1L,
                Long::sum);
        if (!repeats.tells(verdict.id())) {
            return;
        }
        byte[] json = log != null || broken && (command != null || webhook != null)
                ? line(incident, options.said().lines().filter(Format::ofJsonLines).orElse(Format.NDJSON)) : new byte[0];
        if (log != null) {
            log.write(json);
        }
        if (broken && command != null) {
            command.send(json);
        }
        if (broken && webhook != null) {
            webhook.send(json);
        }
        if (broken || !options.said().failedOnly()) {
            clearStatus();
            if (options.said().lines().isPresent()) {
                console.out().writeBytes(line(incident, options.said().lines().get()));
            } else {
                console.out().println(line(incident));
                if (broken && options.said().verbosity() > 0) {
                    console.out().println(TextReport.text(report(incident), Style.PLAIN));
                }
            }
            console.out().flush();
        }
    }

    private Report report(Incident incident) {
        return new Report(Version.number(), source.facts(), List.of(), Map.of(), List.of(incident));
    }

    private byte[] line(Incident incident, Format format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
        try {
            format.write(report(incident), Style.PLAIN, Disguise.NONE, out);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return out.toByteArray();
    }

    /// One incident on one line.
    static String line(Incident incident) {
        Finding verdict = incident.verdict();
        long nanos = incident.headline().ending().nobody() ? incident.headline().attempt().last().nanos() : incident.headline().ending()
                .at().nanos();
        return CLOCK.format(Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))) + "  "
                + verdict.outcome().toString().toUpperCase(Locale.ROOT) + "  " + incident.client().address() + " -> " + incident.server()
                + "  " + Printable.of(Identity.shown(verdict.says()), LONGEST_SENTENCE) + "  [" + verdict.id() + ", " + verdict.phase()
                + ", "
                + verdict.side() + "]";
    }

    private void keep(Incident incident, PacketHistory keeper, RingFiles files) {
        long now = System.nanoTime();
        if (now - minute > 60 * SECOND) {
            minute = now;
            brokenThisMinute = 0;
        }
        if (++brokenThisMinute > options.packets().brokenRate()) {
            suppressed++;
            if (brokenThisMinute == options.packets().brokenRate() + 1) {
                notice("more than " + options.packets().brokenRate()
                        + " broken handshakes in a minute, the packets of the others are not written");
            }
            return;
        }
        keeper.release(incident, AnnotatedCapture.comments(report(incident)), files::packet);
        files.flush();
    }

    // ---- what else is said ----

    /// A line on standard error; more of the same capture may follow.
    void notice(String line) {
        if (!options.said().quiet()) {
            loss(line);
        }
    }

    /// The same of what is lost, which nobody wants to be spared.
    private void loss(String line) {
        synchronized (console.err()) {
            clearStatus();
            console.say("rdptrace: " + line);
        }
    }

    private void status(double rate) {
        if (!console.errIsTerminal() || options.said().quiet()) {
            return;
        }
        synchronized (console.err()) {
            console.err().printf(Locale.ROOT, "\r%.0f packets/s, %d connections, %d open, %d verdicts, %d dropped\u001b[K", rate,
                    following.streams(), following.followed(), verdicts, counters.dropped());
            console.err().flush();
            statusShown = true;
        }
    }

    private void clearStatus() {
        if (statusShown) {
            synchronized (console.err()) {
                console.err().print("\r\u001b[K");
                console.err().flush();
                statusShown = false;
            }
        }
    }

    private String figures() {
        StringBuilder text = new StringBuilder(2048);
        head(text, "rdptrace_build_info", "gauge", "Always 1; which build this is.");
        text.append("rdptrace_build_info{version=\"").append(Version.number()).append("\",revision=\"").append(Version.revision())
                .append("\",java=\"").append(Runtime.version().feature()).append("\"} 1\n");
        figure(text, "process_start_time_seconds", "gauge", "When it began, seconds since 1970.", started);
        figure(text, "rdptrace_packets_total", "counter", "Packets analysed.", frames);
        figure(text, "rdptrace_kernel_received_packets_total", "counter", "Packets the kernel handed to the capture.", counters.received());
        figure(text, "rdptrace_kernel_dropped_packets_total", "counter", "Packets the kernel had no room for.", counters.dropped());
        figure(text, "rdptrace_interface_dropped_packets_total", "counter", "Packets the interface dropped.",
                counters.droppedByInterface());
        figure(text, "rdptrace_connections_total", "counter", "TCP connections seen.", following.streams());
        figure(text, "rdptrace_open_connections", "gauge", "Connections followed now.", following.followed());
        figure(text, "rdptrace_unjudged_connections_total", "counter", "Connections nobody answered, not judged for lack of room.",
                following.crowdedOut());
        head(text, "rdptrace_incidents_total", "counter", "Verdicts by outcome, signature and phase.");
        incidents.forEach((labels, count) -> text.append("rdptrace_incidents_total{").append(labels).append("} ").append(count)
                .append('\n'));
        head(text, "rdptrace_queue_length", "gauge", "Verdicts that wait to be delivered.");
        head(text, "rdptrace_lost_total", "counter", "What could not be written or delivered.");
        Runtime memory = Runtime.getRuntime();
        figure(text, "rdptrace_heap_bytes", "gauge", "Java heap in use.", memory.totalMemory() - memory.freeMemory());
        figure(text, "rdptrace_threads", "gauge", "Threads.", Thread.activeCount());
        return text.toString();
    }

    private void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
        switch (name) {
            case "rdptrace_queue_length" -> {
                labelled(text, name, "exec", command == null ? 0 : command.waiting());
                labelled(text, name, "webhook", webhook == null ? 0 : webhook.waiting());
            }
            case "rdptrace_lost_total" -> {
                labelled(text, name, "exec", command == null ? 0 : command.dropped());
                labelled(text, name, "webhook", webhook == null ? 0 : webhook.dropped());
                labelled(text, name, "log", log == null ? 0 : log.lost());
                labelled(text, name, "packets", files == null ? 0 : files.lost());
                labelled(text, name, "broken-rate", suppressed);
                labelled(text, name, "repeats", repeats.counted());
            }
            default -> {}
        }
    }

    private static void labelled(StringBuilder text, String name, String sink, long value) {
        text.append(name).append("{sink=\"").append(sink).append("\"} ").append(value).append('\n');
    }

    private void figure(StringBuilder text, String name, String type, String help, long value) {
        head(text, name, type, help);
        text.append(name).append(' ').append(value).append('\n');
    }

    // ---- the end ----

    /// Writes what is left and judges what is open. Who asked for the end does not wait for long: packets first, which nobody
    /// else has.
    void finish() {
        if (files != null && keeper == null) {
            files.close();
        } else if (files != null) {
            files.flush();
        }
        long unjudged = following.finish(this::late);
        clearStatus();
        counters = source.counters();
        notice(String.format(Locale.ROOT, "%d packets, %d connections, %d verdicts; %d received and %d dropped by the kernel", frames,
                following.streams(), verdicts, counters.received(), counters.dropped()));
        repeats.end();
        if (following.crowdedOut() > 0) {
            notice(following.crowdedOut() + " connections that nobody answered were not judged: too many were open at once");
        }
        if (unjudged > 0) {
            loss(unjudged + " connections that were open were not judged: there was no time for more than " + JUDGING_NANOS / SECOND
                    + " seconds of it");
        }
        deliverTheRest();
        long lost = (command == null ? 0 : command.dropped()) + (webhook == null ? 0 : webhook.dropped()) + (log == null ? 0 : log.lost());
        if (lost > 0) {
            loss(lost + " verdicts could not be delivered");
        }
        if (files != null && files.lost() > 0) {
            loss(files.lost() + " packets could not be written");
        }
        if (suppressed > 0) {
            notice("the packets of " + suppressed + " broken handshakes were not written: too many in a minute");
        }
    }

    private boolean late() {
        if (!stop.getAsBoolean()) {
            return false;
        }
        long now = System.nanoTime();
        asked = asked == 0 ? now : asked;
        return now - asked > JUDGING_NANOS;
    }

    /// The whole, as if it had been read from a file: judged at its end and not as soon as possible.
    Report report() {
        return whole.orElseThrow().end(source.facts()).report(Version.number());
    }

    private void deliverTheRest() {
        if (command != null) {
            command.close();
        }
        if (webhook != null) {
            webhook.close();
        }
    }

    @Override
    public void close() {
        if (files != null) {
            files.close();
        }
        if (log != null) {
            log.close();
        }
        deliverTheRest();
        if (metrics != null) {
            metrics.close();
        }
    }
}

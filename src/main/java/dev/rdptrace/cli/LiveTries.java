package dev.rdptrace.cli;

import dev.rdptrace.Analyzer;
import dev.rdptrace.RunningAnalysis;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.OwnFile;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.live.Arrivals;
import dev.rdptrace.live.FrameSink;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.TryRow;
import dev.rdptrace.tui.ShownTry;
import dev.rdptrace.tui.Model;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;

/// The tries of a capture that goes on: judged as they end, and what was captured in a file of its own until this is closed.
final class LiveTries implements TrySource, FrameSink, AutoCloseable {
    /// Of the file; what comes later is judged, and cannot be read again.
    private static final long MOST_BYTES = 1L << 30;
    /// Some 10 KB each.
    private static final int MOST_TRIES = 2000;

    private final Arrivals source;
    private final Analyzer.Options options;
    private final Model model;
    private final boolean shared;
    private final RunningAnalysis following;
    private final Path folder;
    private final Path all;
    private final OutputStream out;
    private final Recording recording;
    private final List<Incident> tries = new ArrayList<>();
    /// By the frame with which a try began.
    private final Map<Long, Integer> numbers = new HashMap<>();
    private Disguise disguise = Disguise.NONE;
    private boolean full;

    LiveTries(Arrivals source, Analyzer.Options options, Model model, boolean shared) throws IOException {
        this.source = source;
        this.options = options;
        this.model = model;
        this.shared = shared;
        following = new RunningAnalysis(options, 0, this::verdict);
        folder = Files.createTempDirectory("rdptrace-");
        all = folder.resolve("all.pcapng");
        out = new BufferedOutputStream(OwnFile.createNew(all), 1 << 16);
        recording = new Recording(out, "rdptrace " + Version.number(), "");
    }

    @Override
    public void accept(Frame frame) throws IOException {
        if (!full) {
            for (int i = recording.networks(); i <= frame.interfaceIndex(); i++) {
                recording.network(source.facts().interfaces().get(i));
            }
            recording.packet(frame.interfaceIndex(), frame.nanos(), frame.bytes(), frame.offset(), frame.length(), frame.wireLength(),
                    List.of());
            full = recording.size() > MOST_BYTES;
            if (full) {
                model.say((MOST_BYTES >> 20) + " MB are captured: later tries are judged, and their packets not kept.");
            }
        }
        following.accept(frame);
    }

    @Override
    public void clockSet(long nanos) {
        following.clockSet(nanos);
    }

    @Override
    public void tick(long nanos) {
        following.tick(nanos);
    }

    private void verdict(Incident incident) {
        Report report = report(incident);
        if (shared && disguise == Disguise.NONE) {
            disguise = Disguise.of(report);
        }
        Integer known = numbers.get(incident.attempts().getFirst().attempt().first().frame());
        int number = known == null ? tries.size() : known;
        if (number == MOST_TRIES) {
            model.add(List.of(), 1);
            return;
        }
        if (known == null) {
            tries.add(incident);
            numbers.put(incident.attempts().getFirst().attempt().first().frame(), number);
        } else {
            tries.set(number, incident);
        }
        model.put(number, TryRow.of(report, incident, disguise));
    }

    private Report report(Incident incident) {
        return new Report(Version.number(), source.facts(), List.of(), Map.of(), List.of(incident));
    }

    @Override
    public ShownTry open(int number, DoublePredicate onlooker) {
        Incident incident = tries.get(number);
        return new ShownTry(number, report(incident), incident, disguise);
    }

    @Override
    public List<String> files(int number) {
        try {
            out.flush();
        } catch (IOException unwritable) {
            // what was written is there
        }
        return List.of(all.toString());
    }

    @Override
    public String save(List<Integer> wanted, String name, boolean redacted, DoublePredicate onlooker) throws IOException {
        List<Incident> incidents = wanted.stream().map(tries::get).toList();
        return SavedTries.write(files(0), report(incidents.getFirst()).with(incidents), name, redacted, options, onlooker);
    }

    @Override
    public void close() throws IOException {
        try {
            recording.close();
        } finally {
            Files.deleteIfExists(all);
            Files.deleteIfExists(folder);
        }
    }
}

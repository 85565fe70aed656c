package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.TryRow;
import dev.rdptrace.tui.ShownTry;
import dev.rdptrace.tui.Model;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;

/// The tries of some recordings. Of most a line is kept; what is looked at again is judged again where it was let go.
final class RecordedTries implements TrySource {
    /// Recordings whose tries are kept, and so many tries of them.
    private static final int MOST_HELD = 64;
    private static final int MOST_TRIES = 2000;

    private final List<List<String>> recordings;
    private final Analyzer.Options options;
    private final boolean shared;
    private final Map<Integer, Report> held = new LinkedHashMap<>();
    private final List<Place> places = new ArrayList<>();
    private Disguise disguise = Disguise.NONE;

    /// Where a try is: of which recording the how many-th.
    private record Place(int recording, int number) {}

    RecordedTries(List<List<String>> recordings, Analyzer.Options options, boolean shared) {
        this.recordings = recordings;
        this.options = options;
        this.shared = shared;
    }

    int recordings() {
        return recordings.size();
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    /// Adds the tries of a recording.
    ///
    /// @param onlooker told now and then how much of it has been read, 0 to 1 or [Double#NaN]; `false`: no more
    void judge(int recording, Model model, DoublePredicate onlooker) throws IOException {
        Report report = report(recording, onlooker);
        if (shared && disguise == Disguise.NONE) {
            disguise = Disguise.of(report);
        }
        List<TryRow> rows = new ArrayList<>();
        for (int i = 0; i < report.incidents().size() && places.size() < Model.MOST_TRIES; i++) {
            rows.add(TryRow.of(report, report.incidents().get(i), disguise));
            places.add(new Place(recording, i));
        }
        model.add(rows, report.incidents().size() - rows.size());
    }

    /// @throws IOException also where the recording is another now
    @Override
    public ShownTry open(int number, DoublePredicate onlooker) throws IOException {
        Place place = places.get(number);
        Report report = report(place.recording, onlooker);
        if (report.incidents().size() <= place.number) {
            throw new IOException(recordings.get(place.recording).getFirst() + " is not what it was");
        }
        return new ShownTry(number, report, report.incidents().get(place.number), disguise);
    }

    @Override
    public List<String> files(int number) {
        return recordings.get(places.get(number).recording);
    }

    @Override
    public String save(List<Integer> numbers, String name, boolean redacted, DoublePredicate onlooker) throws IOException {
        List<Integer> of = numbers.stream().map(number -> places.get(number).recording).distinct().toList();
        if (of.size() > 1) {
            return "Not saved: these tries are of " + of.size() + " recordings; choose those of one.";
        }
        List<Incident> incidents = new ArrayList<>();
        for (int number : numbers) {
            incidents.add(open(number, onlooker).incident());
        }
        return SavedTries.write(recordings.get(of.getFirst()), report(of.getFirst(), onlooker).with(incidents), name, redacted, options,
                onlooker);
    }

    private Report report(int recording, DoublePredicate onlooker) throws IOException {
        Report known = held.get(recording);
        if (known != null) {
            return known;
        }
        List<String> files = recordings.get(recording);
        PacketSource[] opened = new PacketSource[1];
        Analysis analysis = Analyzer.analyze(() -> opened[0] = Captures.open(files, InputStream.nullInputStream()), options,
                () -> !onlooker.test(opened[0].share()));
        Report report = analysis.report(Version.number());
        if (analysis.stopped().isPresent() && places.stream().anyMatch(place -> place.recording == recording)) {
            throw new IOException("Stopped.");
        }
        held.put(recording, report);
        while (held.size() > 1 && (held.size() > MOST_HELD || held.values().stream().mapToInt(one -> one.incidents().size()).sum()
                > MOST_TRIES)) {
            held.remove(held.keySet().iterator().next());
        }
        return report;
    }
}

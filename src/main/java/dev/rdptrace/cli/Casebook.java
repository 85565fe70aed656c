package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.evidence.Evidence.FrameBytes;
import dev.rdptrace.report.AnnotatedCapture;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.TryRow;
import dev.rdptrace.tui.Case;
import dev.rdptrace.tui.Model;
import dev.rdptrace.watch.TryPackets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.DoublePredicate;

/// The tries of some recordings. Of most a line is kept; what is looked at again is judged again where it was let go.
final class Casebook {
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

    Casebook(List<List<String>> recordings, Analyzer.Options options, boolean shared) {
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
    Case open(int number, DoublePredicate onlooker) throws IOException {
        Place place = places.get(number);
        Report report = report(place.recording, onlooker);
        if (report.incidents().size() <= place.number) {
            throw new IOException(recordings.get(place.recording).getFirst() + " is not what it was");
        }
        return new Case(number, report, report.incidents().get(place.number), disguise);
    }

    /// Bytes of frames of a try, read once more.
    Map<Long, FrameBytes> frames(Case one, SortedMap<Long, List<String>> texts, DoublePredicate onlooker) throws IOException {
        List<String> files = recordings.get(places.get(one.number()).recording);
        try (PacketSource source = Captures.open(files, InputStream.nullInputStream())) {
            return Evidence.frames(one.incident(), texts, source, () -> !onlooker.test(source.share()));
        }
    }

    /// Writes the packets of these tries, which are of one recording.
    ///
    /// @param redacted as [RedactedCopy] writes them, else with the findings as comments
    /// @return what there is to say
    String save(List<Integer> numbers, String name, boolean redacted, DoublePredicate onlooker) throws IOException {
        List<Integer> of = numbers.stream().map(number -> places.get(number).recording).distinct().toList();
        if (of.size() > 1) {
            return "Not saved: these tries are of " + of.size() + " recordings; choose those of one.";
        }
        Path file = Path.of(name.endsWith(".pcapng") ? name : name + ".pcapng");
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return "Not saved: " + file + " is there already.";
        }
        List<String> files = recordings.get(of.getFirst());
        List<Incident> incidents = new ArrayList<>();
        for (int number : numbers) {
            incidents.add(open(number, onlooker).incident());
        }
        Report report = report(of.getFirst(), onlooker).with(incidents);
        TryPackets packets = new TryPackets(incidents);
        if (!redacted) {
            Target.write(file, out -> AnnotatedCapture.write(report, files, out, packets::has));
        } else {
            Path part = Files.createTempFile("rdptrace", ".pcapng");
            try (OutputStream out = Files.newOutputStream(part)) {
                AnnotatedCapture.copy(files, out, packets::has);
                // What it has to say beside the screen is about secrets, which are left out.
                PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
                Console quiet = new Console(nowhere, nowhere, false, false, Map.of());
                new RedactedCopy(quiet, () -> !onlooker.test(Double.NaN)).write(List.of(part.toString()), file, options, false);
            } finally {
                Files.delete(part);
            }
        }
        return file + " holds " + (numbers.size() == 1 ? "the try" : numbers.size() + " tries")
                + (redacted ? " without names and contents, and is judged the same." : ", with the findings as comments.");
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

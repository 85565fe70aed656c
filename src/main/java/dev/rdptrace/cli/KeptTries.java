package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.HtmlReport;
import dev.rdptrace.report.HtmlReport.Entry;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Part;
import dev.rdptrace.report.Report;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The report on recordings that are judged one by one: what is said of a try lies in a temporary file until it is known which comes
/// first. Of a page only as much as it will show.
final class KeptTries implements AutoCloseable {
    private final FileChannel file = FileChannel.open(Files.createTempFile("rdptrace-", ".tmp"), StandardOpenOption.READ,
            StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    private final OutputStream end = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
    private final List<Report> recordings = new ArrayList<>();
    private final List<Try> tries = new ArrayList<>();
    private final PriorityQueue<Place> foremost = new PriorityQueue<>(Comparator.reverseOrder()); // that are told whole

    private final boolean html;

    /// @param html a page, and not JSON
    KeptTries(boolean html) throws IOException {
        this.html = html;
    }

    private record Place(int rank, long nanos) implements Comparable<Place> {
        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::rank).thenComparingLong(Place::nanos);

        static Place of(Incident incident) {
            return new Place(Incidents.rank(incident.outcome()), incident.firstNanos());
        }

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    private record Try(Place place, Entry told) {}

    /// Is anything that went wrong in it told whole, as far as is known yet?
    boolean takes(Report report) {
        return report.incidents().stream().filter(incident -> incident.outcome().isTrouble()).map(Place::of).anyMatch(this::whole);
    }

    private boolean whole(Place place) {
        return !html || foremost.size() < HtmlReport.DETAILS || place.compareTo(foremost.peek()) < 0;
    }

    void add(Report report) throws IOException {
        recordings.add(report.withoutIncidents());
        for (int i = 0; i < report.incidents().size(); i++) {
            Incident incident = report.incidents().get(i);
            Place place = Place.of(incident);
            Entry told = html ? HtmlReport.entry(report, i, Disguise.NONE, true)
                    : new Entry(incident.outcome(), "", "", "", "", _ -> {}, to -> JsonReport.element(report, incident, to));
            Part details = whole(place) ? kept(told.details()) : _ -> {};
            tries.add(new Try(place, new Entry(told.outcome(), told.says(), told.cause(), told.client(), told.server(), kept(told.row()),
                    details)));
            if (html && !Report.setAside(incident)) {
                foremost.add(place);
                if (foremost.size() > HtmlReport.DETAILS) {
                    foremost.remove();
                }
            }
        }
    }

    /// The same, read from the file.
    private Part kept(Part part) throws IOException {
        long from = file.position();
        part.copyTo(end);
        end.flush();
        long length = file.position() - from;
        return to -> copy(from, length, to);
    }

    /// Writes the report on all of them, most important try first; nothing where there are none.
    void write(OutputStream out) throws IOException {
        tries.sort(Comparator.comparing(Try::place));
        List<Entry> entries = tries.stream().map(Try::told).toList();
        if (html && !recordings.isEmpty()) {
            HtmlReport.write(recordings, entries, out);
        } else if (!recordings.isEmpty()) {
            JsonReport.write(recordings, entries.stream().map(Entry::details).toList(), out);
        }
    }

    private void copy(long from, long length, OutputStream out) throws IOException {
        for (long copied = 0; copied < length;) {
            copied += file.transferTo(from + copied, length - copied, Channels.newChannel(out));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
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

/// The report on recordings that are judged one by one: what is said of a try lies in a temporary file until it is known which comes
/// first.
final class Pile implements AutoCloseable {
    private final FileChannel file = FileChannel.open(Files.createTempFile("rdptrace-", ".tmp"), StandardOpenOption.READ,
            StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    private final OutputStream end = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
    private final List<Report> recordings = new ArrayList<>();
    private final List<Try> tries = new ArrayList<>();

    Pile() throws IOException {}

    /// Where it is told.
    private record Try(int rank, long nanos, long from, long length) {}

    void add(Report report) throws IOException {
        recordings.add(new Report(report.version(), report.capture(), report.fitness(), report.counts(), List.of()));
        for (Incident incident : report.incidents()) {
            long from = file.position();
            JsonReport.element(report, incident, end);
            end.flush();
            tries.add(new Try(Incidents.rank(incident.outcome()), incident.firstNanos(), from, file.position() - from));
        }
    }

    /// Writes the report on all of them, most important try first; nothing where there are none.
    void write(OutputStream out) throws IOException {
        tries.sort(Comparator.comparingInt(Try::rank).thenComparingLong(Try::nanos));
        if (!recordings.isEmpty()) {
            JsonReport.write(recordings, tries.stream().map(one -> (Part) to -> copy(one.from, one.length, to)).toList(), out);
        }
    }

    private void copy(long from, long length, OutputStream out) throws IOException {
        for (long copied = 0; copied < length; ) {
            copied += file.transferTo(from + copied, length - copied, Channels.newChannel(out));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a report may be written as: what is added here is an option of the commands, their help and manual pages.
public enum Format {
    /// For people; several stand one below the other.
    TEXT(Kind.PROSE, TextReport::write),
    /// As `report-schema.json` says.
    JSON(Kind.DOCUMENT, (report, _, disguise, out) -> JsonReport.write(report, disguise, out), ".json"),
    /// A page.
    HTML(Kind.DOCUMENT, (report, _, disguise, out) -> HtmlReport.write(report, disguise, out), ".html", ".htm"),
    /// An object of the JSON report.
    NDJSON(Kind.LINES, (report, _, disguise, out) -> JsonReport.writeLines(report, disguise, out), ".ndjson", ".jsonl"),
    /// Of that only the verdict, the parties and the frames.
    BRIEF(Kind.LINES, (report, _, disguise, out) -> JsonReport.writeBrief(report, disguise, out)),
    /// A document of the Elastic Common Schema.
    ECS(Kind.LINES, (report, _, disguise, out) -> JsonReport.written(out, () -> EcsReport.write(report, disguise, out))),
    /// A line of a log as Zeek writes it.
    ZEEK(Kind.TABLE, (report, _, disguise, out) -> ZeekReport.write(report, disguise, out));

    private interface Writer {
        void write(Report report, Style style, Disguise disguise, OutputStream out) throws IOException;
    }

    private static final int LINES_IN_PART = 64;
    private static final int PARTS = 4;

    /// What holds it together.
    private enum Kind {
        /// Paragraphs.
        PROSE,
        /// One document, whatever it tells.
        DOCUMENT,
        /// A JSON object on a line for each try, which may be told as it is judged.
        LINES,
        /// The same as a row under a head.
        TABLE
    }

    private final Kind kind;
    private final Writer writer;
    private final List<String> endings;

    /// @param endings of files that are written so unless another format is asked for
    Format(Kind kind, Writer writer, String... endings) {
        this.kind = kind;
        this.writer = writer;
        this.endings = List.of(endings);
    }

    /// Whether each try has a line of its own.
    public boolean ofLines() {
        return kind == Kind.LINES || kind == Kind.TABLE;
    }

    /// Whether that line is a JSON object.
    public boolean ofJsonLines() {
        return kind == Kind.LINES;
    }

    /// Whether all that is told is one document.
    public boolean ofOneDocument() {
        return kind == Kind.DOCUMENT;
    }

    /// What the name of a file asks for.
    public static Format of(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return Stream.of(values()).filter(format -> format.endings.stream().anyMatch(name::endsWith)).findFirst().orElse(TEXT);
    }

    /// Those of which that is true, as an option takes them: `ndjson, ecs, zeek`.
    public static String names(Predicate<Format> which) {
        return Stream.of(values()).filter(which).map(Format::toString).collect(Collectors.joining(", "));
    }

    /// What stands above the first report.
    public void head(boolean shared, OutputStream out) throws IOException {
        if (kind == Kind.TABLE) {
            out.write(ZeekReport.head(shared).getBytes(StandardCharsets.US_ASCII));
        }
    }

    /// @param style of text
    public void write(Report report, Style style, Disguise disguise, OutputStream out) throws IOException {
        if (ofLines() && disguise == Disguise.NONE && report.incidents().size() > LINES_IN_PART) {
            inParts(report, out);
        } else {
            writer.write(report, style, disguise, out);
        }
    }

    /// Lines know nothing of each other, so that some are made while others are.
    private void inParts(Report report, OutputStream out) throws IOException {
        List<Incident> incidents = report.incidents();
        List<ByteArrayOutputStream> parts = Stream.generate(ByteArrayOutputStream::new).limit(PARTS).toList();
        for (int from = 0; from < incidents.size(); from += PARTS * LINES_IN_PART) {
            int begin = from;
            IntStream.range(0, PARTS).parallel().forEach(i -> part(report, begin + i * LINES_IN_PART, parts.get(i)));
            for (ByteArrayOutputStream part : parts) {
                part.writeTo(out);
            }
        }
        out.flush();
    }

    private void part(Report report, int from, ByteArrayOutputStream to) {
        int size = report.incidents().size();
        List<Incident> incidents = report.incidents().subList(Math.min(size, from), Math.min(size, from + LINES_IN_PART));
        to.reset();
        try {
            writer.write(report.with(incidents), Style.PLAIN, Disguise.NONE, to);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

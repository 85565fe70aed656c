package dev.rdptrace.spark;

import dev.rdptrace.FramePlaces;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/// A row of the archive: a try, its verdict, and where its proofs lie.
///
/// @param recording its first file
/// @param place among the tries of the recording, as it alone ranks them, most important first
/// @param nanos when it began, since 1970, or [Frame#NO_TIME]
/// @param cause id of its verdict
/// @param seenIn first files of the recordings that hold it; it is told as the first and another of them have seen it
/// @param files of its proofs, of each the file
/// @param frames of its proofs, counted in their files as Wireshark does
/// @param line of the format that was asked for
record ArchivedTry(String recording, int place, long nanos, String outcome, String cause, String says, String client, String server,
        int port, String[] seenIn, String[] files, long[] frames, String line) implements Serializable {
    private static final StructType PROOF = new StructType(new StructField[] {column("file", DataTypes.StringType),
            column("frame", DataTypes.LongType)});
    static final StructType COLUMNS = new StructType(new StructField[] {column("day", DataTypes.StringType),
            column("began", DataTypes.TimestampType), column("recording", DataTypes.StringType), column("place", DataTypes.IntegerType),
            column("outcome", DataTypes.StringType), column("cause", DataTypes.StringType), column("says", DataTypes.StringType),
            column("client", DataTypes.StringType), column("server", DataTypes.StringType), column("port", DataTypes.IntegerType),
            column("seen_in", DataTypes.createArrayType(DataTypes.StringType)), column("proofs", DataTypes.createArrayType(PROOF)),
            column("report", DataTypes.StringType)});
    private static final String NO_DAY = "unknown";
    private static final long SECOND = 1_000_000_000L;

    private static StructField column(String name, org.apache.spark.sql.types.DataType type) {
        return DataTypes.createStructField(name, type, true);
    }

    /// @param incident as it is told
    /// @param place where it stands in the report
    /// @param places of frames in the recording
    /// @param seenIn first files of the recordings that hold it
    /// @param otherPlaces of frames in the other recording that it was judged with, as far as that is known
    /// @param format of lines
    static ArchivedTry of(Report report, Incident incident, int place, FramePlaces places, List<String> seenIn,
            Optional<FramePlaces> otherPlaces, Format format) throws IOException {
        List<FramePlaces.Place> proofs = new ArrayList<>(incident.verdict().frames().stream().map(places::place).toList());
        otherPlaces.ifPresent(other -> incident.compared().ifPresent(compared -> compared.points().stream().flatMap(point -> point
                .otherFrames().stream()).distinct().sorted().map(other::place).forEach(proofs::add)));
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        format.write(report.of(incident), Style.PLAIN, Disguise.NONE, line);
        return new ArchivedTry(report.capture().files().getFirst().path(), place, incident.firstNanos(), incident.outcome().toString(),
                incident.verdict().id(), Identity.shown(incident.verdict().says()), incident.client().address(), incident.server()
                        .address(),
                incident.server().port(), seenIn.toArray(String[]::new),
                proofs.stream().map(FramePlaces.Place::file).toArray(String[]::new), proofs.stream()
                        .mapToLong(FramePlaces.Place::frame).toArray(),
                withProofs(line.toString(StandardCharsets.UTF_8).strip(), format, proofs));
    }

    /// The object with one more property, `proofs`: in a report on several files frames are counted over all of them.
    private static String withProofs(String object, Format format, List<FramePlaces.Place> proofs) {
        StringBuilder all = new StringBuilder(object);
        all.setLength(object.length() - (format == Format.ECS ? 2 : 1)); // there, of the object `rdptrace`
        all.append(",\"proofs\":[");
        for (FramePlaces.Place proof : proofs) {
            all.append(all.charAt(all.length() - 1) == '[' ? "" : ",").append("{\"file\":\"");
            for (char c : proof.file().toCharArray()) {
                all.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' || Character.isSurrogate(c) ? String.format("\\u%04x", (int) c) : c);
            }
            all.append("\",\"frame\":").append(proof.frame()).append('}');
        }
        return all.append(format == Format.ECS ? "]}}" : "]}").toString();
    }

    private Instant began() {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
    }

    /// On which it began, in UTC.
    String day() {
        return nanos == Frame.NO_TIME ? NO_DAY : began().atZone(ZoneOffset.UTC).toLocalDate().toString();
    }

    Row row() {
        Row[] proofs = new Row[frames.length];
        for (int i = 0; i < proofs.length; i++) {
            proofs[i] = RowFactory.create(files[i], frames[i]);
        }
        return RowFactory.create(day(), nanos == Frame.NO_TIME ? null : Timestamp.from(began()), recording, place, outcome, cause, says,
                client, server, port, seenIn, proofs, line);
    }
}

package dev.rdptrace.spark;

import dev.rdptrace.capture.Frame;
import java.io.PrintStream;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/// The figures that the driver prints. They are counted without SQL, whose code takes longer to be made than they take.
///
/// @param archive what came of it
record Summary(Archive.Result archive, PrintStream out) {
    private static final int LINES = 10;
    private static final int TASKS = 2;
    private static final long SECOND = 1_000_000_000L;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    /// Tries that have something in common, when the first and the last of them began.
    private record Tally(long tries, long first, long last) implements Serializable {
        static Tally of(ArchivedTry one) {
            boolean timed = one.nanos() != Frame.NO_TIME;
            return new Tally(1, timed ? one.nanos() : Long.MAX_VALUE, timed ? one.nanos() : Long.MIN_VALUE);
        }

        Tally and(Tally other) {
            return new Tally(tries + other.tries, Math.min(first, other.first), Math.max(last, other.last));
        }

        String times() {
            return first > last ? "? .. ?" : time(first) + " .. " + time(last);
        }

        private static String time(long nanos) {
            return LocalDateTime.ofInstant(Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND)), ZoneOffset.UTC).format(TIME);
        }
    }

    /// Most tries first.
    private static final class Order implements Comparator<Tuple2<String, Tally>>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compare(Tuple2<String, Tally> one, Tuple2<String, Tally> other) {
            int more = Long.compare(other._2().tries, one._2().tries);
            return more != 0 ? more : one._1().compareTo(other._1());
        }
    }

    /// Answers whether there were any tries.
    ///
    /// @param moved bytes that were sent to where recordings are judged
    boolean print(List<Inputs.Listed> files, long moved, List<Row> errors) {
        long bytes = files.stream().mapToLong(Inputs.Listed::bytes).sum();
        out.printf(Locale.ROOT, "%,d files, %,d MB, %,d packets, of which %,.1f MB were shuffled; %,d files read twice%n", files.size(),
                bytes >> 20, archive.packets(), moved / 1048576.0, archive.reread());
        archive.whole().forEach((why, times) -> out.println(times + " recordings were read by one task each: " + why));
        JavaPairRDD<String, Tally> counted = archive.tries().flatMapToPair(Summary::counted).reduceByKey(Tally::and, TASKS).cache();
        List<Tuple2<String, Tally>> outcomes = top(counted, "outcome");
        out.printf(Locale.ROOT, "%,d tries", outcomes.stream().mapToLong(one -> one._2().tries).sum());
        outcomes.forEach(one -> out.printf(Locale.ROOT, ", %,d %s", one._2().tries, one._1()));
        top(counted, "seen").forEach(one -> out.printf(Locale.ROOT, "; %,d seen in more than one recording", one._2().tries));
        out.println();
        for (String column : List.of("cause", "server", "client", "day")) {
            List<Tuple2<String, Tally>> rows = top(counted, column);
            if (!rows.isEmpty()) {
                out.printf("%nNot established, by %s:%n", column);
            }
            rows.forEach(row -> out.printf(Locale.ROOT, "%,10d  %-40s %s%n", row._2().tries, row._1(), row._2().times()));
        }
        for (Row error : errors) {
            out.println((error.getLong(1) > 0 ? "not read to its end: " : "not read: ") + error.getString(0) + ": " + error.getString(2));
        }
        return !outcomes.isEmpty();
    }

    private static Iterator<Tuple2<String, Tally>> counted(ArchivedTry one) {
        Tally tally = Tally.of(one);
        List<Tuple2<String, Tally>> all = new ArrayList<>(List.of(new Tuple2<>("outcome " + one.outcome(), tally)));
        if (one.seenIn().length > 1) {
            all.add(new Tuple2<>("seen twice", tally));
        }
        if (!one.outcome().equals("established")) {
            all.add(new Tuple2<>("cause " + one.cause(), tally));
            all.add(new Tuple2<>("server " + one.server(), tally));
            all.add(new Tuple2<>("client " + one.client(), tally));
            all.add(new Tuple2<>("day " + one.day(), tally));
        }
        return all.iterator();
    }

    private static List<Tuple2<String, Tally>> top(JavaPairRDD<String, Tally> counted, String column) {
        String begin = column + ' ';
        return counted.filter(one -> one._1().startsWith(begin)).map(one -> new Tuple2<>(one._1().substring(begin.length()), one._2()))
                .takeOrdered(LINES, new Order());
    }
}

package dev.rdptrace.spark;

import dev.rdptrace.FileFindings;
import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.cli.Reading;
import dev.rdptrace.cli.Version;
import dev.rdptrace.report.Format;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `rdptrace-spark`: which RDP connections failed, where, why, and since when, of more captures than one machine reads.
public final class ArchiveCommand {
    private static final int UNREADABLE = 3;
    private static final int USAGE = 2;
    /// Rows of tries are few; Spark's usual 200 tasks for each table would take longer than all else.
    private static final int SQL_TASKS = 8;
    private static final int NO_RDP = 5;
    private static final StructType ERRORS = new StructType().add("file", DataTypes.StringType).add("packets", DataTypes.LongType)
            .add("why", DataTypes.StringType);

    /// How tries are written.
    enum Output {
        PARQUET, NDJSON, ECS;

        Format lines() {
            return this == ECS ? Format.ECS : Format.NDJSON;
        }
    }

    private ArchiveCommand() {}

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int code = run(arguments, out, System.err);
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) throws IOException {
        CommandLine command = new CommandLine(spec());
        command.setCaseInsensitiveEnumValuesAllowed(true);
        try {
            ParseResult given = command.parseArgs(arguments);
            if (given.isUsageHelpRequested()) {
                command.usage(out);
                return 0;
            }
            try (SparkSession spark = SparkSession.builder().appName("rdptrace").config("spark.sql.session.timeZone", "UTC")
                    .config("spark.sql.shuffle.partitions", SQL_TASKS).getOrCreate()) {
                return run(spark, given, out, err);
            }
        } catch (ParameterException wrong) {
            err.println("rdptrace-spark: " + wrong.getMessage());
            return USAGE;
        }
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("rdptrace-spark").mixinStandardHelpOptions(true).versionProvider(new Version());
        spec.usageMessage().header("Finds where RDP handshakes broke in folders of captures, with Apache Spark.", "");
        Reading.addPeers(spec);
        return spec.addOption(OptionSpec.builder("--out").paramLabel("FOLDER").type(String.class)
                .description("tries, errors and summary go there; it is written anew").build())
                .addOption(OptionSpec.builder("--format").paramLabel("FORMAT").type(Output.class).defaultValue("PARQUET")
                        .description("of the tries: parquet, ndjson or ecs").build())
                .addOption(OptionSpec.builder("--partitions").paramLabel("N").type(Integer.class)
                        .description("tasks that judge recordings; as many as there are cores unless said").build())
                .addPositional(PositionalParamSpec.builder().paramLabel("FILE|FOLDER|URI").hideParamSyntax(true).arity("1..*")
                        .type(List.class).auxiliaryTypes(String.class).build());
    }

    private static int run(SparkSession spark, ParseResult given, PrintStream out, PrintStream err) throws IOException {
        Output output = given.matchedOptionValue("--format", Output.PARQUET);
        int partitions = given.matchedOptionValue("--partitions", Math.max(1, spark.sparkContext().defaultParallelism()));
        Peers peers = Peers.of(Reading.of(given.commandSpec()).analyzer());
        List<Inputs.Listed> files;
        try {
            files = Inputs.list(given.matchedPositionalValue(0, List.of()), spark.sparkContext().hadoopConfiguration());
        } catch (IOException missing) {
            err.println("rdptrace-spark: " + Errors.message(missing));
            return UNREADABLE;
        }
        if (files.isEmpty()) {
            err.println("rdptrace-spark: there is no capture file in " + String.join(", ", given.matchedPositionalValue(0, List.of())));
            return UNREADABLE;
        }
        return run(new Archive(spark, peers, output.lines(), partitions), files, output, given.matchedOptionValue("--out", null), out);
    }

    static int run(Archive archive, List<Inputs.Listed> files, Output output, @Nullable String folder, PrintStream out) throws IOException {
        SparkSession spark = archive.spark();
        Shuffled shuffled = new Shuffled();
        spark.sparkContext().addSparkListener(shuffled);
        Archive.Result result = archive.judge(files);
        long moved = shuffled.bytes();
        List<Row> errors = errors(result);
        if (folder != null) {
            Dataset<Row> tries = spark.createDataFrame(result.tries().map(ArchivedTry::row), ArchivedTry.COLUMNS);
            write(tries, output, folder + "/tries");
            spark.createDataFrame(errors, ERRORS).coalesce(1).write().mode(SaveMode.Overwrite).json(folder + "/errors");
            tries.groupBy("day", "outcome", "cause", "server", "client").agg(functions.count("*").as("tries"), functions.min("began").as(
                    "first"), functions.max("began").as("last")).coalesce(1).write().mode(SaveMode.Overwrite).json(folder + "/summary");
        }
        return new Summary(result, out).print(files, moved, errors) ? 0 : NO_RDP;
    }

    private static void write(Dataset<Row> tries, Output output, String folder) {
        if (output == Output.PARQUET) {
            tries.write().mode(SaveMode.Overwrite).partitionBy("day").parquet(folder);
        } else {
            tries.select("day", "report").write().mode(SaveMode.Overwrite).partitionBy("day").text(folder);
        }
    }

    /// What could not be read, and what could be read in part only.
    private static List<Row> errors(Archive.Result result) {
        List<Row> rows = new ArrayList<>();
        Map<String, String> failed = new TreeMap<>(result.failed());
        for (FileFindings file : result.files()) {
            for (FileFacts facts : file.facts().files()) {
                if (facts.truncated() != null) {
                    rows.add(RowFactory.create(file.path(), facts.packets(), facts.truncated()));
                }
            }
        }
        failed.forEach((file, why) -> rows.add(RowFactory.create(file, 0L, why.startsWith(file + ": ") ? why.substring(file.length() + 2)
                : why)));
        return rows;
    }

    /// What tasks have written for others to read.
    private static final class Shuffled extends SparkListener {
        private final LongAdder written = new LongAdder();

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.taskMetrics() != null) { // of a task that was lost there are none
                written.add(end.taskMetrics().shuffleWriteMetrics().bytesWritten());
            }
        }

        long bytes() {
            return written.sum();
        }
    }
}

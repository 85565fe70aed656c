package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where reports and copies go, and in which form.
class OutputTest extends CommandKit {
    private static final String SAMPLE = "samples/reset-on-clienthello/capture.pcapng";
    private static final int SECTION = 0x0a0d0d0a;

    @TempDir private Path folder;

    @Test
    void aCopyOnStandardOutputIsACaptureAndTheReportStandsBesideIt() throws IOException {
        assertThat(run(false, "-w", "-", SAMPLE)).isZero();
        assertThat(complaints()).contains("Wireshark:");
        byte[] piped = out.toByteArray();
        assertThat(ByteBuffer.wrap(piped).getInt()).isEqualTo(SECTION);
        Path copy = folder.resolve("copy.pcapng");
        assertThat(run(false, "-w", copy.toString(), SAMPLE)).isZero();
        assertThat(Files.readAllBytes(copy)).isEqualTo(piped);
        assertThat(Path.of("-")).doesNotExist();
        assertThat(run(true, "-w", "-", SAMPLE)).as("nobody reads a capture from a terminal").isEqualTo(Exit.USAGE.code());
    }

    @Test
    void theNameOfAReportChoosesItsForm() throws IOException {
        Map<String, String> beginnings =
                Map.of("a.html", "<!DOCTYPE html>", "a.json", "{\n", "a.ndjson", "{\"@timestamp\"", "a.txt", "✗ FAILED");
        for (var entry : beginnings.entrySet()) {
            Path report = folder.resolve(entry.getKey());
            assertThat(run(false, "-o", report.toString(), SAMPLE)).isZero();
            assertThat(report).content().startsWith(entry.getValue());
        }
        assertThat(run(false, "--format", "json", "-o", folder.resolve("b.html").toString(), SAMPLE)).isZero();
        assertThat(folder.resolve("b.html")).content().startsWith("{");
    }

    @Test
    void thePrintedSchemaDescribesTheReport() {
        assertThat(run(false, "schema")).isZero();
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(text());
        assertThat(run(false, "--format", "json", SAMPLE)).isZero();
        String report = text();
        assertThat(schema.validate(report, InputFormat.JSON)).isEmpty();
        assertThat(schema.validate(report.replace("\"incidents\"", "\"accidents\""), InputFormat.JSON)).isNotEmpty();
    }

    @Test
    void linesOfSeveralCapturesHaveOneHead() {
        assertThat(run(false, "--format", "zeek", SAMPLE, "samples/nla-required/capture.pcapng")).isZero();
        List<String> lines = text().lines().toList();
        assertThat(lines.subList(0, 7)).allMatch(line -> line.startsWith("#"));
        assertThat(lines.subList(7, lines.size())).hasSize(2).noneMatch(line -> line.startsWith("#"));
        assertThat(run(false, "replay", "-q", "--speed", "max", "--format", "zeek", SAMPLE)).isZero();
        assertThat(text().lines()).hasSize(8).first().isEqualTo("#separator \\x09");
    }

    @Test
    void theLogIsOfTheElasticCommonSchemaWhereTheVerdictsAreAndElseOurOwn() throws IOException {
        for (String format : List.of("ecs", "zeek", "text")) {
            Path log = folder.resolve(format);
            assertThat(run(false, "replay", "-q", "--speed", "max", "--format", format, "--log", log.toString(), SAMPLE)).isZero();
            if (format.equals("ecs")) {
                assertThat(log).content().contains("\"ecs\":{\"version\"").isEqualTo(text());
            } else {
                assertThat(log).content().contains("\"schema\":\"rdptrace-report/1\"");
            }
        }
    }

    @Test
    void whatComesThroughAPipeIsTheSameInLines() throws IOException {
        InputStream in = System.in;
        for (String format : List.of("ecs", "zeek")) {
            assertThat(run(false, "--format", format, SAMPLE)).isZero();
            String ofFile = text().replaceFirst(",\"log\":\\{[^}]*}}", "");
            try (InputStream piped = Files.newInputStream(Path.of(SAMPLE))) {
                System.setIn(piped);
                assertThat(run(false, "--format", format, "-")).isZero();
            } finally {
                System.setIn(in);
            }
            assertThat(text()).isEqualTo(ofFile).isNotEmpty();
        }
    }

    @Test
    void aNameThatPromisesAnotherFormatThanPcapngIsRefused() {
        for (String name : List.of("x.pcap", "x.pcapng.gz", "x.CAP", "x.pcapng.zst")) {
            assertThat(run(false, "-w", folder.resolve(name).toString(), SAMPLE)).isEqualTo(Exit.USAGE.code());
            assertThat(folder.resolve(name)).doesNotExist();
        }
    }

    @Test
    void whoeverCopiesSecretsIsTold() throws IOException {
        // A Decryption Secrets Block with four bytes of a TLS key log, pcapng 4.8.
        ByteBuffer secrets = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(10).putInt(24).putInt(0x544c534b).putInt(4)
                .put("# a\n".getBytes(StandardCharsets.US_ASCII)).putInt(24);
        String keys = folder.resolve("keys.pcapng").toString();
        Files.copy(Path.of(SAMPLE), Path.of(keys));
        Files.write(Path.of(keys), secrets.array(), StandardOpenOption.APPEND);
        String copy = folder.resolve("copy.pcapng").toString();
        assertThat(run(false, "-w", copy, keys)).isZero();
        assertThat(complaints()).contains("holds the TLS secrets", "--strip-secrets");
        assertThat(run(false, "-w", copy, "--strip-secrets", keys)).isZero();
        assertThat(complaints()).isEmpty();
    }

    private int run(boolean terminal, String... arguments) {
        err.reset();
        return run(terminal, Map.of(), arguments);
    }
}

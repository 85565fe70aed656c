package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.rdptrace.Analyzer;
import dev.rdptrace.TwoCaptures;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.testkit.CertificateBytes;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Thorough;
import dev.rdptrace.testkit.WindowsPeers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// The JSON report is what `report-schema.json` promises.
class JsonReportTest {
    private static final String SCHEMA = "/dev/rdptrace/report-schema.json";
    private static final long SMALL = 2 << 20;

    private static final Style VERBOSE = new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC);

    private final Schema schema = schema();

    @Test
    void everySampleFitsTheSchema() {
        assertThat(Samples.all()).isNotEmpty().allSatisfy(sample -> assertThat(complaints(Samples.report(sample))).isEmpty());
    }

    @Test
    void theCapturesBesideTheProjectFitTheSchema() throws IOException {
        List<Path> all = Lab.files("public/rdp", "lab");
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        int step = Thorough.oneIn(7);
        for (int i = 0; i < all.size(); i += step) {
            if (Files.size(all.get(i)) > SMALL) {
                continue;
            }
            checked++;
            for (String complaint : complaints(Samples.reportOn(all.get(i).toString()))) {
                wrong.add(all.get(i) + ": " + complaint);
            }
        }
        System.out.println("reports held against the schema: " + checked);
        assertThat(wrong).isEmpty();
    }

    @Test
    void theUsersCodeFitsTheSchemaToo() {
        Report report = Samples.report(Path.of("samples/reset-on-clienthello")).comparedWith(Optional.of("0x904/0x7"));
        assertThat(json(report)).contains("\"agrees\" : false", "client-code-ext7-contradicted");
        assertThat(complaints(report)).isEmpty();
    }

    @Test
    void comparisonsFitTheSchemaToo() throws IOException {
        for (String[] pair : new String[][] {{"forged-reset", "forged-reset-server-side"}, {"synack-lost-client-side", "synack-lost"}, {"forged-reset", "port-closed"}}) {
            Analyzer.Opening here = () -> Captures.open(List.of(Samples.file(pair[0]).toString()), InputStream.nullInputStream());
            Analyzer.Opening there = () -> Captures.open(List.of(Samples.file(pair[1]).toString()), InputStream.nullInputStream());
            Report report = TwoCaptures.compare(Analyzer.analyze(here, Analyzer.Options.NONE, () -> false), here, there, "there", Analyzer.Options.NONE,
                    () -> false).report("0");
            assertThat(json(report)).contains("\"comparison\" :");
            assertThat(complaints(report)).isEmpty();
        }
    }

    @Test
    void theSameCaptureGivesTheSameBytes() {
        Path sample = Path.of("samples/success-nla-tls12");
        assertThat(json(Samples.report(sample))).isEqualTo(json(Samples.report(sample)));
    }

    @Test
    void noObjectHasTheSameFieldTwice() {
        JsonFactory strict = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
        assertThat(Samples.all()).allSatisfy(sample -> {
            try (JsonParser parser = strict.createParser(tools.jackson.core.ObjectReadContext.empty(), json(Samples.report(sample)))) {
                while (parser.nextToken() != null) {
                    assertThat(parser.currentToken()).isNotNull();
                }
            }
        });
    }

    @Test
    void oneLineAnIncident() throws IOException {
        Report report = Samples.report(Path.of("samples/nla-required"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.writeLines(report, out);
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(report.incidents().size()).allMatch(line -> line.startsWith("{\"client\":"));
    }

    /// Nanoseconds in 64 bits end in the year 2262; certificates do not (RFC 5280 4.1.2.5).
    @Test
    void aCertificateMayOutliveTheNanoseconds() {
        Report never = signed("20230601000000Z", "99991231235959Z");
        assertThat(json(never)).contains("\"notBefore\" : \"2023-06-01T00:00:00.000000000Z\"",
                "\"notAfter\" : \"9999-12-31T23:59:59.000000000Z\"");
        assertThat(complaints(never)).isEmpty();
        assertThat(TextReport.text(never, VERBOSE)).containsIgnoringWhitespaces("valid from 2023-06-01 00:00:00 UTC, no expiry");
        Report late = signed("00010101000000Z", "99860103000000Z");
        assertThat(json(late)).contains("\"0001-01-01T00:00:00.000000000Z\"", "\"9986-01-03T00:00:00.000000000Z\"");
        assertThat(TextReport.text(late, VERBOSE)).containsIgnoringWhitespaces("valid 0001-01-01 00:00:00 UTC to 9986-01-03 00:00:00 UTC");
        // An hour that belongs to the year 10000 is held at the end of what four digits say.
        assertThat(json(signed("20230601000000Z", "99991231240000Z"))).contains("\"9999-12-31T23:59:59.000000000Z\"");
    }

    private static Report signed(String from, String to) {
        WindowsPeers peers = WindowsPeers.with(WindowsPeers.Suite.GCM).negotiated(3, 2)
                .certificate(CertificateBytes.of("CN=HOST5", "CN=HOST5", from, to, 2048));
        peers.tls().dialogue().clientReset();
        return peers.tape().analyze().report("0");
    }

    @Test
    void everyPropertyOfTheSchemaIsDescribed() throws IOException {
        String text = new String(JsonReportTest.class.getResourceAsStream(SCHEMA).readAllBytes(), StandardCharsets.UTF_8);
        List<String> undescribed = new ArrayList<>();
        var names = new java.util.ArrayDeque<String>();
        // A property is a member of "properties"; it has a description or refers to a definition, which has one.
        tools.jackson.databind.JsonNode root = new tools.jackson.databind.ObjectMapper().readTree(text);
        collect(root, names, undescribed);
        assertThat(undescribed).isEmpty();
    }

    private static void collect(tools.jackson.databind.JsonNode node, java.util.Deque<String> path, List<String> undescribed) {
        node.properties().forEach(entry -> {
            path.addLast(entry.getKey());
            if (entry.getKey().equals("properties")) {
                entry.getValue().properties().forEach(property -> {
                    if (!property.getValue().has("description") && !property.getValue().has("$ref")) {
                        undescribed.add(String.join(".", path) + "." + property.getKey());
                    }
                });
            }
            collect(entry.getValue(), path, undescribed);
            path.removeLast();
        });
        if (node.isArray()) {
            node.forEach(element -> collect(element, path, undescribed));
        }
    }

    private List<String> complaints(Report report) {
        return schema.validate(json(report), InputFormat.JSON).stream().map(Object::toString).limit(5).toList();
    }

    private static String json(Report report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            JsonReport.write(report, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Schema schema() {
        try (InputStream in = JsonReportTest.class.getResourceAsStream(SCHEMA)) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

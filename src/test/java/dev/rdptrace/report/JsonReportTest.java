package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.rdptrace.Analyzer;
import dev.rdptrace.TwoCaptures;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.testkit.AnyRecord;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// The JSON report is what `report-schema.json` promises.
class JsonReportTest {
    private static final String SCHEMA = "/dev/rdptrace/report-schema.json";
    private static final long SMALL = 2 << 20;

    /// A keep-alive repeats the byte before the first; a monitor may end left of or above the primary one; the server gives logon
    /// errors numbers below zero.
    private static final Set<String> MAY_BE_MINUS_ONE = Set.of("offset", "left", "top", "right", "bottom", "errorType");

    private static final Style VERBOSE = new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC);

    /// Readers of the report must take fields that they do not know; here each must be described.
    private final Schema schema = closed();

    @Test
    void everySampleFitsTheSchema() {
        assertThat(Samples.all()).isNotEmpty().allSatisfy(sample -> assertThat(complaints(Samples.report(sample))).isEmpty());
    }

    @Test
    void theCapturesBesideTheProjectFitTheSchema() throws IOException {
        List<Path> all = Lab.files("public/rdp", "lab", "lab2", "kinds");
        Map<String, String> wrong = new TreeMap<>();
        int checked = 0;
        int step = Thorough.oneIn(5);
        for (int i = 0; i < all.size(); i += step) {
            Path file = all.get(i);
            if (Files.size(file) > SMALL) {
                continue;
            }
            checked++;
            complaints(Samples.reportOn(file.toString())).forEach(complaint -> wrong.putIfAbsent(place(complaint), file + ": "
                    + complaint));
            Path keys = file.resolveSibling("keys.log");
            if (Files.exists(keys)) {
                complaints(Samples.reportOn(file.toString(), keys))
                        .forEach(complaint -> wrong.putIfAbsent(place(complaint), file + " opened: " + complaint));
            }
        }
        System.out.println("captures whose reports were held against the schema: " + checked);
        assertThat(wrong.values()).isEmpty();
    }

    /// Whatever an incident may hold, in a capture or not: no field is written that the schema does not describe.
    @Test
    void everyFieldThatCanBeWrittenIsDescribed() throws ReflectiveOperationException {
        Map<String, String> undescribed = new TreeMap<>();
        for (int seed = 0; seed < 400; seed++) {
            AnyRecord any = new AnyRecord(seed);
            List<JudgedAttempt> diagnoses = List.of(any.of(JudgedAttempt.class), any.of(JudgedAttempt.class));
            Incident one = any.of(Incident.class);
            Incident incident = new Incident(one.client(), one.server(), one.verdict(), diagnoses.getFirst(), one.alternatives(),
                    one.excluded(),
                    one.warnings(), one.nextLook(), one.fixes(), List.of(), diagnoses, one.overUdp(), one.compared());
            Report report = new Report("0", any.of(CaptureFacts.class), List.of(), Map.of(), List.of(incident));
            schema.validate(json(report), InputFormat.JSON).stream().map(Object::toString)
                    .filter(complaint -> complaint.contains("not defined in the schema"))
                    .forEach(complaint -> undescribed.putIfAbsent(place(complaint), complaint));
        }
        assertThat(undescribed.values()).isEmpty();
    }

    private static String place(String complaint) {
        return complaint.replaceAll("[0-9]+", "");
    }

    @Test
    void placeholdersOfASharedReportFitTheSchemaToo() {
        Map<String, String> wrong = new TreeMap<>();
        for (String sample : List.of("nla-required", "success-nla-tls12", "certificate-refused", "success-ipv6")) {
            Report report = Samples.report(Path.of("samples", sample));
            String shared = json(report, Disguise.of(report));
            assertThat(shared).contains("host-1", "\"flow-1\"");
            schema.validate(shared, InputFormat.JSON).stream().map(Object::toString)
                    .forEach(complaint -> wrong.putIfAbsent(place(complaint), complaint));
        }
        assertThat(wrong.values()).isEmpty();
    }

    @Test
    void theUsersCodeFitsTheSchemaToo() {
        Report report = Samples.report(Path.of("samples/reset-on-clienthello")).comparedWith(Optional.of("0x904/0x7"));
        assertThat(json(report)).contains("\"agrees\" : true", "client-code-ext7-contradicted", "\"advised\"", "\"state\" : \"excluded\"");
        assertThat(complaints(report)).isEmpty();
    }

    @Test
    void comparisonsFitTheSchemaToo() throws IOException {
        for (String[] pair : new String[][] {{"forged-reset", "forged-reset-server-side"}, {"synack-lost-client-side", "synack-lost"},
                {"forged-reset", "port-closed"}}) {
            Analyzer.Opening here = () -> Captures.open(List.of(Samples.file(pair[0]).toString()), InputStream.nullInputStream());
            Analyzer.Opening there = () -> Captures.open(List.of(Samples.file(pair[1]).toString()), InputStream.nullInputStream());
            Report report = TwoCaptures
                    .compare(Analyzer.analyze(here, Analyzer.Options.NONE, () -> false), here, there, "there", Analyzer.Options.NONE,
                            () -> false)
                    .report("0");
            assertThat(json(report)).contains("\"comparison\" :");
            assertThat(complaints(report)).isEmpty();
        }
    }

    @Test
    void aReportOnSeveralRecordingsFitsTheSchemaToo() throws IOException {
        List<Report> captures = Stream.of("nla-required", "short-snaplen", "success-nla-tls12")
                .map(sample -> Samples.report(Path.of("samples", sample))).toList();
        List<Part> incidents = new ArrayList<>();
        captures.forEach(report -> report.incidents().forEach(incident -> incidents.add(out -> JsonReport.element(report, incident, out))));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.write(captures, incidents, out);
        assertThat(schema.validate(out.toString(StandardCharsets.UTF_8), InputFormat.JSON)).isEmpty();
        ByteArrayOutputStream alone = new ByteArrayOutputStream();
        JsonReport.write(captures.subList(0, 1), incidents.subList(0, 1), alone);
        assertThat(alone.toString(StandardCharsets.UTF_8).replaceFirst("\n    \"file\" : .*", "")).as("laid out alike")
                .isEqualTo(json(captures.getFirst()));
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

    /// What a shipper of logs needs is on the line itself.
    @Test
    void oneLineAnIncidentWithItsTimeAndItsFile() throws IOException {
        Report report = Samples.report(Path.of("samples/nla-required"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.writeLines(report, out);
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(report.incidents().size()).allMatch(line -> line.matches(
                "\\{\"@timestamp\":\"2026-11-23T08:27:38\\.\\d{9}Z\",\"schema\":\"rdptrace-report/1\",\"id\":\"[0-9a-f]{16}-\\d+\","
                        + "\"file\":\"[^\"]*nla-required/capture.pcapng\",\"client\":.*"));
        ObjectNode incident = (ObjectNode) new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
        ObjectNode whole = (ObjectNode) new ObjectMapper().readTree(json(report));
        whole.putArray("incidents").add(incident);
        assertThat(schema.validate(whole.toString(), InputFormat.JSON)).isEmpty();
    }

    @Test
    void aBriefLineIsSmallAndFitsTheSchema() throws IOException {
        ObjectNode root = (ObjectNode) published();
        ObjectNode brief = (ObjectNode) root.path("$defs").path("brief").deepCopy();
        brief.set("$defs", root.path("$defs"));
        close(brief);
        Schema lines = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(brief);
        int checked = 0;
        for (Path sample : Samples.all()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            JsonReport.writeBrief(Samples.report(sample), Disguise.NONE, out);
            for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
                assertThat(lines.validate(line, InputFormat.JSON)).as(line).isEmpty();
                assertThat(line.length()).as(line).isLessThan(1024);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(50);
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
        String json = json(report);
        List<String> complaints =
                new ArrayList<>(schema.validate(json, InputFormat.JSON).stream().map(Object::toString).limit(40).toList());
        placeholders("", new ObjectMapper().readTree(json), complaints);
        return complaints;
    }

    /// What is not known is left out, and stands nowhere as -1 or as an empty text.
    private static void placeholders(String name, JsonNode node, List<String> complaints) {
        node.properties().forEach(entry -> placeholders(entry.getKey(), entry.getValue(), complaints));
        if (node.isArray()) {
            node.forEach(element -> placeholders(name, element, complaints));
        }
        if (node.isNumber() && node.asDouble() == -1 && !MAY_BE_MINUS_ONE.contains(name) || node.isString() && node.asString().isEmpty()) {
            complaints.add(name + " says " + node + " for what is not known");
        }
    }

    @Test
    void whatTheCaptureDoesNotHoldIsLeftOutAndWhatItHoldsIsNot() {
        JsonNode closed = new ObjectMapper().readTree(json(Samples.report(Path.of("samples/port-closed")))).at("/incidents/0/attempts/0");
        assertThat(closed.at("/tcp/server").has("mss")).as("no SYN-ACK, no MSS").isFalse();
        assertThat(closed.at("/tcp").has("mss")).as("a name that is always there").isTrue();
        assertThat(closed.at("/tcp/mss").isNull()).isTrue();
        assertThat(closed.at("/tcp/client/mss").asInt()).isPositive();
        assertThat(closed.at("/tcp/server/retransmissions").asInt(-1)).as("none was seen, which is known").isZero();
        assertThat(closed.has("correlationId")).isFalse();
        assertThat(closed.at("/cookie").isNull()).isTrue();
        JsonNode open =
                new ObjectMapper().readTree(json(Samples.report(Path.of("samples/success-nla-tls12")))).at("/incidents/0/attempts/0");
        assertThat(open.at("/tcp/server/mss").asInt()).isPositive();
        assertThat(open.at("/mcs").has("channels")).as("read behind TLS they were not").isFalse();
    }

    private static String json(Report report) {
        return json(report, Disguise.NONE);
    }

    private static String json(Report report, Disguise disguise) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            JsonReport.write(report, disguise, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Schema closed() {
        JsonNode root = published();
        close(root);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(root);
    }

    private static JsonNode published() {
        try (InputStream in = JsonReportTest.class.getResourceAsStream(SCHEMA)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(JsonNode node) {
        node.forEach(JsonReportTest::close);
        if (node instanceof ObjectNode object && node.path("type").asString("").equals("object") && node.path("properties").isObject()
                && !node.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
    }

    @Test
    void thePublishedSchemaTakesFieldsThatWillBeAdded() {
        Schema open = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(published());
        String report = json(Samples.report(Path.of("samples/nla-required")))
                .replace("\"stream\" :", "\"addedLater\" : [ 1 ],\n\"stream\" :");
        assertThat(report).contains("addedLater");
        assertThat(open.validate(report, InputFormat.JSON)).isEmpty();
        assertThat(schema.validate(report, InputFormat.JSON)).isNotEmpty();
    }
}

package dev.rdptrace.report;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.testkit.AnyRecord;
import dev.rdptrace.testkit.Planted;
import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Documents of the Elastic Common Schema and lines of Zeek are what their readers take.
class FormatTest {
    /// Reviewed against the fields of ECS 8.17.0 and 9.4.0: https://www.elastic.co/guide/en/ecs/8.17/ecs-field-reference.html
    private static final Map<String, String> ECS = Map.ofEntries(entry("@timestamp", "date"), entry("message", "match_only_text"),
            entry("ecs.version", "keyword"), entry("event.id", "keyword"), entry("event.module", "keyword"),
            entry("event.dataset", "keyword"),
            entry("event.kind", "keyword"), entry("event.category", "keyword[]"), entry("event.type", "keyword[]"),
            entry("event.outcome", "keyword"),
            entry("event.action", "keyword"), entry("event.code", "keyword"), entry("event.reason", "keyword"),
            entry("event.start", "date"),
            entry("event.end", "date"), entry("event.duration", "long"), entry("source.address", "keyword"), entry("source.ip", "ip"),
            entry("source.port", "long"), entry("source.packets", "long"), entry("destination.address", "keyword"),
            entry("destination.ip", "ip"),
            entry("destination.port", "long"), entry("destination.packets", "long"), entry("network.transport", "keyword"),
            entry("network.type", "keyword"),
            entry("network.protocol", "keyword"), entry("network.community_id", "keyword"), entry("user.name", "keyword"),
            entry("user.domain", "keyword"),
            entry("tls.version", "keyword"), entry("tls.version_protocol", "keyword"), entry("tls.cipher", "keyword"),
            entry("tls.resumed", "boolean"),
            entry("tls.client.server_name", "keyword"), entry("tls.client.ja3", "keyword"), entry("tls.server.ja3s", "keyword"),
            entry("observer.product", "keyword"), entry("observer.version", "keyword"), entry("log.file.path", "keyword"));

    /// What ECS allows there, as far as it is used.
    private static final Map<String, Set<String>> ALLOWED = Map.of("event.kind", Set.of("event"), "event.category", Set.of("network"),
            "event.type", Set.of("connection", "protocol"), "event.outcome", Set.of("success", "failure", "unknown"),
            "network.transport", Set.of("tcp", "udp"), "network.type", Set.of("ipv4", "ipv6"));

    private final Set<String> used = new TreeSet<>();

    @Test
    void everyFieldOfTheElasticCommonSchemaIsOneWithItsType() throws IOException {
        List<Report> reports = new ArrayList<>(Samples.all().stream().map(Samples::report).toList());
        reports.add(cookie("CORP\\alice"));
        for (int seed = 0; seed < 100; seed++) {
            reports.add(any(seed));
        }
        Map<String, String> wrong = new TreeMap<>();
        for (Report report : reports) {
            for (boolean shared : List.of(false, true)) {
                for (String line : written(Format.ECS, report, shared ? Disguise.of(report) : Disguise.NONE).lines().toList()) {
                    fields("", new ObjectMapper().readTree(line), wrong);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(used).as("no field is promised that is never written").containsExactlyInAnyOrderElementsOf(ECS.keySet());
    }

    private void fields(String name, JsonNode node, Map<String, String> wrong) {
        if (node.isObject()) {
            node.properties().stream().filter(one -> !name.isEmpty() || !one.getKey().equals("rdptrace"))
                    .forEach(one -> fields(name.isEmpty() ? one.getKey() : name + "." + one.getKey(), one.getValue(), wrong));
            return;
        }
        String type = ECS.getOrDefault(name, "none");
        used.add(name);
        boolean fits = switch (type) {
            case "keyword", "match_only_text" -> node.isString() && isAllowed(name, node.asString());
            case "keyword[]" -> node.isArray() && node.valueStream().allMatch(one -> one.isString() && isAllowed(name, one.asString()));
            case "long" -> node.isIntegralNumber();
            case "boolean" -> node.isBoolean();
            case "date" -> node.isString() && Instant.parse(node.asString()) != null || node.isNull() && name.equals("@timestamp");
            case "ip" -> node.isString() && InetAddress.ofLiteral(node.asString()) != null;
            default -> false;
        };
        if (!fits) {
            wrong.put(name, node.toString());
        }
    }

    private static boolean isAllowed(String name, String value) {
        return !ALLOWED.containsKey(name) || ALLOWED.get(name).contains(value);
    }

    @Test
    void aDocumentSaysWhatTheReportSays() throws IOException {
        JsonNode document =
                new ObjectMapper().readTree(written(Format.ECS, Samples.report(Path.of("samples/nla-required")), Disguise.NONE));
        JsonNode line = new ObjectMapper().readTree(written(Format.NDJSON, Samples.report(Path.of("samples/nla-required")), Disguise.NONE));
        assertThat(document.at("/rdptrace/verdict")).isEqualTo(line.get("verdict"));
        assertThat(document.at("/event/id")).isEqualTo(line.get("id"));
        assertThat(document.at("/@timestamp")).isEqualTo(line.get("@timestamp"));
        assertThat(document.at("/network/community_id")).isEqualTo(line.at("/attempts/0/communityId"));
        assertThat(document.at("/event/outcome").asString()).isEqualTo("failure");
        assertThat(document.at("/user/name").asString()).isEqualTo("alice");
        assertThat(document.at("/event/duration").asLong()).isEqualTo(42_170_924L);
    }

    @Test
    void aSharedDocumentHasNoFieldOfAddresses() throws IOException {
        Report report = Samples.report(Path.of("samples/nla-required"));
        JsonNode document = new ObjectMapper().readTree(written(Format.ECS, report, Disguise.of(report)));
        assertThat(document.at("/source/address").asString()).isEqualTo("host-1");
        assertThat(document.at("/source/ip").isMissingNode()).isTrue();
    }

    @Test
    void everyLineOfZeekHasAFieldForEachColumn() throws IOException {
        for (Path sample : Samples.all()) {
            Report report = Samples.report(sample);
            List<Map<String, String>> rows = zeek(report, Disguise.NONE);
            assertThat(rows).hasSize(report.incidents().size());
            for (int i = 0; i < rows.size(); i++) {
                Incident incident = report.incidents().get(i);
                assertThat(rows.get(i)).containsEntry("id.orig_h", incident.headline().attempt().client().address())
                        .containsEntry("id.resp_p", Integer.toString(incident.headline().attempt().server().port()))
                        .containsEntry("verdict", incident.verdict().id()).containsEntry("phase", incident.verdict().phase().toString())
                        .containsEntry("side", incident.verdict().side().toString())
                        .containsEntry("confidence", incident.verdict().confidence().toString());
                assertThat(rows.get(i).values()).doesNotContain("");
                assertThat(rows.get(i).get("ts")).matches("\\d+\\.\\d{6}");
                assertThat(rows.get(i).get("community_id")).matches("1:[A-Za-z0-9+/]{27}=");
                assertThat(unescaped(rows.get(i).get("message"))).isEqualTo(Identity.shown(incident.verdict().says()));
            }
        }
    }

    @Test
    void whatWouldBeReadAsSomethingElseIsEscapedInZeek() throws IOException {
        for (String name : List.of("-", "(empty)", "a\tb", "a\\x41", "zo\u00e9", "#", "a,b")) {
            Report report = cookie(name);
            Map<String, String> row = zeek(report, Disguise.NONE).getFirst();
            String known = TrySummary.of(report.incidents().getFirst()).user();
            assertThat(row.get("user")).isNotEqualTo("-").isNotEqualTo("(empty)").matches("[ -~]+");
            assertThat(unescaped(row.get("user"))).isEqualTo(known).isNotEmpty();
        }
    }

    @Test
    void noTextOfARecordBreaksALineOfZeek() throws IOException {
        for (int seed = 0; seed < 100; seed++) {
            assertThat(zeek(any(seed), Disguise.NONE)).hasSize(1);
        }
    }

    /// As zeek-cut reads: comments, the separator of the head, as many fields as names.
    private static List<Map<String, String>> zeek(Report report, Disguise disguise) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        Format.ZEEK.head(disguise != Disguise.NONE, head);
        List<String> lines =
                new ArrayList<>(List.of((head.toString(StandardCharsets.UTF_8) + written(Format.ZEEK, report, disguise)).split("\n")));
        assertThat(lines.removeFirst()).isEqualTo("#separator \\x09");
        List<String> names = List.of();
        List<String> types = List.of();
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines) {
            List<String> parts = List.of(line.split("\t", -1));
            if (line.startsWith("#fields\t")) {
                names = parts.subList(1, parts.size());
            } else if (line.startsWith("#types\t")) {
                types = parts.subList(1, parts.size());
            } else if (!line.startsWith("#")) {
                assertThat(parts).hasSameSizeAs(names).hasSameSizeAs(types);
                Map<String, String> row = new TreeMap<>();
                for (int i = 0; i < parts.size(); i++) {
                    row.put(names.get(i), parts.get(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static String unescaped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        var escape = Pattern.compile("\\\\(x(..)|\\\\)|(.)").matcher(text);
        while (escape.find()) {
            bytes.write(escape.group(3) != null ? escape.group(3).charAt(0) : escape.group(2) == null ? '\\'
                    : HexFormat.fromHexDigits(escape.group(2)));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static Report cookie(String name) {
        return Planted.everywhere().stream().filter(place -> place.name().equals("user cookie")).findFirst().orElseThrow().with()
                .apply(name).report("0");
    }

    private static Report any(int seed) throws IOException {
        try {
            AnyRecord any = new AnyRecord(seed);
            List<JudgedAttempt> attempts = List.of(any.of(JudgedAttempt.class), any.of(JudgedAttempt.class));
            Incident one = any.of(Incident.class);
            return new Report("0", any.of(CaptureFacts.class), List.of(), Map.of(),
                    List.of(new Incident(one.client(), one.server(), one.verdict(), attempts.getFirst(),
                            one.alternatives(), one.excluded(), one.warnings(), one.nextLook(), one.fixes(), List.of(), attempts,
                            one.overUdp(), one.compared())));
        } catch (ReflectiveOperationException broken) {
            throw new IOException(broken);
        }
    }

    /// However many are written at a time.
    @Test
    void theLinesOfManyTriesAreThoseOfEachInOrder() throws IOException {
        Report one = Samples.report(Path.of("samples/nla-required"));
        List<Incident> all = new ArrayList<>();
        for (String sample : Samples.names()) {
            all.addAll(Samples.report(Path.of("samples").resolve(sample)).incidents());
        }
        List<Incident> many = Stream.generate(() -> all).limit(20).flatMap(List::stream).toList();
        for (Format format : Format.values()) {
            if (format.ofLines()) {
                StringBuilder each = new StringBuilder();
                for (Incident incident : many) {
                    each.append(written(format, one.of(incident), Disguise.NONE));
                }
                assertThat(written(format, one.with(many), Disguise.NONE)).as("%s", format).isEqualTo(each.toString());
            }
        }
    }

    private static String written(Format format, Report report, Disguise disguise) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        format.write(report, Style.PLAIN, disguise, out);
        return out.toString(StandardCharsets.UTF_8);
    }
}

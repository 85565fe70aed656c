package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.Differences;
import dev.rdptrace.timeline.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Captures beside the project whose truth is known: each row names what may be said of outcome, phase, side and id.
class LabelledCapturesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Nothing in it is RDP but a word in a name, and a name proves nothing.
    private static final String UNDECIDED = "P60_dns_nxdomain";
    /// About what a user typed, hid or compared, which other tests ask.
    private static final Pattern OF_THE_COMMAND_LINE = Pattern.compile("--(code|share|and|keylog).*");

    @TestFactory
    Stream<DynamicTest> theVerdictIsWhatTheTruthAllows() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String folder : List.of("kinds", "lab", "lab2")) {
            Path truth = Lab.captures().resolve(folder).resolve("truth.jsonl");
            for (String line : Files.exists(truth) ? Files.readAllLines(truth) : List.<String>of()) {
                JsonNode row = JSON.readTree(line);
                String name = row.path("scenario").asString();
                if (!name.equals(UNDECIDED) && !row.has("file")
                        && !OF_THE_COMMAND_LINE.matcher(row.path("options").asString("")).matches()) {
                    tests.add(DynamicTest.dynamicTest(folder + "/" + name, () -> holds(row, truth.resolveSibling(name))));
                }
            }
        }
        return tests.stream();
    }

    /// A try that failed beside the one that worked and is most like it: the layer that the truth names comes first, in 90 of 100.
    @TestFactory
    Stream<DynamicTest> theFirstDifferenceIsInTheLayerOfTheCause() {
        return Stream.of("lab", "lab2").filter(folder -> Files.exists(Lab.captures().resolve(folder).resolve("truth.jsonl")))
                .map(folder -> DynamicTest.dynamicTest(folder,
                        () -> causesComeFirst(Lab.captures().resolve(folder).resolve("truth.jsonl"))));
    }

    private static void causesComeFirst(Path truth) throws IOException {
        List<Incident> good = new ArrayList<>();
        Map<JsonNode, Incident> bad = new LinkedHashMap<>();
        for (String line : Files.readAllLines(truth)) {
            JsonNode row = JSON.readTree(line);
            String outcomes = texts(row.path("outcome")).toString();
            Optional<Incident> incident = headline(row,
                    analyze(files(row, truth.resolveSibling(row.path("scenario").asString())), row.path("options").asString("")));
            if (incident.isPresent() && outcomes.equals("[established]")) {
                good.add(incident.get());
            } else if (incident.isPresent() && incident.get().outcome().isTrouble() && outcomes.matches(".*(failed|interrupted).*")
                    && !row.path("phase").isNull()) {
                bad.put(row, incident.get());
            }
        }
        List<String> wrong = new ArrayList<>();
        bad.forEach((row, incident) -> {
            Differences.Parting parting = Differences.between(good, List.of(incident)).orElseThrow().parting();
            if (!texts(row.path("phase")).contains(word(parting.layer()))) {
                wrong.add(row.path("scenario").asString() + ": " + parting.layer() + ", " + parting.what());
            }
        });
        assertThat(bad.size()).isGreaterThan(50);
        assertThat(wrong).as("of %d", bad.size()).hasSizeLessThanOrEqualTo(bad.size() / 10);
    }

    private static void holds(JsonNode row, Path folder) throws IOException {
        Optional<Incident> headline = headline(row, analyze(files(row, folder), row.path("options").asString("")));
        if (row.path("none").asBoolean()) {
            assertThat(headline).isEmpty();
            return;
        }
        Incident incident = headline.orElseThrow();
        String outcome = word(incident.outcome());
        assertThat(texts(row.path("outcome"))).as(incident.toString()).contains(outcome);
        if (outcome.equals("undetermined")) {
            return;
        }
        if (!row.path("phase").isNull()) {
            assertThat(texts(row.path("phase"))).as(incident.toString()).contains(word(incident.verdict().phase()));
        }
        if (!row.path("side").isNull()) {
            assertThat(texts(row.path("side"))).as(incident.toString()).contains(word(incident.verdict().side()));
        }
        String ids = row.hasNonNull("ids_nokeys") ? row.path("ids_nokeys").asString() : row.path("ids").asString("");
        if (!ids.isEmpty() && !ids.equals("null")) {
            assertThat(incident.verdict().id()).containsPattern(ids);
        }
        if (row.hasNonNull("not_ids")) {
            assertThat(incident.verdict().id()).doesNotContainPattern(row.path("not_ids").asString());
        }
    }

    private static Optional<Incident> headline(JsonNode row, List<Incident> incidents) {
        String client = row.path("client").asString();
        String server = row.path("server").asString();
        List<Incident> mine =
                incidents.stream().filter(incident -> Set.of(incident.client().address(), incident.server().address()).stream()
                        .anyMatch(address -> address.equals(client) || address.equals(server))).toList();
        if (row.hasNonNull("stream")) {
            mine = incidents.stream().filter(incident -> incident.attempts().stream()
                    .anyMatch(judged -> judged.attempt().stream() == row.path("stream").asInt())).toList();
        }
        return (mine.isEmpty() ? incidents : mine).stream().findFirst();
    }

    private static List<Incident> analyze(List<String> files, String options) throws IOException {
        Set<Endpoint> gateways = options.startsWith("--gateway ") ? Set.of(endpoint(options.substring("--gateway ".length()))) : Set.of();
        return Analyzer.analyze(() -> Captures.open(files, InputStream.nullInputStream()),
                new Analyzer.Options(Set.of(), gateways, false, Optional.empty()), () -> false).incidents();
    }

    /// Of IPv4, with a port.
    private static Endpoint endpoint(String text) throws IOException {
        int colon = text.indexOf(':');
        int address = ByteBuffer.wrap(InetAddress.ofLiteral(text.substring(0, colon)).getAddress()).getInt();
        return new Endpoint(0, 0xffff_0000_0000L | Integer.toUnsignedLong(address), Integer.parseInt(text.substring(colon + 1)));
    }

    /// Those of the point that the row names; an altered copy in place of the whole recording.
    private static List<String> files(JsonNode row, Path folder) throws IOException {
        List<String> all;
        try (Stream<Path> inIt = Files.list(folder)) {
            all = inIt.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".log")).sorted().toList();
        }
        List<String> parts = all.stream().filter(name -> name.startsWith("part_")).toList();
        String point = row.path("point").asString();
        List<String> wanted = !parts.isEmpty() ? parts : Stream.of(
                all.stream().filter(name -> name.startsWith("client_")), all.stream().filter(name -> name.equals(point + ".pcapng")),
                all.stream().filter(name -> name.equals("merged.pcapng")), all.stream().filter(name -> name.startsWith(point)),
                all.stream())
                .flatMap(some -> some).limit(1).toList();
        return wanted.stream().map(name -> folder.resolve(name).toString()).toList();
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asString()));
        return texts;
    }

    private static String word(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.FileGroups;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// Many files on one command line.
class FileGroupsTest extends CommandKit {
    @TempDir private Path folder;

    @Test
    void everyFileIsJudgedAloneAndTheWorstComesFirst() throws IOException {
        copy("success-nla-tls12", "ok.pcapng");
        copy("nla-required", "nla.pcapng");
        copy("pmtu-black-hole", "vpn.pcapng");
        assertThat(run(folder.toString())).isZero();
        assertThat(text().lines().toList()).satisfiesExactly(
                line -> assertThat(line).isEqualTo("2026-11-23, UTC"),
                line -> assertThat(line).contains("08:27:38  ✗ 192.0.2.10 → 198.51.100.20", "Network Level Authentication",
                        "nla.pcapng #8"),
                line -> assertThat(line).contains("08:29:28  ✗ ", "Large packets", "vpn.pcapng #20", "[pmtud-blackhole]"),
                line -> assertThat(line).contains("✓ ", "ok.pcapng #76"),
                line -> assertThat(line).isEmpty(),
                line -> assertThat(line).isEqualTo("3 recordings, 3 tries: 1 established, 2 failed"),
                line -> assertThat(line).startsWith("More: "));
        assertThat(run("-q", folder.toString())).isZero();
        assertThat(text().lines()).hasSize(3)
                .allMatch(line -> line.matches("2026-.* UTC  (CONNECTED|FAILED)  .* → .*\\[[a-z0-9-]+]  .*pcapng #\\d+"));
        assertThat(run("--format", "ndjson", folder.toString())).isZero();
        assertThat(text().lines()).hasSize(3).allMatch(line -> line.contains("\"file\":\"" + folder));
    }

    /// One object as of one capture, so that whoever reads it need not know how many files there were.
    @Test
    void theJsonOfSeveralRecordingsTellsEachAsItIsToldAlone() throws IOException {
        copy("success-nla-tls12", "a.pcapng");
        copy("short-snaplen", "b.pcapng");
        copy("nla-required", "c.pcapng");
        Map<String, ObjectNode> alone = new TreeMap<>();
        for (String name : List.of("a.pcapng", "b.pcapng", "c.pcapng")) {
            assertThat(run("--format", "json", file(name))).isZero();
            alone.put(file(name), (ObjectNode) new ObjectMapper().readTree(text()));
        }
        assertThat(run("--format", "json", folder.toString())).isZero();
        ObjectNode all = (ObjectNode) new ObjectMapper().readTree(text());
        assertThat(all.propertyNames()).containsExactly("schema", "tool", "capture", "incidents");
        assertThat(all.at("/capture/files").valueStream())
                .containsExactlyElementsOf(alone.values().stream().map(one -> one.at("/capture/files/0")).toList());
        assertThat(all.at("/capture/counts/frames").asLong())
                .isEqualTo(alone.values().stream().mapToLong(one -> one.at("/capture/counts/frames").asLong()).sum());
        assertThat(all.at("/capture/fitness").valueStream()).isNotEmpty()
                .allMatch(note -> note.get("file").asString().equals(file("b.pcapng")));
        List<JsonNode> incidents = all.get("incidents").valueStream().toList();
        assertThat(incidents.getFirst().get("file").asString()).as("the worst").isEqualTo(file("c.pcapng"));
        assertThat(incidents).hasSize(3).allSatisfy(incident -> {
            String file = ((ObjectNode) incident).remove("file").asString();
            assertThat(incident).isEqualTo(alone.get(file).at("/incidents/0"));
        });
    }

    @Test
    void onePageTellsOfAllRecordingsAndByWhichBytesTheyAreKnown() throws Exception {
        copy("success-nla-tls12", "a.pcapng");
        copy("nla-required", "c.pcapng");
        assertThat(run("--format", "html", folder.toString())).isZero();
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of(file("c.pcapng")))));
        assertThat(text()).contains("<h2>2 tries: 1 failed, 1 established</h2>", file("c.pcapng") + " #8</td>",
                "SHA-256 <code>" + digest + "</code>");
        assertThat(text().indexOf("<article id=\"try-1\" class=\"bad\">")).isPositive()
                .isLessThan(text().indexOf("<article id=\"try-2\" class=\"good\">"));
    }

    @Test
    void whatCannotBeReadIsNamedAndPassedOver() throws IOException {
        copy("nla-required", "good.pcapng");
        Files.writeString(folder.resolve("bad.pcap"), "no capture at all");
        assertThat(run(folder.toString())).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(text()).contains("good.pcapng #8");
        assertThat(complaints()).contains("bad.pcap: ", "1 of 2 recordings could not be read");
        assertThat(run("--fail-on", "failed", folder.toString())).isEqualTo(Exit.FAIL_ON_HIT.code());
        assertThat(run("--format", "json", folder.toString())).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(new ObjectMapper().readTree(text()).at("/incidents").size()).isEqualTo(1);
    }

    @Test
    void aRecordingThatWasCutIntoFilesIsOne() throws IOException {
        List<Tape.Shot> shots = Samples.tape("nla-required").shots();
        record("trace_1.pcapng", "eth0", shots.subList(0, 7));
        record("trace_2.pcapng", "eth0", shots.subList(7, shots.size()));
        assertThat(FileGroups.recordings(List.of(file("trace_1.pcapng"), file("trace_2.pcapng")))).hasSize(1);
        assertThat(run("-q", folder.toString())).isZero();
        assertThat(text()).contains("x224-neg-failure-5-nla-required").hasLineCount(1);
        record("trace_2.pcapng", "eth1", shots.subList(7, shots.size()));
        assertThat(FileGroups.recordings(List.of(file("trace_1.pcapng"), file("trace_2.pcapng")))).as("another interface").hasSize(2);
    }

    @Test
    void filesOfOtherTimesAreNotOneRecordingForTheirNames() throws IOException {
        copy("nla-required", "case1.pcapng");
        copy("port-closed", "case2.pcapng");
        assertThat(FileGroups.recordings(List.of(file("case1.pcapng"), file("case2.pcapng")))).hasSize(2);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private void copy(String sample, String name) throws IOException {
        Files.copy(Samples.file(sample), folder.resolve(name));
    }

    private void record(String name, String network, List<Tape.Shot> shots) throws IOException {
        try (OutputStream file = Files.newOutputStream(folder.resolve(name)); Recording recording = new Recording(file, "test", "")) {
            recording.network(new InterfaceFacts(1, network, 262_144, "", -1, -1));
            for (Tape.Shot shot : shots) {
                recording.packet(0, shot.nanos(), shot.bytes(), 0, shot.bytes().length, shot.wireLength(), List.of());
            }
        }
    }
}

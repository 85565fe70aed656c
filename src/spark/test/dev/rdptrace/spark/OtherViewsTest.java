package dev.rdptrace.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.Analyzer;
import dev.rdptrace.FileFindings;
import dev.rdptrace.FlowSights;
import dev.rdptrace.Selection;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.compare.SeenPackets;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Of a try that several recordings hold one tells, and never none.
class OtherViewsTest {
    private static final List<String> FILES =
            List.of("samples/synack-lost/capture.pcapng", "samples/synack-lost-client-side/capture.pcapng");

    private final List<Incident> incidents = new ArrayList<>();
    private final List<Seen> seen = new ArrayList<>();
    private final Map<Integer, List<SeenPackets>> packets = new HashMap<>();
    private final List<List<FileFindings>> found = new ArrayList<>();

    OtherViewsTest() throws IOException {
        for (int i = 0; i < 2; i++) {
            String file = FILES.get(i);
            Incident incident = Analyzer.analyze(() -> Captures.open(List.of(file), InputStream.nullInputStream()), Analyzer.Options.NONE,
                    () -> false).incidents().getFirst();
            JudgedAttempt attempt = incident.headline();
            long flow = Selection.flow(attempt.attempt().client(), attempt.attempt().server());
            incidents.add(incident);
            seen.add(Seen.of(i, flow, 0, 0, incident, attempt));
            packets.put(i,
                    List.of(FlowSights.packets(FlowSights.of(new LinkedHashMap<>(Map.of(file, Path.of(file))), Set.of(flow)).get(flow),
                            0)));
            try (Selection selection = new Selection(file, Path.of(file), Analyzer.Options.NONE)) {
                while (selection.next() != null) {
                    // to its end
                }
                found.add(List.of(selection.findings()));
            }
        }
    }

    private boolean tells(int recording, Seen... views) {
        return new OtherViews(recording, List.of(views), packets, new RecordingFacts(found)).judge(incidents.get(recording)).isPresent();
    }

    private static Seen ranked(Seen of, int rank, boolean headline) {
        return new Seen(of.recording(), of.flow(), of.fromFile(), of.toFile(), rank, headline, of.stream(), of.client(), of.server(), of
                .firstFrame(), of.verdict(), of.phase(), of.connected(), of.up(), of.clientHello(), of.helloFrame(), of.helloNanos());
    }

    @Test
    void ofTwoThatSayTheSameTheFirstTells() {
        assertThat(incidents).extracting(Incident::outcome).containsOnly(Outcome.FAILED);
        assertThat(tells(0, seen.get(0), seen.get(1))).isTrue();
        assertThat(tells(1, seen.get(0), seen.get(1))).isFalse();
    }

    @Test
    void whereOneSawItFailThatOneTells() {
        Seen undetermined = ranked(seen.get(0), Seen.rank(Outcome.UNDETERMINED), true);
        assertThat(tells(1, undetermined, seen.get(1))).isTrue();
        assertThat(Seen.rank(Outcome.UNDETERMINED)).isGreaterThan(Seen.rank(Outcome.ESTABLISHED)).isGreaterThan(Seen.rank(
                Outcome.NOT_RDP));
    }

    /// Behind an address translation the connections of two users may look like one try, of which another connection is told.
    @Test
    void aConnectionThatTheOtherRecordingDoesNotTellOfIsToldHere() {
        assertThat(tells(1, ranked(seen.get(0), 0, false), seen.get(1))).isTrue();
    }
}

package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShelfTest {
    @Test
    void everyIncidentOfTheSamplesComesBackAsItWas() throws Exception {
        Shelf shelf = Shelf.open();
        List<Incident> before = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        try (Stream<Path> samples = Files.walk(Path.of("samples"))) {
            for (Path sample : samples.filter(path -> path.toString().endsWith(".pcapng")).sorted().toList()) {
                try (PacketSource source = Captures.open(List.of(sample.toString()), InputStream.nullInputStream())) {
                    for (Incident incident : Analyzer.analyze(source, Analyzer.Options.NONE, () -> false).incidents()) {
                        before.add(incident);
                        places.add(shelf.put(incident));
                    }
                }
            }
        }
        assertThat(before).hasSizeGreaterThan(20);
        for (int i = before.size() - 1; i >= 0; i--) {
            Incident after = (Incident) shelf.get(places.get(i));
            assertThat(json(after)).isEqualTo(json(before.get(i)));
            assertThat(after.attempts().stream().anyMatch(one -> one == after.headline())).isTrue();
        }
    }

    @Test
    void keepsWhatItDoesNotKnowInMemory() throws Exception {
        Shelf shelf = Shelf.open();
        StringBuilder unknown = new StringBuilder("no record");
        long place = shelf.put(List.of(unknown, "grüße", -1, Long.MIN_VALUE, 0.5, 'x', true, Map.of("a", List.of())));
        assertThat(shelf.get(place)).isEqualTo(List.of(unknown, "grüße", -1, Long.MIN_VALUE, 0.5, 'x', true, Map.of("a", List.of())));
    }

    private static String json(Incident incident) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonReport.writeLines(new Report("", null, List.of(), Map.of(), List.of(incident)), out);
        return out.toString(StandardCharsets.UTF_8);
    }
}

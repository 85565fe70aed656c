package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.report.JsonReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every file of the captures beside the project, whatever it is, is read to a report or refused with a sentence.
class EveryCaptureTest {
    private static final long PATIENCE_MILLIS = 2000;

    @Test
    void isAnalysedOrRefusedInTime() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(Lab.captures())) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        List<String> wrong = new ArrayList<>();
        int analysed = 0;
        for (Path file : files) {
            long begin = System.nanoTime();
            try {
                Analysis analysis = Analyzer.analyze(() -> Captures.open(List.of(file.toString()), InputStream.nullInputStream()),
                        Analyzer.Options.NONE, () -> false);
                ByteArrayOutputStream json = new ByteArrayOutputStream();
                JsonReport.write(analysis.report("test"), json);
                assertThat(json.size()).isPositive();
                analysed++;
            } catch (CaptureException refused) {
                if (refused.getMessage() == null || !refused.getMessage().startsWith(file.toString())) {
                    wrong.add(file + ": refused without its name: " + refused.getMessage());
                }
            } catch (RuntimeException | Error e) {
                wrong.add(file + ": " + e);
            }
            long millis = (System.nanoTime() - begin) / 1_000_000;
            if (millis > PATIENCE_MILLIS) {
                wrong.add(file + ": " + millis + " ms");
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(analysed).isGreaterThan(files.size() / 3);
    }
}

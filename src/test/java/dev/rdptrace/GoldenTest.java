package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.report.JsonReport;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What users look at is what is compared: `report.txt` and `report.json` of every sample, byte for byte.
///
/// `mvn test -Dtest=GoldenTest -Dgolden=update` writes them anew; then the diff is the review. A check in the sense of
/// CI must not mend what it checks, so `CI=true` refuses that.
class GoldenTest {
    private static final boolean UPDATE = System.getProperty("golden", "").equals("update");

    @TestFactory
    Stream<DynamicTest> reportsAreAsTheyWere() {
        if (UPDATE) {
            assertThat(System.getenv("CI")).as("-Dgolden=update where CI is set").isNotEqualTo("true");
        }
        return Samples.all().stream().flatMap(sample -> Stream.of("report.txt", "report.json")
                .map(name -> dynamicTest(sample.getFileName() + "/" + name, () -> compare(sample.resolve(name), rendered(sample, name)))));
    }

    private static void compare(Path expected, byte[] actual) throws IOException {
        if (UPDATE) {
            Files.write(expected, actual);
            return;
        }
        assertThat(expected).as("-Dgolden=update writes it").exists();
        assertThat(new String(actual, StandardCharsets.UTF_8)).isEqualTo(Files.readString(expected));
    }

    private static byte[] rendered(Path sample, String name) throws IOException {
        Report report = Samples.report(sample);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (name.endsWith(".json")) {
            JsonReport.write(report, out);
        } else {
            TextReport.write(report, Style.PLAIN, out);
        }
        return out.toByteArray();
    }
}

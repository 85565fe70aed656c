package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One client at one server makes more attempts than are taken from the spill file together.
class OnePairTest {
    private static final byte[] REQUEST = CaptureBuilder.connectionRequest(new byte[0], 3);
    private static final byte[] REFUSAL = CaptureBuilder.connectionConfirm(3, 5);

    @Test
    void triesAreWhatTheyAreWhereverTheFileIsCut() {
        List<Integer> sizes = List.of(3, 1, 2500, 700, 1, 1900, 2, 1);
        CaptureBuilder capture = new CaptureBuilder().stepMicros(50);
        // It begins first and ends last: it comes to the spill file behind all others, and those that follow it are of one try with it.
        CaptureBuilder.Dialogue longest = capture.tcp("10.1.0.5", 1000, "192.0.2.9", 3389).open().client(REQUEST);
        capture.pauseMillis(200_000);
        int port = 1001;
        for (int size : sizes) {
            for (int i = 0; i < size; i++) {
                capture.tcp("10.1.0.5", port++, "192.0.2.9", 3389).open().client(REQUEST).server(REFUSAL).serverFin().clientFin();
            }
            capture.pauseMillis(200_000);
        }
        longest.server(REFUSAL).serverFin().clientFin();
        List<Integer> told = capture.tape().analyze().incidents().stream().map(incident -> incident.attempts().size()).sorted().toList();
        assertThat(told).containsExactly(1, 1, 2, 1 + 3 + 1 + 2500 - 2000, 700, 1900, 2000);
    }
}

package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.testkit.CaptureBuilder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DisguiseTest {
    private static final byte[] REFUSAL = CaptureBuilder.connectionConfirm(3, 5);

    @Test
    void moreNamesThanItCanHoldAreToldAndNotLeftStanding() {
        assertThat(Disguise.of(users(100)).tooMany()).isFalse();
        assertThat(Disguise.of(users(Disguise.MOST_WORDS / 2)).tooMany()).as("each with an address, a cookie and a name").isTrue();
    }

    private static Report users(int count) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(10);
        for (int i = 0; i < count; i++) {
            byte[] request = CaptureBuilder.connectionRequest(("Cookie: mstshash=user" + i + "\r\n").getBytes(StandardCharsets.US_ASCII), 3);
            capture.tcp("10." + (i >> 16) + "." + (i >> 8 & 0xff) + "." + (i & 0xff), 50_000, "192.0.2.9", 3389).open().client(request).server(REFUSAL).serverFin()
                    .clientFin();
        }
        return capture.tape().analyze().report("0");
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// It worked before; what is different now?
class DiffCommandTest extends CommandKit {
    private static final String GOOD = "samples/success-nla-tls13/capture.pcapng";
    private static final String BAD = "samples/nla-required/capture.pcapng";

    @Test
    void itSaysInWordsWhatComesFirst() {
        assertThat(run("diff", GOOD, BAD)).isZero();
        assertThat(text()).startsWith("good    ✓ CONNECTED").contains("\nbad     ✗ FAILED  The server insists on Network",
                "First difference: X.224 negotiation, answer to the request", "\n  bad     failure 5 HYBRID_REQUIRED_BY_SERVER (frame 8)\n",
                "protocols requested: good SSL+HYBRID (frame 6), bad SSL (frame 6)\n", "\nThe same\n");
        assertThat(text().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void programsReadTheSame() {
        assertThat(run("diff", GOOD, BAD, "--format", "json")).isZero();
        JsonNode json = JsonMapper.builder().build().readTree(out.toByteArray());
        assertThat(json.at("/first/layer").asString()).isEqualTo("x224");
        assertThat(json.at("/bad/id").asString()).isEqualTo("x224-neg-failure-5-nla-required");
        assertThat(json.at("/first/badFrames")).hasSize(1);
        assertThat(json.at("/different/0/what").asString()).isNotEmpty();
    }

    @Test
    void whatCannotBeComparedIsSaid() {
        assertThat(run("diff", GOOD)).isEqualTo(Exit.USAGE.code());
        assertThat(run("diff", GOOD, BAD, "--format", "svg")).isEqualTo(Exit.USAGE.code());
        assertThat(run("diff", GOOD, "-")).isEqualTo(Exit.USAGE.code());
        assertThat(run("diff", GOOD, "no-such.pcap")).isEqualTo(Exit.INPUT_UNREADABLE.code());
    }
}

package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is typed goes before the environment, and that before `rdptrace.conf`.
class DefaultsTest extends CommandKit {
    private static final String SAMPLE = "samples/nla-required/capture.pcapng";

    private final Map<String, String> environment = new HashMap<>();

    @TempDir private Path folder;

    @Test
    void whatIsTypedGoesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
        configured("format = json\n");
        assertThat(run(SAMPLE)).isZero();
        assertThat(said()).startsWith("{\n");
        environment.put("RDPTRACE_FORMAT", "zeek");
        assertThat(run(SAMPLE)).isZero();
        assertThat(said()).startsWith("#separator");
        assertThat(run("--format", "ecs", SAMPLE)).isZero();
        assertThat(said()).startsWith("{\"@timestamp\"");
        environment.put("RDPTRACE_FORMAT", "");
        assertThat(run(SAMPLE)).isZero();
        assertThat(said()).as("an empty variable is none").startsWith("{\n");
        environment.put("RDPTRACE_CONFIG", "");
        assertThat(run(SAMPLE)).isZero();
        assertThat(said()).as("and no file is read").startsWith("✗ FAILED");
    }

    @Test
    void aCommandHasOptionsOfItsOwn() throws IOException {
        configured("# for all\nq = true\nfail-on = failed\n\n[ladder]\nformat = svg\n");
        assertThat(run(SAMPLE)).isEqualTo(Exit.FAIL_ON_HIT.code());
        assertThat(said().lines().count()).as("-q").isLessThan(3);
        assertThat(run("ladder", SAMPLE)).isZero();
        assertThat(said()).startsWith("<svg");
        environment.put("RDPTRACE_LADDER_FORMAT", "text");
        assertThat(run("ladder", SAMPLE)).isZero();
        assertThat(said()).doesNotStartWith("<svg");
        assertThat(run("explain", "tls-ch-then-rst")).isZero();
    }

    @Test
    void whatMayBeRepeatedIsRepeatedInTheFileAndReplacedByWhatIsTyped() throws IOException {
        configured("gateway = 192.0.2.1\ngateway = not an address\n");
        assertThat(run(SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(run("--gateway", "192.0.2.1", SAMPLE)).isZero();
    }

    @Test
    void aNameThatIsNoneIsTold() throws IOException {
        Path file = configured("format = json\n[live]\nformat = ecs\nfail-on = failed\n");
        assertThat(run(SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(told()).startsWith("rdptrace: " + file + ", line 4: fail-on = failed is neither").contains("of rdptrace live");
        for (String wrong : new String[] {"[lives]\n", "format\n", "help = true\n", "format json\n", "= json\n"}) {
            configured(wrong);
            assertThat(run(SAMPLE)).as(wrong).isEqualTo(Exit.USAGE.code());
            assertThat(told()).contains("line 1");
        }
        environment.put("RDPTRACE_CONFIG", folder.resolve("missing").toString());
        assertThat(run(SAMPLE)).isEqualTo(Exit.INPUT_UNREADABLE.code());
    }

    @Test
    void aValueThatIsWrongIsToldWithWhereItStands() throws IOException {
        Path file = configured("share = yes\n");
        assertThat(run(SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(told()).contains(file + ": --share is true or false and not yes");
        configured("share = false\n");
        environment.put("RDPTRACE_PORT", "many");
        assertThat(run(SAMPLE)).isEqualTo(Exit.USAGE.code());
        assertThat(told()).contains("'many' is no number", "Not typed: --port=many from RDPTRACE_PORT\n");
    }

    @Test
    void aFileOfArgumentsStandsForThem() throws IOException {
        Path file = Files.writeString(folder.resolve("arguments"), "# as a colleague wants it\n--format zeek\n\"" + SAMPLE + "\"\n");
        configured("format = json\n");
        assertThat(run("@" + file)).isZero();
        assertThat(said()).as("what stands there is typed").startsWith("#separator");
        assertThat(run("--share", "--", SAMPLE)).isZero();
        assertThat(said()).startsWith("{\n");
    }

    private Path configured(String text) throws IOException {
        environment.put("XDG_CONFIG_HOME", folder.toString());
        return Files.writeString(folder.resolve("rdptrace.conf"), text);
    }

    @Override
    int run(String... arguments) {
        err.reset();
        return run(false, environment, arguments);
    }

    private String said() {
        return text();
    }

    private String told() {
        return complaints();
    }
}

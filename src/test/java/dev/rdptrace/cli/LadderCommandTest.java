package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

/// A try as a picture.
class LadderCommandTest extends CommandKit {
    private static final String SAMPLE = "samples/pmtu-black-hole/capture.pcapng";

    @Test
    void whatDecidedAndWhatWasLostAreInIt() {
        assertThat(run("ladder", SAMPLE)).isZero();
        assertThat(text().lines().toList()).first().asString().startsWith("✗ FAILED  Large packets from the server disappear");
        assertThat(text().lines().map(line -> line.replaceAll("─+", "─")))
                .anyMatch(line -> line.matches(" +│ +╳ ◀─ 1448 bytes never seen ─│"))
                .anyMatch(line -> line.matches(" +12 ms \\* +#11 +│◀─ packet of 752 bytes ─│"))
                .anyMatch(line -> line.contains("* ") && line.contains("#20"))
                .anyMatch(line -> line.matches(" +6\\.76 ms +#10 +│─ ClientHello, .* ─▶│"));
    }

    @Test
    void theVectorsAreOneFileThatLoadsNothing() throws Exception {
        assertThat(run("ladder", SAMPLE, "1", "--format", "svg")).isZero();
        assertThat(DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(out.toByteArray()))
                .getDocumentElement()
                .getTagName()).isEqualTo("svg");
        assertThat(text()).contains("1448 bytes never seen", "<g class=\"deciding\">").doesNotContain("href", "url(", "<script");
    }

    @Test
    void theHostBehindAGatewayHasAColumnOfItsOwn() {
        String sample = "samples/rdg-session/";
        assertThat(run("ladder", sample + "capture.pcapng", "--keylog", sample + "keys.log")).isZero();
        assertThat(text().lines().map(line -> line.replaceAll("─+", "─").replaceAll(" +", " ")))
                .anyMatch(line -> line.endsWith(" client gateway host"))
                .anyMatch(line -> line.endsWith("#5 │─ TCP connected ─▶│ │"))
                .anyMatch(line -> line.endsWith("│─ TLS alert close_notify (0) ─┼─▶│"))
                .anyMatch(line -> line.contains("client – gateway: tunnel ready after 89.1 ms"))
                .anyMatch(line -> line.contains("gateway – host rdp.example.test:3389: connected after 11.7 ms"))
                .anyMatch(line -> line.contains("client – host: in session after 1.32 s"));
        assertThat(text().lines().filter(line -> line.contains("│")).mapToInt(String::length).distinct().count()).isOne();
        assertThat(run("ladder", sample + "capture.pcapng")).isZero();
        assertThat(text()).as("not read").doesNotContain("host", "┼");
        assertThat(run("ladder", sample + "capture.pcapng", "--keylog", sample + "keys.log", "--format", "svg")).isZero();
        assertThat(text()).contains("<line x1=\"566\" y1=\"30\" x2=\"566\"", ">host</text>");
        String refused = "samples/rdg-resource-refused/";
        assertThat(run("ladder", refused + "capture.pcapng", "--keylog", refused + "keys.log")).isZero();
        assertThat(text()).contains("client – gateway: tunnel ready after 20.8 ms", "gateway – host rdp.example.test:3389: not connected")
                .doesNotContain("┼");
    }

    @Test
    void aTryThatIsNotThereIsMisuse() {
        assertThat(run("ladder", SAMPLE, "2")).isEqualTo(Exit.USAGE.code());
        assertThat(run("ladder", SAMPLE, "--format", "png")).isEqualTo(Exit.USAGE.code());
        assertThat(run("ladder", "no-such.pcap")).isEqualTo(Exit.INPUT_UNREADABLE.code());
        assertThat(complaints()).contains("there is no try 2: the report has 1", "no such file");
    }
}

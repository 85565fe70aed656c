package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.wire.tls.CertificateFactsTest;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a person reads first, and what never reaches a terminal.
class TextReportTest {
    private static final int SCREEN = 31;

    /// RFC 1191 5: old routers say that a packet is too big and leave the size that would pass at 0. A key
    /// of an unknown kind has no size.
    @Test
    void whatIsNotKnownIsNotToldAsANumber() {
        WindowsPeers peers = WindowsPeers.with(WindowsPeers.Suite.GCM).certificate(CertificateFactsTest.unheardOf()).negotiated(3, 2);
        peers.tls().dialogue().end().tooBig("10.0.0.1", peers.dialogue(), 1500, 0);
        peers.dialogue().clientReset();
        String text =
                TextReport.text(peers.tape().analyze().report("0"), new Style(false, 2, false, false, Style.Clock.DATE, ZoneOffset.UTC));
        assertThat(text).containsIgnoringWhitespaces("certificate of rdp2.example by nobody by name, 1.3.101.127, valid",
                "Certificate of rdp2.example, self-signed, 1.3.101.127", "ICMP from 10.0.0.1: packet too big",
                "10.0.0.1 says that a packet is too big, and not what would pass");
        assertThat(text).doesNotContain(" -1", " of ,", " 0 bytes", "  ,");
    }

    @Test
    void theVerdictComesFirst() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            Report report = Samples.report(sample);
            Finding verdict = report.incidents().getFirst().verdict();
            String headline = Wording.mark(verdict.outcome()) + Wording.loud(verdict.outcome()) + "  "
                    + Wording.point(Disguise.NONE.shown(Wording.says(verdict)));
            assertThat(text(report).replaceAll("\n +", " ")).startsWith(headline);
            assertThat(headline.length()).as(headline).isLessThanOrEqualTo(110);
        });
    }

    @Test
    void aResetAtTheClientHelloNamesPhaseSideAndConfidence() {
        assertThat(text(Samples.report(Path.of("reset-on-clienthello"))))
                .startsWith("✗ FAILED  The server reset the connection ")
                .containsSubsequence("server · TLS handshake · seen, frames", "192.0.2.10 → 198.51.100.20:3389 · ", "Do first:",
                        "The client may show:",
                        "What happened", "RST", "ServerHello did not come", "Not the cause:", "user name, password", "Look next:",
                        "Schannel",
                        "Wireshark: tcp.stream == 0", "frame.number in {", "More: -v");
    }

    @Test
    void everySampleFitsAScreenOfOneHundredColumns() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            String text = text(Samples.report(sample));
            assertThat(text.lines().count()).isLessThanOrEqualTo(SCREEN);
            // What has no blank cannot be broken, and filters are for copying.
            assertThat(text.lines().filter(line -> line.length() > Style.WIDTH && !line.contains(" == ") && !line.startsWith("Read ")
                    && line.strip().contains(" "))).isEmpty();
        });
    }

    @Test
    void linesAreAsLongAsTheTerminal() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            Report report = Samples.report(sample);
            for (int width : new int[] {60, 80, 132}) {
                Style style = new Style(false, 0, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC, width, false);
                // What is for copying and what has no blank stays whole.
                assertThat(
                        text(report, style).lines()
                                .filter(line -> line.length() > width && !line.contains(" == ") && !line.contains("frame.number")
                                        && !line.contains("tcp.stream in") && !line.startsWith("Read ") && line.strip().contains(" ")))
                        .isEmpty();
            }
            assertThat(text(report, new Style(false, 1, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC, 80, true))
                    .chars().allMatch(c -> c < 0x80)).isTrue();
        });
    }

    @Test
    void noHeadingStandsAlone() {
        assertThat(Samples.all()).allSatisfy(sample -> {
            for (int verbosity = 0; verbosity < 3; verbosity++) {
                List<String> lines =
                        text(Samples.report(sample), new Style(false, verbosity, false, false, Style.Clock.DATE, ZoneOffset.UTC)).lines()
                                .toList();
                for (int i = 0; i < lines.size(); i++) {
                    boolean heading = lines.get(i).endsWith(":") && !lines.get(i).startsWith(" ");
                    assertThat(heading && (i + 1 == lines.size() || !lines.get(i + 1).startsWith("  "))).as(lines.get(i)).isFalse();
                    assertThat(lines.get(i)).doesNotContain("null", "Optional", "[]", "{server", "{client", "{time", "{port");
                }
            }
        });
    }

    @Test
    void quietIsTheVerdictAlone() {
        String text = text(Samples.report(Path.of("nla-required")), new Style(false, 0, true, false, Style.Clock.RELATIVE, ZoneOffset.UTC));
        assertThat(text).matches("2026-11-23 08:27:38 UTC  FAILED  192\\.0\\.2\\.10 → 198\\.51\\.100\\.20:3389  .*"
                + "\\[x224-neg-failure-5-nla-required]  samples/nla-required/capture.pcapng #8\n");
    }

    @Test
    void colourOnlyWhenAsked() {
        Report report = Samples.report(Path.of("port-closed"));
        String coloured = text(report, new Style(true, 0, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC));
        assertThat(text(report)).doesNotContain("\u001b");
        assertThat(coloured).startsWith("\u001b[1;31m✗ FAILED\u001b[0m");
        assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(text(report));
    }

    @Test
    void nothingFromTheWireReachesTheTerminalAsItIs() {
        Report report = Samples.report(Path.of("port-closed"));
        CaptureFacts facts = report.capture();
        String server = report.incidents().getFirst().server().address();
        Report hostile = new Report("0", new CaptureFacts(facts.files(), facts.interfaces(), List.of(),
                List.of(new CaptureFacts.Name(server, "evil\u001b[2J\u202egnp\nFAILED")), facts.notes()),
                List.of(new Report.Fitness("note", "cut\u0007 \u009b31m", List.of())), Map.of(), report.incidents());
        String text = text(hostile);
        assertThat(text).contains("evil\\u001b[2J\\u202egnp\\u000aFAILED", "cut\\u0007 \\u009b31m");
        assertThat(text.chars().filter(c -> c != '\n').noneMatch(Character::isISOControl)).isTrue();
    }

    @Test
    void noRdpIsSaidPlainly() {
        Report report = Samples.report(Path.of("port-closed"));
        Report empty = new Report("0", report.capture(), List.of(), Map.of("frames", 7L), List.of());
        assertThat(text(empty)).startsWith("NO RDP in this capture: none of its 7 packets")
                .contains("Read samples/port-closed/capture.pcapng");
    }

    @Test
    void manyFailuresAreShortenedAndScannersAreASum() {
        Report one = Samples.report(Path.of("port-closed"));
        Report scan = Samples.report(Path.of("health-check"));
        Incident failure = one.incidents().getFirst();
        Incident probe = scan.incidents().getFirst();
        Report many = new Report("0", one.capture(), List.of(), Map.of(), java.util.stream.Stream.concat(
                java.util.Collections.nCopies(70, failure).stream(), java.util.Collections.nCopies(412, probe).stream()).toList());
        String text = text(many);
        assertThat(text.split("What happened", -1)).hasSize(11);
        assertThat(text).contains("Also in this capture:", "… 20 more: 20 failed");
        assertThat(Report.setAside(probe)).isTrue();
        assertThat(text).contains("Set aside: " + 412 * probe.attempts().size() + " connections of 1 scanner or health check");
    }

    @Test
    void ofManyIncidentsEachIsAskedForOnce() {
        Report sample = Samples.report(Path.of("nla-required"));
        int size = 5000;
        for (Style style : List.of(Style.PLAIN, new Style(false, 0, true, false, Style.Clock.RELATIVE, ZoneOffset.UTC))) {
            int[] asked = {0};
            List<Incident> onDisk = new AbstractList<>() {
                @Override
                public Incident get(int index) {
                    asked[0]++;
                    return sample.incidents().getFirst();
                }

                @Override
                public int size() {
                    return size;
                }
            };
            TextReport.text(sample.with(onDisk), style);
            assertThat(asked[0]).isBetween(size, size + 64);
        }
    }

    @Test
    void theUsersCodeIsComparedNotBelieved() {
        Report report = Samples.report(Path.of("reset-on-clienthello"));
        String plain = text(report);
        String compared = text(report.comparedWith(Optional.of("0x904/0x7")));
        assertThat(compared.lines().findFirst()).isEqualTo(plain.lines().findFirst());
        assertThat(compared).contains("The client's code 0x904/0x7:", "agrees", "the client's own text", "The client may show:");
        assertThat(compared).doesNotContain("contradicts the capture");
    }

    @Test
    void timesAreShownAsAsked() {
        Report report = Samples.report(Path.of("reset-on-clienthello"));
        assertThat(text(report, new Style(false, 0, false, false, Style.Clock.DATE, ZoneOffset.ofHours(2))))
                .contains("2026-11-23 10:27:49.938364 *");
        assertThat(text(report, new Style(false, 0, false, false, Style.Clock.EPOCH, ZoneOffset.UTC))).contains("1795422469.938364 *");
        assertThat(text(report, new Style(false, 0, false, false, Style.Clock.DELTA, ZoneOffset.UTC))).contains("0.000119 *");
    }

    private static String text(Report report) {
        return text(report, Style.PLAIN);
    }

    private static String text(Report report, Style style) {
        return TextReport.text(report, style);
    }
}

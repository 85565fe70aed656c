package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.AdvisedChecks;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.rules.Catalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `rdptrace explain` knows what clients, logs and protocols show, and begins with what to do.
class ExplainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int columns = 100;

    /// Taken from the documents, not from the tables of the program: `src/test/resources/reviewed/codes.tsv`.
    @Test
    void everyCodeOfTheDocumentsIsKnownByItsName() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<String[]> rows = rows();
        for (String[] row : rows) {
            String said = explain(row[0]);
            if (!said.replaceAll("\\s+", " ").contains(row[1].strip())) {
                wrong.add(row[0] + " does not name " + row[1] + " (" + row[2] + ")");
            }
            if (said.lines().limit(5).noneMatch(line -> line.startsWith("First: "))) {
                wrong.add(row[0] + " does not begin with what to do");
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).hasSizeGreaterThan(800);
    }

    @Test
    void aPairIsUnderstoodInEveryForm() {
        String said = explain("0x904/0x7");
        for (String typed : List.of("0x904 0x7", "0x904, 0x7", "2308/7", "Error code: 0x904 Extended error code: 0x7")) {
            assertThat(withoutTyped(explain(typed))).as(typed).isEqualTo(withoutTyped(said));
        }
        assertThat(said).contains("The client says: \"", "the 7, \"denied\"", "## Questions that tell the causes apart",
                "## What articles advise for it", "AllowEncryptionOracle", "## How to record");
        assertThat(said.lines().filter(line -> line.matches("\\d+\\. .*"))).hasSizeGreaterThan(10);
    }

    @Test
    void whatIsAskedIsNeverPutAside() {
        assertThat(explain("0xC000006D")).contains("STATUS_LOGON_FAILURE", "credssp-auth-rejected-errorcode");
        assertThat(explain("event 4625")).startsWith("# event 4625").doesNotContain("internal protocol error");
        assertThat(explain("4625")).doesNotContain("internal protocol error");
        assertThat(explain("exit 17")).contains("license-no-server").doesNotContain("driver");
        assertThat(explain("1026")).contains("event 1026").doesNotContain("broker");
        assertThat(explain("0x402")).contains("ERRINFO_CB_LOADING_DESTINATION");
        assertThat(explain("credentials did not work")).contains("credssp-auth-rejected-errorcode", "--code \"credentials did not work\"");
        assertThat(explain("internal error")).contains("tls-ch-then-rst");
        assertThat(explain("certificate")).contains("tls-client-rejects-cert", "tls-cert-expired");
        assertThat(explain("80090302")).contains("credssp-ntlm-blocked");
        assertThat(explain("0x80072EE7")).contains("rdg-unreachable").doesNotContain("credssp");
        assertThat(explain("Kerberos 25")).contains("a normal step").doesNotContain("## What it can be");
    }

    /// Every number that a report says a client may show is explained by the same diagnoses.
    @Test
    void everyRowOfTheTableIsExplainedByWhatItNames() {
        for (ClientCodes.Entry entry : ClientCodes.all()) {
            String typed = entry.family().equals("freerdp-exit") ? "exit " + entry.main()
                    : entry.main() >= 0 || entry.extended() >= 0 ? entry.number()
                    : entry.name().equals("-") ? entry.dialog() : entry.name();
            String said = explain(typed).replaceAll("\\s+", " ");
            entry.producers().forEach(producer -> assertThat(said).as(typed).contains(producer.id()));
        }
    }

    @Test
    void whatNobodyKnowsIsAnsweredWithTheNearestThree() {
        for (String typed : List.of("0xDEADBEEF", "flying saucer", "x224-neg-failure-5-nla-requird", "zz", "\u001b[31m")) {
            assertThat(run(typed)).as(typed).isEqualTo(Exit.USAGE.code());
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("nothing known about", "did you mean").doesNotContain("\u001b[31m");
        }
        assertThat(AdvisedChecks.all()).hasSizeGreaterThan(20);
    }

    /// Whoever is in a hurry reads no more, and may have a narrow window.
    @Test
    void whatToDoFirstStandsOnTheFirstFiveLines() {
        for (int width : new int[] {100, 60}) {
            columns = width;
            for (Page page : Catalog.pages()) {
                assertThat(top(explain(page.id()))).as(page.id() + " in " + width)
                        .contains("First: " + Page.Names.GENERAL.fill(page.first()));
            }
            assertThat(top(explain("0x904/0x7"))).contains("First: record the failing try", "rdptrace --code \"0x904/0x7\" FILE",
                    "only packets tell them apart");
            for (String typed : List.of("0x904", "0x3/0x9", "0x300001B", "0xC000006D", "SEC_E_LOGON_DENIED", "alert 40", "event 4625",
                    "Kerberos 14",
                    "internal error", "UnexpectedNetworkDisconnect")) {
                assertThat(explain(typed).lines().limit(3)).as(typed + " in " + width).anyMatch(line -> line.startsWith("First: "));
                assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.length() > width && line.strip().contains(" "))
                        .filter(line -> !line.contains("`"))).as(typed + " in " + width).isEmpty();
            }
        }
    }

    private static String top(String said) {
        return said.lines().limit(5).map(String::strip).collect(Collectors.joining(" "));
    }

    private static String withoutTyped(String said) {
        return said.substring(said.indexOf("The client says"));
    }

    private static List<String[]> rows() throws IOException {
        try (InputStream in = ExplainTest.class.getResourceAsStream("/reviewed/codes.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t")).toList();
        }
    }

    private String explain(String typed) {
        assertThat(run(typed)).as(typed + ": " + err.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private int run(String typed) {
        out.reset();
        err.reset();
        Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), false, false,
                Map.of(), columns, false);
        return Main.execute(console, () -> false, "explain", typed);
    }
}

package dev.rdptrace.diagnosis.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rdptrace.diagnosis.rules.Catalog;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PagesTest {
    private static final Pattern QUOTED_NAME = Pattern.compile("`([a-z0-9]+(?:-[a-z0-9]+)+)`");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{[a-z]+\\}");

    /// The verdicts that every report must be able to explain.
    private static final List<String> NEEDED = List.of(
            "tcp-syn-no-response", "tcp-syn-refused", "tcp-syn-rst-by-middlebox", "tcp-syn-icmp-unreachable",
            "tcp-rst-by-middlebox-midflow", "tcp-idle-timeout-reset", "tcp-duplication", "tcp-reordering",
            "x224-cr-then-rst", "x224-cr-then-fin", "x224-no-cc-timeout", "x224-neg-failure-1-ssl-required",
            "x224-neg-failure-2-ssl-not-allowed", "x224-neg-failure-3-no-cert", "x224-neg-failure-4-inconsistent",
            "x224-neg-failure-5-nla-required", "x224-neg-failure-6-client-cert", "wrong-protocol-client",
            "wrong-protocol-server", "proxy-protocol-header", "tls-ch-then-rst", "tls-ch-then-fin",
            "tls-ch-answered-with-tpkt", "tls-alert-40-handshake-failure", "tls-alert-70-version",
            "tls-payload-corrupted", "pmtud-blackhole", "credssp-auth-rejected-errorcode",
            "credssp-auth-rejected-alert", "credssp-auth-rejected-close", "hybridex-access-denied",
            "mcs-ci-then-close", "client-info-then-close", "license-no-server", "demand-active-missing",
            "errinfo-7-server-denied", "dpu-without-errinfo", "client-code-ext7-contradicted", "rdg-refused",
            "proxy-refused", "session-established", "session-ended-by-client", "session-ended-by-server",
            "session-cut", "scan-neg-probe", "bruteforce-nla", "health-check-tcp", "health-check-cr",
            "non-rdp-traffic-3389", "capture-artefact", "undetermined");

    @Test
    void everyPageBelongsToASignatureAndEverySignatureHasAPage() throws IOException, URISyntaxException {
        URI index = Objects.requireNonNull(PagesTest.class.getResource("/dev/rdptrace/pages/session-established.md")).toURI();
        List<String> files;
        try (Stream<Path> folder = Files.list(Path.of(index).resolveSibling("."))) {
            files = folder.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".md"))
                    .map(name -> name.substring(0, name.length() - 3))
                    .sorted()
                    .toList();
        }
        assertThat(Catalog.ids()).isEqualTo(files).hasSizeGreaterThan(180);
    }

    @Test
    void everyVerdictNeededHasAPage() {
        assertThat(Catalog.ids()).containsAll(NEEDED);
    }

    @Test
    void everyPageHasEveryPart() {
        List<String> wrong = new ArrayList<>();
        for (String id : Catalog.ids()) {
            Page page = Pages.of(id);
            check(wrong, page.id().equals(id), id, "id");
            check(wrong, !page.title().isBlank() && !page.title().endsWith("."), id, "title");
            check(wrong, Character.isUpperCase(page.title().charAt(0)), id, "title in sentence case");
            check(wrong, !page.source().isBlank(), id, "source");
            check(wrong, page.meaning().length() > 60, id, "meaning");
            check(wrong, page.wire().length() > 30, id, "wire");
            check(wrong, !page.notThis().isEmpty(), id, "not this");
            check(wrong, !page.todo().isEmpty(), id, "to do");
            check(wrong, !page.look().isEmpty(), id, "where to look");
            List<String> headings = page.text().lines().filter(line -> line.startsWith("## ")).toList();
            check(wrong, headings.equals(List.of("## What it means", "## On the wire", "## Not this if",
                    "## What to do", "## Where to look")), id, "headings");
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyPageNamedOnAPageExists() {
        Set<String> families = Catalog.ids().stream()
                .map(id -> id.substring(0, Math.max(id.indexOf('-'), 0)))
                .collect(Collectors.toSet());
        List<String> wrong = new ArrayList<>();
        for (Page page : Catalog.pages()) {
            Matcher names = QUOTED_NAME.matcher(page.text());
            while (names.find()) {
                String name = names.group(1);
                String family = name.substring(0, name.indexOf('-'));
                boolean looksLikeAnId = families.contains(family) && !name.equals("proxy-protocol");
                check(wrong, !looksLikeAnId || Catalog.ids().contains(name), page.id(), name);
                check(wrong, !name.equals(page.id()), page.id(), "names itself");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyAdviceNamesItsMachineAndOnlyKnownPlaceholdersAreUsed() {
        List<String> wrong = new ArrayList<>();
        for (Page page : Catalog.pages()) {
            for (String advice : page.todo()) {
                check(wrong, advice.matches("(Server|Client|Path|Gateway|Capture): .*"), page.id(), advice);
            }
            check(wrong, !PLACEHOLDER.matcher(Page.Names.GENERAL.fill(page.text())).find(), page.id(), "placeholder");
            check(wrong, page.text().chars().filter(c -> c == '`').count() % 2 == 0, page.id(), "backticks");
        }
        assertThat(wrong).isEmpty();
    }

    /// What lowers a protection, ends sessions or lasts says so in the same breath.
    @Test
    void adviceThatMayHarmSaysHow() {
        List<String> wrong = new ArrayList<>();
        for (Page page : Catalog.pages()) {
            check(wrong, !page.text().contains("SHA1HashValue"), page.id(), "the value is SSLCertificateSHA1Hash");
            for (String advice : page.todo()) {
                check(wrong,
                        !advice.contains("SSLCertificateSHA1Hash") || page.id().equals("tls-cert-key-mismatch")
                                || advice.contains("Connection Broker"),
                        page.id(), "broker");
                check(wrong, !advice.contains("mtu=") || advice.contains("store=active"), page.id(), "a test must not outlast the restart");
                check(wrong, !advice.contains("Restart-Service TermService") || advice.contains("disconnects everybody; the sessions stay"),
                        page.id(),
                        "restart");
                check(wrong, !advice.contains("DisableRestrictedAdmin") || advice.contains("pass the hash"), page.id(), "restricted admin");
                check(wrong, !advice.contains("only for the test") || advice.contains("do not lower") && advice.contains("back to"),
                        page.id(), "lower");
                check(wrong, !advice.contains("pktmon start") || advice.contains("--comp nics"), page.id(), "each packet once");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void wrappedLinesBecomeOneBullet() {
        Page page = Page.parse("x", """
                # A title
                id: x
                ## What it means
                One. And
                two.

                Next.
                ## Something new
                ignored
                ## What to do
                - Server: run `a
                  b`.
                - Client: wait.
                """);
        assertThat(page.meaning()).isEqualTo("One. And two.\n\nNext.");
        assertThat(page.summary()).isEqualTo("One.");
        assertThat(page.todo()).containsExactly("Server: run `a b`.", "Client: wait.");
        assertThat(page.look()).isEmpty();
    }

    @Test
    void aDamagedPageIsStillAPage() {
        String text = Pages.of("tls-ch-then-rst").text();
        for (int end = 0; end <= text.length(); end += 7) {
            assertThat(Page.parse("p", text.substring(0, end))).isNotNull();
        }
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 300; round++) {
            StringBuilder damaged = new StringBuilder(text);
            for (int i = 0; i < 20; i++) {
                damaged.setCharAt(random.nextInt(damaged.length()), (char) random.nextInt(128));
            }
            assertThat(Page.parse("p", damaged.toString()).todo()).isNotNull();
        }
    }

    @Test
    void placeholdersAreFilled() {
        Page.Names names = new Page.Names("10.0.0.9", "10.0.0.5", "14:03:22 UTC", "3389");
        assertThat(names.fill(Pages.of("tls-ch-then-rst").look().getFirst()))
                .contains("10.0.0.9", "Schannel", "14:03:22 UTC")
                .doesNotContain("{");
    }

    @Test
    void anUnknownIdHasNoPage() {
        assertThat(Pages.page("no-such-id")).isEmpty();
        assertThat(Pages.page("../tables/client-codes")).isEmpty();
        assertThatThrownBy(() -> Pages.of("no-such-id")).isInstanceOf(IllegalArgumentException.class);
    }

    private static void check(List<String> wrong, boolean holds, String id, String what) {
        if (!holds) {
            wrong.add(id + ": " + what);
        }
    }
}

package dev.rdptrace.diagnosis.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.CodeBook;
import dev.rdptrace.wire.field.Table;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Whatever a page tells a reader to type exists, and was looked up in its documentation: `src/test/resources/reviewed`.
class AdviceOnPagesTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]*)`");
    private static final Pattern SWITCH = Pattern.compile("[-/]{1,2}[A-Za-z_][-A-Za-z_]*");
    private static final Pattern CODE = Pattern.compile("\\b(?:0x[0-9A-F]{1,8}|C[0-9A-F]{7}|800[0-9A-F]{5})\\b");
    private static final Pattern WEAKENS = Pattern.compile(
            "enablecredsspsupport:i:0|AllowEncryptionOracle|`SecurityLayer`.*\\b[01] only|UserAuthentication` to 0|Restrict NTLM: Add|TLS 1\\.0 and 1\\.1|Disable-"
                    + "|saved password gets in|allow NTLM from|allow Standard RDP Security|lower its minimum version|TLS 1\\.2 only");
    private static final Pattern WAY_BACK =
            Pattern.compile("back|on again|out again|put it back|take it out|then on again", Pattern.CASE_INSENSITIVE);

    @Test
    void everyCommandAndItsSwitchesWereLookedUp() {
        Map<String, Set<String>> commands = new HashMap<>();
        rows("commands.tsv").forEach(cells -> commands.put(cells[0], Set.of(cells[1].isEmpty() ? new String[0] : cells[1].split(" "))));
        Set<String> names = new HashSet<>();
        rows("settings.tsv").forEach(cells -> names.add(cells[1]));
        List<String> wrong = new ArrayList<>();
        for (Page page : Catalog.pages()) {
            Matcher quoted = QUOTED.matcher(together(page));
            while (quoted.find()) {
                String text = quoted.group(1);
                if (!Catalog.ids().contains(text) && !names.contains(text)) {
                    Arrays.stream(text.split(" \\| ")).forEach(command -> check(page.id(), command, commands, names, wrong));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void check(String id, String command, Map<String, Set<String>> commands, Set<String> names, List<String> wrong) {
        String name = command.split(" ")[0];
        Set<String> switches = commands.get(name);
        if (switches == null) {
            wrong.add(id + ": nobody looked up `" + command + "`");
            return;
        }
        for (String word : outsideQuotes(command).split(" ")) {
            Matcher named = SWITCH.matcher(word);
            boolean path = word.chars().filter(c -> c == '/').count() > 1;
            if (named.lookingAt() && !path && !switches.contains(named.group())) {
                wrong.add(id + ": `" + name + "` has no " + named.group() + " that was looked up");
            }
        }
        Matcher key = Pattern.compile("HK(?:LM|CU)\\\\[^\"]+?(?=\"| /v | [a-zA-Z]+\\.reg|$)").matcher(command);
        while (key.find()) {
            if (!names.contains(key.group())) {
                wrong.add(id + ": nobody looked up the key " + key.group());
            }
        }
    }

    private static String outsideQuotes(String command) {
        return command.replaceAll("\"[^\"]*\"", "QUOTED");
    }

    /// A list that nobody uses any more says nothing.
    @Test
    void nothingIsReviewedThatNoPageSays() {
        StringBuilder all = new StringBuilder();
        Catalog.pages().forEach(page -> all.append(together(page)).append('\n'));
        List<String> events = Table.rows("event-ids.tsv").stream().map(cells -> cells[3]).toList();
        events.forEach(advice -> all.append(advice).append('\n'));
        for (String[] cells : rows("commands.tsv")) {
            assertThat(all.toString()).as(cells[0]).containsPattern("[`|] ?" + Pattern.quote(cells[0]) + "[ `]");
            assertThat(cells[2]).isNotBlank();
        }
        for (String[] cells : rows("settings.tsv")) {
            assertThat(all.toString()).as(cells[1]).contains(cells[1]);
            assertThat(cells[2]).isNotBlank();
        }
    }

    @Test
    void whatWeakensAMachineSaysHowToGoBack() {
        List<String> wrong = new ArrayList<>();
        int seen = 0;
        for (Page page : Catalog.pages()) {
            for (String advice : page.todo()) {
                if (WEAKENS.matcher(advice).find()) {
                    seen++;
                    if (!WAY_BACK.matcher(advice).find()) {
                        wrong.add(page.id() + ": " + advice);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).isGreaterThan(6);
    }

    /// What pages said once and documents do not: each with what must stand beside it now.
    @Test
    void statementsThatWereFalseDoNotComeBack() {
        Map<String, String> never = Map.of("SSLCertificateSHA1HashValue", "", "store=persistent", "", "/auth-only", "",
                "every 5 s|some 20 times", "", "remove the last one", "",
                "Restart-Service TermService -Force", "disconnects everybody; the sessions stay",
                "DisableRestrictedAdmin`?=?0|DisableRestrictedAdmin /t", "password hash", "pktmon start", "--comp nics",
                "events 36870, 36871", "36872", "events 258 ", "RemoteConnectionManager");
        Map<String, Integer> seen = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Page page : Catalog.pages()) {
            for (String line : together(page).split("\n")) {
                never.forEach((said, beside) -> {
                    if (Pattern.compile(said).matcher(line).find()) {
                        seen.merge(said, 1, Integer::sum);
                        if (beside.isEmpty() || !line.contains(beside)) {
                            wrong.add(page.id() + ": " + line);
                        }
                    }
                });
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).hasSize((int) never.values().stream().filter(beside -> !beside.isEmpty()).count());
        Map.of("credssp-auth-rejected-alert", "Server 2012", "credssp-auth-rejected-close", "2012", "tls-alert-70-version", "KB3080079",
                "x224-neg-failure-6-client-cert", "Vista", "session-ended-by-server", "its reason number is the extended code",
                "credssp-no-client-token", "asks for the password before TLS", "errinfo-7-server-denied",
                "without keys the size fits any code",
                "rdp-connection-limit", "tells the limit inside the session", "aad-no-nonce", "fetched by the client")
                .forEach((id, says) -> assertThat(together(Pages.of(id))).as(id).contains(says));
    }

    /// Codes are written with enough of themselves to be looked up.
    @Test
    void everyCodeOnAPageCanBeExplained() {
        Set<String> wrong = new HashSet<>();
        int seen = 0;
        for (Page page : Catalog.pages()) {
            Matcher codes = CODE.matcher(together(page));
            while (codes.find()) {
                seen++;
                String code = codes.group();
                boolean known =
                        ClientCodes.lookup(code).isKnown() || ClientCodes.lookup("ext " + code).isKnown() || !CodeBook.find(code).isEmpty()
                                || !CodeBook.anywhere(code).isEmpty();
                if (!known && !NO_CODES.contains(code)) {
                    wrong.add(page.id() + ": " + code);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).isGreaterThan(40);
    }

    /// Versions of TLS.
    private static final Set<String> NO_CODES = Set.of("0x0301", "0x0302", "0x0303");

    /// Lines of a paragraph or bullet in one, as readers see them.
    private static String together(Page page) {
        return page.text().replaceAll("\n(?! *\n|- |#)\\s*", " ");
    }

    private static List<String[]> rows(String file) {
        try (InputStream in = AdviceOnPagesTest.class.getResourceAsStream("/reviewed/" + file)) {
            assertThat(in).as(file).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\t", -1)).toList();
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}

package dev.rdptrace.diagnosis.page;

import dev.rdptrace.wire.field.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The table of what clients show when a connection fails: `tables/client-codes.tsv`.
///
/// A code is a cross-check, never a verdict: the same number stands for many failures (see the `ids` of an entry).
public final class ClientCodes {
    /// FreeRDP puts a Set Error Info value into its own number space (class 1); the low half is the extended code.
    private static final int FREERDP_ERRINFO = 0x10000;

    /// "Extended error code: 0x7", "ext 0x7", "extended 7".
    private static final Pattern EXTENDED = Pattern.compile(
            "\\bext(?:ended)?(?:\\s+(?:error|disconnect))?(?:\\s+(?:code|reason))?\\s*[:=]?\\s*(0x\\w+|\\d+)", Pattern.CASE_INSENSITIVE);

    /// Words around the numbers of a dialog or of a report.
    private static final Pattern AROUND = Pattern.compile(
            "\\b(?:error|disconnect|code|reason|exit|status|freerdp|xfreerdp|mstsc|rdp|avd|mac|and)\\b|[:;,=()/\\s]+",
            Pattern.CASE_INSENSITIVE);

    /// The codes of the protocol that the documentation gives only as a range.
    private static final int PROTOCOL_FIRST = 0x1000;
    private static final int PROTOCOL_LAST = 0x7FFF;
    private static final String EXITS = "freerdp-exit";
    private static final String SAME_AS = "= ";

    private static final List<Entry> ENTRIES = entries();
    private static final Map<String, List<ClientCode>> BY_DIAGNOSIS = byDiagnosis();

    private ClientCodes() {}

    /// One row.
    ///
    /// @param main       the code, −1 in a row about an extended code alone
    /// @param extended   the extended code, −1 in a row about a main code alone
    /// @param family     `mstsc-main` `mstsc-ext` `freerdp` `freerdp-exit` `mac`, `avd` for a name in the diagnostics of Azure
    ///     Virtual Desktop, or `dialog` for a text without a number
    /// @param name       the documented name, or `-`
    /// @param dialog     how the text that the user sees begins, or `-`
    /// @param meaning    what its documentation, or the field, says it means
    /// @param confidence of the meaning, `A` to `D` as in [ClientCode]
    /// @param producers  diagnoses that show it, the most often reported first. Empty when it says nothing about the wire
    /// @param usual      how many of the producers are the usual ones
    /// @param source     where this is written, or `practice`
    public record Entry(int main, int extended, String family, String name, String dialog, String meaning, char confidence,
            List<Producer> producers, int usual, String source) {

        /// As people write it: `0x904/0x7`, `ext 0x9`, `FreeRDP 0x20008`, `exit code 131 of xfreerdp`; the name or the text
        /// where there is no number.
        public String number() {
            return family.equals(EXITS) ? "exit code " + main + " of xfreerdp" : main >= 0 || extended >= 0
                    ? new ClientCode(ClientCode.Family.of(family), main, extended, confidence).toString() : name.equals("-") ? "no number"
                    : "AVD";
        }
    }

    /// A diagnosis that shows a code, and how sure that is.
    public record Producer(String id, char confidence) {}

    /// What the table knows about something a user typed.
    ///
    /// @param main     the main code, −1 when only an extended code or nothing was understood
    /// @param extended the extended code, −1 when none was given
    /// @param entries  the rows that fit, the most specific first; empty when the code is unknown
    public record Answer(int main, int extended, List<Entry> entries) {
        /// Diagnoses of a code that fits nearly every failure.
        public static final int ALMOST_ALL = 30;

        /// Whether the table has anything on it.
        public boolean isKnown() {
            return !entries.isEmpty();
        }

        /// Whether there is a number in it, or a name or text that the table knows.
        public boolean isReadable() {
            return isKnown() || main >= 0 || extended >= 0;
        }

        /// The diagnoses that most often show it, best first.
        public List<String> usual() {
            return entries.stream().flatMap(entry -> entry.producers().stream().limit(entry.usual())).map(Producer::id).distinct().toList();
        }

        /// Every diagnosis that shows it: the usual ones, then all others.
        public List<String> ids() {
            return Stream.concat(usual().stream(), entries.stream().flatMap(entry -> entry.producers().stream()).map(Producer::id))
                    .distinct().toList();
        }
    }

    /// What clients show for a diagnosis: those of the Windows client first, of each family the surest first.
    public static List<ClientCode> of(String id) {
        return BY_DIAGNOSIS.getOrDefault(id, List.of());
    }

    /// Every row, in the order of the file.
    public static List<Entry> all() {
        return ENTRIES;
    }

    /// Looks up what a client showed: `0x904/0x7`, `0x904 0x7`, `0x904`, `2308`, `2308/7`, `/0x7` or `ext 0x7` for the extended
    /// code alone, `FreeRDP 0x20008` or `ERRCONNECT_TLS_CONNECT_FAILED` or `ERRINFO_SERVER_DENIED_CONNECTION`, a name of the Windows
    /// documentation or of Azure Virtual Desktop, the lines at the foot of the Windows dialog, one of them or both, or words of its text.
    public static Answer lookup(String shown) {
        Matcher named = EXTENDED.matcher(shown);
        int extended = -1;
        String rest = shown;
        if (named.find()) {
            extended = ClientCode.number(named.group(1));
            rest = shown.substring(0, named.start()) + ' ' + shown.substring(named.end());
        }
        boolean extendedAlone = rest.strip().startsWith("/");
        List<String> words = Stream.of(AROUND.split(rest)).filter(word -> !word.isEmpty()).toList();
        if (words.size() > 2 || words.size() == 2 && (extended >= 0 || extendedAlone)) {
            return new Answer(-1, -1, saying(shown));
        }
        if (words.isEmpty() || extendedAlone) {
            int alone = extendedAlone && !words.isEmpty() ? ClientCode.number(words.getFirst()) : extended;
            return new Answer(-1, alone, rows(-1, alone));
        }
        if (words.size() == 2) {
            extended = ClientCode.number(words.get(1));
            if (extended < 0) {
                return new Answer(-1, -1, saying(shown));
            }
        }
        Answer one = one(words.getFirst(), extended);
        return one.isReadable() ? one : new Answer(-1, -1, saying(shown));
    }

    private static Answer one(String mainText, int extended) {
        int main = ClientCode.number(mainText);
        if (main < 0 || (rows(main, -1).isEmpty() && !mainText.toLowerCase(Locale.ROOT).startsWith("0x"))) {
            List<Entry> named = named(mainText);
            if (!named.isEmpty()) {
                return new Answer(named.getFirst().main(), named.getFirst().extended(), named);
            }
            // People drop the prefix: 904 is far more often 0x904 than decimal 904.
            int asHex = ClientCode.number("0x" + mainText);
            if (asHex >= 0 && !rows(asHex, -1).isEmpty()) {
                main = asHex;
            }
        }
        if ((main & ~0xFFFF) == FREERDP_ERRINFO && extended < 0) {
            List<Entry> rows = rows(-1, main & 0xFFFF);
            if (!rows.isEmpty()) {
                return new Answer(main, main & 0xFFFF, rows);
            }
        }
        return new Answer(main, extended, main < 0 ? List.of() : rows(main, extended));
    }

    /// The pair first, then the main code, then the extended code.
    private static List<Entry> rows(int main, int extended) {
        List<Entry> found = new ArrayList<>();
        if (extended >= 0 && main >= 0) {
            ENTRIES.stream().filter(e -> e.main() == main && e.extended() == extended).forEach(found::add);
        }
        if (main >= 0) {
            ENTRIES.stream().filter(e -> e.main() == main && e.extended() < 0).forEach(found::add);
        }
        if (extended >= 0) {
            List<Entry> exact = ENTRIES.stream().filter(e -> e.main() < 0 && e.extended() == extended).toList();
            boolean ofTheRange = exact.isEmpty() && PROTOCOL_FIRST < extended && extended <= PROTOCOL_LAST;
            found.addAll(ofTheRange ? rows(-1, PROTOCOL_FIRST) : exact);
        }
        return List.copyOf(found);
    }

    /// The rows whose dialog has these words, one behind the other.
    private static List<Entry> saying(String words) {
        String wanted = letters(words);
        return wanted.length() < 6 ? List.of() : ENTRIES.stream().filter(entry -> letters(entry.dialog()).contains(wanted)).toList();
    }

    private static String letters(String text) {
        return (' ' + text.toLowerCase(Locale.ROOT) + ' ').replaceAll("[^a-z0-9]+", " ");
    }

    private static List<Entry> named(String name) {
        String wanted = name.toUpperCase(Locale.ROOT);
        return ENTRIES.stream().filter(entry -> names(entry).contains(wanted)).toList();
    }

    private static Set<String> names(Entry entry) {
        return Stream.of(entry.name().split("[ ,]+"))
                .filter(name -> name.length() > 1)
                .map(name -> name.toUpperCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static List<Entry> entries() {
        List<String[]> rows = Table.rows("client-codes.tsv");
        Map<String, String> producers = new HashMap<>();
        rows.forEach(cells -> producers.putIfAbsent(cells[0].equals("-") ? "ext " + cells[1] : cells[0], cells[7]));
        return rows.stream().map(cells -> entry(cells, cells[7].startsWith(SAME_AS)
                ? Objects.requireNonNull(producers.get(cells[7].substring(SAME_AS.length())), cells[7]) : cells[7])).toList();
    }

    /// @param producers `tls-ch-then-rst:C tls-ch-then-fin:C + session-cut:D`
    private static Entry entry(String[] cells, String producers) {
        List<Producer> all = Stream.of(producers.split("[ +]+")).filter(one -> one.length() > 2)
                .map(one -> new Producer(one.substring(0, one.length() - 2), one.charAt(one.length() - 1))).toList();
        int usual = producers.contains("+") ? (int) producers.substring(0, producers.indexOf('+')).chars().filter(c -> c == ':').count()
                : all.size();
        return new Entry(ClientCode.number(cells[0]), ClientCode.number(cells[1]), cells[2], cells[3], cells[4], cells[5],
                cells[6].charAt(0), all, usual,
                cells[8]);
    }

    private static Map<String, List<ClientCode>> byDiagnosis() {
        Map<String, List<ClientCode>> all = new HashMap<>();
        for (Entry entry : ENTRIES) {
            if (!entry.family().equals(EXITS) && (entry.main() >= 0 || entry.extended() >= 0)) {
                entry.producers().forEach(producer -> all.computeIfAbsent(producer.id(), _ -> new ArrayList<>())
                        .add(new ClientCode(ClientCode.Family.of(entry.family()), entry.main(), entry.extended(), producer.confidence())));
            }
        }
        all.values().forEach(codes -> codes.sort(Comparator.comparing(ClientCode::family).thenComparingInt(ClientCode::confidence)));
        return all;
    }
}

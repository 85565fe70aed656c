package dev.rdptrace.diagnosis.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
            "\\b(?:error|disconnect|code|reason|exit|status|freerdp|xfreerdp|mstsc|rdp|avd|mac|and)\\b|[:;,=()/\\s]+", Pattern.CASE_INSENSITIVE);

    private static final List<Entry> ENTRIES = Pages.resource("/dev/rdptrace/tables/client-codes.tsv").stream()
            .flatMap(String::lines)
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(ClientCodes::entry)
            .toList();

    private ClientCodes() {}

    /// One row.
    ///
    /// @param main       the code, −1 in a row about an extended code alone
    /// @param extended   the extended code, −1 in a row about a main code alone
    /// @param family     `mstsc-main` `mstsc-ext` `freerdp` `freerdp-exit` `mac` `avd`
    /// @param name       the documented name, or `-`
    /// @param meaning    what its documentation, or the field, says it means
    /// @param confidence `A` to `D` as in [ClientCode]
    /// @param ids        diagnoses that most often produce it; their pages name the code, as those of others may. Empty when it says
    ///                   nothing about the wire
    /// @param source     where this is written, or `practice`
    public record Entry(
            int main,
            int extended,
            String family,
            String name,
            String meaning,
            char confidence,
            List<String> ids,
            String source) {}

    /// What the table and the pages know about something a user typed.
    ///
    /// @param main     the main code, −1 when only an extended code or nothing was understood
    /// @param extended the extended code, −1 when none was given
    /// @param entries  the rows that fit, the most specific first; empty when the code is unknown
    public record Answer(int main, int extended, List<Entry> entries) {
        /// Whether the table has anything on it.
        public boolean isKnown() {
            return !entries.isEmpty();
        }

        /// Whether there is a number in it, or a name that the table knows.
        public boolean isReadable() {
            return isKnown() || main >= 0 || extended >= 0;
        }

        /// The diagnoses that the rows name, best first: what the code most often means.
        public List<String> usual() {
            return entries.stream().flatMap(entry -> entry.ids().stream()).distinct().toList();
        }

        /// Every diagnosis that shows this code: the usual ones, then all others whose page names it.
        public List<String> ids() {
            return Stream.concat(usual().stream(), Pages.all().stream()
                    .filter(page -> page.codes().stream().anyMatch(code -> code.fits(main, extended))).map(Page::id)).distinct().toList();
        }
    }

    /// Every row, in the order of the file.
    public static List<Entry> all() {
        return ENTRIES;
    }

    /// Looks up what a client showed: `0x904/0x7`, `0x904 0x7`, `0x904`, `2308`, `2308/7`, `/0x7` or `ext 0x7` for the extended
    /// code alone, `FreeRDP 0x20008` or `ERRCONNECT_TLS_CONNECT_FAILED` or `ERRINFO_SERVER_DENIED_CONNECTION`, a name of the Windows
    /// documentation or of Azure Virtual Desktop, or the lines at the foot of the Windows dialog, one of them or both.
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
            return new Answer(-1, -1, List.of());
        }
        if (words.isEmpty() || extendedAlone) {
            int alone = extendedAlone && !words.isEmpty() ? ClientCode.number(words.getFirst()) : extended;
            return new Answer(-1, alone, rows(-1, alone));
        }
        if (words.size() == 2) {
            extended = ClientCode.number(words.get(1));
            if (extended < 0) {
                return new Answer(-1, -1, List.of());
            }
        }
        return one(words.getFirst(), extended);
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
            ENTRIES.stream().filter(e -> e.main() < 0 && e.extended() == extended).forEach(found::add);
        }
        return List.copyOf(found);
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

    private static Entry entry(String line) {
        String[] cells = line.split("\t", -1);
        String ids = cell(cells, 6);
        String confidence = cell(cells, 5);
        return new Entry(
                ClientCode.number(cell(cells, 0)),
                ClientCode.number(cell(cells, 1)),
                cell(cells, 2),
                cell(cells, 3),
                cell(cells, 4),
                confidence.isEmpty() ? 'D' : confidence.charAt(0),
                ids.isEmpty() || ids.equals("-") ? List.of() : List.of(ids.split(" +")),
                cell(cells, 7));
    }

    private static String cell(String[] cells, int index) {
        return index < cells.length ? cells[index].strip() : "";
    }
}

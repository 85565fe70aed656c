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

    /// "Error code: 0x904" and "Extended error code: 0x7", in one line or two.
    private static final Pattern DIALOG =
            Pattern.compile("^error code:?\\s*(\\w+)\\W+extended error code:?\\s*(\\w+)", Pattern.CASE_INSENSITIVE);

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
    /// @param family     `mstsc-main` `mstsc-ext` `freerdp` `mac` `avd`
    /// @param name       the documented name, or `-`
    /// @param meaning    what its documentation, or the field, says it means
    /// @param confidence `A` to `D` as in [ClientCode]
    /// @param ids        diagnoses that would produce it; empty when it says nothing about the wire
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

    /// What the table knows about something a user typed.
    ///
    /// @param main     the main code, −1 when only an extended code or nothing was understood
    /// @param extended the extended code, −1 when none was given
    /// @param entries  the rows that fit, the most specific first; empty when the code is unknown
    public record Answer(int main, int extended, List<Entry> entries) {
        /// Whether the table has anything on it.
        public boolean isKnown() {
            return !entries.isEmpty();
        }

        /// Every diagnosis that any of the rows names, best first.
        public List<String> ids() {
            return entries.stream().flatMap(entry -> entry.ids().stream()).distinct().toList();
        }
    }

    /// Every row, in the order of the file.
    public static List<Entry> all() {
        return ENTRIES;
    }

    /// Looks up what a client showed: `0x904/0x7`, `0x904`, `2308`, `2308/7`, `/0x7` or `ext 0x7` for the extended code
    /// alone, FreeRDP's `0x20008` or `ERRCONNECT_TLS_CONNECT_FAILED` or `ERRINFO_SERVER_DENIED_CONNECTION`, a name of
    /// the Windows documentation or of Azure Virtual Desktop, or the two lines at the foot of the Windows dialog.
    public static Answer lookup(String shown) {
        String text = shown.strip();
        Matcher dialog = DIALOG.matcher(text);
        if (dialog.find()) {
            text = dialog.group(1) + '/' + dialog.group(2);
        }
        if (text.toLowerCase(Locale.ROOT).startsWith("ext ")) {
            text = "/" + text.substring(4).strip();
        }
        int slash = text.indexOf('/');
        String mainText = (slash < 0 ? text : text.substring(0, slash)).strip();
        int extended = slash < 0 ? -1 : ClientCode.number(text.substring(slash + 1));
        if (mainText.isEmpty()) {
            return new Answer(-1, extended, rows(-1, extended));
        }
        int main = ClientCode.number(mainText);
        if (main < 0 || (rows(main, -1).isEmpty() && !mainText.startsWith("0x"))) {
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

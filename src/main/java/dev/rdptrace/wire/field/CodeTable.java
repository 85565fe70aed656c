package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What numbers on the wire mean: a [Table] that has the number first, decimal or hexadecimal with `0x`, and then its name.
public final class CodeTable {

    /// One row.
    ///
    /// @param code the number on the wire
    /// @param cells of the row, its number included
    public record Entry(int code, List<String> cells) {

        /// As the specification writes it.
        public String name() {
            return cells.get(1);
        }

        /// In a sentence.
        public String meaning() {
            return cells.get(2);
        }

        /// Who must do what; may be empty.
        public String advice() {
            return cells.get(3);
        }
    }

    private final Map<Integer, Entry> entries = new LinkedHashMap<>();

    private CodeTable(String file, List<String[]> rows) {
        for (String[] cells : rows) {
            long code = Long.decode(cells[0]);
            if (code < 0 || code > 0xffff_ffffL || entries.put((int) code, new Entry((int) code, List.of(cells))) != null) {
                throw new IllegalStateException(file + ": " + cells[0] + " is no code or stands twice");
            }
        }
    }

    /// The table `dev/rdptrace/tables/<file>`. A number that stands twice is a fault of the program.
    public static CodeTable load(String file) {
        return of(file, Table.rows(file));
    }

    static CodeTable of(String file, List<String[]> rows) {
        return new CodeTable(file, rows);
    }

    public Optional<Entry> find(int code) {
        return Optional.ofNullable(entries.get(code));
    }

    /// The name, or the number in hexadecimal.
    public String name(int code) {
        return cell(code, 1, Hex.code32(code));
    }

    /// The cell in `column`, or `absent` for a code that is not in the table.
    public String cell(int code, int column, String absent) {
        Entry entry = entries.get(code);
        return entry == null ? absent : entry.cells().get(column);
    }

    /// Every row, in the order of the file.
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }
}

package dev.rdptrace.wire.tls;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;

/// A table of code points from the resources: tab-separated, the code first, `#` begins a comment line.
record Table(Map<Integer, List<String>> rows) {

    /// The table `dev/rdptrace/tables/NAME.tsv`.
    static Table of(String name) {
        Map<Integer, List<String>> rows = new HashMap<>();
        Scanner lines = new Scanner(Table.class.getResourceAsStream("/dev/rdptrace/tables/" + name + ".tsv"),
                StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            String line = lines.nextLine();
            if (!line.isEmpty() && line.charAt(0) != '#') {
                List<String> cells = List.of(line.split("\t", -1));
                rows.put(Integer.decode(cells.getFirst()), cells);
            }
        }
        lines.close();
        return new Table(Map.copyOf(rows));
    }

    /// The cell in `column`, or `absent` for a code that is not in the table.
    String cell(int code, int column, String absent) {
        List<String> row = rows.get(code);
        return row == null ? absent : row.get(column);
    }
}

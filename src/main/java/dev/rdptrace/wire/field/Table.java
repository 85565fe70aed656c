package dev.rdptrace.wire.field;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The tables of the program: `dev/rdptrace/tables/*.tsv`, cells between tabs.
///
/// Lines that are empty or begin with `#` are notes; the last note before the first row names the columns. A table that is
/// missing, and a row with a cell too many or too few, are faults of the program.
public final class Table {
    private static final String FOLDER = "/dev/rdptrace/tables/";

    private Table() {}

    /// Every row of `file`, cut at its tabs.
    public static List<String[]> rows(String file) {
        try (InputStream in = Table.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("no table " + file);
            }
            return parse(file, new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readAllLines());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static List<String[]> parse(String file, List<String> lines) {
        List<String[]> rows = new ArrayList<>();
        int columns = 0;
        int number = 0;
        for (String line : lines) {
            number++;
            String[] cells = line.split("\t", -1);
            if (line.startsWith("#") && rows.isEmpty()) {
                columns = cells.length;
            } else if (!line.startsWith("#") && !line.isBlank()) {
                if (cells.length != columns) {
                    throw new IllegalStateException(file + " line " + number + " has " + cells.length + " cells, not " + columns);
                }
                rows.add(cells);
            }
        }
        return rows;
    }
}

package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Names and meanings of 32-bit codes, read from a tab-separated resource: `code name meaning advice`.
///
/// Lines that are empty or begin with `#` are notes. Codes are hexadecimal with `0x`.
public final class CodeTable {

    /// One row.
    ///
    /// @param code the number on the wire
    /// @param name as the specification writes it
    /// @param meaning in a sentence
    /// @param advice who must do what; may be empty
    public record Entry(int code, String name, String meaning, String advice) {}

    private final Map<Integer, Entry> entries;

    private CodeTable(Map<Integer, Entry> entries) {
        this.entries = entries;
    }

    /// The table `dev/rdptrace/tables/<file>`. A table that is missing or has a bad row is a fault of the program.
    public static CodeTable load(String file) {
        String path = "/dev/rdptrace/tables/" + file;
        try (InputStream stream = CodeTable.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new IllegalStateException("no table " + path);
            }
            return parse(file, new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)).readAllLines());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static CodeTable parse(String file, List<String> lines) {
        Map<Integer, Entry> entries = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            List<String> cells = List.of(line.split("\t", -1));
            if (cells.size() != 4 || !cells.getFirst().startsWith("0x")) {
                throw new IllegalStateException(file + " line " + number + ": needs 0xCODE, name, meaning, advice");
            }
            int code = Integer.parseUnsignedInt(cells.getFirst().substring(2), 16);
            Entry entry = new Entry(code, cells.get(1), cells.get(2), cells.get(3));
            if (entries.put(code, entry) != null) {
                throw new IllegalStateException(file + " line " + number + ": " + cells.getFirst() + " stands twice");
            }
        }
        return new CodeTable(entries);
    }

    public Optional<Entry> find(int code) {
        return Optional.ofNullable(entries.get(code));
    }

    /// The name, or the number in hexadecimal.
    public String name(int code) {
        Entry entry = entries.get(code);
        return entry == null ? Hex.code32(code) : entry.name();
    }

    /// Every row, in the order of the file.
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }
}

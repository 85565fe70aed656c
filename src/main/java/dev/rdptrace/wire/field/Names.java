package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import java.util.LinkedHashMap;
import java.util.Map;

/// Names of the values of one field. A value without a name is shown as its number.
public final class Names {
    private final Map<Long, String> names;

    private Names(Map<Long, String> names) {
        this.names = names;
    }

    /// No names yet.
    public static Names none() {
        return new Names(Map.of());
    }

    /// Consecutive values from `first` on.
    public static Names from(long first, String... inOrder) {
        Map<Long, String> names = new LinkedHashMap<>();
        for (int i = 0; i < inOrder.length; i++) {
            names.put(first + i, inOrder[i]);
        }
        return new Names(names);
    }

    /// These names and one more.
    public Names and(long value, String name) {
        Map<Long, String> more = new LinkedHashMap<>(names);
        more.put(value, name);
        return new Names(more);
    }

    public boolean knows(long value) {
        return names.containsKey(value);
    }

    /// The name, or the number in hexadecimal.
    public String of(long value) {
        String name = names.get(value);
        return name == null ? Hex.code(value) : name;
    }
}

package dev.rdptrace.wire.field;

import dev.rdptrace.bytes.Hex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Names of the bits of one flag word. Bits without a name are shown as one number.
public final class FlagNames {
    private final Map<Long, String> names;

    private FlagNames(Map<Long, String> names) {
        this.names = names;
    }

    /// No names yet.
    public static FlagNames none() {
        return new FlagNames(Map.of());
    }

    /// These names and one more. `bits` may be a mask of several bits, which then must all be set.
    public FlagNames and(long bits, String name) {
        Map<Long, String> more = new LinkedHashMap<>(names);
        more.put(bits, name);
        return new FlagNames(more);
    }

    /// The names of the bits set in `word`, in the order of the specification.
    public List<String> in(long word) {
        List<String> found = new ArrayList<>();
        long unnamed = word;
        for (Map.Entry<Long, String> flag : names.entrySet()) {
            if ((word & flag.getKey()) == flag.getKey()) {
                found.add(flag.getValue());
                unnamed &= ~flag.getKey();
            }
        }
        if (unnamed != 0) {
            found.add(Hex.code(unnamed));
        }
        return List.copyOf(found);
    }
}

package dev.rdptrace.spill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What many packed things have in common, kept in memory and only numbered in the file: sentences, certificates, lists of
/// cipher suites, classes. Bounded; what comes when a table is full is written out.
final class Tables {
    private static final int MOST_TEXTS = 8192;
    private static final int LONGEST_TEXT = 256;
    private static final int MOST_VALUES = 4096;

    private final Map<String, Integer> textNumbers = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private final Map<Object, Integer> valueNumbers = new HashMap<>();
    private final List<Object> values = new ArrayList<>();
    private final List<Object> odd = new ArrayList<>();
    private final Forms forms = new Forms();

    Forms forms() {
        return forms;
    }

    /// -1 if it has to be written out.
    int number(String text) {
        Integer known = textNumbers.get(text);
        if (known != null) {
            return known;
        }
        if (texts.size() == MOST_TEXTS || text.length() > LONGEST_TEXT) {
            return -1;
        }
        textNumbers.put(text, texts.size());
        texts.add(text);
        return texts.size() - 1;
    }

    String text(int number) {
        return texts.get(number);
    }

    /// -1 if it has to be written out.
    ///
    /// @param value never changes, and is equal to another if the two may stand for each other
    int shared(Object value) {
        Integer known = valueNumbers.get(value);
        if (known != null) {
            return known;
        }
        if (values.size() == MOST_VALUES) {
            return -1;
        }
        valueNumbers.put(value, values.size());
        values.add(value);
        return values.size() - 1;
    }

    Object value(int number) {
        return values.get(number);
    }

    /// Keeps what nobody knows how to write. A set may stand for another that is equal, nothing else may.
    int keep(Object what) {
        int number = what instanceof Set<?> ? shared(what) : -1;
        if (number >= 0) {
            return number;
        }
        odd.add(what);
        return -odd.size();
    }

    Object kept(int number) {
        return number < 0 ? odd.get(-number - 1) : value(number);
    }
}

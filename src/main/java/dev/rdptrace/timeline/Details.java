package dev.rdptrace.timeline;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;

/// Names and values in the order in which they were noted: a handful, so that looking one up means looking through them.
public final class Details extends AbstractMap<String, Object> {
    private final Object[] pairs;

    private Details(Object[] pairs) {
        this.pairs = pairs;
    }

    /// @param pairs names and values in turn, each name once; not to be changed any more
    public static Map<String, Object> of(Object... pairs) {
        return pairs.length == 0 ? Map.of() : new Details(pairs);
    }

    @Override
    public int size() {
        return pairs.length / 2;
    }

    @Override
    public Object get(Object name) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equals(name)) {
                return pairs[i + 1];
            }
        }
        return null;
    }

    @Override
    public boolean containsKey(Object name) {
        return get(name) != null;
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super Object> action) {
        for (int i = 0; i < pairs.length; i += 2) {
            action.accept((String) pairs[i], pairs[i + 1]);
        }
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return pairs.length / 2;
            }

            @Override
            public Iterator<Map.Entry<String, Object>> iterator() {
                return new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                        return next < pairs.length;
                    }

                    @Override
                    public Map.Entry<String, Object> next() {
                        if (next >= pairs.length) {
                            throw new NoSuchElementException();
                        }
                        next += 2;
                        return new SimpleImmutableEntry<>((String) pairs[next - 2], pairs[next - 1]);
                    }
                };
            }
        };
    }
}
